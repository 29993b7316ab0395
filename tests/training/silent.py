"""A display for tests."""


class Silent:
    """A display that shows nothing, and can end a run by an action at a step."""

    def __init__(self, at=None, action=None):
        self.steps, self.at, self.action = 0, at, action
        self.warnings = []
        self.said = []

    def step(self, step, sums):
        self.steps += 1
        if self.steps == self.at:
            self.action()

    def epoch(self, metrics, epochs):
        pass

    def say(self, text):
        self.said.append(text)

    def warn(self, text):
        self.warnings.append(text)

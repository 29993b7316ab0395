"""What several runs say while they go: warnings of all of them once, and one bar for jobs."""

from collections.abc import Callable

from cnncli.report.progress import Progress
from cnncli.text import for_terminal

_WARNING = "warning: "


class SetProgress(Progress):
    """Warns of nothing twice: what is to be known of a configuration, each of its runs says."""

    def __init__(
        self,
        runs: int,
        *,
        quiet: bool = False,
        bar: bool = True,
        form: Callable[[str], str] = for_terminal,
    ) -> None:
        """runs: how many are gone through."""
        super().__init__(quiet=quiet, bar=bar, form=form)
        self._runs = runs
        self._said: set[str] = set()
        self._silent: set[str] = set()
        self._steps: dict[str, int] = {}
        self._total = 0
        self._ended: set[str] = set()

    def warn(self, text: str) -> None:
        if text not in self._said or not text.startswith(_WARNING):
            super().warn(text)
        self._said.add(text)

    def hear(self, name: str, line: str) -> None:
        """What the run of a job says; a line may go on with a warning."""
        is_known = line in self._said and (line.startswith(_WARNING) or name in self._silent)
        self._said.add(line)
        if is_known:
            self._silent.add(name)
        else:
            self._silent.discard(name)
            super().warn(f"{name}: {line}")

    def reach(self, name: str, step: int, total: int) -> None:
        """At which of its steps it is. The others are taken to have as many."""
        self._steps[name] = step
        if total > self._total:
            self._total = total
            self.start(total * self._runs, 0)
        self._show()

    def end(self, name: str) -> None:
        """That it has ended."""
        self._ended.add(name)
        self._steps[name] = self._total
        self._show()

    def start(self, total: int, done: int) -> None:
        self.close()
        super().start(total, done)

    def _show(self) -> None:
        self.advance(sum(self._steps.values()), f"{len(self._ended)} of {self._runs} runs ended")

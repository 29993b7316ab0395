"""The parameters of a block, among the variables around it."""

from collections import ChainMap
from contextlib import suppress
from typing import Any

from cnncli.config.expression.given import mentioned
from cnncli.config.expression.symbols import ExpressionError

from .variables import Variables


class Parameters(Variables):
    """The parameters of a block, in front of the variables around it."""

    def __init__(self, around: Variables) -> None:
        super().__init__({}, around.budget)
        self.own: dict[str, Any] = {}
        self.values = ChainMap(self.own, around.values)
        self._around, self.of_file = around, around.of_file
        self.wrong = around.wrong

    def add(self, name: str, value: Any) -> None:
        """The next parameter."""
        self.own[name] = value
        if name in self.wrong:
            self.wrong = self.wrong - {name}

    def knows(self, name: str) -> bool:
        return name in self.own or self._around.knows(name)

    def mention(self, default: Any) -> None:
        """Notes what a default asks for, in whose place another value is given."""
        with suppress(ExpressionError):
            for name in mentioned(self.formula(default)):
                self.use(name)

    def use(self, name: str) -> None:
        """Notes it here, or where the variable comes from."""
        self.used.add(name)
        if name not in self.own:
            self._around.use(name)

    @property
    def borrowed(self) -> dict[str, Any]:
        """The values of those around it that were asked for."""
        values = self._around.values
        return {name: values[name] for name in self.used - self.own.keys() if name in values}

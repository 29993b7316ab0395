"""The `variables:` section: numbers for repeats, values for hyperparameters, switches."""

import re
from collections import ChainMap
from collections.abc import Mapping, MutableMapping
from typing import Any, NamedTuple

from cnncli.bounds import MAX_LAYERS, MAX_VARIABLES
from cnncli.config.source_text.document import Document
from cnncli.text import short, show

_WHOLE = re.compile("[0-9]{1,20}")
_SWITCHES = dict.fromkeys(("off", "no", "false", "0"), False)
_SWITCHES |= dict.fromkeys(("on", "yes", "true", "1"), True)


class Given(NamedTuple):
    """A value as a layer takes it, and the name of the variable for which it stands, if any.

    Of a list, `name` has a list with that of each element.
    """

    value: Any
    name: "str | list[Any] | None" = None


class Variables:
    """Named values of a pattern; `used` remembers which were asked for."""

    def __init__(self, values: MutableMapping[str, Any]) -> None:
        self.values = values
        self._alike: MutableMapping[str, list[str]] = {}
        self.used: set[str] = set()
        for key in values:
            self.note(key)

    def note(self, name: str) -> None:
        """Makes a variable known by its name in any case."""
        lower = name.lower()
        self._alike[lower] = [*self._alike.get(lower, ()), name]

    @classmethod
    def of(cls, document: Document) -> "Variables":
        """Those of the file."""
        section = document.section("variables", "{N: 2, M: 3}")
        if len(section) <= MAX_VARIABLES:
            return cls(section)
        message = f"{len(section):,} variables; at most {MAX_VARIABLES:,} are allowed"
        document.report(("variables",), message)
        return cls({})

    def within(self, parameters: Mapping[str, Any]) -> "Variables":
        """The variables inside a block: its parameters, and those around it."""
        return _Parameters(self, parameters)

    def find(self, name: str) -> str | None:
        """The variable meant by a name; its case does not matter where that is clear."""
        alike = [name] if name in self.values else self._alike.get(name.lower(), [])
        if len(alike) != 1:
            return None
        self.use(alike[0])
        return alike[0]

    def use(self, name: str) -> None:
        self.used.add(name)

    def value(self, written: Any) -> Given:
        """A hyperparameter's value; the exact name of a variable stands for that one's."""
        if isinstance(written, list):
            elements = [self.value(element) for element in written]
            return Given([e.value for e in elements], [e.name for e in elements])
        if isinstance(written, str) and written in self.values:
            self.use(written)
            return Given(self.values[written], written)
        return Given(written)

    def repeat(self, written: Any) -> tuple[int, str | None]:
        """How often a group is repeated, and what is wrong with that (then it is once)."""
        value, name = written, ""
        if isinstance(written, str) and not written[:1].isdigit():
            key = self.find(written)
            if key is None:
                name = short(written)
                return 1, f"the variable {name} has no value; add variables: {{{name}: 2}}"
            value, name = self.values[key], f"{short(key)}="
        if isinstance(value, str) and _WHOLE.fullmatch(value):
            value = int(value)
        if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= MAX_LAYERS:
            return 1, (
                f"a repeat must be a whole number from 0 to {MAX_LAYERS:,}, not {name}{show(value)}"
            )
        return value, None

    def is_on(self, words: tuple[str, ...]) -> tuple[bool, str | None]:
        """Whether an optional layer, called by any of the words, is there; and what is wrong."""
        for word in words:
            key = self.find(word)
            if key is None:
                continue
            value = show(self.values[key])
            on = _SWITCHES.get(value.strip("'").lower())
            wrong = f"the switch {short(key)} must be on or off, not {value}"
            return (True, wrong) if on is None else (on, None)
        return True, None

    @property
    def of_file(self) -> "Variables":
        """Those of the file, without parameters in front of them."""
        return self

    @property
    def unused(self) -> list[str]:
        return [name for name in self.values if name not in self.used]


class _Parameters(Variables):
    """The parameters of a block, in front of the variables around it."""

    def __init__(self, around: Variables, parameters: Mapping[str, Any]) -> None:
        super().__init__({})
        self.values = ChainMap({**parameters}, around.values)
        self._alike = ChainMap({}, around._alike)
        self._around = around
        self._parameters = parameters
        for name in parameters:
            if name not in around.values:
                self.note(name)

    @property
    def of_file(self) -> Variables:
        return self._around.of_file

    def use(self, name: str) -> None:
        """Notes it here, or where the variable comes from."""
        super().use(name)
        if name not in self._parameters:
            self._around.use(name)

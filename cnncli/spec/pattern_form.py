"""A pattern in the file to written layers: variables are filled in, places are found."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from cnncli.errors import ConfigError, Place

from .document import Document
from .faults import Faults, Path
from .pattern import Argument, PatternLayer, Repeated, parse_pattern
from .scalars import resolve
from .tokens import PatternError
from .variables import Variables
from .vocabulary import read_word
from .written import Group, Writer, Written
from .yaml_source import parse_value


def read_pattern(
    text: str, path: Path, document: Document, variables: Variables, faults: Faults
) -> Group:
    """The layers of a pattern that stands at the path; no layers if its syntax is at fault."""
    locate = document.inside(path, text)
    try:
        parsed = parse_pattern(text)
    except PatternError as error:
        message = error.message
        if "is not closed" in message and isinstance(path[-1], int):
            message += "; in a YAML list, a pattern that holds a comma must be quoted"
        faults.add(locate(error.offset), path, message)
        return Group((), 1, document.place(path), path)
    return _Reader(path, locate, variables, faults).group(parsed)


@dataclass(frozen=True)
class _Reader:
    path: Path
    locate: Callable[[int], Place]
    variables: Variables
    faults: Faults

    def group(self, parsed: Repeated) -> Group:
        repeat, place = 1, self.locate(0)
        if parsed.repeat:
            place = self.locate(parsed.repeat.offset)
            repeat, fault = self.variables.repeat(parsed.repeat.text)
            if fault:
                self.faults.add(place, self.path, fault)
        items = [self.item(item) for item in parsed.items]
        return Group(tuple(item for item in items if item), repeat, place, self.path)

    def item(self, item: PatternLayer | Repeated) -> Written | Group | None:
        if isinstance(item, Repeated):
            return self.group(item)
        return self.layer(item) if not item.optional or self.switched_on(item) else None

    def switched_on(self, layer: PatternLayer) -> bool:
        word = read_word(layer.word)
        names = word.family.NAMES if word.family else ()
        on, fault = self.variables.switched_on(tuple(dict.fromkeys((word.text, *names))))
        if fault:
            self.faults.add(self.locate(layer.offset), self.path, fault)
        return on

    def layer(self, layer: PatternLayer) -> Written:
        writer = Writer(layer.word, self.path, self.locate(layer.offset), True, self.faults)
        if layer.dashed:
            writer.positional(resolve(layer.dashed.text), self.locate(layer.dashed.offset))
        for argument in layer.arguments:
            place = self.locate(argument.value_offset)
            value = self.value(argument, place)
            if argument.key is None:
                writer.positional(value, place)
            else:
                writer.keyed(argument.key, value, self.locate(argument.offset), place)
        return writer.written()

    def value(self, argument: Argument, place: Place) -> Any:
        """A number, a word, a variable's value, or YAML where it begins with a bracket or quote."""
        if argument.value[0] not in "{['\"":
            return self.variables.value(resolve(argument.value))
        try:
            return parse_value(argument.value, place, self.faults).value
        except ConfigError as error:
            for problem in error.problems:
                self.faults.add(place, self.path, f"'{argument.value}': {problem.message}")
            return None

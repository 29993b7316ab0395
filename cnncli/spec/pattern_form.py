"""A pattern in the file to written layers: variables are filled in, places are found."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cnncli.errors import ConfigError, Place

from .faults import Path, show
from .pattern import Argument, PatternLayer, Repeated
from .scalars import resolve
from .tokens import PatternError
from .vocabulary import read_word
from .written import Group, Use, Written
from .yaml_source import parse_value

if TYPE_CHECKING:
    from .reader import Reader


def read_pattern(text: str, path: Path, reader: "Reader") -> Group:
    """The layers of a pattern that stands at the path; no layers if its syntax is at fault."""
    locate = reader.document.inside(path, text)
    try:
        parsed = reader.patterns.parse(text)
    except PatternError as error:
        message = error.message
        if "is not closed" in message and isinstance(path[-1], int):
            message += "; in a YAML list, a pattern that holds a comma must be quoted"
        if reader.patterns.budget.is_spent:
            reader.faults.end(locate(error.offset), path, message)
        reader.faults.add(locate(error.offset), path, message)
        return Group((), 1, reader.document.place(path), path)
    return _PatternReader(path, locate, reader).group(parsed)


@dataclass(frozen=True)
class _PatternReader:
    path: Path
    locate: Callable[[int], Place]
    reader: "Reader"

    def fault(self, place: Place, message: str) -> None:
        self.reader.faults.add(place, self.path, message)

    def group(self, parsed: Repeated) -> Group:
        repeat, place = 1, self.locate(0)
        if parsed.repeat:
            place = self.locate(parsed.repeat.offset)
            repeat, fault = self.reader.variables.repeat(parsed.repeat.text)
            if fault:
                self.fault(place, fault)
        if self.reader.inner:
            inner = _PatternReader(self.path, self.locate, self.reader.inner)
            found = tuple(read for item in parsed.items if (read := inner.item(item)))
        else:
            self.reader.report_depth(place, self.path)
            found = ()
        return Group(found, repeat, place, self.path, numbered=parsed.repeat is not None)

    def item(self, item: PatternLayer | Repeated) -> Written | Group | Use | None:
        if isinstance(item, Repeated):
            return self.group(item)
        return self.layer(item) if not item.optional or self.switched_on(item) else None

    def switched_on(self, layer: PatternLayer) -> bool:
        word = read_word(layer.word)
        names = word.family.NAMES if word.family else ()
        words = tuple(dict.fromkeys((word.text, *names)))
        on, fault = self.reader.variables.switched_on(words)
        if fault:
            self.fault(self.locate(layer.offset), fault)
        return on

    def layer(self, layer: PatternLayer) -> Written | Use:
        place = self.locate(layer.offset)
        writer = self.reader.writer(layer.word, self.path, place, layer.offset)
        if layer.dashed:
            writer.positional(resolve(layer.dashed.text), self.locate(layer.dashed.offset))
        for argument in layer.arguments:
            place = self.locate(argument.value_offset)
            value = self.value(argument, place)
            match argument.key:
                case None:
                    writer.positional(value, place)
                case "name":
                    writer.called(value, self.path, place)
                case "from":
                    writer.reads(value, self.path, [place])
                case key:
                    writer.keyed(key, value, self.locate(argument.offset), place)
        return self.reader.finished(writer)

    def value(self, argument: Argument, place: Place) -> Any:
        """A number, a word, a variable's value, or YAML where it begins with a bracket or quote."""
        if argument.value[0] not in "{['\"":
            return self.reader.variables.value(resolve(argument.value))
        try:
            return parse_value(argument.value, place, self.reader.faults).value
        except ConfigError as error:
            for problem in error.problems:
                self.fault(place, f"{show(argument.value)}: {problem.message}")
            return None

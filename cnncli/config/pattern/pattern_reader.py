"""A pattern in the file to written layers: variables are filled in, places are found."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from cnncli.config.expression.given import Given
from cnncli.config.network.block_use import BlockUse, Group
from cnncli.config.network.condition import Condition, read_condition
from cnncli.config.network.names import read_word
from cnncli.config.network.reader import Reader
from cnncli.config.network.written import Written, WrittenLayer
from cnncli.config.source_text.scalars import resolve
from cnncli.config.source_text.values import parse_value
from cnncli.problems import ConfigError, Path, Place
from cnncli.text import show

from .grammar import Argument, PatternLayer, Repeated
from .tokens import PatternError

_YAML = "{['\""
"""What begins a value that is read as YAML."""


def read_pattern(text: str, path: Path, reader: Reader) -> Group:
    """The layers of a pattern that stands at the path; no layers if its syntax is wrong."""
    locate = reader.document.inside(path, text)
    try:
        parsed = reader.patterns.parse(text)
    except PatternError as error:
        message = error.message
        if "is not closed" in message and isinstance(path[-1], int):
            message += "; in a YAML list, a pattern that holds a comma must be quoted"
        if reader.patterns.budget.is_spent:
            reader.problems.end(locate(error.offset), path, message)
        reader.problems.add(locate(error.offset), path, message)
        return Group((), 1, reader.document.place(path), path)
    return _PatternReader(path, locate, reader).group(parsed)


@dataclass(frozen=True)
class _PatternReader:
    path: Path
    locate: Callable[[int], Place]
    reader: Reader

    def report(self, place: Place, message: str) -> None:
        self.reader.problems.add(place, self.path, message)

    def group(self, parsed: Repeated) -> Group:
        repeat, place = 1, self.locate(0)
        if parsed.repeat:
            place = self.locate(parsed.repeat.offset)
            repeat, problem = self.reader.variables.repeat(parsed.repeat.text.strip())
            if problem:
                self.report(place, problem)
        if self.reader.inner:
            inner = _PatternReader(self.path, self.locate, self.reader.inner)
            found = tuple(read for item in parsed.items if (read := inner.item(item)))
        else:
            self.reader.report_depth(place, self.path)
            found = ()
        condition = self.condition(parsed.condition) if parsed.condition else None
        numbered = parsed.repeat is not None
        return Group(found, repeat, place, self.path, numbered=numbered, condition=condition)

    def item(self, item: PatternLayer | Repeated) -> WrittenLayer | Group | BlockUse | None:
        if isinstance(item, Repeated):
            return self.group(item)
        return self.layer(item) if not item.optional or self.is_on(item) else None

    def is_on(self, layer: PatternLayer) -> bool:
        word = read_word(layer.word)
        names = word.family.spelling.names if word.family else ()
        words = tuple(dict.fromkeys((word.text, *names)))
        on, problem = self.reader.variables.is_on(words)
        if problem:
            self.report(self.locate(layer.offset), problem)
        return on

    def layer(self, layer: PatternLayer) -> WrittenLayer | BlockUse:
        place = self.locate(layer.offset)
        written = self.reader.begin(layer.word, self.path, place, layer.offset)
        if layer.dashed:
            place = self.locate(layer.dashed.offset)
            written.set_positional(Given(resolve(layer.dashed.text)), place)
        for argument in layer.arguments:
            place = self.locate(argument.value_offset)
            match argument.key:
                case None:
                    written.set_positional(self.given(argument, written), place)
                case "name":
                    written.set_name(self.word(argument), place)
                case "from":
                    written.set_sources(self.word(argument), [place])
                case "if":
                    written.condition = self.condition(argument)
                case key:
                    given = self.given(argument, written)
                    written.set_keyed(key, given, self.locate(argument.offset), place)
        return self.reader.finish(written)

    def given(self, argument: Argument, written: Written) -> Given:
        """The value of a hyperparameter, or of a block's parameter.

        In quotes, the name of a variable is a word.
        """
        is_yaml, variables = argument.value[0] in _YAML, self.reader.variables
        value = self.word(argument) if is_yaml else resolve(argument.value)
        if is_yaml and isinstance(value, str) and variables.knows(value):
            return Given(value)
        begin, step = argument.value_offset, 0 if is_yaml else 1
        return written.read(value, variables, lambda offset: self.locate(begin + step * offset))

    def condition(self, argument: Argument) -> Condition | None:
        """What stands after `if=`."""
        written = self.word(argument) if argument.value[0] in _YAML else resolve(argument.value)
        reader = self.reader
        return read_condition(
            written,
            self.path,
            lambda offset: self.locate(argument.value_offset + offset),
            reader.variables,
            reader.problems,
        )

    def word(self, argument: Argument) -> Any:
        """A number, a word, a variable's value, or YAML where it begins with a bracket or quote."""
        if argument.value[0] not in _YAML:
            return self.reader.variables.named(resolve(argument.value)).value
        place = self.locate(argument.value_offset)
        try:
            return parse_value(argument.value, place, self.reader.problems).value
        except ConfigError as error:
            for problem in error.problems:
                self.report(place, f"{show(argument.value)}: {problem.message}")
            return None

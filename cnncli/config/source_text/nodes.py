"""YAML text to a tree of nodes with offsets; its size and depth are limited."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NoReturn, TypeAlias

import yaml

from cnncli.bounds import MAX_DEPTH
from cnncli.text import short

from .budget import Budget
from .source import Source, fatal
from .yaml_errors import TOO_DEEP, explain

_TAG_DIRECTIVE = re.compile(r"(?:[ \t]*(?:#[^\n]*)?\n|%YAML[^\n]*\n)*(?=%TAG)")
_TEXT_TAGS = ("!", "tag:yaml.org,2002:str")
LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(slots=True)
class Scalar:
    """A single value, as text; `style` is '', one of the quotes, '|' or '>'."""

    start: int
    text: str
    style: str
    is_text: bool


@dataclass(slots=True)
class Sequence:
    """A list."""

    start: int
    items: "list[Node]"


@dataclass(slots=True)
class Mapping:
    """Keys with values, as written; `anchored`: others may refer to it."""

    start: int
    pairs: "list[tuple[Node, Node]]"
    anchored: bool = False


Node: TypeAlias = Scalar | Sequence | Mapping


def compose(source: Source, budget: Budget) -> Node | None:
    """The one document of the text; None if it is empty.

    budget: of this text and of others that belong to it. Raises ConfigError for what is not YAML,
    goes beyond the limits or uses tags.
    """
    if directive := _TAG_DIRECTIVE.match(source.text):
        raise fatal(source.place(directive.end()), "tags are not supported; remove the line %TAG")
    try:
        return _Composer(source, budget).document()
    except yaml.YAMLError as error:
        offset, message = explain(error, source.text)
        raise fatal(source.place(offset), message) from None


class _Composer:
    def __init__(self, source: Source, budget: Budget) -> None:
        self.source = source
        self.events: Iterator[yaml.Event] = yaml.parse(source.text, Loader=LOADER)
        self.anchors: dict[str, tuple[Node, int, int] | None] = {}
        """Values that aliases may repeat, each with its size and all that is in it."""
        self.budget = budget

    def fail(self, event: yaml.Event, message: str) -> NoReturn:
        raise fatal(self.source.place(_start(event)), message)

    def document(self) -> Node | None:
        root = None
        for event in self.events:
            if isinstance(event, yaml.DocumentStartEvent):
                if root:
                    self.fail(event, "a second document starts here; remove this '---'")
                root = self.node(next(self.events), 0)
        return root

    def node(self, event: yaml.Event, depth: int) -> Node:
        before = self.budget.values, self.budget.characters
        self.add(1, len(event.value) if isinstance(event, yaml.ScalarEvent) else 0, event)
        if depth > MAX_DEPTH:
            self.fail(event, TOO_DEEP)
        if isinstance(event, yaml.AliasEvent):
            return self.alias(event)
        assert isinstance(event, yaml.NodeEvent)
        anchor = event.anchor
        if anchor:
            self.anchors[anchor] = None
        node = self.content(event, depth)
        if anchor:
            values = self.budget.values - before[0]
            self.anchors[anchor] = node, values, self.budget.characters - before[1]
        return node

    def add(self, values: int, characters: int, event: yaml.Event) -> None:
        """Counts what an alias repeats before anything is made of it."""
        if message := self.budget.spend(values, characters):
            self.fail(event, message)

    def alias(self, event: yaml.AliasEvent) -> Node:
        assert event.anchor is not None
        name = short(event.anchor)
        if event.anchor not in self.anchors:
            message = f"'*{name}' refers to '&{name}', which is not above it"
            self.fail(event, f"{message}; a text that begins with '*' must be quoted")
        anchored = self.anchors[event.anchor]
        if anchored is None:
            self.fail(event, f"'*{name}' stands inside the value that it refers to")
        node, values, characters = anchored
        self.add(values - 1, characters, event)
        return node

    def content(self, event: yaml.Event, depth: int) -> Node:
        start = _start(event)
        if isinstance(event, yaml.ScalarEvent):
            is_text = not event.implicit[0] or event.tag in _TEXT_TAGS
            self.check_tag(event, event.tag, _TEXT_TAGS)
            return Scalar(start, event.value, event.style or "", is_text)
        if isinstance(event, yaml.SequenceStartEvent):
            self.check_tag(event, event.tag, ("!",))
            items = []
            while not isinstance(inner := next(self.events), yaml.SequenceEndEvent):
                items.append(self.node(inner, depth + 1))
            return Sequence(start, items)
        assert isinstance(event, yaml.MappingStartEvent)
        self.check_tag(event, event.tag, ("!",))
        pairs = []
        while not isinstance(inner := next(self.events), yaml.MappingEndEvent):
            key = self.node(inner, depth + 1)
            pairs.append((key, self.node(next(self.events), depth + 1)))
        return Mapping(start, pairs, event.anchor is not None)

    def check_tag(self, event: yaml.Event, tag: str | None, allowed: tuple[str, ...]) -> None:
        if tag and tag not in allowed:
            shown = short(tag.replace("tag:yaml.org,2002:", "!!"))
            self.fail(event, f"the tag {shown} is not supported; remove it")


def _start(event: yaml.Event) -> int:
    assert event.start_mark is not None
    return event.start_mark.index

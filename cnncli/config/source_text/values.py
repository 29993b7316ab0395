"""YAML nodes to plain values with places: duplicate keys are found, merge keys are followed."""

from collections.abc import Iterator
from typing import Any

from cnncli.bounds import MAX_DEPTH
from cnncli.problems import Path, Place, Problems
from cnncli.text import show

from .budget import Budget
from .document import Document, Places
from .nodes import Mapping, Node, Scalar, Sequence, compose
from .scalars import UNPRINTABLE, resolve
from .source import Source, fatal
from .yaml_errors import TOO_DEEP


def values_budget() -> Budget:
    """How much the YAML of a configuration may hold, in all its files."""
    return Budget("values", "aliases count as often as they are used")


def parse(source: Source, problems: Problems, budget: Budget | None = None) -> Document:
    """The text's values and places; those that leave the remainder readable go to `problems`.

    budget: of all texts together, if this is not the only one. Raises ConfigError where the text
    cannot be read on.
    """
    document = Document(source, None, Places(source), Places(source), problems)
    node = compose(source, budget or values_budget())
    if node is not None:
        document.value = _Converter(source, document).value(node, ())
    return document


def parse_mapping(source: Source, problems: Problems, budget: Budget | None = None) -> Document:
    """The same, for a text that must be a mapping."""
    document = parse(source, problems, budget)
    if document.value is None:
        raise fatal(Place(source.file, 1, 1), "the file is empty; it needs an architecture")
    if not isinstance(document.value, dict):
        raise fatal(
            document.place(()),
            "the file must be a mapping, like 'architecture: INPUT-CONV-RELU-POOL-FC', "
            f"not {show(document.value)}",
        )
    return document


def parse_value(text: str, place: Place, problems: Problems) -> Document:
    """A value from elsewhere than a file, such as an override: all of it stands at `place`."""
    if found := UNPRINTABLE.search(text):
        raise fatal(place, f"the character U+{ord(found[0]):04X} is not allowed in a text")
    document = parse(Source(text, place.file, place), problems)
    document.places.setdefault((), place)
    return document


class _Converter:
    def __init__(self, source: Source, document: Document) -> None:
        self.source = source
        self.document = document
        self.problems = document.problems
        self.anchors: set[int] = set()

    def value(self, node: Node, path: Path) -> Any:
        """The node as a plain value; notes places under the path."""
        if len(path) > MAX_DEPTH:
            raise fatal(self.source.place(node.start), TOO_DEEP)
        self.document.places.note(path, node.start)
        if isinstance(node, Scalar):
            return self.scalar(node, path)
        if isinstance(node, Sequence):
            return [self.value(item, (*path, i)) for i, item in enumerate(node.items)]
        return self.mapping(node, path)

    def scalar(self, node: Scalar, path: Path) -> Any:
        value = node.text if node.is_text else resolve(node.text)
        if isinstance(value, str):
            if found := UNPRINTABLE.search(value):
                message = f"the character U+{ord(found[0]):04X} is not allowed in a text"
                self.problems.add(self.source.place(node.start), path, message)
                return UNPRINTABLE.sub("?", value)
            self.document.texts[path] = node
        return value

    def mapping(self, node: Mapping, path: Path) -> dict[str, Any]:
        if node.anchored and id(node) not in self.anchors:  # not where an alias stands for it
            self.anchors.add(id(node))
            self.document.anchored.add(path)
        value: dict[str, Any] = {}
        for key, child in self.pairs(node):
            if not isinstance(key, Scalar):
                self.problems.add(self.source.place(key.start), path, "a key must be plain text")
                continue
            inner = (*path, key.text)
            if key.text in value:
                place = self.document.keys[inner]
                first = f"line {place.line}" if place.line else str(place)
                message = f"the key {show(key.text)} is given twice; the first is in {first}"
                self.problems.add(self.source.place(key.start), path, message)
                continue
            self.document.keys.note(inner, key.start)
            value[key.text] = self.value(child, inner)
        for key, child in self.merge(node, path, 0):
            if key.text not in value:
                inner = (*path, key.text)
                self.document.keys.note(inner, key.start)
                value[key.text] = self.value(child, inner)
        return value

    def pairs(self, node: Mapping) -> Iterator[tuple[Node, Node]]:
        return ((key, child) for key, child in node.pairs if not _is_merge(key))

    def merge(self, node: Mapping, path: Path, depth: int) -> Iterator[tuple[Scalar, Node]]:
        """What the merge keys `<<` bring in; earlier ones win."""
        for key, child in node.pairs:
            if not _is_merge(key):
                continue
            for origin in child.items if isinstance(child, Sequence) else [child]:
                if not isinstance(origin, Mapping):
                    message = "'<<' takes a mapping, or a list of mappings, to merge"
                    self.problems.add(self.source.place(key.start), path, message)
                    continue
                if depth > MAX_DEPTH:
                    raise fatal(self.source.place(key.start), TOO_DEEP)
                for inner, value in self.pairs(origin):
                    if isinstance(inner, Scalar):
                        yield inner, value
                yield from self.merge(origin, path, depth + 1)


def _is_merge(key: Node) -> bool:
    return isinstance(key, Scalar) and key.text == "<<" and not key.is_text

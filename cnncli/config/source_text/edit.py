"""Writing one change into the text of a configuration; all else stays as it is.

It is a layer's hyperparameter, an argument of a block's use, or a constant of a mapping: a block's
parameter, a variable, a default. Or it is what a layer reads, another family in its place, or a
layer in front of it.
"""

from collections.abc import Iterator
from typing import Any, NamedTuple, TypeAlias

import yaml

from cnncli.config.network.names import Word, find_key, positional_key, read_word
from cnncli.config.pattern.pattern_edit import (
    Replacement,
    as_written,
    edit_pattern,
    put_before,
    replace_word,
    set_sources,
)
from cnncli.config.pattern.tokens import closing
from cnncli.geometry import Padding
from cnncli.problems import Edit

from .dump import flow
from .nodes import LOADER, Scalar, is_cut_tuple
from .positions import offsets

Node: TypeAlias = yaml.Node


class _Found(NamedTuple):
    """A node on the way to a layer: its key, and whether it stands inside [] or {}."""

    node: Node
    key: Node | None
    in_flow: bool


_LATE = ("family", "before")
"""What changes where a layer is found, after its other edits."""


def apply_edit(text: str, edit: Edit) -> str:
    """The text with the value of the edit, and of those that belong to it, from the end on.

    Raises LookupError where a layer is not in it.
    """
    root = yaml.compose(text, Loader=LOADER)

    def place(each: Edit) -> tuple[int, int, int]:
        late = _LATE.index(each.what) if each.what in _LATE else -1
        return _at(root, each.path).node.start_mark.index, each.offset or 0, -late

    for each in sorted((edit, *edit.also), key=place, reverse=True):
        text = _apply(text, each)
    return text


def _apply(text: str, edit: Edit) -> str:
    root = yaml.compose(text, Loader=LOADER)
    found = _at(root, edit.path)
    value = str(edit.value) if edit.what in _LATE else _as_yaml(edit.value)
    if not edit.path:
        change = _at_top(root, edit.field, value)
    elif edit.offset is not None:
        assert isinstance(found.node, yaml.ScalarNode)
        change = _in_pattern(text, found.node, found.in_flow, edit, value)
    elif edit.what in ("from", "before"):
        change = _beside(text, root, edit, value)
    else:
        change = _in_list(text, found, edit, value)
    return text[: change.start] + change.text + text[change.stop :]


def _beside(text: str, root: Node | None, edit: Edit, value: str) -> Replacement:
    """What a layer of a list reads, which stands beside it, or a layer in front of it."""
    around, item = _at(root, edit.path[:-2]), _at(root, edit.path[:-1])
    if edit.what == "before":
        return _in_front(text, around.node, item.node, value)
    for key, given in item.node.value:
        if key.value == "from":
            start, stop = _alias(text, key, given) or (given.start_mark.index, _end(given))
            return Replacement(start, stop, value)
    raise LookupError(f"there is no from at {edit.path}")


def _in_front(text: str, around: Any, item: Node, value: str) -> Replacement:
    """A pattern as one more item of a list."""
    start: int = item.start_mark.index
    if around.flow_style:
        return Replacement(start, start, f"{quote(value)}, ")
    column = around.start_mark.column
    line = text.rfind("\n", 0, start) + 1
    while text[line + column : line + column + 1] != "-" or text[line : line + column].strip(" "):
        if line <= around.start_mark.index:
            line = around.start_mark.index - column
            break
        line = text.rfind("\n", 0, line - 1) + 1
    dash = line + column
    return Replacement(dash, dash, f"- {value}\n{' ' * column}")


def quote(pattern: str) -> str:
    """A pattern in quotes."""
    return "'" + pattern.replace("'", "''") + "'"


def _as_yaml(value: Any) -> str:
    """A value as YAML in one line."""
    if isinstance(value, tuple) and not hasattr(value, "_fields"):  # what a layer reads
        return flow(value[0] if len(value) == 1 else value)
    if isinstance(value, Padding) and str(value).startswith("{"):
        return flow(value._asdict())
    if isinstance(value, list):
        return f"[{', '.join(map(_as_yaml, value))}]"
    return flow(value) if isinstance(value, int | str) else str(value)


def _at(root: Node | None, path: tuple[str | int, ...]) -> _Found:
    key, node, in_flow = None, root, False
    for part in path:
        in_flow = in_flow or bool(getattr(node, "flow_style", False))
        key, node = _child(node, part)
    if node is None:
        raise LookupError(f"there is nothing at {path}")
    return _Found(node, key, in_flow)


def _child(node: Node | None, part: str | int) -> tuple[Node | None, Node | None]:
    """The key and the value of a mapping, or an element of a list."""
    if isinstance(node, yaml.SequenceNode) and isinstance(part, int):
        return None, node.value[part] if part < len(node.value) else None
    if isinstance(node, yaml.MappingNode):
        for key, value in _pairs(node):
            if key.value == part:
                return key, value
    return None, None


def _pairs(node: yaml.MappingNode) -> Iterator[tuple[Node, Node]]:
    """A mapping's own pairs, then those that `<<` brings in."""
    yield from node.value
    for key, value in node.value:
        if key.value == "<<":
            for origin in value.value if isinstance(value, yaml.SequenceNode) else [value]:
                if isinstance(origin, yaml.MappingNode):
                    yield from _pairs(origin)


def _in_pattern(
    text: str, node: yaml.ScalarNode, in_flow: bool, edit: Edit, value: str
) -> Replacement:
    """The pattern with its change, in quotes where YAML needs them for it."""
    style = node.style or ""
    start, stop = node.start_mark.index, node.end_mark.index
    at = offsets(text, Scalar(start, node.value, style, True), node.value)
    assert edit.offset is not None
    match edit.what:
        case "from":
            change = set_sources(node.value, edit.offset, value)
        case "family":
            change = replace_word(node.value, edit.offset, value)
        case "before":
            change = put_before(node.value, edit.offset, value)
        case _:
            change = edit_pattern(node.value, edit.offset, edit.field, value)
    first, last, inserted = change
    begin = at(first) if last > first else at(first - 1) + 1
    end = at(last - 1) + 1
    pattern = text[start:begin] + inserted + text[end:stop]
    special = ",[]{}" if in_flow else ""
    if not style and (": " in inserted or any(sign in inserted for sign in special)):
        pattern = quote(pattern)
    return Replacement(start, stop, pattern)


_BELOW_TOP = ("defaults", "blocks", "variables", "architecture")
"""In front of the first of them a key for the whole file is written."""


def _at_top(root: Node | None, field: str, value: str) -> Replacement:
    """The change of a key for the whole file."""
    assert isinstance(root, yaml.MappingNode)
    for key, given in root.value:
        if key.value == field:
            return Replacement(given.start_mark.index, _end(given), value)
    at = next(key.start_mark for key, _ in root.value if key.value in _BELOW_TOP)
    between = ", " if root.flow_style else "\n" + " " * at.column
    return Replacement(at.index, at.index, f"{field}: {value}{between}")


def _in_list(text: str, found: _Found, edit: Edit, value: str) -> Replacement:
    """The change of a layer in a list: of its mapping, its value alone, or of a bare name."""
    key = found.key
    assert key is not None
    word = read_word(key.value)
    if edit.what == "family":
        start = text.index(word.text, key.start_mark.index)
        return Replacement(start, start + len(word.text), as_written(value, word.text))
    if word.family and word.glued and edit.field == word.family.spelling.size_suffix:
        start = text.index(key.value, key.start_mark.index) + len(word.text)
        stop = start + len(word.glued)
        if value[0].isdigit():
            return Replacement(start, stop, value)
        change = _of_values(text, found, word, edit.field, value)
        return Replacement(start, change.stop, text[stop : change.start] + change.text)
    return _of_values(text, found, word, edit.field, value)


def _of_values(text: str, found: _Found, word: Word, field: str, value: str) -> Replacement:
    """The change of what stands after the name of a layer in a list."""
    node, key = found.node, found.key
    assert key is not None
    pair = f"{field}: {value}"
    alias = _alias(text, key, node)
    if alias:
        start, stop = alias
        inner = f"{{<<: {text[start:stop]}, {pair}}}"
        return Replacement(start, stop, inner if isinstance(node, yaml.MappingNode) else value)
    if isinstance(node, yaml.MappingNode):
        return _in_mapping(text, node, word, field, value)
    start, stop = node.start_mark.index, _value_end(text, node)
    value = _indent(key, node) + value
    positional = positional_key(word.family) if word.family else field
    if not node.value or node.value in ("null", "~"):
        return Replacement(start, stop, f"{'' if node.value else ' '}{{{pair}}}")
    if positional == field:
        return Replacement(start, stop, value)
    return Replacement(start, stop, f"{{{positional}: {text[start:stop]}, {pair}}}")


def _in_mapping(
    text: str, node: yaml.MappingNode, word: Word, field: str, value: str
) -> Replacement:
    for key, given in node.value:
        meant = find_key(word.family, key.value) if word.family else key.value
        if meant == field:
            alias = _alias(text, key, given)
            start, stop = alias or (given.start_mark.index, _value_end(text, given))
            return Replacement(start, stop, _indent(key, given) + value)
    pair = f"{field}: {value}"
    last = _end(node.value[-1][1]) if node.value else node.start_mark.index + 1
    if node.value and (alias := _alias(text, *node.value[-1])):
        last = alias[1]
    if node.flow_style:
        return Replacement(last, last, f", {pair}" if node.value else pair)
    line_end = text.find("\n", last)
    line_end = len(text) if line_end < 0 else line_end
    indent = " " * node.value[0][0].start_mark.column
    return Replacement(line_end, line_end, f"\n{indent}{pair}")


def _indent(key: Node, node: Node) -> str:
    """What a value needs in the place of a list that stands no deeper than its key."""
    is_block = isinstance(node, yaml.SequenceNode) and not node.flow_style
    return "  " if is_block and node.start_mark.column <= key.start_mark.column else ""


def _value_end(text: str, node: Node) -> int:
    """Where a value's text ends; YAML cuts a tuple inside of {} at its commas."""
    start: int = node.start_mark.index
    if isinstance(node, yaml.ScalarNode) and not node.style and is_cut_tuple(node.value):
        return closing(text, start) + 1
    return _end(node)


def _end(node: Node) -> int:
    """Where a node's text ends; a block's own mark stands at the next token."""
    if isinstance(node, yaml.CollectionNode) and not node.flow_style and node.value:
        last = node.value[-1]
        return _end(last[1] if isinstance(node, yaml.MappingNode) else last)
    end: int = node.end_mark.index
    return end


def _alias(text: str, key: Node, node: Node) -> tuple[int, int] | None:
    """Where the value of a key is written as `*name`; its node then stands elsewhere."""
    at: int = key.end_mark.index
    while at < len(text) and text[at] in ": \t":
        at += 1
    if text[at : at + 1] != "*":
        return None
    stop = at + 1
    while stop < len(text) and not text[stop].isspace() and text[stop] not in ",]}":
        stop += 1
    return at, stop

"""Writing one hyperparameter into a pattern: where, and what."""

from typing import NamedTuple

from cnncli.config.network.names import find_key, positional_key, read_word

from .grammar import PatternLayer, Patterns, Repeated
from .tokens import closing


class Replacement(NamedTuple):
    """What comes in the place of text[start:stop]."""

    start: int
    stop: int
    text: str


def edit_pattern(pattern: str, offset: int, field: str, value: str) -> Replacement:
    """The change that sets the hyperparameter of the layer at the offset, or another `Edit.field`.

    Raises LookupError where no known layer begins there.
    """
    layer = _find(Patterns().parse(pattern), offset)
    if layer is None:
        raise LookupError(f"no layer begins at {offset} of {pattern!r}")
    if field == "before":
        return Replacement(offset, offset + len(layer.word), f"{value} -> {layer.word}")
    if field == "from":
        return _set_sources(layer, value)
    word = read_word(layer.word)
    if word.family is None:
        raise LookupError(f"{layer.word!r} at {offset} of {pattern!r} is no layer")
    if field == "kind":
        return Replacement(offset, offset + len(word.text), as_written(value, word.text))
    for argument in layer.arguments:
        meant = find_key(word.family, argument.key) if argument.key else None
        if field == (meant or (None if argument.key else positional_key(word.family))):
            start = argument.value_offset
            return Replacement(start, start + len(argument.value), value)
    if word.glued and field == word.family.spelling.size_suffix:
        stop = offset + len(layer.word)
        return Replacement(stop - len(word.glued), stop, value)
    end = offset + len(layer.word)
    if layer.dashed:
        end = layer.dashed.offset + len(layer.dashed.text)
        if field == word.family.spelling.dash_suffix:
            return Replacement(layer.dashed.offset, end, value)
    after = end + len(pattern[end:]) - len(pattern[end:].lstrip())
    if pattern[after : after + 1] == "(":
        close = closing(pattern, after)
        comma = ", " if layer.arguments else ""
        return Replacement(close, close, f"{comma}{field}={value}")
    return Replacement(end, end, f"({field}={value})")


def as_written(kind: str, before: str) -> str:
    """A family's name in small letters, where the one before it is."""
    return kind.lower() if before.islower() else kind


def _set_sources(layer: PatternLayer, value: str) -> Replacement:
    for argument in layer.arguments:
        if argument.key == "from":
            start = argument.value_offset
            return Replacement(start, start + len(argument.value), value)
    raise LookupError(f"{layer.word!r} at {layer.offset} has no from")


def _find(item: PatternLayer | Repeated, offset: int) -> PatternLayer | None:
    if isinstance(item, PatternLayer):
        return item if item.offset == offset else None
    found = (_find(inner, offset) for inner in item.items)
    return next((layer for layer in found if layer), None)

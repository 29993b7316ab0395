"""Writing one hyperparameter, or one argument of a block, into a pattern: where, and what."""

from typing import NamedTuple

from cnncli.config.network.names import Word, find_key, positional_key, read_word

from .grammar import PatternLayer, Patterns, Repeated
from .tokens import closing


class Replacement(NamedTuple):
    """What comes in the place of text[start:stop]."""

    start: int
    stop: int
    text: str


def edit_pattern(pattern: str, offset: int, field: str, value: str) -> Replacement:
    """The change that sets the hyperparameter of the layer, or of the block's use, at the offset.

    Raises LookupError where none begins there.
    """
    layer = _layer_at(pattern, offset)
    word = read_word(layer.word)
    for argument in layer.arguments:
        if _means(word, argument.key, field):
            start = argument.value_offset
            return Replacement(start, start + len(argument.value), value)
    if word.family and word.glued and field == word.family.spelling.size_suffix:
        stop = offset + len(layer.word)
        start = stop - len(word.glued)
        if value[0].isdigit():
            return Replacement(start, stop, value)
        change = _add_argument(pattern, layer, word, field, value)
        return Replacement(start, change.stop, pattern[stop : change.start] + change.text)
    return _add_argument(pattern, layer, word, field, value)


def _add_argument(
    pattern: str, layer: PatternLayer, word: Word, field: str, value: str
) -> Replacement:
    end = layer.offset + len(layer.word)
    if layer.dashed:
        end = layer.dashed.offset + len(layer.dashed.text)
        if word.family is None or field == word.family.spelling.dash_suffix:
            return Replacement(layer.dashed.offset, end, value)
    after = end + len(pattern[end:]) - len(pattern[end:].lstrip())
    if pattern[after : after + 1] == "(":
        close = closing(pattern, after)
        comma = ", " if layer.arguments else ""
        return Replacement(close, close, f"{comma}{field}={value}")
    return Replacement(end, end, f"({field}={value})")


def replace_word(pattern: str, offset: int, word: str) -> Replacement:
    """The change that puts another word in the place of the one at the offset."""
    layer = _layer_at(pattern, offset)
    old = read_word(layer.word).text
    return Replacement(offset, offset + len(old), as_written(word, old))


def put_before(pattern: str, offset: int, layers: str) -> Replacement:
    """The change that puts layers in front of the one at the offset."""
    word = _layer_at(pattern, offset).word
    return Replacement(offset, offset + len(word), f"{layers} -> {word}")


def set_sources(pattern: str, offset: int, value: str) -> Replacement:
    """The change of what stands in `from=`. Raises LookupError where there is none."""
    for argument in _layer_at(pattern, offset).arguments:
        if argument.key == "from":
            start = argument.value_offset
            return Replacement(start, start + len(argument.value), value)
    raise LookupError(f"what begins at {offset} of {pattern!r} has no from")


def as_written(word: str, before: str) -> str:
    """A family's name in small letters, where the one before it is."""
    return word.lower() if before.islower() else word


def _means(word: Word, key: str | None, field: str) -> bool:
    """Whether an argument sets the field; without a key, it is the only one that a block has."""
    if word.family is None:
        return key in (None, field)
    return field == (find_key(word.family, key) if key else positional_key(word.family))


def _layer_at(pattern: str, offset: int) -> PatternLayer:
    """The layer that begins at the offset. Raises LookupError where none does."""
    layer = _find(Patterns().parse(pattern), offset)
    if layer is None:
        raise LookupError(f"no layer begins at {offset} of {pattern!r}")
    return layer


def _find(item: PatternLayer | Repeated, offset: int) -> PatternLayer | None:
    if isinstance(item, PatternLayer):
        return item if item.offset == offset else None
    found = (_find(inner, offset) for inner in item.items)
    return next((layer for layer in found if layer), None)

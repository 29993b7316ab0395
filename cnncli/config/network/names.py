"""Names of layers and of their hyperparameters, in the ways people write them."""

import re
from collections.abc import Iterator
from dataclasses import fields
from functools import cache, lru_cache
from typing import Any, NamedTuple

from cnncli.bounds import MAX_TOLD
from cnncli.config.expression.arithmetic import fraction
from cnncli.config.expression.given import plain
from cnncli.config.translation import layer_words
from cnncli.config.translation.key_words import explain_key, is_known
from cnncli.layers import families, find_family
from cnncli.layers.base import Layer
from cnncli.schema.describe import bare, hints
from cnncli.text import closest, join_words, short, show

Family = type[Layer]

_GLUED = re.compile(r"([^\W\d]+)([0-9]+(?:[x×][0-9]+)?)", re.IGNORECASE)
_AXES = re.compile("([123])D")
"""What other programs put behind a kind, CONV2D, or in it, CONV2DTRANSPOSE."""


class Word(NamedTuple):
    """A layer's name taken apart: `CONV3` is the family CONV and the number 3."""

    text: str
    family: Family | None
    glued: str | None = None


def read_word(text: str) -> Word:
    """The family that a word names, and the number glued to it; no family if it is unknown."""
    if family := find_family(text.upper()):
        return Word(text, family)
    if (match := _GLUED.fullmatch(text)) and (family := find_family(match[1].upper())):
        return Word(match[1], family, match[2])
    return Word(text, None)


def usual_names() -> list[str]:
    """The usual name of every family."""
    return sorted({family.spelling.name for family in families().values()})


@lru_cache(MAX_TOLD)
def unknown_layer(text: str, blocks: tuple[str, ...] = ()) -> str:
    """The message for a layer's name that is not known here, among blocks of these names.

    What it means in other programs comes first; how it is spelled comes last.
    """
    unknown = f"unknown layer {show(text)}"
    word = _plain(text)
    if meaning := _meaning(word):
        return f"{unknown}; {meaning}"
    if found := closest(text, blocks):
        return f"{unknown}; did you mean the block {short(found)}?"
    groups = (families(), other_names(), layer_words.words())
    alike = [near for group in groups if (near := closest(word.rstrip("0123456789"), group))]
    if found := closest(word.rstrip("0123456789"), alike) or closest(word, other_names()):
        if found in layer_words.words():
            return f"{unknown}; did you mean {found}? {_meaning(found)}"
        family = families().get(found)
        return f"{unknown}; did you mean {found if family else other_names()[found][0]}?"
    return f"{unknown}; the layers are {join_words(usual_names())}"


def meant_family(text: str) -> Family | None:
    """The family that a word means in other programs."""
    for word in _asked(_plain(text)):
        if family := families().get(word):
            return family
        if found := other_names().get(word):
            return families()[found[0]]
    return None


def _plain(text: str) -> str:
    """A word in capitals without signs, and without the modules that it stands in."""
    return re.sub(r"[\W_]", "", text.rpartition(".")[2]).upper()


def _asked(word: str) -> Iterator[str]:
    """A word, and what remains of it without what says nothing of the kind: CONV2D is CONV."""
    yield word
    bare = _AXES.sub("", word.removeprefix("LAZY")).removesuffix("LAYER")
    yield from (bare, bare.rstrip("0123456789"))


def _meaning(word: str) -> str | None:
    """What a word of other programs means here, as the end of a sentence."""
    axes = _AXES.search(word)
    if axes and axes[1] == "3":
        return "there are no layers for three axes here; volumes are maps with a depth"
    for asked in _asked(word):
        if found := other_names().get(asked):
            return f"here it is {found[1] or f'called {found[0]}'}{_of_one_axis(axes, found[0])}"
        if text := layer_words.find_word(asked):
            return text
        if family := families().get(asked):
            name = family.spelling.name
            return f"here it is called {name}{_of_one_axis(axes, name)}"
    return None


def _of_one_axis(axes: re.Match[str] | None, name: str) -> str:
    """What to write where a word of other programs is for lines: CONV1D."""
    if not axes or axes[1] != "1":
        return ""
    return f"; a line is a map of Wx1xD{', with F: 3x1' * ('F' in keys(families()[name]))}"


@cache
def other_names() -> dict[str, tuple[str, str]]:
    """Of every name in other programs, the family's usual one, and what it means here."""
    return {
        name: (family.spelling.name, meaning)
        for family in families().values()
        for name, meaning in (
            *((name, "") for name in family.spelling.other_names),
            *family.spelling.meanings.items(),
        )
    }


def keys(family: Family) -> list[str]:
    """The family's hyperparameters."""
    return [field.name for field in fields(family)]


def typed(family: Family, key: str, value: Any) -> Any:
    """A value of a hyperparameter: the text 1/3 is a number where one is taken, and else a part."""
    if isinstance(value, list):
        return [typed(family, key, element) for element in value]
    is_part = isinstance(value, str) and "/" in value
    return plain(fraction(value)) if is_part and _takes_number(family, key) else value


@cache
def _takes_number(family: Family, key: str) -> bool:
    return bare(hints(family)[key]) is float


def find_key(family: Family, written: str) -> str | None:
    """The hyperparameter that a key means: its name or synonym, in any case if that is clear."""
    meanings = {key: key for key in keys(family)} | dict(family.spelling.synonyms)
    if written in meanings:
        return meanings[written]
    found = {key for name, key in meanings.items() if name.lower() == written.lower()}
    return found.pop() if len(found) == 1 else None


def unknown_hyperparameter(family: Family, written: str) -> str:
    """The message for a key that the family does not have."""
    name, known = family.spelling.name, keys(family)
    if meaning := explain_key(written, known):
        return f"unknown key {show(written)} of {name}; {meaning}"
    if not known:
        return f"unknown key {show(written)}; {name} has no hyperparameters"
    if not is_known(written) and (found := closest(written, [*known, *family.spelling.synonyms])):
        return f"unknown key {show(written)} of {name}; did you mean {found}?"
    return f"unknown key {show(written)} of {name}; its keys are {join_words(known)}"


def positional_key(family: Family) -> str | None:
    """The hyperparameter that a value without a key sets: `FC(10)`, `- fc: 10`."""
    known = keys(family)
    return (
        family.spelling.dash_suffix
        or family.spelling.size_suffix
        or (known[0] if len(known) == 1 else None)
    )

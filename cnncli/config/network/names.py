"""Names of layers and of their hyperparameters, in the ways people write them."""

import re
from dataclasses import fields
from functools import cache, lru_cache
from typing import NamedTuple

from cnncli.bounds import MAX_TOLD
from cnncli.layers import families
from cnncli.layers.base import Layer
from cnncli.text import closest, join_words, short, show

Family = type[Layer]

_GLUED = re.compile(r"([^\W\d]+)([0-9]+(?:[x×][0-9]+)?)", re.IGNORECASE)


class Word(NamedTuple):
    """A layer's name taken apart: `CONV3` is the family CONV and the number 3."""

    text: str
    family: Family | None
    glued: str | None = None


def read_word(text: str) -> Word:
    """The family that a word names, and the number glued to it; no family if it is unknown."""
    if family := families().get(text.upper()):
        return Word(text, family)
    if (match := _GLUED.fullmatch(text)) and (family := families().get(match[1].upper())):
        return Word(match[1], family, match[2])
    return Word(text, None)


def usual_names() -> list[str]:
    """The usual name of every family."""
    return sorted({family.spelling.name for family in families().values()})


@lru_cache(MAX_TOLD)
def unknown_layer(text: str, blocks: tuple[str, ...] = ()) -> str:
    """The message for a layer's name that is not known here, among blocks of these names."""
    if found := closest(text, blocks):
        return f"unknown layer {show(text)}; did you mean the block {short(found)}?"
    elsewhere = _elsewhere()
    word = re.sub(r"[\W_]", "", text).upper()
    for asked in (word, word.rstrip("0123456789")):
        if asked in elsewhere:
            return f"unknown layer {show(text)}; here it is called {elsewhere[asked]}"
    if found := closest(word.rstrip("0123456789"), families()) or closest(word, elsewhere):
        return f"unknown layer {show(text)}; did you mean {elsewhere.get(found, found)}?"
    return f"unknown layer {show(text)}; the layers are {join_words(usual_names())}"


@cache
def _elsewhere() -> dict[str, str]:
    """The usual name of every family by the names that it has in other programs."""
    return {name: f.spelling.name for f in families().values() for name in f.spelling.other_names}


def keys(family: Family) -> list[str]:
    """The family's hyperparameters."""
    return [field.name for field in fields(family)]


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
    if not known:
        return f"unknown key {show(written)}; {name} has no hyperparameters"
    if found := closest(written, [*known, *family.spelling.synonyms]):
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

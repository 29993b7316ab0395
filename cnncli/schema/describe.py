"""What a field of a dataclass accepts, in words, read from its annotation."""

import sys
import types
from dataclasses import fields, is_dataclass
from functools import cache
from pathlib import Path as FilePath
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

from cnncli.geometry import Extent, Padding, Volume
from cnncli.layers.constraints import Field
from cnncli.text import join_words

from .kinds import OneOf

_NOUNS: dict[Any, str] = {
    int: "a whole number",
    float: "a number",
    bool: "true or false",
    str: "text",
    FilePath: "a path",
    Extent: "a whole number or WIDTHxHEIGHT",
    Padding: "a whole number, WIDTHxHEIGHT, sides like {left: 1, right: 2}",
    Volume: "WIDTHxHEIGHTxDEPTH",
}
_LIMITS = {"ge": "at least", "gt": "greater than", "le": "at most", "lt": "less than"}


def docstring(schema: type) -> str:
    """What a class says of itself; nothing under `python -OO`, which removes what was written.

    A dataclass has its signature there then.
    """
    return "" if sys.flags.optimize > 1 else schema.__doc__ or ""


def summary_text(schema: type) -> str:
    """The first paragraph of what the schema says of itself."""
    return " ".join(docstring(schema).strip().split("\n\n")[0].split())


@cache
def hints(schema: Any) -> dict[str, Any]:
    """The annotations of a dataclass's fields, with their constraints."""
    known = get_type_hints(schema, include_extras=True)
    return {field.name: known[field.name] for field in fields(schema)}


def bare(annotation: Any) -> Any:
    """The annotation without constraints and without `None`; of one of several kinds, all."""
    inner, metadata = _unwrap(annotation)
    unions = [item.union for item in metadata if isinstance(item, OneOf)]
    return bare(unions[0]) if unions else inner


def _unwrap(annotation: Any) -> tuple[Any, list[Any]]:
    """The annotation without `Annotated` and `None` around it; and what these say, from outside."""
    metadata: list[Any] = []
    while True:
        if get_origin(annotation) is Annotated:
            annotation, *more = get_args(annotation)
            metadata += more
            continue
        members = _members(annotation)
        if len(members) != 1 or members == [annotation]:
            return annotation, metadata
        (annotation,) = members


def _members(annotation: Any) -> list[Any]:
    """What a union is made of, `None` left out."""
    if get_origin(annotation) not in (Union, types.UnionType):
        return [annotation] if annotation is not type(None) else []
    return [member for member in get_args(annotation) if member is not type(None)]


def bounds(annotation: Any) -> str:
    """`greater than 0 and at most 1`, or an empty text."""
    said = [item for item in _unwrap(annotation)[1] if isinstance(item, Field)]
    limits = {_LIMITS[r]: v for item in said for r, v in item.rules.items() if r in _LIMITS}
    return " and ".join(f"{words} {limit}" for words, limit in limits.items())


def description(annotation: Any) -> str:
    """The annotation's own words on what the value means."""
    found = [item.description for item in get_args(annotation) if isinstance(item, Field)]
    return " ".join(text for text in found if text)


def describe(annotation: Any) -> str:
    """What the annotation accepts: `a number greater than 0`, `strict, crop or pad`."""
    titles = (getattr(item, "title", None) for item in _unwrap(annotation)[1])
    if title := next((title for title in titles if isinstance(title, str)), None):
        return title
    inner = bare(annotation)
    if get_origin(inner) is Literal:
        return join_words([str(choice) for choice in get_args(inner)], "or")
    if get_origin(inner) is tuple:
        return f"a list, each element {describe(get_args(inner)[0])}"
    members = _members(inner)
    if named := choices(inner):
        return join_words(named, "or")
    if len(members) > 1:
        return join_words([describe(member) for member in members], "or")
    if is_section(inner):
        return f"a mapping with the keys {join_words(hints(inner))}"
    noun, limits = _NOUNS[inner], bounds(annotation)
    joint = " " if not limits or limits.startswith("greater") else " of "
    return f"{noun}{joint}{limits}".rstrip()


def choices(union: Any) -> dict[str, Any]:
    """The members of a union of sections that have a name, by name; empty for other types."""
    members = [bare(member) for member in _members(bare(union))]
    if len(members) < 2 or not all(is_section(m) and "name" in hints(m) for m in members):
        return {}
    return {get_args(hints(member)["name"])[0]: member for member in members}


def is_section(annotation: Any) -> bool:
    """Whether the annotation is a dataclass that is written as a mapping."""
    return is_dataclass(annotation) and annotation not in _NOUNS

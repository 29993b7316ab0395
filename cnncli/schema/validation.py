"""Values against the dataclasses that are their schema; every fault as a sentence of our own."""

from dataclasses import dataclass
from functools import cache
from typing import Any, get_args, get_origin

from pydantic import TypeAdapter, ValidationError
from pydantic_core import ErrorDetails

from cnncli.bounds import MAX_TOLD
from cnncli.problems import Path, show, write_path
from cnncli.text import closest, listed, unknown_key

from .describe import bare, bounds, choices, describe, hints, is_section

_BOUNDS = ("greater_than", "greater_than_equal", "less_than", "less_than_equal")


@dataclass(frozen=True)
class Fault:
    """What is wrong with the value at a path; `at_key`: point at the key instead."""

    path: Path
    message: str
    at_key: bool = False


@cache
def _adapter(schema: Any) -> TypeAdapter[Any]:
    return TypeAdapter(schema)


def validate(schema: Any, value: Any, section: str) -> tuple[Any, list[Fault]]:
    """The typed value (None with faults), and the faults found in it, a few more than are told.

    `section` is what messages call the value as a whole.
    """
    try:
        return _adapter(schema).validate_python(value), []
    except ValidationError as error:
        return None, [
            _fault(schema, value, details, section) for details in _own(error)[: MAX_TOLD + 1]
        ]


def _own(error: ValidationError) -> list[ErrorDetails]:
    """The errors, without the `too short` of lists that have faulty elements."""
    details = error.errors(include_url=False)
    inner = {found["loc"][:-1] for found in details}
    return [found for found in details if found["type"] != "too_short" or found["loc"] not in inner]


def serialise(schema: Any, value: Any) -> Any:
    """The typed value as plain numbers, texts, lists and mappings."""
    return _adapter(schema).dump_python(value, mode="json", warnings=False)


def _fault(schema: Any, data: Any, details: ErrorDetails, section: str) -> Fault:
    path, annotation, value, owner = _locate(schema, data, details["loc"])
    kind = details["type"]
    context = details.get("ctx", {})
    if kind == "missing":
        key = str(details["loc"][-1])
        needed = describe(hints(owner)[key])
        return Fault(path, f"{key} is missing; it must be {needed}")
    if kind == "unexpected_keyword_argument":
        place = ".".join(p for p in (section, write_path(path[:-1])) if p)
        return Fault(path, unknown_key(str(path[-1]), hints(owner), place), at_key=True)
    if kind == "union_tag_not_found":
        return Fault(path, f"name is missing; it must be {describe(annotation)}")
    if kind == "union_tag_invalid":
        return Fault((*path, "name"), _unknown_choice(annotation, value, str(path[-1])))
    subject = write_path(path[-2:] if path and isinstance(path[-1], int) else path[-1:]) or section
    return Fault(path, f"{subject} {_requirement(kind, context, annotation, value)}")


def _locate(schema: Any, data: Any, loc: tuple[int | str, ...]) -> tuple[Path, Any, Any, Any]:
    """Pydantic's location as a path in the data, without the parts that name union members.

    Returns the path, the annotation and the value there, and the dataclass around it.
    """
    path: Path = ()
    annotation, value, owner = schema, data, bare(schema)
    for part in loc:
        inner = bare(annotation)
        if part in choices(inner):
            annotation = owner = choices(inner)[str(part)]
        elif isinstance(value, dict) and part in value:
            owner = inner
            annotation = hints(inner).get(str(part), Any) if is_section(inner) else Any
            path, value = (*path, part), value[part]
        elif isinstance(value, list) and isinstance(part, int):
            path, value = (*path, part), value[part]
            annotation = get_args(inner)[0] if get_origin(inner) is tuple else Any
        else:
            owner = inner
    return path, annotation, value, owner


def _unknown_choice(annotation: Any, value: Any, subject: str) -> str:
    known = choices(annotation)
    asked = value.get("name") if isinstance(value, dict) else value
    found = closest(asked, known) if isinstance(asked, str) else None
    hint = f"did you mean {found}?" if found else f"there are {listed(known)}"
    return f"unknown {subject} {show(asked)}; {hint}"


def _requirement(kind: str, context: dict[str, Any], annotation: Any, value: Any) -> str:
    """The rest of the sentence behind the value's name."""
    if kind == "value_error":
        message = str(context["error"]).replace("expected ", "must be ", 1)
        if not message.startswith("must"):
            return f"is {show(value)}: {message}"
        return f"{message}, not {show(value)}"
    if kind in _BOUNDS:
        return f"must be {bounds(annotation)}, not {show(value)}"
    if kind == "too_short":
        return f"must have at least {context['min_length']} element"
    if kind == "finite_number":
        return f"must be a finite number, not {show(value)}"
    if kind == "literal_error" and isinstance(value, str):
        found = closest(value, get_args(bare(annotation)))
        if found:
            return f"must be {describe(annotation)}, not {show(value)}; did you mean {found}?"
    return f"must be {describe(annotation)}, not {show(value)}"

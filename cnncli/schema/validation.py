"""Values against the dataclasses that are their schema; every problem as a sentence of our own."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, TypeAlias, get_args, get_origin

from pydantic_core import ErrorDetails, ValidationError

from cnncli.bounds import MAX_TOLD
from cnncli.layers.meant import Meant
from cnncli.problems import Path, write_path
from cnncli.text import closest, join_words, show, unknown_key

from .core_schema import serializer, validator
from .describe import bare, bounds, choices, describe, hints, is_section

_BOUNDS = ("greater_than", "greater_than_equal", "less_than", "less_than_equal")


@dataclass(frozen=True)
class FieldProblem:
    """What is wrong with the value at a path; `at_key`: point at the key instead.

    meant: what it means, where it is written as in another program. missing: there is none.
    """

    path: Path
    message: str
    at_key: bool = False
    meant: Meant | None = None
    missing: bool = False


Homes: TypeAlias = Callable[[str, str], Iterable[str]]
"""The other sections that have a key, from the key and the section where it was found."""


def validate(
    schema: Any, value: Any, section: str, homes: Homes = lambda key, section: ()
) -> tuple[Any, list[FieldProblem]]:
    """The typed value (None with problems), and its problems, at most one more than is reported.

    `section` is what messages call the value as a whole; `homes` knows which sections have a key.
    """
    try:
        return validator(schema).validate_python(value), []
    except ValidationError as error:
        own = _own(error)[: MAX_TOLD + 1]
        return None, [_problem(schema, value, details, section, homes) for details in own]


def _own(error: ValidationError) -> list[ErrorDetails]:
    """The errors, without the `too short` of lists that have wrong elements."""
    details = error.errors(include_url=False)
    inner = {found["loc"][:-1] for found in details}
    return [found for found in details if found["type"] != "too_short" or found["loc"] not in inner]


def serialise(schema: Any, value: Any) -> Any:
    """The typed value as plain numbers, texts, lists and mappings."""
    return serializer(schema).to_python(value, mode="json", warnings=False)


def shortest(value: Any) -> Any:
    """A hyperparameter's value, with sizes like "3" as numbers."""
    return int(value) if isinstance(value, str) and value.isdecimal() else value


def _problem(
    schema: Any, data: Any, details: ErrorDetails, section: str, homes: Homes
) -> FieldProblem:
    path, annotation, value, owner = _locate(schema, data, details["loc"])
    kind = details["type"]
    context = details.get("ctx", {})
    if kind == "missing":
        key = str(details["loc"][-1])
        needed = describe(hints(owner)[key])
        return FieldProblem(path, f"{key} is missing; it must be {needed}", missing=True)
    if kind == "unexpected_keyword_argument":
        key = str(path[-1])
        place = ".".join(p for p in (section, write_path(path[:-1])) if p)
        message = unknown_key(key, hints(owner), homes(key, place))
        return FieldProblem(path, message, at_key=True)
    if kind == "union_tag_not_found":
        return FieldProblem(path, f"name is missing; it must be {describe(annotation)}")
    if kind == "union_tag_invalid":
        return FieldProblem((*path, "name"), _unknown_choice(annotation, value, str(path[-1])))
    subject = write_path(path[-2:] if path and isinstance(path[-1], int) else path[-1:]) or section
    message = f"{subject} {_requirement(kind, context, annotation, value)}"
    error = context.get("error")
    return FieldProblem(path, message, meant=error if isinstance(error, Meant) else None)


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
    hint = f"did you mean {found}?" if found else f"there are {join_words(known)}"
    return f"unknown {subject} {show(asked)}; {hint}"


def _requirement(kind: str, context: dict[str, Any], annotation: Any, value: Any) -> str:
    """The remainder of the sentence after the value's name."""
    if kind == "value_error":
        message = str(context["error"]).replace("expected ", "must be ", 1)
        message = message or f"must be {describe(annotation)}"
        is_rule = message.startswith("must")
        return f"{message}, not {show(value)}" if is_rule else f"is {show(value)}: {message}"
    if kind in _BOUNDS:
        return f"must be {bounds(annotation)}, not {show(value)}"
    if kind == "too_short":
        return f"must have at least {context['min_length']} element"
    if kind == "finite_number":
        return f"must be a finite number, not {show(value)}"
    literals = get_args(bare(annotation)) if kind == "literal_error" else ()
    found = closest(value, literals) if isinstance(value, str) else None
    hint = f"; did you mean {found}?" if found else ""
    return f"must be {describe(annotation)}, not {show(value)}{hint}"

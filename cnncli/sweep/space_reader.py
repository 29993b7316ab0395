"""The `space:` section of a sweep file to domains; every problem with its place."""

from collections.abc import Iterator, Mapping, Sequence
from graphlib import CycleError
from math import inf, isfinite
from typing import Any

from cnncli.bounds import MAX_COUNT, MAX_DEPTH, MAX_POINTS, MAX_SPACE_KEYS, MAX_SUM
from cnncli.config.source_text.document import Document
from cnncli.config.source_text.values import parse_value
from cnncli.problems import ConfigError, Path, Problems
from cnncli.text import closest, count, join_words, show, unknown_key

from .domains import Choices, Domain, Integers, Interval
from .foreign_words import domain_remedy
from .presence import Condition, is_number, split
from .space import Space

FORMS = ("log", "range", "integers", "choices")
OPTIONS = {
    "log": ("points", "if"),
    "range": ("step", "points", "if"),
    "integers": ("step", "log", "points", "if"),
    "choices": ("if",),
}
_EXAMPLE = "{log: [1e-3, 1]}, {range: [0, 1]}, {integers: [1, 6]} or a list of choices"
BAD_KEY = "a key is written like train.optimizer.lr"
_IF = "like train.optimizer.name = adamw, with =, !=, <, <=, >, >= or `in [a, b]`"


class _Wrong(Exception):
    """A domain cannot be read; it is reported."""


def read_space(document: Document) -> Space:
    """The domains by their keys. What is wrong is reported, and left out."""
    written = document.value["space"]
    if not 0 < len(written) <= MAX_SPACE_KEYS:
        document.report(("space",), f"{count(len(written), 'key')}; 1 to {MAX_SPACE_KEYS} can vary")
        return Space()
    found: dict[str, Domain] = {}
    for key, value in written.items():
        try:
            found[key] = _Reader(document, ("space", key)).domain(key, value)
        except _Wrong:
            continue
    space = Space(found)
    if len(found) == len(written):
        _check_conditions(document, space)
    return space


class _Reader:
    """Reads what stands at the path."""

    def __init__(self, document: Document, path: Path) -> None:
        self.document = document
        self.path = path

    def wrong(self, message: str, *inner: str | int, at_key: bool = False) -> _Wrong:
        """Reports a problem of what is there."""
        self.document.report((*self.path, *inner), message, at_key=at_key)
        return _Wrong()

    def domain(self, key: str, value: Any) -> Domain:
        if not is_key(key):
            raise self.wrong(BAD_KEY, at_key=True)
        if isinstance(value, list):
            return Choices((), self.choices(value))
        if not isinstance(value, dict):
            fixed = f"; what is the same in all trials stands in set: {{{key}: {show(value)}}}"
            raise self.wrong(
                f"must be {_EXAMPLE}, not {show(value)}{'' if value is None else fixed}"
            )
        forms = [form for form in FORMS if form in value]
        if "log" in forms and "integers" in forms:
            forms.remove("log")
        known = {*forms[:1], *OPTIONS[forms[0]]} if forms else {*FORMS}
        if (other := next((word for word in value if word not in known), None)) or not forms:
            remedy = domain_remedy(key, value)
            if forms[:1] == ["log"] and other == "step":
                remedy = "step and log exclude each other; leave one out"
            if not remedy and not forms and not any(closest(word, FORMS) for word in value):
                remedy = f"must be {_EXAMPLE}; keys inside sections are written with dots"
            raise self.wrong(
                remedy or unknown_key(str(other), sorted(known)),
                *(() if remedy or other is None else (other,)),
                at_key=not remedy,
            )
        form = forms[0]
        when = self.conditions(value["if"]) if "if" in value else ()
        if form == "choices":
            return Choices(when, self.choices(value[form], form))
        return self.numbers(form, value, when)

    def choices(self, value: Any, *inner: str) -> tuple[Any, ...]:
        if not isinstance(value, list) or not value:
            raise self.wrong(f"must be a list of choices, not {show(value)}", *inner)
        if any(isinstance(leaf, float) and not isfinite(leaf) for leaf in _leaves(value)):
            raise self.wrong("the choices must be finite numbers, or no numbers", *inner)
        return tuple(value)

    def numbers(self, form: str, value: Mapping[str, Any], when: Sequence[Condition]) -> Domain:
        low, high = self.ends(form, value[form])
        log, step = form == "log", value.get("step")
        if form == "integers":
            log = value.get("log", False)
            if not isinstance(log, bool):
                raise self.wrong(f"log must be true or false, not {show(log)}", "log")
        if log and low <= 0:
            raise self.wrong(f"a logarithm needs numbers above 0, not {show(low)}", form)
        if log and step is not None:
            raise self.wrong("step and log exclude each other; leave one out", "step", at_key=True)
        if step is not None:
            self.check_step(form, step, high - low)
        points = value.get("points")
        if points is not None and not (type(points) is int and 2 <= points <= MAX_POINTS):
            message = f"points must be a whole number of 2 to {MAX_POINTS:,}, not {show(points)}"
            raise self.wrong(message, "points")
        if form == "integers":
            return Integers(tuple(when), low, high, log, step, points)
        return Interval(tuple(when), float(low), float(high), log, step, points)

    def ends(self, form: str, value: Any) -> tuple[Any, Any]:
        """The least and the largest number."""
        kind = "whole numbers" if form == "integers" else "numbers"
        most = MAX_COUNT if form == "integers" else MAX_SUM
        types = int if form == "integers" else int | float
        if (
            not isinstance(value, list)
            or len(value) != 2
            or not all(is_number(end) and isinstance(end, types) for end in value)
        ):
            raise self.wrong(f"{form} must be two {kind} like [1, 6], not {show(value)}", form)
        low, high = value
        if not -most <= low <= high <= most and low < high:
            message = f"{form} must be finite numbers of at most {most:.1g}, not {show(value)}"
            raise self.wrong(message, form)
        if not low < high:
            raise self.wrong(f"{form} must begin with the smaller number, not {show(value)}", form)
        return low, high

    def check_step(self, form: str, step: Any, width: float) -> None:
        types = int if form == "integers" else int | float
        if not is_number(step) or not isinstance(step, types) or not 0 < step <= width:
            kind = "a whole number" if form == "integers" else "a number"
            message = f"step must be {kind} above 0 and at most {show(width)}, not {show(step)}"
            raise self.wrong(message, "step")
        if width / step > MAX_COUNT:
            raise self.wrong(f"step is too small for {form}; leave it out", "step")

    def conditions(self, value: Any) -> tuple[Condition, ...]:
        """One, or several that must all hold."""
        texts = value if isinstance(value, list) else [value]
        return tuple(self.condition(text) for text in texts)

    def condition(self, text: Any) -> Condition:
        parts = split(text) if isinstance(text, str) else None
        if parts is None:
            raise self.wrong(f"must be {_IF}, not {show(text)}", "if")
        key, sign, rest = parts
        inner = Problems()
        try:
            value = parse_value(rest, self.document.place((*self.path, "if")), inner).value
        except ConfigError:
            value = inf
        numeric = sign not in ("=", "!=", "in")
        if (
            len(inner)
            or any(isinstance(leaf, float) and not isfinite(leaf) for leaf in _leaves([value]))
            or (numeric and not is_number(value))
            or (sign == "in" and not isinstance(value, list))
        ):
            raise self.wrong(f"must be {_IF}, not {show(text)}", "if")
        return Condition(key, sign, value)


def is_key(text: str) -> bool:
    """Whether it may stand before the `=` of an override."""
    is_path = all(map(str.strip, text.split("."))) and text.count(".") < MAX_DEPTH
    return is_path and "=" not in text and text.isprintable()


def _leaves(value: Any) -> Iterator[Any]:
    """All that is in a value and holds no others."""
    if isinstance(value, list | dict):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from _leaves(inner)
    else:
        yield value


def _check_conditions(document: Document, space: Space) -> None:
    """Reports those of keys that do not vary, that never hold, or that go in a circle."""
    known = len(document.problems)
    for key, domain in space.items():
        for condition in domain.when:
            holder = space.holder(condition.key)
            path = ("space", key, "if")
            if holder is None or holder == key:
                others = [other for other in space if other != key]
                hint = "vary it too, or leave out if"
                if others:
                    meant = closest(condition.key, others) or join_words(others, "or")
                    hint = f"did you mean {meant}?"
                document.report(path, f"{condition.key} is no other key of the space; {hint}")
            elif holder == condition.key and condition.sign in ("=", "in"):
                wanted = condition.value if condition.sign == "in" else [condition.value]
                for value in wanted:
                    if not space[holder].has(value):
                        document.report(path, f"{holder} is never {show(value)}")
    if len(document.problems) == known:
        try:
            _ = space.order
        except CycleError as error:
            circle = [str(key) for key in error.args[1]]
            message = f"conditions in a circle: {' -> '.join(circle)}"
            document.report(("space", circle[0], "if"), message)

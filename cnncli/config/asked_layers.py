"""Layers whose hyperparameters depend on the sizes of others, once those are known."""

from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache
from typing import Any

from cnncli.geometry import Volume
from cnncli.layers.base import Layer, LayerError
from cnncli.schema.validation import FieldProblem, validate

from .expression.arithmetic import SizeUnknown
from .expression.asked import Asked
from .expression.given import explain, plain
from .expression.symbols import ExpressionError, quoted

_REMEMBERED = 2**12
"""Layers with values that are remembered as typed."""


def type_values(
    family: type[Layer], values: dict[str, Any], asked: Mapping[str, Asked]
) -> tuple[Layer | None, list[FieldProblem]]:
    """A layer of the values that are known, and what is wrong with those.

    The ones that are asked hold a value in the meantime.
    """
    layer, problems = validate(family, values, family.spelling.name)
    if layer is None and asked:  # one that is asked may be missing
        held = dict.fromkeys(asked, 1) | values
        layer, problems = validate(family, held, family.spelling.name)
        problems = [problem for problem in problems if not asked.keys() & set(problem.path[:1])]
    return layer, problems


def answer(
    layer: Layer, asks: Mapping[str, Asked], outputs: Mapping[str, Volume]
) -> tuple[Layer | None, LayerError | None]:
    """The layer with the values that it asks for, by the outputs of layers.

    None where one is not known yet, or is none that it takes; then with what is wrong.
    """
    values: dict[str, Any] = {}
    for key, asked in asks.items():
        try:
            value, names, size = asked.given(outputs)
        except SizeUnknown:
            return None, None
        except ExpressionError as error:
            text = quoted(asked.expression.text)
            return None, LayerError(f"{key}: {text}: {error.message}", key)
        typed, problem = _typed(layer, key, plain(value))
        if problem:
            message = explain(key, asked.expression, value, names, problem, size)
            return None, LayerError(message, key)
        values[key] = typed
    asking: Any = layer
    return replace(asking, **values), None


@lru_cache(_REMEMBERED)
def _typed(layer: Layer, key: str, value: Any) -> tuple[Any, str]:
    """The value of one hyperparameter, or what is wrong with it."""
    typed, problems = validate(type(layer), vars(layer) | {key: value}, layer.kind)
    return (None, problems[0].message) if problems else (getattr(typed, key), "")

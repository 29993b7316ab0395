"""Which constant of the file gives a layer's hyperparameter the value that a change has."""

from collections.abc import Sequence
from fractions import Fraction

from cnncli.config.specification import LayerSpec, Origin

from .candidates import WHOLE_CROP, Change, Setting

_PROBE = 2**6 * 3**2 * 5 * 7
"""A constant that many numbers divide, to see by which one an expression multiplies it."""


def constant_of(setting: Setting | Change, layers: Sequence[LayerSpec]) -> Origin | None:
    """Which constant a change is of; None for one of a layer's own text, or of the whole file."""
    if setting.at == WHOLE_CROP.at:
        return None
    constants = layers[setting.at].constants(setting.field)
    return constants[setting.number] if constants else None


def write_constants(change: Change, layers: Sequence[LayerSpec]) -> Change | None:
    """The change with the constants that give its values; None where there are no such."""
    first, *others = (_written(setting, layers) for setting in change.settings)
    also = tuple(setting for setting in others if setting)
    if first is None or len(also) < len(others):
        return None
    return change._replace(written=first.written, also=also)


def _written(setting: Setting, layers: Sequence[LayerSpec]) -> Setting | None:
    origin = constant_of(setting, layers)
    if origin is None:
        return setting
    layer = layers[setting.at]
    choices = [setting.value]
    if isinstance(setting.value, int):
        product = origin.derive(_PROBE)
        if isinstance(product, int) and product > 0:
            share = Fraction(setting.value * _PROBE, product)
            choices += [int(share)] * (share.denominator == 1)
    for constant in choices:
        found = layer.with_constant(origin, constant)
        if found and getattr(found, setting.field) == setting.value:
            return setting._replace(written=constant)
    return None

"""Which constant of the file gives a layer's hyperparameter the value that a change has."""

from collections.abc import Sequence
from fractions import Fraction

from cnncli.config.specification import LayerSpec

from .candidates import WHOLE_CROP, Change, Setting

_PROBE = 2**6 * 3**2 * 5 * 7
"""A constant that many numbers divide, to see by which one an expression multiplies it."""


def write_constants(change: Change, layers: Sequence[LayerSpec]) -> Change | None:
    """The change with the constants that give its values; None where there are no such."""
    first, *others = (_written(setting, layers) for setting in change.settings)
    also = tuple(setting for setting in others if setting)
    if first is None or len(also) < len(others):
        return None
    return change._replace(written=first.written, also=also)


def _written(setting: Setting, layers: Sequence[LayerSpec]) -> Setting | None:
    layer = layers[setting.at] if setting.at != WHOLE_CROP.at else None
    origin = layer.origins.get(setting.field) if layer else None
    if layer is None or origin is None:
        return setting
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

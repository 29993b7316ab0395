"""What normalisations have in common: a trained scale and shift of each channel."""

from dataclasses import dataclass
from typing import Annotated

from .base import Cost, Layer, Param, Shapes
from .constraints import Field

Positive = Annotated[float, Field(gt=0, strict=True, allow_inf_nan=False)]
Eps = Annotated[Positive, Field(description="added to the variance")]


@dataclass(frozen=True, kw_only=True)
class Affine(Layer):
    """Normalisation with a trained shift of each channel, and a trained scale unless it is off."""

    @property
    def scale(self) -> bool:
        return True

    def param_shapes(self, in_shapes: Shapes) -> dict[str, Param]:
        """The scale gamma and the shift beta of each channel."""
        (volume,) = in_shapes
        shift = {"beta": Param((volume.D,), 0.0, False)}
        return {"gamma": Param((volume.D,), 1.0, False)} | shift if self.scale else shift

    def cost(self, in_shapes: Shapes) -> Cost:
        """Without sharing, every number would have a scale and a shift of its own."""
        (volume,) = in_shapes
        return Cost(unshared=(self.scale + 1) * volume.size)

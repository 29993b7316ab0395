"""SOFTMAX: scores become probabilities."""

from dataclasses import dataclass

from cnncli.geometry import Volume
from cnncli.kernels import activations
from cnncli.lazy import Array

from .base import Layer, LayerError, Memory, Params, Run, Shapes, Spelling
from .reading import Reads


@dataclass(frozen=True, kw_only=True)
class Softmax(Layer):
    """exp(s_k) / sum of exp(s_j): positive numbers that sum to one.

    At the end of a network it is trained together with its loss, the cross-entropy, on the
    scores before it.
    """

    spelling = Spelling("SOFTMAX")

    def out_shape(self, in_shapes: Shapes) -> Volume:
        """The same volume, which must be a vector of scores."""
        (volume,) = in_shapes
        if (volume.W, volume.H) != (1, 1):
            raise LayerError(
                f"needs a vector of class scores 1x1xK, not a volume {volume}.\n"
                "Put an FC before it."
            )
        return volume

    def forward(self, run: Run, params: Params, *xs: Array) -> tuple[Array, Array]:
        """y = exp(x - max x), divided by its sum."""
        (x,) = xs
        y = activations.softmax(run.workspace, x)
        return y, y

    def backward(self, run: Run, params: Params, cache: Array, dy: Array) -> tuple[Array]:
        """dx = y (dy - sum of dy*y)."""
        return (activations.softmax_backward(run.workspace, cache, dy),)

    def reads(self, in_shapes: Shapes) -> tuple[Reads]:
        return (Reads(groups=1),)

    def memory(self, in_shapes: Shapes) -> Memory:
        return Memory("y")

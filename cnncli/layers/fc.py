"""FC: every one of K neurons is connected to the whole volume before it."""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field

from cnncli import kernels
from cnncli.geometry import Extent, Volume

from .base import Context, Cost, Layer, Param, Params, Run, Shapes, Window
from .fields import Count, MatrixInit

if TYPE_CHECKING:
    from .base import Array

HIDDEN_OUTPUTS = 128


@dataclass(frozen=True, kw_only=True)
class Fc(Layer):
    """Fully connected: K scores from W*H*D inputs. The last one gives the class scores."""

    NAMES = ("FC",)
    ELSEWHERE = ("DENSE", "LINEAR", "AFFINE", "INNERPRODUCT", "FULLYCONNECTED")
    SYNONYMS = {"outputs": "K", "filters": "K"}
    GLUED = "K"
    DASHED = "K"
    SCORES = True
    KEEPS = "x"
    FINISHES = ("scaled", "rectified")

    K: Annotated[
        Count | None,
        Field(description="number of outputs; default: the classes in the last FC, else 128"),
    ] = None
    bias: Annotated[bool, Field(description="add one bias for each output")] = True
    init: Annotated[MatrixInit | None, Field(description="how the weights start")] = None

    def complete(self, context: Context) -> "Fc":
        """K is the number of classes in the last FC, and 128 in others."""
        K = self.K or context.outputs or HIDDEN_OUTPUTS
        return replace(self, K=K, init=self.init or context.init)

    def out_shape(self, in_shapes: Shapes) -> Volume:
        """1 x 1 x K."""
        assert self.K is not None
        return Volume(1, 1, self.K)

    def param_shapes(self, in_shapes: Shapes) -> dict[str, Param]:
        """W (H*W*D, K), its rows in memory's order (height, width, depth), and b (K,)."""
        (volume,) = in_shapes
        (_, _, K) = self.out_shape(in_shapes)
        weights = Param((volume.size, K), "weights", True, volume.size, K, self.init)
        return {"W": weights} | ({"b": Param((K,), "zeros", False)} if self.bias else {})

    def cost(self, in_shapes: Shapes) -> Cost:
        """W*H*D multiply-adds for each output; nothing is shared."""
        (volume,) = in_shapes
        (_, _, K) = self.out_shape(in_shapes)
        return Cost(
            macs=volume.size * K,
            unshared=(volume.size + self.bias) * K,
            connections=volume.size,
        )

    def window(self, in_shape: Volume) -> Window:
        """The whole map."""
        return Window(Extent(in_shape.W, in_shape.H))

    def forward(
        self, run: Run, params: Params, state: Params, *xs: "Array"
    ) -> "tuple[Array, Array, dict[str, Array]]":
        """y = x W + b, with each image as one row."""
        (x,) = xs
        W = run.finish.filters(run.workspace, params["W"])
        b = run.finish.biases(params.get("b"))
        y = kernels.dense.affine(run.workspace, x, W, b, run.finish)
        return y, x, {}

    def backward(
        self, run: Run, params: Params, cache: "Array", dy: "Array"
    ) -> "tuple[tuple[Array | None], dict[str, Array]]":
        """dx = dy W', dW = x' dy, db = sum of dy."""
        x = cache
        grads: dict[str, Any] = dict(run.grads)
        dx = kernels.dense.affine_backward(
            run.workspace, x, params["W"], dy, dW=grads["W"], needs_dx=run.needs_dx
        )
        if self.bias:
            kernels.dense.column_sums(dy, out=grads["b"])
        return (dx,), grads

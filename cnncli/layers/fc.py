"""FC: every one of K neurons is connected to the whole volume before it."""

from dataclasses import dataclass, replace
from typing import Annotated

from cnncli.geometry import Volume
from cnncli.kernels import dense
from cnncli.lazy import Array

from .base import Context, Cost, Fusion, Layer, Memory, Param, Params, Run, Shapes, Spelling
from .constraints import Field
from .fields import Count, MatrixInit
from .reading import Reads, whole

HIDDEN_OUTPUTS = 128


@dataclass(frozen=True, kw_only=True)
class Fc(Layer):
    """Fully connected: K scores from W*H*D inputs. The last one gives the class scores."""

    spelling = Spelling(
        "FC",
        other_names=(
            *("DENSE", "AFFINE", "INNERPRODUCT", "FULLYCONNECTED", "CONNECTED", "GEMM"),
            *("EINSUMDENSE", "LINEARCLASSIFIER"),
        ),
        meanings={"LINEAR": "called FC; as an activation it changes nothing: leave it out"},
        synonyms={"outputs": "K", "filters": "K"},
        size_suffix="K",
        dash_suffix="K",
    )
    is_classifier = True

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
        assert self.K is not None
        return Volume(1, 1, self.K)

    def param_shapes(self, in_shapes: Shapes) -> dict[str, Param]:
        """W (H*W*D, K), its rows in memory's order (height, width, depth), and b (K,)."""
        (volume,) = in_shapes
        (_, _, K) = self.out_shape(in_shapes)
        weights = Param((volume.size, K), "weights", True, volume.size, K, self.init)
        return {"W": weights} | ({"b": Param((K,), 0.0, False)} if self.bias else {})

    def forward(self, run: Run, params: Params, *xs: Array) -> tuple[Array, Array]:
        """y = x W + b, with each image as one row."""
        (x,) = xs
        W = run.epilogue.scale_filters(run.workspace, params["W"])
        b = run.epilogue.scale_biases(params.get("b"))
        return dense.affine(run.workspace, x, W, b, run.epilogue), x

    def backward(
        self, run: Run, params: Params, cache: Array, dy: Array
    ) -> tuple[Array | None, ...]:
        """dx = dy W', dW = x' dy, db = sum of dy."""
        x, dW = cache, run.grads["W"]
        dx = dense.affine_backward(run.workspace, x, params["W"], dy, dW=dW, needs_dx=run.needs_dx)
        if self.bias:
            dense.column_sums(dy, out=run.grads["b"])
        return (dx,)

    def cost(self, in_shapes: Shapes) -> Cost:
        """W*H*D multiply-adds for each output; nothing is shared."""
        (volume,) = in_shapes
        (_, _, K) = self.out_shape(in_shapes)
        return Cost(volume.size * K, (volume.size + self.bias) * K, volume.size)

    def memory(self, in_shapes: Shapes) -> Memory:
        return Memory("x")

    def reads(self, in_shapes: Shapes) -> tuple[Reads]:
        return (whole(in_shapes[0], groups=1),)

    def fusion(self, training: bool) -> Fusion:
        """Scales go into the weights, shifts into the biases."""
        return Fusion(accepts=("scale", "rectify"))

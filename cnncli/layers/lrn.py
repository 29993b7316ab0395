"""LRN: each number is divided by a power of the energy of its neighbours in depth."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from cnncli import kernels
from cnncli.kernels.chunks import PASS_BYTES

from .base import Cost, Layer, Params, Run, Shapes
from .fields import Count, Volume

if TYPE_CHECKING:
    from cnncli.kernels.lrn import Response

    from .base import Array


@dataclass(frozen=True, kw_only=True)
class Lrn(Layer):
    """Local response normalisation (Krizhevsky et al. 2012): x / (k + alpha * sum of x^2)^beta.

    The sum runs over n neighbouring channels. The paper's alpha is not divided by n, so n=5 and
    alpha=1e-4 are PyTorch's size=5 and alpha=5e-4.
    """

    NAMES = ("LRN",)
    ELSEWHERE = (
        "LOCALRESPONSENORM",
        "LOCALRESPONSENORMALIZATION",
        "LOCALRESPONSENORMALISATION",
        "RESPONSENORM",
    )
    SYNONYMS = {"size": "n"}
    KEEPS = "x"

    n: Annotated[
        Count,
        Field(description="how many neighbouring channels; of an even n one more lies before"),
    ] = 5
    k: Annotated[
        float,
        Field(gt=0, strict=True, allow_inf_nan=False, description="added to the sum of squares"),
    ] = 2.0
    alpha: Annotated[
        float,
        Field(
            ge=0,
            strict=True,
            allow_inf_nan=False,
            description="factor of the sum of squares, not divided by n",
        ),
    ] = 1e-4
    beta: Annotated[
        float, Field(gt=0, strict=True, allow_inf_nan=False, description="exponent")
    ] = 0.75

    def out_shape(self, in_shapes: Shapes) -> Volume:
        """The same volume."""
        (volume,) = in_shapes
        return volume

    def cost(self, in_shapes: Shapes) -> Cost:
        """A pass over some images at a time."""
        return Cost(workspace_bytes=PASS_BYTES)

    def forward(
        self, run: Run, params: Params, state: Params, *xs: "Array"
    ) -> "tuple[Array, Array, dict[str, Array]]":
        """y = x s^-beta, with s = k + alpha * sum of x^2 over the neighbours."""
        (x,) = xs
        return kernels.lrn.forward(run.workspace, x, self._response), x, {}

    def backward(
        self, run: Run, params: Params, cache: "Array", dy: "Array"
    ) -> "tuple[tuple[Array], dict[str, Array]]":
        """dx = dy s^-beta - 2 alpha beta x * sum of dy x s^(-beta-1) over those it is near."""
        x = cache
        return (kernels.lrn.backward(run.workspace, x, dy, self._response),), {}

    @property
    def _response(self) -> "Response":
        return kernels.lrn.Response(self.n, self.k, self.alpha, self.beta)

"""What layers with filters have in common: the file's `init`, a kernel, and their gradients."""

from dataclasses import dataclass, replace
from types import ModuleType
from typing import TYPE_CHECKING, Any, NamedTuple

from cnncli.geometry import Geometry
from cnncli.kernels import dense
from cnncli.lazy import Array

from .base import Context, Layer, Params, Run


class Plan(NamedTuple):
    """What every pass needs: the module that computes it, and where the windows lie."""

    kernel: ModuleType
    geometry: Geometry


@dataclass(frozen=True, kw_only=True)
class Filtered(Layer):
    """A layer with filters W and, if they are wanted, biases b, whose `plan` is a `Plan`."""

    if TYPE_CHECKING:

        @property
        def bias(self) -> bool: ...

    def complete(self, context: Context) -> Any:
        """The file's `init` where it has none of its own."""
        layer: Any = super().complete(context)
        return replace(layer, init=layer.init or context.init)

    def backward(
        self, run: Run, params: Params, cache: Array, dy: Array
    ) -> tuple[Array | None, ...]:
        """dW sums x's windows times dy, of each place alone or of all; dx takes dy back by W."""
        (kernel, geometry), x, dW, dx = run.plan, cache, run.grads["W"], None
        if run.needs_dx:
            dx = kernel.backward(run.workspace, x, params["W"], geometry, dy, dW)
        else:
            kernel.weight_gradient(run.workspace, x, geometry, dy, dW)
        if self.bias:
            b = run.grads["b"]
            dense.column_sums(dy.reshape(-1, b.size), out=b.reshape(-1))
        return (dx,)

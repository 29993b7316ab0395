"""GROUPNORM and INSTANCENORM: each image's groups of channels on a common scale."""

from abc import abstractmethod
from dataclasses import dataclass
from typing import Annotated, Any

from cnncli.geometry import Volume
from cnncli.kernels.chunks import PASS_BYTES
from cnncli.kernels.norms import groupnorm
from cnncli.lazy import Array

from .affine import Affine, Eps
from .base import LayerError, Memory, Params, Run, Shapes, Spelling
from .constraints import Field
from .fields import Count
from .reading import Reads, whole


@dataclass(frozen=True, kw_only=True)
class _ByGroup(Affine):
    """Normalisation of each image's groups of channels, each over its whole map."""

    eps: Eps = 1e-5

    @abstractmethod
    def _groups(self, channels: int) -> int:
        """How many there are."""

    def forward(self, run: Run, params: Params, *xs: Array) -> tuple[Array, Any]:
        """y = gamma (x - mean)/sqrt(var + eps) + beta."""
        (x,) = xs
        y, mean, inverse_std = groupnorm.forward(
            run.workspace, x, params["gamma"], params["beta"], self._groups(x.shape[-1]), self.eps
        )
        return y, (x, mean, inverse_std)

    def backward(self, run: Run, params: Params, cache: Any, dy: Array) -> tuple[Array]:
        """dx = (g - mean of g - xhat * mean of g*xhat)/std, with g = gamma dy."""
        x, mean, inverse_std = cache
        dx, run.grads["gamma"][:], run.grads["beta"][:] = groupnorm.backward(
            run.workspace, x, dy, params["gamma"], mean, inverse_std
        )
        return (dx,)

    def memory(self, in_shapes: Shapes) -> Memory:
        """Backward needs x, and a mean and a deviation of each group."""
        (volume,) = in_shapes
        cache = 2 * 4 * self._groups(volume.D)
        return Memory("x", cache_bytes=cache, workspace_bytes=PASS_BYTES)

    def reads(self, in_shapes: Shapes) -> tuple[Reads]:
        """The whole map of a group."""
        return (whole(in_shapes[0], self._groups(in_shapes[0].D)),)


@dataclass(frozen=True, kw_only=True)
class GroupNorm(_ByGroup):
    """Group normalisation (Wu and He 2018): within each image's groups of channels."""

    spelling = Spelling(
        "GROUPNORM",
        aliases=("GN",),
        other_names=("GROUPNORMALIZATION", "GROUPNORMALISATION"),
        synonyms={"num_groups": "groups"},
        dash_suffix="groups",
    )

    groups: Annotated[Count, Field(description="into which the channels are cut")] = 32

    def out_shape(self, in_shapes: Shapes) -> Volume:
        """That of x. Raises LayerError where its channels cannot be cut so."""
        (volume,) = in_shapes
        if volume.D % self.groups:
            possible = [n for n in range(1, volume.D + 1) if volume.D % n == 0]
            nearest = min(possible, key=lambda n: (abs(n - self.groups), n))
            raise LayerError(
                f"{volume.D} channels cannot be cut into {self.groups} equal groups.\n"
                f"Set groups to {nearest}.",
                field="groups",
                assume=volume,
            )
        return volume

    def _groups(self, channels: int) -> int:
        return self.groups


@dataclass(frozen=True, kw_only=True)
class InstanceNorm(_ByGroup):
    """Instance normalisation (Ulyanov et al. 2016): GROUPNORM of each channel on its own."""

    spelling = Spelling(
        "INSTANCENORM", other_names=("INSTANCENORMALIZATION", "INSTANCENORMALISATION")
    )

    def _groups(self, channels: int) -> int:
        return channels

"""Moments of the channels of volumes, which several layers may ask for in a step.

In a dense network (Huang et al. 2017) every volume is the one before it and some channels more, and
every one of them is normalised: only those of the new channels are computed.
"""

from collections.abc import Callable, Sequence

import numpy as np

from cnncli.graph.network import Node
from cnncli.kernels.norms.batchnorm import Moments
from cnncli.kernels.workspace import Workspace
from cnncli.lazy import Array


class ChannelMoments:
    """Those of one shard's step, by the name of the volume."""

    def __init__(self, nodes: Sequence[Node], workspace: Workspace) -> None:
        self._joined = {node.name: node for node in nodes if node.layer.fusion(True).joins_channels}
        self._workspace = workspace
        self._known: dict[str, Moments] = {}

    def of(self, name: str, x: Array, compute: Callable[[Array], Moments]) -> Moments:
        """The moments of the volume x of this name; of what is not known yet, as computed."""
        if name not in self._known:
            parts: list[Moments] = []
            for part in self._parts(name, x.shape[-1]):
                first = sum(len(before.mean) for before in parts)
                parts.append(
                    compute(self._channels(x, first, part)) if isinstance(part, int) else part
                )
            self._known[name] = _join(parts)
        return self._known[name]

    def _parts(self, name: str, depth: int) -> list[Moments | int]:
        """What is known of a volume's channels, from the first on; of others how many they are."""
        if name in self._known:
            return [self._known[name]]
        node = self._joined.get(name)
        if node is None:
            return [depth]
        parts: list[Moments | int] = []
        for read, volume in zip(node.inputs, node.in_shapes, strict=True):
            for part in self._parts(read, volume.D):
                if parts and isinstance(part, int) and isinstance(parts[-1], int):
                    parts[-1] += part
                else:
                    parts.append(part)
        return parts

    def _channels(self, x: Array, first: int, count: int) -> Array:
        """Some channels as an array of their own."""
        if count == x.shape[-1]:
            return x
        part: Array = self._workspace.empty((*x.shape[:-1], count), x.dtype)
        np.copyto(part, x[..., first : first + count])
        return part


def _join(parts: Sequence[Moments]) -> Moments:
    """The moments of volumes one behind the other."""
    if len(parts) == 1:
        return parts[0]
    mean, var = (np.concatenate(each) for each in ([p.mean for p in parts], [p.var for p in parts]))
    return Moments(parts[0].pixels, mean, var)

"""ADD, MUL and CONCAT: several volumes become one."""

from dataclasses import dataclass
from itertools import accumulate

from cnncli.geometry import Extent, Volume
from cnncli.kernels import gates, reshape
from cnncli.kernels.chunks import PASS_BYTES
from cnncli.lazy import Array

from .base import Fusion, Layer, LayerError, Memory, Params, Run, Shapes, Spelling
from .reading import Reading, Reads


def _check_several(kind: str, in_shapes: Shapes) -> None:
    if len(in_shapes) < 2:
        raise LayerError(
            f"{kind} needs two or more inputs, not {len(in_shapes)}.\n"
            f"Name them with from:, like from: [conv1, conv2], in a pattern "
            f"{kind}(from=[conv1, conv2]).",
            assume=in_shapes[0] if in_shapes else None,
        )


def _about_gates(in_shapes: Shapes) -> str:
    """What to write where volumes of 1x1xD shall be added to a larger one."""
    largest = max(in_shapes, key=lambda volume: volume.W * volume.H)
    gate = Volume(1, 1, largest.D)
    if not set(in_shapes) <= {largest, gate}:
        return ""
    return (
        f"\nA gate of {gate} is multiplied: write MUL for ADD. To add it to every place, make it "
        f"{largest} by UPSAMPLE({Extent(largest.W, largest.H)})."
    )


def _list(in_shapes: Shapes) -> str:
    return ", ".join(map(str, in_shapes))


@dataclass(frozen=True, kw_only=True)
class Add(Layer):
    """The sum of two or more equal volumes, as in residual networks (He et al. 2016)."""

    spelling = Spelling(
        "ADD",
        other_names=("SUM", "PLUS", "RESIDUAL", "SKIP", "IMPLICITADD"),
        meanings={
            "ELTWISE": "called ADD; its PROD is MUL",
            "SHORTCUT": "ADD(from=[-1, -3]), of the layers in from:",
        },
    )
    is_join = True

    def out_shape(self, in_shapes: Shapes) -> Volume:
        """That of each input. Raises LayerError where the volumes differ."""
        _check_several(self.kind, in_shapes)
        if len(set(in_shapes)) > 1:
            message = f"the volumes to add must be equal: {_list(in_shapes)}."
            raise LayerError(f"{message}{_about_gates(in_shapes)}", assume=in_shapes[0])
        return in_shapes[0]

    def forward(self, run: Run, params: Params, *xs: Array) -> tuple[Array, int]:
        return reshape.add(run.workspace, xs, run.epilogue), len(xs)

    def backward(self, run: Run, params: Params, cache: int, dy: Array) -> tuple[Array, ...]:
        return (dy,) * cache

    def memory(self, in_shapes: Shapes) -> Memory:
        return Memory(in_place=("dx",))

    def fusion(self, training: bool) -> Fusion:
        """What is negative is cut off from the sums in cache."""
        return Fusion(accepts=("rectify",))


@dataclass(frozen=True, kw_only=True)
class Mul(Layer):
    """The product of two or more equal volumes, or of volumes and gates of 1 x 1 x D.

    A gate weighs whole channels, as in squeeze-and-excitation (Hu et al. 2018).
    """

    spelling = Spelling(
        "MUL",
        other_names=("MULTIPLY", "PRODUCT", "GATE", "EXCITE", "IMPLICITMUL"),
        meanings=dict.fromkeys(
            ("SCALECHANNELS", "SAM"), "MUL(from=[-1, -3]), of the layers in from:"
        ),
    )
    is_join = True

    def out_shape(self, in_shapes: Shapes) -> Volume:
        """That of the largest. Raises LayerError where another one is neither equal nor a gate."""
        _check_several(self.kind, in_shapes)
        largest = max(in_shapes, key=lambda volume: volume.W * volume.H)
        if any(volume not in (largest, Volume(1, 1, largest.D)) for volume in in_shapes):
            raise LayerError(
                f"the volumes to multiply must be equal, or gates of 1x1x{largest.D}: "
                f"{_list(in_shapes)}.",
                assume=largest,
            )
        return largest

    def forward(self, run: Run, params: Params, *xs: Array) -> tuple[Array, tuple[Array, ...]]:
        return gates.multiply(run.workspace, xs), xs

    def backward(
        self, run: Run, params: Params, cache: tuple[Array, ...], dy: Array
    ) -> tuple[Array, ...]:
        """dy times the other factors; of a gate the sum over the map."""
        return gates.multiply_backward(run.workspace, cache, dy)

    def reads(self, in_shapes: Shapes) -> tuple[Reads, ...]:
        """Every place reads the whole of a gate."""
        size = max(in_shapes, key=lambda volume: volume.W * volume.H)[:2]
        gate, own = Reads(Reading(step=0), Reading(step=0)), Reads()
        reads = (own if volume[:2] == size else gate for volume in in_shapes)
        return tuple(each._replace(of=number) for number, each in enumerate(reads))

    def memory(self, in_shapes: Shapes) -> Memory:
        return Memory("x", workspace_bytes=PASS_BYTES)


@dataclass(frozen=True, kw_only=True)
class Concat(Layer):
    """Two or more volumes of the same width and height, joined along the depth.

    As in GoogLeNet (Szegedy et al. 2015) and DenseNet (Huang et al. 2017).
    """

    spelling = Spelling(
        "CONCAT",
        other_names=(
            *("CONCATENATE", "CONCATENATION", "DEPTHCONCAT", "CAT"),
            *("JOIN", "MERGE"),
        ),
        meanings={
            "ROUTE": "CONCAT(from=[-1, -3]), of the layers in from:; a route of one layer is from: "
            "of the next layer, and of one group SPLIT(part=1/2)"
        },
    )
    is_join = True

    def out_shape(self, in_shapes: Shapes) -> Volume:
        """W x H x (D1 + D2 + ...). Raises LayerError where widths or heights differ."""
        _check_several(self.kind, in_shapes)
        W, H, _ = in_shapes[0]
        joined = Volume(W, H, sum(volume.D for volume in in_shapes))
        if any(volume[:2] != (W, H) for volume in in_shapes):
            raise LayerError(
                "the volumes to join along the depth must have the same width and height: "
                f"{_list(in_shapes)}.",
                assume=joined,
            )
        return joined

    def forward(self, run: Run, params: Params, *xs: Array) -> tuple[Array, list[int]]:
        return reshape.concatenate(run.workspace, xs, run.room), [x.shape[-1] for x in xs]

    def backward(self, run: Run, params: Params, cache: list[int], dy: Array) -> tuple[Array, ...]:
        return reshape.split(run.workspace, dy, cache)

    def fusion(self, training: bool) -> Fusion:
        return Fusion(joins_channels=True)

    def reads(self, in_shapes: Shapes) -> tuple[Reads, ...]:
        ends = list(accumulate((volume.D for volume in in_shapes), initial=0))
        channels = map(range, ends, ends[1:])
        return tuple(Reads(of=number, to=each) for number, each in enumerate(channels))

"""FLATTEN, PAD, UPSAMPLE and SCALE: the same numbers in another volume or size."""

from dataclasses import dataclass
from functools import partial
from typing import Annotated, Literal

from cnncli.geometry import Extent, Padding, Volume
from cnncli.kernels import borders, dense, elementwise, interpolation, reshape
from cnncli.kernels.chunks import PASS_BYTES
from cnncli.kernels.norms import batchnorm
from cnncli.lazy import Array, np

from .base import Cost, Layer, LayerError, Memory, Param, Params, Run, Shapes, Spelling
from .constraints import Check, Field
from .fields import SidePadding, WindowExtent
from .meant import check_words
from .reading import Reading, Reads, periodic, whole

_BORDERS = {
    **dict.fromkeys(("zeros", "constant"), "zero"),
    **dict.fromkeys(("replicate", "replication"), "edge"),
    "reflection": "reflect",
}
"""What other programs call them."""


@dataclass(frozen=True, kw_only=True)
class Flatten(Layer):
    """1 x 1 x (W*H*D), row by row and each place's depth column whole. FC does so by itself."""

    spelling = Spelling(
        "FLATTEN",
        other_names=("VECTOR", "VECTORIZE"),
        meanings={"RESHAPE": "called FLATTEN where it makes a vector; other shapes there are not"},
    )

    def out_shape(self, in_shapes: Shapes) -> Volume:
        (volume,) = in_shapes
        return Volume(1, 1, volume.size)

    def forward(self, run: Run, params: Params, *xs: Array) -> tuple[Array, tuple[int, ...]]:
        (x,) = xs
        return x.reshape(x.shape[0], 1, 1, -1), x.shape

    def backward(self, run: Run, params: Params, cache: tuple[int, ...], dy: Array) -> tuple[Array]:
        return (dy.reshape(cache),)

    def memory(self, in_shapes: Shapes) -> Memory:
        return Memory(in_place=("y", "dx"))

    def reads(self, in_shapes: Shapes) -> tuple[Reads]:
        return (whole(in_shapes[0], groups=1),)


@dataclass(frozen=True, kw_only=True)
class Pad(Layer):
    """Padding as a layer of its own: zeros, or pixels of the map.

    In depth it fits a shortcut to a deeper volume without parameters (He et al. 2015, option A).
    """

    spelling = Spelling(
        "PAD",
        other_names=("ZEROPAD", "ZEROPADDING", "PADDING"),
        meanings={
            "REFLECTIONPAD": "PAD(mode=reflect)",
            "REPLICATIONPAD": "PAD(mode=edge)",
            "CONSTANTPAD": "called PAD, whose constant is 0",
        },
        synonyms={"pad": "P"},
        dash_suffix="P",
    )

    P: Annotated[
        SidePadding,
        Field(
            title="a whole number, WIDTHxHEIGHT or sides like {left: 1, right: 2}",
            description="pixels on each side",
        ),
    ] = Padding(1, 1, 1, 1)
    mode: Annotated[
        Literal["zero", "reflect", "edge"],
        Check(partial(check_words, _BORDERS)),
        Field(
            description="what these pixels are: zeros, the map in a mirror on its last pixel, or "
            "that last pixel"
        ),
    ] = "zero"
    front: Annotated[
        int, Field(ge=0, strict=True, description="channels of zeros before the first")
    ] = 0
    back: Annotated[
        int, Field(ge=0, strict=True, description="channels of zeros after the last")
    ] = 0

    def out_shape(self, in_shapes: Shapes) -> Volume:
        """Wider by left and right, higher by top and bottom, deeper by front and back."""
        (volume,) = in_shapes
        P = self.P
        most = Extent(volume.W - 1, volume.H - 1)
        if self.mode == "reflect" and (
            max(P.left, P.right) > most.W or max(P.top, P.bottom) > most.H
        ):
            raise LayerError(
                f"P={P} is more than a mirror on the last pixel of a {volume.W}x{volume.H} map "
                f"shows: at most {most.W} across and {most.H} down.\n"
                "Use a smaller P, or mode: edge.",
                field="P",
            )
        return Volume(
            volume.W + P.left + P.right,
            volume.H + P.top + P.bottom,
            volume.D + self.front + self.back,
        )

    def forward(self, run: Run, params: Params, *xs: Array) -> tuple[Array, None]:
        (x,) = xs
        y = reshape.pad(run.workspace, x, self.P, self.front, self.back)
        if self.mode != "zero":
            borders.fill(y, self.P, self.mode)
        return y, None

    def backward(self, run: Run, params: Params, cache: None, dy: Array) -> tuple[Array]:
        """dy of each pixel, and of those that repeat it."""
        if self.mode == "zero":
            return (reshape.crop(run.workspace, dy, self.P, self.front, self.back),)
        whole: Array = run.workspace.empty(dy.shape, dy.dtype)
        np.copyto(whole, dy)
        borders.fold(whole, self.P, self.mode)
        return (reshape.crop(run.workspace, whole, self.P, self.front, self.back),)

    def memory(self, in_shapes: Shapes) -> Memory:
        """A copy of dy, to which the border is added, unless that is zeros."""
        copied = 4 * self.out_shape(in_shapes).size if self.mode != "zero" else 0
        return Memory(transient_bytes=copied)

    def reads(self, in_shapes: Shapes) -> tuple[Reads]:
        """The first place reads a position beside the map; the first channels read nothing."""
        (volume,) = in_shapes
        across, down = (
            Reading((range(-before, 1 - before),), beyond=self.mode)
            for before in (self.P.left, self.P.top)
        )
        to = range(self.front, self.front + volume.D) if self.front or self.back else None
        return (Reads(across, down, to=to),)


@dataclass(frozen=True, kw_only=True)
class Upsample(Layer):
    """Upsampling: every pixel becomes S x S equal ones, or such on the way to its neighbours.

    Bilinear as PyTorch's with align_corners=False and TensorFlow 2's resize: pixels have their
    values in their middles, and beyond the rim they repeat it.
    """

    spelling = Spelling(
        "UPSAMPLE",
        other_names=("UPSAMPLING", "UPSAMPLE", "UPSAMPLINGNEAREST", "UNPOOL", "INTERPOLATE"),
        meanings={
            **dict.fromkeys(
                ("UPSAMPLINGBILINEAR", "BILINEAR", "RESIZEBILINEAR"),
                "UPSAMPLE(mode=bilinear), whose corners are not aligned",
            ),
            "RESIZE": "called UPSAMPLE, by whole factors; a smaller map is POOL(mode=average)",
        },
        synonyms={"interpolation": "mode", "factor": "S", "scale": "S", "size": "S"},
        size_suffix="S",
        dash_suffix="S",
    )

    S: Annotated[WindowExtent, Field(description="how many times as wide and high")] = Extent(2, 2)
    mode: Annotated[
        Literal["nearest", "bilinear"], Field(description="what lies between two pixels")
    ] = "nearest"

    def out_shape(self, in_shapes: Shapes) -> Volume:
        (volume,) = in_shapes
        return Volume(volume.W * self.S.W, volume.H * self.S.H, volume.D)

    def forward(self, run: Run, params: Params, *xs: Array) -> tuple[Array, None]:
        """y[n, i, j] = x[n, i // S, j // S], or what lies between four pixels."""
        (x,) = xs
        larger = reshape.repeat if self.mode == "nearest" else interpolation.bilinear
        return larger(run.workspace, x, self.S), None

    def backward(self, run: Run, params: Params, cache: None, dy: Array) -> tuple[Array]:
        """The sum of dy over the pixels that came from one, in their shares."""
        if self.mode == "nearest":
            return (reshape.repeat_backward(run.workspace, dy, self.S),)
        return (interpolation.bilinear_backward(run.workspace, dy, self.S),)

    def memory(self, in_shapes: Shapes) -> Memory:
        """Bilinear: a map that is larger in one axis, and what it is made from."""
        (volume,) = in_shapes
        if self.mode == "nearest":
            return Memory()
        high = Volume(volume.W + 2, volume.H * self.S.H, volume.D)
        return Memory(transient_bytes=4 * (2 * high.size + volume.size))

    def reads(self, in_shapes: Shapes) -> tuple[Reads]:
        """S neighbours read one position; bilinear, the two around their middle."""
        across, down = (Reading(each=S) if self.mode == "nearest" else _between(S) for S in self.S)
        return (Reads(across, down),)


def _between(S: int) -> Reading:
    """The positions around (place + 1/2)/S - 1/2; one where that is whole."""

    def around(place: int) -> range:
        twice = 2 * place + 1 - S
        return range(twice // (2 * S), -(-twice // (2 * S)) + 1)

    return periodic(S, 1, around, range(-1, 2))


@dataclass(frozen=True, kw_only=True)
class Scale(Layer):
    """Every number times a constant; or a trained scale of each channel, with a shift.

    Before the last FC a small constant makes the class scores, and what they learn by, smaller.
    Trained, without a shift and from 1e-6 on, it is the LayerScale of Touvron et al. 2021.
    """

    spelling = Spelling(
        "SCALE",
        other_names=("RESCALING", "RESCALE"),
        meanings={
            "LAYERSCALE": "SCALE(0.000001, trained=true, shift=false)",
            **dict.fromkeys(("BIAS", "BIASADD"), "SCALE(1, trained=true), with a scale too"),
        },
        dash_suffix="by",
    )

    by: Annotated[
        float,
        Field(
            strict=True,
            allow_inf_nan=False,
            description="the constant, or what trained scales begin with",
        ),
    ]
    trained: Annotated[bool, Field(description="each channel has a trained scale and shift")] = (
        False
    )
    shift: Annotated[bool, Field(description="where it is trained: add one to each channel")] = True

    def param_shapes(self, in_shapes: Shapes) -> dict[str, Param]:
        """The scale gamma and the shift beta of each channel, where it is trained."""
        (volume,) = in_shapes
        if not self.trained:
            return {}
        gamma = {"gamma": Param((volume.D,), self.by, False)}
        return gamma | ({"beta": Param((volume.D,), 0.0, False)} if self.shift else {})

    def forward(self, run: Run, params: Params, *xs: Array) -> tuple[Array, Array | None]:
        (x,) = xs
        if not self.trained:
            return elementwise.scale(run.workspace, x, self.by), None
        gamma = params["gamma"]
        beta = params["beta"] if self.shift else np.zeros_like(gamma)
        return batchnorm.scale_shift(run.workspace, x, gamma, beta), x

    def backward(
        self, run: Run, params: Params, cache: Array | None, dy: Array
    ) -> tuple[Array | None]:
        """dx = gamma dy; of gamma the sum of dy*x, of beta that of dy."""
        if cache is None:
            return (elementwise.scale(run.workspace, dy, self.by),)
        gamma = params["gamma"]
        run.grads["gamma"][:] = batchnorm.dots(run.workspace, cache, dy)
        if self.shift:
            dense.column_sums(dy, out=run.grads["beta"])
        return (batchnorm.scale_shift(run.workspace, dy, gamma, np.zeros_like(gamma)),)

    def cost(self, in_shapes: Shapes) -> Cost:
        """Without sharing, every number would have a scale and a shift of its own."""
        (volume,) = in_shapes
        return Cost(unshared=self.trained * (1 + self.shift) * volume.size)

    def memory(self, in_shapes: Shapes) -> Memory:
        return Memory("x" if self.trained else "", workspace_bytes=PASS_BYTES)

"""The layer contract: what a family declares, and what the engine hands to it."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any, ClassVar, Literal, NamedTuple, Protocol

from pydantic import ConfigDict

from cnncli.errors import CnncliError
from cnncli.geometry import Extent, Volume

from .fields import Fit, Init

if TYPE_CHECKING:
    from numpy import float32, uint64
    from numpy.typing import NDArray

    from cnncli.kernels.epilogue import Finish
    from cnncli.kernels.workspace import Workspace

    Array = NDArray[float32]
    Keys = NDArray[uint64]

Params = Mapping[str, "Array"]
Shapes = Sequence[Volume]
Finishing = Literal["scaled", "rectified"]
"""Work that a layer may do for those behind it: scale and shift channels, cut off the negative."""


class LayerError(CnncliError):
    """A layer does not fit its inputs; the graph adds the place.

    `field` names the hyperparameter to point at, and `assume` is the output with which the
    check may go on behind the fault (None: unknown).
    """

    def __init__(self, message: str, field: str | None = None, assume: Volume | None = None):
        super().__init__(message)
        self.field = field
        self.assume = assume


class Param(NamedTuple):
    """A trained array: shape, how it starts, and whether weight decay applies."""

    shape: tuple[int, ...]
    start: Literal["weights", "zeros", "ones"]
    decay: bool
    fan_in: int = 0
    fan_out: int = 0
    init: Init | None = None


class State(NamedTuple):
    """A running array that is saved but not trained: shape and starting value."""

    shape: tuple[int, ...]
    start: float


class Cost(NamedTuple):
    """What a layer costs for one image.

    macs: multiply-adds of layers with weights, without biases. unshared: its parameters if every
    neuron had weights and a bias of its own. connections: how many inputs one neuron weighs,
    0 where it has no weights. cache_bytes: what backward needs beyond the volumes named in
    KEEPS. transient_bytes: what lives during one call only. workspace_bytes: the same of one
    worker, however many images it has.
    """

    macs: int = 0
    unshared: int = 0
    connections: int = 0
    cache_bytes: int = 0
    transient_bytes: int = 0
    workspace_bytes: int = 0


class Window(NamedTuple):
    """How a neuron looks at its input.

    F: extent, the gaps of a dilated filter included. S: stride; a fraction where a layer makes
    maps larger. offset: pixels by which the first window begins before the map, its padding.
    whole: every neuron looks at the whole map, wherever it is.
    """

    F: Extent = Extent(1, 1)
    S: tuple[Fraction | int, Fraction | int] = Extent(1, 1)
    offset: tuple[Fraction | int, Fraction | int] = Extent(0, 0)
    whole: bool = False


class Context(NamedTuple):
    """What the file and the data set give to layers that leave a hyperparameter open."""

    fit: Fit = "strict"
    init: Init = Init("he")
    image: Volume | None = None
    """The size of the data set's images."""
    outputs: int | None = None
    """The number of classes, for the layer that gives the class scores; else None."""


class Comm(Protocol):
    """Communication between the shards of one batch."""

    rank: int
    size: int

    def sum(self, array: Any) -> Any:
        """The sum over all ranks, added in rank order: the same bits on every rank."""


class Run(Protocol):
    """What a pass carries besides hyperparameters, for one node and one shard."""

    training: bool
    workspace: "Workspace"
    comm: Comm
    grads: Mapping[str, "Array"]
    """Where backward writes the sums of the parameters' gradients over the shard."""
    needs_dx: bool
    """False where nothing before the layer is trained: backward may return None for dx."""
    algorithm: str | None
    """Which of the layer's `algorithms` computes; None: the first."""
    finish: "Finish"
    """What the layer does to its output for those behind it: only what it FINISHES."""

    def keys(self) -> "Keys":
        """One 64-bit random key for each sample, of (seed, step, layer, place in the batch)."""


@dataclass(frozen=True, kw_only=True)
class Layer(ABC):
    """A family of layers: the fields are its hyperparameters, and their types its schema.

    A field that is None is filled in by the graph (`complete`). Layers hold no arrays: a frozen
    instance may run in several threads at once. No method changes its inputs.
    """

    __pydantic_config__ = ConfigDict(extra="forbid")

    NAMES: ClassVar[tuple[str, ...]] = ()
    """What the family is called in a configuration, the usual name first."""
    ELSEWHERE: ClassVar[tuple[str, ...]] = ()
    """Names in other programs, for `did you mean`."""
    SYNONYMS: ClassVar[Mapping[str, str]] = {}
    """Long names of hyperparameters."""
    GLUED: ClassVar[str | None] = None
    """The hyperparameter set by a number directly behind the name: the F of CONV3-64."""
    DASHED: ClassVar[str | None] = None
    """The one behind a hyphen, and of the short form in lists (`- fc: 10`): the K of CONV3-64."""
    SCORES: ClassVar[bool] = False
    """True for a family whose last layer gives the class scores, and takes their number."""
    JOINS: ClassVar[bool] = False
    """True for a family that takes several inputs, and makes one volume of them."""
    ACTIVATES: ClassVar[bool] = False
    """True for a non-linear function of single numbers: two in a row are hardly meant."""
    KEEPS: ClassVar[str] = ""
    """Which volumes backward needs: any of 'x' and 'y'."""
    FINISHES: ClassVar[tuple[Finishing, ...]] = ()
    """Which parts of `run.finish` the family does while its output is in cache."""
    SHARES: ClassVar[tuple[str, ...]] = ()
    """What is no new memory: 'y' is in that of x, and 'dx' in that of dy."""

    @property
    def kind(self) -> str:
        """The family's usual name."""
        return self.NAMES[0]

    def keeps(self, in_shapes: Shapes) -> str:
        """Which volumes the backward pass of this layer needs: KEEPS, or fewer."""
        return self.KEEPS

    def complete(self, context: Context) -> "Layer":
        """The layer with open hyperparameters filled in. Raises LayerError where it can not."""
        return self

    @abstractmethod
    def out_shape(self, in_shapes: Shapes) -> Volume:
        """The output's volume. Raises LayerError where the layer does not fit."""

    def param_shapes(self, in_shapes: Shapes) -> dict[str, Param]:
        """The trained arrays by name."""
        return {}

    def state_shapes(self, in_shapes: Shapes) -> dict[str, State]:
        """The running arrays by name."""
        return {}

    def algorithms(self, in_shapes: Shapes, images: int) -> tuple[str, ...]:
        """Ways to compute the layer, the one that is expected to be fastest for so many first.

        Empty where there is one way only. The same shapes always give the same answer.
        """
        return ()

    @property
    def finishes(self) -> tuple[Finishing, ...]:
        """Which parts of `run.finish` the layer does: FINISHES."""
        return self.FINISHES

    def finishes_as(self, training: bool) -> Finishing | None:
        """Whether the layer only scales and shifts every channel (`scale_and_shift`), or only cuts
        off what is negative, so that the layer before it can do that. Backward then gets y as its
        cache.
        """
        return None

    def scale_and_shift(self, params: Params, state: Params) -> "tuple[Array, Array]":
        """The scale and the shift of each channel, of a layer that finishes as `scaled`."""
        raise NotImplementedError

    def is_non_decreasing(self) -> bool:
        """Whether it is a function of single numbers that never falls, whatever is trained."""
        return False

    def is_maximum(self) -> bool:
        """Whether every number of the output is the largest of some of the one input."""
        return False

    def cost(self, in_shapes: Shapes) -> Cost:
        """What one image costs."""
        return Cost()

    def window(self, in_shape: Volume) -> Window:
        """What one output place sees of the input."""
        return Window()

    @abstractmethod
    def forward(
        self, run: Run, params: Params, state: Params, *xs: "Array"
    ) -> "tuple[Array, Any, dict[str, Array]]":
        """(N, H, W, C) arrays in; returns (y, cache, new state)."""

    @abstractmethod
    def backward(
        self, run: Run, params: Params, cache: Any, dy: "Array"
    ) -> "tuple[tuple[Array | None, ...], dict[str, Array]]":
        """The gradients (of each x, of each parameter), from dy and what forward kept."""

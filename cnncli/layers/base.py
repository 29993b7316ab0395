"""The layer contract: what a family declares, and what the engine hands to it.

A family is a frozen dataclass in this folder, found by scanning. Only its `spelling`, `forward` and
`backward` have no default. It declares

    spelling        how it and its hyperparameters are written
    is_classifier   whether its last layer gives the class scores
    is_join         whether it takes several inputs
    is_activation   whether it is a non-linear function of single numbers
    is_for_training whether evaluation hands its input on as it is

and says of given inputs, in this order of the files,

    open_sizes      the hyperparameters that follow from the input's size
    complete        the other ones that were left open
    out_shape       the shape rule
    param_shapes, state_shapes  the trained and the running arrays
    forward         y, and what backward needs of it
    backward        the gradients
    cost, memory    multiply-adds and connections; what a step holds because of the layer
    reads           which positions of the inputs each place reads
    algorithms, plan  the ways to compute it; what every pass needs of the shapes, computed once
    fusion          how it is computed together with its neighbours
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Container, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal, NamedTuple

from cnncli.errors import CnncliError
from cnncli.geometry import Volume
from cnncli.kernels import random_streams
from cnncli.kernels.conv.profiles import Profile
from cnncli.kernels.epilogue import PLAIN, Epilogue
from cnncli.kernels.norms.batchnorm import Moments
from cnncli.kernels.reshape import Room
from cnncli.kernels.workspace import Workspace
from cnncli.lazy import Array, NDArray, np

from .communication import Comm
from .fields import Fit, Init
from .reading import Reads

Params = Mapping[str, Array]
Shapes = Sequence[Volume]


class LayerError(CnncliError):
    """A layer does not fit its inputs; the graph adds the place.

    `field` names the hyperparameter to point at, and `assume` is the output with which the
    check may go on after the problem (None: unknown).
    """

    def __init__(self, message: str, field: str | None = None, assume: Volume | None = None):
        super().__init__(message)
        self.field = field
        self.assume = assume


class Spelling(NamedTuple):
    """How a family is written in a configuration.

    name, aliases: what it is called, the usual name first. other_names: in other programs, without
    axes (2D). meanings: what such names imply, after "here it is". synonyms: of hyperparameters.
    size_suffix: the hyperparameter set by a number directly after the name, the F of CONV3-64.
    dash_suffix: the one after a hyphen, its K, and of the short form in lists (`- fc: 10`).
    """

    name: str
    aliases: tuple[str, ...] = ()
    other_names: tuple[str, ...] = ()
    meanings: Mapping[str, str] = {}
    synonyms: Mapping[str, str] = {}
    size_suffix: str | None = None
    dash_suffix: str | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """All that a configuration may call it."""
        return (self.name, *self.aliases)


class Param(NamedTuple):
    """A trained array: shape, start (drawn, or a number), and whether weight decay applies."""

    shape: tuple[int, ...]
    start: Literal["weights"] | float
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
    0 where it has no weights.
    """

    macs: int = 0
    unshared: int = 0
    connections: int = 0


class Memory(NamedTuple):
    """What a training step holds because of a layer, in bytes for one image.

    keeps: which volumes backward needs, any of 'x' and 'y'. in_place: what takes no new
    memory: 'y' lies in that of x, and 'dx' in that of dy. cache_bytes: what backward needs beyond
    `keeps`. transient_bytes: what lives during one call only. workspace_bytes: the same of one
    worker, however many images it has.
    """

    keeps: str = ""
    in_place: tuple[str, ...] = ()
    cache_bytes: int = 0
    transient_bytes: int = 0
    workspace_bytes: int = 0


Work = Literal["scale", "rectify"]
"""Scaling and shifting every channel, or cutting off what is negative."""


class Fusion(NamedTuple):
    """How a layer may be computed together with its neighbours.

    accepts: work of the layers after it that its kernel does (`run.epilogue`) while its output is
    in cache. accepts_before: work of those before it that it does to its input (`run.prologue`),
    which costs no pass where it copies_input in any case. work: all that it does, which the layer
    before may do; backward then gets y as its cache. scale_and_shift: of each channel, where its
    work is to scale. masks: where its forward rectified, its backward takes dy back through that
    too (`run.rectified`). is_maximum: every number of y is the largest of some of x. is_monotone:
    it is a function of single numbers that never falls, whatever is trained. joins_channels: y
    holds the channels of each x, one volume's behind the other's.
    """

    accepts: tuple[Work, ...] = ()
    accepts_before: tuple[Work, ...] = ()
    copies_input: bool = False
    work: Work | None = None
    scale_and_shift: Callable[[Params, Params], tuple[Array, Array]] | None = None
    masks: bool = False
    is_maximum: bool = False
    is_monotone: bool = False
    joins_channels: bool = False


class Context(NamedTuple):
    """What the file and the data set give to layers that leave a hyperparameter open."""

    fit: Fit = "strict"
    init: Init = Init("he")
    image: Volume | None = None
    """The size of the data set's images."""
    outputs: int | None = None
    """The number of classes, for the layer that gives the class scores; else None."""


@dataclass
class Run:
    """What a pass carries besides hyperparameters and parameters, for one node and one shard."""

    training: bool
    workspace: Workspace
    comm: Comm
    plan: Any
    """What the layer's `plan` returned."""
    epilogue: Epilogue
    """What the layer does to its output for those after it: only what its fusion accepts."""
    state: Params
    """The running arrays before this step."""
    grads: Mapping[str, Array]
    """Where backward writes the sums of the parameters' gradients over the shard."""
    needs_dx: bool
    """False where nothing before the layer is trained: backward may return None for dx."""
    key: int
    """Of the step."""
    index: int
    """Of the node, for its random numbers."""
    positions: NDArray[np.int64]
    """The images' places in the whole batch."""
    new_state: dict[str, Any] = field(default_factory=dict)
    """Where forward puts the running arrays after it; they are taken over once for the batch."""
    prologue: Epilogue = PLAIN
    """What the layer does to its input for those before it."""
    leaves_biases: bool = False
    left_biases: Array | None = None
    """Where forward may put biases that the layer after it is to add."""
    room: Room | None = None
    """Where y is to lie."""
    rectified: Array | None = None
    """y, where backward is to count dy as 0 where y is: only what its fusion `masks`."""
    moments: Callable[[Array, Callable[[Array], Moments]], Moments] = lambda x, compute: compute(x)
    """Those of x, by a function that computes some channels': known ones are not computed again."""

    def keys(self) -> NDArray[np.uint64]:
        """One 64-bit random key for each sample, of (seed, step, layer, place in the batch)."""
        return random_streams.keys(random_streams.key(self.key, self.index), self.positions)


@dataclass(frozen=True, kw_only=True)
class Layer(ABC):
    """A family of layers: the fields are its hyperparameters, and their types its schema.

    A field that is None is filled in by the graph (`complete`). Layers hold no arrays: a frozen
    instance may run in several threads at once. No method changes its inputs.
    """

    __pydantic_config__ = {"extra": "forbid"}

    spelling: ClassVar[Spelling]
    is_classifier: ClassVar[bool] = False
    """Whether its last layer gives the class scores."""
    is_join: ClassVar[bool] = False
    """Whether it takes several inputs."""
    is_activation: ClassVar[bool] = False
    """Whether it is a non-linear function of single numbers."""
    is_for_training: ClassVar[bool] = False
    """Whether evaluation hands its input on as it is."""

    @property
    def kind(self) -> str:
        """The family's usual name."""
        return self.spelling.name

    def open_sizes(self, given: Container[str]) -> Mapping[str, str]:
        """Hyperparameters that are not given and follow from the input's size, as expressions."""
        return {}

    def complete(self, context: Context) -> Layer:
        """The layer with open hyperparameters filled in. Raises LayerError where it cannot."""
        return self

    def out_shape(self, in_shapes: Shapes) -> Volume:
        """The output's volume: if not said otherwise, that of the one input.

        Raises LayerError where the layer does not fit.
        """
        (volume,) = in_shapes
        return volume

    def param_shapes(self, in_shapes: Shapes) -> dict[str, Param]:
        """The trained arrays by name."""
        return {}

    def state_shapes(self, in_shapes: Shapes) -> dict[str, State]:
        """The running arrays by name."""
        return {}

    @abstractmethod
    def forward(self, run: Run, params: Params, *xs: Array) -> tuple[Array, Any]:
        """(N, H, W, C) arrays in; returns y and the cache: what backward needs."""

    @abstractmethod
    def backward(self, run: Run, params: Params, cache: Any, dy: Array) -> tuple[Array | None, ...]:
        """The gradient of each x; those of the parameters are written to `run.grads`."""

    def cost(self, in_shapes: Shapes) -> Cost:
        """What one image costs."""
        return Cost()

    def memory(self, in_shapes: Shapes) -> Memory:
        """What a training step holds because of the layer."""
        return Memory()

    def reads(self, in_shapes: Shapes) -> tuple[Reads, ...]:
        """Which places and channels of the inputs a neuron reads: its own, if not said."""
        return tuple(Reads(of=number) for number in range(len(in_shapes)))

    def algorithms(self, in_shapes: Shapes, images: int, profile: Profile) -> tuple[str, ...]:
        """Ways to compute the layer, the one that is expected to be fastest for so many first.

        profile: of the machine. Empty where there is one way only. The same always gives the same.
        """
        return ()

    def plan(self, in_shapes: Shapes, images: int, algorithm: str | None) -> Any:
        """What every pass over so many images needs of the shapes, computed once: `run.plan`.

        algorithm: one of `algorithms`; None: there is one way only.
        """
        return None

    def fusion(self, training: bool) -> Fusion:
        """How the layer may be computed together with its neighbours."""
        return Fusion()

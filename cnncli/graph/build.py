"""From a specification to a graph: shapes, parameters and costs, and every fault in one run."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from cnncli.errors import Place, Problem
from cnncli.kernels.geometry import Extent
from cnncli.layers.base import Context, Layer, LayerError
from cnncli.layers.hyperparameters import Volume
from cnncli.layers.input import Input
from cnncli.layers.softmax import Softmax
from cnncli.spec.specification import LayerSpec, Specification

from . import checks
from .advice import remedies
from .doubts import doubts
from .fitting import fit, remedied
from .network import Graph, Node
from .problems import problem_at
from .receptive import PIXEL, Sight, through


def build(spec: Specification, image: Volume | None, classes: int | None) -> Graph:
    """The network of a specification, for images of a size and a number of classes.

    `image` and `classes` are None where no data set tells them. Faults are collected in
    Graph.problems, with those of the specification, in the order of the file; none is raised.
    """
    problems = [*spec.problems, *checks.order(spec)]
    layers = _complete(spec, image, classes, problems)
    chain = _Chain(image)
    for written, choices in zip(spec.layers, layers, strict=True):
        problems += chain.add(written, choices)
    problems += checks.sizes(spec, layers, chain.nodes, image, classes)
    problems += doubts(spec, chain.nodes)
    known = {node.name for node in chain.nodes}
    return Graph(
        tuple(chain.nodes),
        _scores(spec),
        _in_order(problems),
        tuple(written.name for written in spec.layers if written.name not in known),
    )


def _in_order(problems: list[Problem]) -> tuple[Problem, ...]:
    """By place; what a repeated group gives again at the same place only once."""
    distinct: dict[tuple[Place, str], Problem] = {}
    for problem in problems:
        distinct.setdefault((problem.place, problem.message), problem)
    by_place = sorted(distinct.values(), key=lambda p: (p.place.line or 0, p.place.column or 0))
    return tuple(by_place)


def _scores(spec: Specification) -> str:
    """The last layer, or the one whose scores a SOFTMAX turns into probabilities."""
    names = [w.name for w in spec.layers if w.kind not in Softmax.NAMES] or [""]
    return names[-1]


def _complete(
    spec: Specification, image: Volume | None, classes: int | None, problems: list[Problem]
) -> list[tuple[Layer, ...]]:
    """Every layer with its open hyperparameters filled in; where that fails, its remedies."""
    last = checks.last_scores(spec)
    data_at_fault = checks.data_at_fault(spec)
    layers: list[tuple[Layer, ...]] = []
    for written in spec.layers:
        layer = written.layer
        context = Context(spec.fit, spec.train.init, image, classes if written is last else None)
        try:
            layers.append((layer.complete(context),) if layer else ())
        except LayerError as error:
            layers.append(remedied(layer, context) if layer else ())
            if not (data_at_fault and _needs_data(written, context)):
                problems.append(problem_at(written, str(error), error.field))
    return layers


def _needs_data(written: LayerSpec, context: Context) -> bool:
    """Whether the layer could be completed if the data set were known."""
    assert written.layer is not None
    try:
        written.layer.complete(context._replace(image=Volume(1, 1, 1), outputs=1))
    except LayerError:
        return False
    return True


@dataclass
class _Chain:
    """Nodes in a row; `possible` are the volumes that the last one may give."""

    image: Volume | None
    nodes: list[Node] = field(default_factory=list)
    possible: tuple[Volume, ...] = ()
    sight: Sight = PIXEL
    broken: bool = False

    def __post_init__(self) -> None:
        self.possible = (self.image,) if self.image else ()

    def add(self, written: LayerSpec, choices: tuple[Layer, ...]) -> Iterator[Problem]:
        """Appends a node for the layer, if its shape can be told; yields its fault."""
        if written.kind in Input.NAMES:
            first = choices[0] if choices else None
            if isinstance(first, Input) and not self.nodes and not self.broken:
                self._begin(written, first)
            return
        if not choices or not self.possible:
            self.possible, self.broken = (), True
            return
        fitting = fit(choices, self.possible)
        if fitting.error:
            advice = remedies(choices[0], fitting.in_shape, self.nodes)
            yield problem_at(written, f"{fitting.error}{advice}", fitting.error.field)
        self.possible = fitting.outputs
        if fitting.outputs:
            self._append(written, fitting.layer, fitting.in_shape)

    def _begin(self, written: LayerSpec, layer: Input) -> None:
        size = layer.out_shape(())
        self.possible = tuple(dict.fromkeys((size, *self.possible)))
        self._append(written, layer, None)

    def _append(self, written: LayerSpec, layer: Layer, volume: Volume | None) -> None:
        shapes = (volume,) if volume else ()
        if volume:
            start = self.nodes[0].out_shape if self.nodes else volume
            size, whole = Extent(*volume[:2]), Extent(*start[:2])
            self.sight = through(self.sight, layer.window(volume), size, whole)
        self.nodes.append(
            Node(
                name=written.name,
                layer=layer,
                inputs=(self.nodes[-1].name,) if self.nodes else (),
                in_shapes=shapes,
                out_shape=self.possible[0],
                params=layer.param_shapes(shapes),
                state=layer.state_shapes(shapes),
                cost=layer.cost(shapes),
                receptive_field=self.sight.field,
                place=written.place,
            )
        )

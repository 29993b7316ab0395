"""From a specification to a graph: shapes, parameters and costs, and every problem in one run."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace

from cnncli.config.network.rewiring import Wiring
from cnncli.config.specification import LayerSpec, Specification
from cnncli.geometry import Extent, Volume
from cnncli.graph.checks.network_warnings import warnings
from cnncli.graph.checks.repair import doubt_order, find_fixes
from cnncli.graph.checks.trials import SCORES, Trials
from cnncli.graph.costs.channel_fields import ChannelFields, alike, look_at
from cnncli.graph.costs.receptive_field import of_image
from cnncli.layers.base import Context, LayerError
from cnncli.layers.fitting import complete
from cnncli.problems import Fix, Problem, sort_problems

from .checks import network_rules
from .network import Graph, Node
from .shape_inference import Blueprint, Inference, infer_shapes


def build(spec: Specification, image: Volume | None, classes: int | None) -> Graph:
    """The network of a specification, for images of a size and a number of classes.

    `image` and `classes` are None where no data set gives them. Problems are collected in
    Graph.problems, with those of the specification, in the order of the file; none is raised.
    """
    last = network_rules.last_scores(spec)
    contexts = [
        Context(spec.fit, spec.train.init, image, classes if written is last else None)
        for written in spec.layers
    ]
    blueprint = Blueprint(
        spec.layers, contexts, spec.data.name if spec.data else None, spec.decisions
    )
    base = infer_shapes(blueprint)
    trials = Trials(
        blueprint,
        base,
        lambda seen: network_rules.scores_problem(spec, seen, classes) is not None,
        Wiring.of(spec),
        network_rules.scores_change(spec, classes),
    )
    problems = [*_with_outputs(spec, base), *network_rules.order(spec)]
    for at, fixes in find_fixes(trials).items():
        problems += _problem(at, fixes, spec, trials, classes)
    problems += doubt_order(trials)
    problems += network_rules.unread(spec, base)
    nodes = _nodes(spec, base)
    problems += warnings(spec, nodes, base)
    known = {node.name for node in nodes}
    scores = network_rules.last_before_softmax(spec)
    return Graph(
        tuple(nodes),
        "" if scores is None else spec.layers[scores].name,
        sort_problems(problems),
        tuple(written.name for written in spec.layers if written.name not in known),
    )


def _with_outputs(spec: Specification, base: Inference) -> Iterator[Problem]:
    """The file's problems; a fix of one layer's text says what that gives where it fits."""
    fitting = {
        written.name: str(volume)
        for index, (written, volume) in enumerate(zip(spec.layers, base.volumes, strict=True))
        if volume and index not in base.errors
    }
    for problem in spec.problems:
        output = fitting.get(problem.layer or "", "")
        fixes = tuple(replace(fix, output=fix.output or output) for fix in problem.fixes)
        yield replace(problem, fixes=fixes) if fixes else problem


def _problem(
    at: int, fixes: tuple[Fix, ...], spec: Specification, trials: Trials, classes: int | None
) -> Iterator[Problem]:
    """Why a layer, or SCORES, does not fit; not where that only follows from the data's problem."""
    base, contexts = trials.base, trials.blueprint.contexts
    if at == SCORES:
        if problem := network_rules.scores_problem(spec, base, classes):
            yield replace(problem, fixes=fixes)
        return
    written, error = spec.layers[at], base.errors[at]
    if network_rules.is_data_wrong(spec) and _needs_data(written, contexts[at]):
        return
    message = f"{error}{_origins(written, spec, base)}"
    if min(trials.budget.values()) < 0 and not fixes:
        message += "\nNot all fixes were looked for: there are too many problems."
    yield written.problem(message, error.field, fixes=fixes)


def _needs_data(written: LayerSpec, context: Context) -> bool:
    """Whether the layer could be completed only if the data set were known."""
    known = context._replace(image=Volume(1, 1, 1), outputs=1)
    return bool(complete(written.layer, context)[1] and not complete(written.layer, known)[1])


def _origins(written: LayerSpec, spec: Specification, base: Inference) -> str:
    """Where each of several volumes comes from, a line each."""
    if written.layer is None or not written.layer.is_join:
        return ""
    places = {layer.name: layer.place for layer in spec.layers}
    known = [name for name in written.inputs or () if name in base.outputs]
    return "".join(f"\n{base.outputs[n]} comes from '{n}', {places[n]}." for n in known)


def _nodes(spec: Specification, base: Inference) -> list[Node]:
    """A node for each layer whose shapes are known."""
    nodes: dict[str, Node] = {}
    fields: dict[str, ChannelFields] = {}
    image: ChannelFields | None = None
    found = zip(spec.layers, base.layers, base.in_shapes, base.volumes, strict=True)
    for written, layer, in_shapes, output in found:
        if layer is None or in_shapes is None or output is None:
            continue
        size = in_shapes[0] if in_shapes else output
        image = image or alike(size, of_image(Extent(size.W, size.H)))
        sources = [fields.get(name, image) for name in written.inputs or ()] or [image]
        with suppress(LayerError):  # a layer with two problems, of which one stays
            seen = look_at(sources, layer.reads(in_shapes), output) if in_shapes else image
            nodes[written.name] = Node(
                **vars(written) | {"layer": layer, "inputs": written.inputs or ()},
                in_shapes=in_shapes,
                out_shape=output,
                params=layer.param_shapes(in_shapes),
                state=layer.state_shapes(in_shapes),
                cost=layer.cost(in_shapes),
                receptive_field=seen.all,
            )
            fields[written.name] = seen
    return list(nodes.values())

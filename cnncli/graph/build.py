"""From a specification to a graph: shapes, parameters and costs, and every problem in one run."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace

from cnncli.config.specification import Specification
from cnncli.geometry import Extent, Volume
from cnncli.graph.checks.network_warnings import warnings
from cnncli.graph.checks.orders import depth_first
from cnncli.graph.costs.channel_fields import ChannelFields, alike, look_at
from cnncli.graph.costs.receptive_field import of_image
from cnncli.layers.base import Context, LayerError
from cnncli.problems import Problem, sort_problems

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
    problems = [*_with_outputs(spec, base), *network_rules.order(spec)]
    is_ill = base.errors or network_rules.scores_problem(spec, base, classes)
    if is_ill or depth_first(spec.layers):
        from .diagnosis import diagnose  # what a right network need not wait for

        problems += diagnose(spec, blueprint, base, classes)
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

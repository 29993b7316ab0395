"""What a layer does to its volume, with every formula and its numbers, as the notes explain it."""

from collections.abc import Iterator

from cnncli.config.specification import Specification
from cnncli.errors import UsageError
from cnncli.graph.network import Graph
from cnncli.report.hyperparameters import as_text
from cnncli.suggest import closest

from .explain_cost import costs
from .explain_receptive_field import sights
from .explain_size import sizes
from .layer_numbers import measure

Paragraph = tuple[str, list[str]]
"""A label, and the lines that stand beside it."""


def explain(spec: Specification, graph: Graph, name: str) -> str:
    """Size, neurons, parameters, matrices and receptive field of one layer.

    Raises UsageError where no layer has that name.
    """
    written = next((layer for layer in spec.layers if layer.name == name), None)
    if written is None:
        found = closest(name, [layer.name for layer in spec.layers])
        hint = f"did you mean {found}?" if found else f"`cnn shapes {spec.file}` lists them"
        raise UsageError(f"{spec.file}: there is no layer {name!r}; {hint}")
    measured = measure(graph).get(name)
    if measured is None:
        return f"{name}: {written.kind}\nA fault at this layer, or further up, hides its shape."
    node = measured.node
    title = f"{name}: {written.kind} {as_text(node.layer)}".rstrip()
    what = (type(node.layer).__doc__ or "").split("\n")[0]
    sources = [graph.by_name[source] for source in node.inputs]
    found_out = [*_reads(node.inputs, node.in_shapes), *sizes(node), *costs(measured)]
    return _laid_out([title, what], [*found_out, *sights(node, sources)])


def _reads(inputs: tuple[str, ...], shapes: tuple[object, ...]) -> Iterator[Paragraph]:
    if inputs:
        yield "reads", [f"{name}, {shape}" for name, shape in zip(inputs, shapes, strict=True)]


def _laid_out(head: list[str], paragraphs: list[Paragraph]) -> str:
    """The labels in a column of their own."""
    width = max(len(label) for label, _ in paragraphs)
    lines = [*head, ""]
    for label, texts in paragraphs:
        for i, text in enumerate(texts):
            lines.append(f"{'' if i else label:{width}}  {text}")
    return "\n".join(lines)

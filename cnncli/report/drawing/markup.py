"""A network in the languages of Graphviz and Mermaid, with blocks as clusters."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import count

from cnncli.text import printable

from .boxes import Block, Box, in_blocks


def dot(name: str, boxes: Sequence[Box]) -> str:
    """A `digraph`; the lines between layers carry the volumes."""
    lines = [f"digraph {_quote(name)} {{", "  rankdir=TB;", "  node [shape=box];"]
    lines += _inside(in_blocks(boxes), "  ")
    output = {box.name: box.output for box in boxes}
    for box in boxes:
        for source in box.inputs:
            label = _quote(output[source])
            lines.append(f"  {_quote(source)} -> {_quote(box.name)} [label={label}];")
    return "\n".join([*lines, "}"])


def _inside(block: Block, indent: str) -> Iterator[str]:
    for part in block.parts:
        if isinstance(part, Box):
            label = _quote(part.name, part.what, part.output)
            yield f"{indent}{_quote(part.name)} [label={label}];"
        else:
            yield f"{indent}subgraph {_quote(f'cluster_{part.name}')} {{"
            yield f"{indent}  label={_quote(part.name)};"
            yield from _inside(part, f"{indent}  ")
            yield f"{indent}}}"


def _quote(*lines: str) -> str:
    """A string of DOT; between the lines stands its own `\\n`."""
    escaped = (printable(line).replace("\\", "\\\\").replace('"', '\\"') for line in lines)
    return '"' + "\\n".join(escaped) + '"'


def mermaid(boxes: Sequence[Box]) -> str:
    """A `flowchart`; the lines between layers carry the volumes.

    Names of layers may hold dots, which those of Mermaid may not: there they are n0, n1, ...
    """
    ids = {box.name: f"n{i}" for i, box in enumerate(boxes)}
    output = {box.name: box.output for box in boxes}
    lines = ["flowchart TD", *_inside_mermaid(in_blocks(boxes), ids, count(), "  ")]
    for box in boxes:
        for source in box.inputs:
            lines.append(f"  {ids[source]} -->|{_mermaid_text(output[source])}| {ids[box.name]}")
    return "\n".join(lines)


def _inside_mermaid(
    block: Block, ids: Mapping[str, str], numbers: Iterator[int], indent: str
) -> Iterator[str]:
    for part in block.parts:
        if isinstance(part, Box):
            yield f"{indent}{ids[part.name]}[{_mermaid_text(part.name, part.what, part.output)}]"
        else:
            yield f"{indent}subgraph b{next(numbers)}[{_mermaid_text(part.name)}]"
            yield from _inside_mermaid(part, ids, numbers, f"{indent}  ")
            yield f"{indent}end"


def _mermaid_text(*lines: str) -> str:
    """A text of Mermaid, with character codes for what would end it or be taken for HTML."""
    codes = {"#": "#35;", '"': "#quot;", "&": "#amp;", "<": "#lt;", ">": "#gt;"}
    escaped = ("".join(codes.get(c, c) for c in printable(line)) for line in lines)
    return '"' + "<br/>".join(escaped) + '"'

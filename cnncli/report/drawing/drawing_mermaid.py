"""A network as a Mermaid flowchart, which Markdown pages of many sites show as a picture."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import count

from .boxes import Block, Box, in_blocks


def mermaid(boxes: Sequence[Box]) -> str:
    """A `flowchart`; the lines between layers carry the volumes.

    Names of layers may hold dots, which those of Mermaid may not: there they are n0, n1, ...
    """
    ids = {box.name: f"n{i}" for i, box in enumerate(boxes)}
    output = {box.name: box.output for box in boxes}
    lines = ["flowchart TD", *_inside(in_blocks(boxes), ids, count(), "  ")]
    for box in boxes:
        for source in box.inputs:
            lines.append(f"  {ids[source]} -->|{_quoted(output[source])}| {ids[box.name]}")
    return "\n".join(lines)


def _inside(
    block: Block, ids: Mapping[str, str], numbers: Iterator[int], indent: str
) -> Iterator[str]:
    for part in block.parts:
        if isinstance(part, Box):
            yield f"{indent}{ids[part.name]}[{_quoted(part.name, part.what, part.output)}]"
        else:
            yield f"{indent}subgraph b{next(numbers)}[{_quoted(part.name)}]"
            yield from _inside(part, ids, numbers, f"{indent}  ")
            yield f"{indent}end"


def _quoted(*lines: str) -> str:
    """A text of Mermaid, with character codes for what would end it or be taken for HTML."""
    codes = {"#": "#35;", '"': "#quot;", "&": "#amp;", "<": "#lt;", ">": "#gt;"}
    escaped = ("".join(codes.get(c, c) for c in line) for line in lines)
    return '"' + "<br/>".join(escaped) + '"'

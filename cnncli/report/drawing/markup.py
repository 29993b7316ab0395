"""A network in the DOT language of Graphviz, with blocks as clusters."""

from collections.abc import Iterator, Sequence

from .boxes import Block, Box, in_blocks


def dot(name: str, boxes: Sequence[Box]) -> str:
    """A `digraph`; the lines between layers carry the volumes."""
    lines = [f"digraph {_quoted(name)} {{", "  rankdir=TB;", "  node [shape=box];"]
    lines += _inside(in_blocks(boxes), "  ")
    output = {box.name: box.output for box in boxes}
    for box in boxes:
        for source in box.inputs:
            label = _quoted(output[source])
            lines.append(f"  {_quoted(source)} -> {_quoted(box.name)} [label={label}];")
    return "\n".join([*lines, "}"])


def _inside(block: Block, indent: str) -> Iterator[str]:
    for part in block.parts:
        if isinstance(part, Box):
            label = _quoted(part.name, part.what, part.output)
            yield f"{indent}{_quoted(part.name)} [label={label}];"
        else:
            yield f"{indent}subgraph {_quoted(f'cluster_{part.name}')} {{"
            yield f"{indent}  label={_quoted(part.name)};"
            yield from _inside(part, f"{indent}  ")
            yield f"{indent}}}"


def _quoted(*lines: str) -> str:
    """A string of DOT; between the lines stands its own `\\n`."""
    escaped = (line.replace("\\", "\\\\").replace('"', '\\"') for line in lines)
    return '"' + "\\n".join(escaped) + '"'

"""What cnn gradcheck prints: a line for each layer, and one for the network."""

from collections.abc import Callable, Sequence

from cnncli.engine.differences.central import Worst
from cnncli.engine.differences.every_layer import Finding
from cnncli.graph.network import Graph
from cnncli.text import printable

NETWORK = "network"
_HEADINGS = ("layer", "kind", "numbers", "kinks", "error", "at")


def heading_and_lines(graph: Graph) -> tuple[str, Callable[[Finding], str]]:
    """The heading, and what makes a line of a finding: each can be shown when it is there."""
    kinds = {node.name: node.kind for node in graph.nodes}
    names = [printable(name) for name in (*kinds, NETWORK, _HEADINGS[0])]
    widths = (max(map(len, names)), max(map(len, (*kinds.values(), "kind"))), 7, 5, 7)

    def line(finding: Finding) -> str:
        name, worst = finding
        label, kind = (NETWORK, "") if name is None else (name, kinds[name])
        cells = (label, kind, f"{worst.compared:,}", f"{worst.kinks:,}", error_text(worst))
        return _line(widths, (*map(printable, cells), printable(worst.place)))

    rule = _line(widths, ["-" * width for width in (*widths, 2)])
    return f"{_line(widths, _HEADINGS)}\n{rule}", line


def error_text(worst: Worst) -> str:
    """The relative error; - where nothing could be compared."""
    return "-" if worst.error is None else f"{worst.error:.1e}"


def missed_text(wrong: Sequence[Worst]) -> str:
    """Gradients that are off by too much, a line each."""
    return "\n".join(
        f"  {printable(each.place)}: the gradient is {each.analytic:.9g}, differences give "
        f"{each.numeric:.9g}; off by {error_text(each)}"
        for each in wrong
    )


def _line(widths: Sequence[int], cells: Sequence[str]) -> str:
    """The first two columns to the left, numbers to the right, and the last as long as it is."""
    left = [cell.ljust(width) for cell, width in zip(cells[:2], widths[:2], strict=True)]
    right = [cell.rjust(width) for cell, width in zip(cells[2:-1], widths[2:], strict=True)]
    return "  ".join((*left, *right, cells[-1])).rstrip()

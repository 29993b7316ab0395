"""What cnn gradcheck prints: a line for each layer, and one for the network."""

from collections.abc import Iterator, Mapping, Sequence
from functools import reduce
from operator import or_

from cnncli.engine.differences.central import Worst
from cnncli.engine.differences.every_layer import Finding
from cnncli.engine.differences.layer_check import IMAGES
from cnncli.graph.network import Graph, Node
from cnncli.text import printable

from .hyperparameters import as_text
from .layout.fold import Run, fold
from .table import Cell, Column, Forms, Layout

NETWORK = "network"
_COLUMNS = (
    Column("layer", least=18),
    Column("kind", rank=1),
    Column("numbers", numeric=True),
    Column("kinks", numeric=True, rank=2),
    Column("error", numeric=True),
    Column("at", least=10, way="place"),
)
_USUAL = ("123,456", "1,234", "1.2e-10")
"""Numbers as they are at most, for most networks."""


class ErrorLines:
    """A line for each finding, which can be shown when it is there.

    columns: of the terminal, where repeated blocks are on one line, shown when the last is there;
    None: there is none.
    """

    def __init__(self, graph: Graph, columns: int | None = None) -> None:
        nodes = [node for node in graph.nodes if node.inputs]
        names = [node.name for node in nodes]
        self._kinds: Mapping[str | None, str] = {node.name: node.kind for node in graph.nodes}
        self._columns = columns
        self._held: list[Finding] = []
        if columns is None:
            self._runs = [Run(i, i + 1, name) for i, name in enumerate(names)]
            shown = [printable(name) for name in (*self._kinds, NETWORK, _COLUMNS[0].heading)]
            kinds = (*self._kinds.values(), _COLUMNS[1].heading)
            widths = (max(map(len, shown)), max(map(len, kinds)), *map(len, _USUAL), 2)
            self._layout = Layout(_COLUMNS, widths, [False] * len(_COLUMNS), len)
        else:
            self._runs = fold(names, [(node.kind, as_text(node.layer)) for node in nodes])
            rows = [(node.name, node.kind, *_USUAL, _longest_place(node)) for node in nodes]
            self._layout = Layout.fitting(_COLUMNS, [*rows, (NETWORK, *[""] * 5)], None, columns)
        self._coming = iter(self._runs)
        self._run = next(self._coming, None)

    @property
    def heading(self) -> str:
        return self._layout.head

    def of(self, finding: Finding) -> Iterator[str]:
        """The line of a layer, or of the blocks whose last layer it is; else nothing."""
        self._held.append(finding)
        run = self._run
        if run and len(self._held) < run.stop - run.start:
            return
        worst = reduce(or_, (each.worst for each in self._held))
        label = run.label if run else NETWORK
        kind = "" if run is None or run.is_block else self._kinds[finding.layer]
        yield self._layout.line(_cells(label, kind, worst))
        self._held, self._run = [], next(self._coming, None)

    def notes(self) -> list[str]:
        """Below the last line: what is not as it is in a pipe."""
        if self._columns is None:
            return []
        is_folded = any(run.is_block for run in self._runs)
        return self._layout.notes(self._columns, ["repeated blocks are folded"] * is_folded)


def _cells(label: str, kind: str, worst: Worst) -> list[Cell]:
    place = printable(worst.place)
    return [
        label, kind, f"{worst.compared:,}", f"{worst.kinks:,}", error_text(worst),
        Forms(place, place),
    ]  # fmt: skip


def _longest_place(node: Node) -> str:
    """Of its numbers, as it is shown."""
    shapes: dict[str, tuple[int, ...]] = {
        f"x{i}": (IMAGES, volume.H, volume.W, volume.D) for i, volume in enumerate(node.in_shapes)
    }
    shapes |= {name: param.shape for name, param in node.params.items()}
    places = (f"{name}[{','.join(str(n - 1) for n in shape)}]" for name, shape in shapes.items())
    return f"{node.name}.{max(places, key=len)}"


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

"""The parts of a step's time, as text and as JSON."""

from typing import Any

from cnncli.engine.probes.timing import Timing
from cnncli.report.hyperparameters import as_text
from cnncli.report.layout.fold import fold
from cnncli.report.layout.parts import Paragraph, page
from cnncli.report.table import Cell, Column, table
from cnncli.text import count, json_text

from .breakdown import Breakdown, Pace, StepPart

_NOTE = """\
GFLOP/s count 2 operations for each multiply-add of a direct convolution, backward those of the
weights' gradient and, where it is needed, of the input's. The ceiling is a large matrix product
on the same threads; an algorithm that multiplies less may pass it."""
_MOVED = """\
moves: the least bytes that the layer reads and writes, each number once. The bandwidth is a copy of
32 MiB on each thread; volumes that are still in the caches may pass it."""
_WITHIN = """\
A layer without a time forward is computed by the one before it, while its input is in cache; one
without any time is computed there in both passes."""
_THREADS = """\
The times of a layer are means over the threads, waiting for each other included."""
_REST = {
    True: "rest: the loss, sums over the threads, and gradients added where branches meet.",
    False: "rest: what is done between the layers.",
}
STEP = {True: "training step", False: "evaluation"}
"""What is timed, by whether it has a backward pass."""


def timing_text(title: str, found: Breakdown) -> str:
    """A line for each layer, the rest and the total, and what the numbers mean."""
    whole = found.total()
    head = (
        f"{title}, {STEP[found.trains]} of {count(found.images, 'image')} on "
        f"{count(found.threads, 'thread')}: {1000 * whole.seconds:,.1f} ms, "
        f"{found.images_per_second:,.0f} images/s\n"
        f"medians of {count(len(found.timing.step), 'step')}; "
        f"the ceiling is {found.timing.ceiling / 1e9:,.1f} GFLOP/s, "
        f"the bandwidth {found.timing.bandwidth / 1e9:,.1f} GB/s"
    )
    layers, others = list(found.layers()), [_cells(part, found) for part in found.others()]
    cells = [_cells(part, found) for part in layers]

    def folded() -> list[list[Cell]]:
        nodes = [part.node for part in layers if part.node]
        alike = [(node.layer.kind, as_text(node.layer)) for node in nodes]
        return [
            _cells(found.together(run.label, nodes[run.start : run.stop]), found)
            if run.is_block
            else cells[run.start]
            for run in fold([node.name for node in nodes], alike)
        ] + others

    lines = table(_columns(found), [*cells, *others], _cells(whole, found), folded)
    within = any(part.forward is None for part in layers)
    notes = [
        _NOTE,
        _MOVED,
        *([_WITHIN] if within else []),
        *([_THREADS] if found.threads > 1 else []),
        _REST[found.trains],
    ]
    return page(head, lines, page(*map(Paragraph, notes)), apart=True)


def _columns(found: Breakdown) -> list[Column]:
    """Forward and backward side by side; of an evaluation there is one time only."""
    ways = ("forward", "backward") if found.trains else ("forward",)
    return [
        Column("layer", least=18),
        Column("kind", rank=4),
        Column("output\nW x H x D", rank=5),
        Column("algorithm", rank=3),
        *(Column(f"{way}\nms", True, rank=1) for way in ways if found.trains),
        Column("both\nms" if found.trains else "ms", True),
        Column("quartiles\nms", True, rank=6),
        Column("share of\nthe step", True),
        *(Column(f"{way}\nGFLOP/s", True, rank=7) for way in ways),
        *(Column(f"{way}, of\nthe ceiling", True, rank=2) for way in ways),
        Column("moves\nMB", True, rank=8),
        Column("of the\nbandwidth", True, rank=2),
    ]


def _cells(part: StepPart, found: Breakdown) -> list[Cell]:
    paces = (part.forward, part.backward) if found.trains else (part.forward,)
    each = [milliseconds(pace.seconds) if pace else "" for pace in paces]
    is_timed = part.node is None or any(paces)
    rates = [pace.rate if pace else None for pace in paces]
    return [
        part.name,
        part.node.layer.kind if part.node else "",
        str(part.output or ""),
        found.algorithms.get(part.name, ""),
        *(each if found.trains else ()),
        milliseconds(part.seconds) if is_timed else "",
        " - ".join(map(milliseconds, part.quartiles)) if is_timed else "",
        f"{100 * found.share(part):.1f}%" if is_timed else "",
        *(f"{rate / 1e9:,.1f}" if rate else "" for rate in rates),
        *(f"{100 * rate / found.timing.ceiling:.0f}%" if rate else "" for rate in rates),
        f"{part.moved / 1e6:,.1f}" if part.moved else "",
        f"{100 * part.bandwidth / found.timing.bandwidth:.0f}%" if part.bandwidth else "",
    ]


def milliseconds(seconds: float) -> str:
    """The number alone."""
    return f"{1000 * seconds:,.2f}"


def timing_json(file: str, name: str, found: Breakdown) -> str:
    """One object; times are medians in milliseconds, speeds in GFLOP/s and GB/s."""
    whole = found.total()
    result = {
        "file": file,
        "name": name,
        "training": found.trains,
        "images": found.images,
        "threads": found.threads,
        "steps": len(found.timing.step),
        "ceiling_gflops": found.timing.ceiling / 1e9,
        "bandwidth_gbps": found.timing.bandwidth / 1e9,
        "images_per_second": found.images_per_second,
        "layers": [_layer(part, found) for part in found.layers()],
        **{part.name: _part(part, found) for part in found.others()},
        "total": _part(whole, found, passes=True),
    }
    return json_text(result)


def _layer(part: StepPart, found: Breakdown) -> dict[str, Any]:
    assert part.node is not None
    return {
        "name": part.name,
        "kind": part.node.layer.kind,
        "output": list(part.node.out_shape),
        "algorithm": found.algorithms.get(part.name),
        **_part(part, found, passes=True),
    }


def _part(part: StepPart, found: Breakdown, passes: bool = False) -> dict[str, Any]:
    paces = {"forward": part.forward, "backward": part.backward} if passes else {}
    return {
        "ms": 1000 * part.seconds,
        "quartiles_ms": [1000 * quartile for quartile in part.quartiles],
        "share": found.share(part),
        **{name: _pace(pace, found.timing) for name, pace in paces.items()},
    }


def _pace(pace: Pace | None, timing: Timing) -> dict[str, Any] | None:
    """None where there is no such pass."""
    return pace and {
        "ms": 1000 * pace.seconds,
        "gflops": pace.rate and pace.rate / 1e9,
        "of_ceiling": pace.rate and pace.rate / timing.ceiling,
        "bytes": pace.moved,
        "of_bandwidth": pace.bandwidth and pace.bandwidth / timing.bandwidth,
    }

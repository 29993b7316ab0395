"""Tables of whole networks: beside PyTorch, from benchmarks/targets.jsonl, and by kind of work."""

import json
from collections.abc import Iterable
from statistics import median
from typing import Any

from benchmarks.table_of_targets import TARGETS
from benchmarks.turns import digits, fastest_mode, ratios, spread
from tests.docs.measured_tables import BENCHMARKS, processor, table

Line = dict[str, Any]
MODES = ("PyTorch NCHW", "PyTorch channels_last", "PyTorch compiled")
ONNX_RUNTIME = "ONNX Runtime"
SHORT = ("small", "vgg", "vggbn", "resnet20")
"""Networks that the front page shows."""
MIB = 2**20


def steps() -> str:
    """A training step of a few networks on each processor: medians of the ratios."""
    found: dict[str, dict[str, str]] = {}
    for *_, run in _runs("training"):
        if run["network"] in SHORT:
            ratio = median(ratios(run["found"], _fastest(run)))
            found.setdefault(run["network"], {})[processor(run)] = digits(ratio)
    processors = list(dict.fromkeys(name for row in found.values() for name in row))
    rows = [
        (f"`{network}.yaml`", *(row.get(name, "") for name in processors))
        for network, row in found.items()
    ]
    return table(("network", *processors), rows)


def all_steps() -> str:
    """A training step of every network."""
    return _beside("training", MODES)


def evaluation() -> str:
    """The class scores alone."""
    return _beside("forward", (*MODES, ONNX_RUNTIME))


def peaks() -> str:
    """The peak memory of training steps."""
    names = ("cnn", "PyTorch NCHW", "PyTorch channels_last")
    head = ("network", "images", "threads", *names, "cnn / least PyTorch")
    rows = []
    for *_, run in _runs("memory"):
        found = run["found"]
        sizes = (f"{found[name] / MIB:,.0f} MiB" for name in names)
        least = min(found[name] for name in names[1:])
        rows.append((*_named(run), *sizes, f"{found['cnn'] / least:.2f}"))
    return table(head, rows)


def roofline(what: str) -> str:
    """Shares of a step by kind, and how near the products and the passes are to the ceilings."""
    head = (
        "network", "images", "threads", "step", "products", "of the ceiling", "transforms",
        "around products", "single channels", "passes", "of the bandwidth", "rest", "least",
    )  # fmt: skip
    rows = []
    for *_, run in _runs(what, "roofline.jsonl"):
        ms, whole = run["ms"], sum(run["ms"].values())
        in_products, in_passes = (
            run["flops"] / run["gflops"] / 1e6,
            run["moved"] / run["gbps"] / 1e6,
        )
        kinds = {kind: _percent(taken, whole) for kind, taken in ms.items()}
        rows.append(
            (
                *_named(run), f"{digits(run['step_ms'])} ms",
                kinds["products"], _percent(in_products, ms["products"]), kinds["transforms"],
                kinds["around"], kinds["single channels"], kinds["passes"],
                _percent(in_passes, ms["passes"]), kinds["rest"],
                _percent(in_products + in_passes, whole),
            )
        )  # fmt: skip
    return table(head, rows)


def ceilings() -> str:
    """The ceilings of the runs that the shares were measured in: medians."""
    runs = [run for what in ("training", "forward") for *_, run in _runs(what, "roofline.jsonl")]
    products, bandwidth = (median(run[key] for run in runs) for key in ("gflops", "gbps"))
    return f"{digits(products)} GFLOP/s for products, {digits(bandwidth)} GB/s for copies."


def _percent(part: float, whole: float) -> str:
    return f"{100 * part / whole:.0f}%" if part else ""


def _beside(what: str, others: Iterable[str]) -> str:
    """Times of the newest run; ratios of the newest two, the later one last."""
    runs = _runs(what)
    others = [name for name in others if any(name in pair[-1]["found"] for pair in runs)]
    head = [
        "network",
        "images",
        "threads",
        "processor, core type, profile",
        "cnn",
        *others,
        "fastest PyTorch / cnn",
    ]
    head += [f"{name} / cnn" for name in others if name == ONNX_RUNTIME]
    rows = []
    for pair in runs:
        found = pair[-1]["found"]
        about = (processor(pair[-1]), pair[-1]["core_type"], pair[-1]["profile"])
        row = [*_named(pair[-1]), ", ".join(about)]
        row += [_time(found, name) for name in ("cnn", *others)]
        row.append("; ".join(spread(ratios(run["found"], _fastest(run))) for run in pair))
        if ONNX_RUNTIME in others:
            row.append("; ".join(_of_onnx(run["found"]) for run in pair))
        rows.append(row)
    return table(head, rows)


def _named(run: Line) -> tuple[str, int, int]:
    return f"`{run['network']}.yaml`", run["batch"], run["threads"]


def _fastest(run: Line) -> str:
    return fastest_mode(run["found"])


def _time(found: dict[str, list[float]], name: str) -> str:
    """The median in bold where it is the least; nothing of what was not measured."""
    if name not in found:
        return ""
    least = min(median(times) for times in found.values())
    text = f"{digits(median(found[name]))} ms"
    return f"**{text}**" if median(found[name]) == least else text


def _of_onnx(found: dict[str, list[float]]) -> str:
    return spread(ratios(found, ONNX_RUNTIME)) if ONNX_RUNTIME in found else ""


def _runs(what: str, file: str = "targets.jsonl") -> list[list[Line]]:
    """For each network, processor and core type the newest run, behind one before of that code."""
    found: dict[tuple[str, str, str], list[Line]] = {}
    for text in (BENCHMARKS / file).read_text().splitlines():
        run = json.loads(text)
        if run["what"] == what:
            of = (run["network"], run["processor"], run["core_type"])
            found.setdefault(of, []).append(run)
    networks = [target.network for target in TARGETS]
    return [
        [run for run in runs[-2:] if run["commit"] == runs[-1]["commit"]]
        for _, runs in sorted(found.items(), key=lambda item: networks.index(item[0][0]))
    ]

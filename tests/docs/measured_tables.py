"""Tables of what was measured, from the files in benchmarks/ that hold the measurements."""

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from statistics import fmean, median, stdev
from typing import Any

from benchmarks.fine_tuning import lines
from benchmarks.turns import digits, spread
from cnncli.report.progress import duration

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"
Run = dict[str, Any]


def table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A table in Markdown."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(map(str, line))} |" for line in lines)


def accuracy() -> str:
    """Whole trainings: of each configuration the means over its seeds."""
    rows = [
        (
            f"`{config}.yaml`",
            "CIFAR-10" if runs[0]["data"]["name"] == "cifar10" else runs[0]["data"]["name"],
            f"**{_mean(runs, 'accuracy'):.4f}**",
            len(runs),
            duration(_mean(_alike(runs), "seconds")),
            processor(_alike(runs)[-1]),
        )
        for config, runs in _configurations()
    ]
    return table(("configuration", "images", "test accuracy", "seeds", "time", "processor"), rows)


def processor(run: Run) -> str:
    """Its name, without what makers add to it."""
    return re.sub(r"\((R|TM)\)|\s+Processor", "", run["processor"])


def _alike(runs: Sequence[Run]) -> list[Run]:
    """Those on the processor of the newest."""
    newest = max(runs, key=lambda run: str(run["started"]))
    return [run for run in runs if run["processor"] == newest["processor"]]


def accuracy_by_run() -> str:
    """Whole trainings, one by one; of each configuration and seed the newest."""
    rows: list[Sequence[object]] = []
    for config, runs in _configurations():
        name = f"`{config}.yaml`"
        rows += [
            (
                name,
                run["seed"],
                f"{run['accuracy']:.4f}",
                duration(run["seconds"]),
                ", ".join([processor(run), *([run["core_type"]] if "core_type" in run else [])]),
                run["commit"],
            )
            for run in runs
        ]
        rows.append((name, "mean", f"**{_mean(runs, 'accuracy'):.4f}**", "", "", ""))
    head = ("configuration", "seed", "test accuracy", "time", "processor, core type", "commit")
    return table(head, rows)


def curve() -> str:
    """Epoch by epoch, the first seed of configs/cifar.yaml."""
    run = next(run for name, runs in _configurations() if name == "cifar" for run in runs)
    rows = [
        (number, f"{loss:.4f}", f"{share:.4f}", f"{seconds:.1f} s")
        for number, (loss, share, seconds) in enumerate(run["epochs"], 1)
    ]
    return table(("epoch", "loss", "training accuracy", "time"), rows)


def starters() -> str:
    """What the files of `cnn init` reach, beside small.yaml's network in the same time."""
    rows = [
        (
            *key,
            f"{100 * _mean(runs, 'accuracy'):.1f}{_error(runs)} %",
            len(runs),
            f"{_mean(runs, 'seconds'):.0f} s",
            f"{_mean(runs, 'epochs'):.0f}",
        )
        for key, runs in _starters().items()
    ]
    head = ("images to train on", "file", "test accuracy", "seeds", "processor", "epochs")
    return table(head, rows)


def _starters() -> dict[tuple[str, str], list[Run]]:
    found: dict[tuple[str, str], list[Run]] = {}
    for line in (BENCHMARKS / "starter.jsonl").read_text().splitlines():
        run = json.loads(line)
        found.setdefault((run["set"], run["what"]), []).append(run)
    return dict(sorted(found.items()))


def _error(runs: Sequence[Run]) -> str:
    """The standard error of the mean accuracy, in percent; of one run nothing is known."""
    if len(runs) == 1:
        return ""
    return f" ± {100 * stdev(run['accuracy'] for run in runs) / len(runs) ** 0.5:.1f}"


def _configurations() -> Iterator[tuple[str, list[Run]]]:
    runs = [json.loads(line) for line in (BENCHMARKS / "runs.jsonl").read_text().splitlines()]
    newest = {(run["config"], run["seed"]): run for run in runs}
    for config in dict.fromkeys(run["config"] for run in runs):
        yield config, [newest[key] for key in sorted(newest) if key[0] == config]


def _mean(runs: Sequence[Run], key: str) -> float:
    return fmean(run[key] for run in runs)


def single_layers() -> str:
    """Layers one by one: medians of cnn, and of PyTorch's faster mode."""
    _, rows = _measured("Single layers")
    head = ["layer"]
    for way in ("forward", "backward"):
        head += [f"{way}: cnn", "PyTorch", "PyTorch / cnn"]
    shown = []
    for name, *both in rows:
        row = [name]
        for cnn, *modes, ratio in (both[:4], both[4:]):
            row += [f"{cnn} ms", f"{min(modes, key=float)} ms", ratio]
        shown.append(row)
    return table(head, shown)


def _measured(section: str) -> tuple[list[str], list[list[str]]]:
    """The head and the rows of a section's table in benchmarks/results.md, without quartiles."""
    page = (BENCHMARKS / "results.md").read_text()
    lines = page.split(f"\n## {section}\n")[1].split("\n## ")[0].splitlines()
    head, _, *rows = [
        [re.sub(r" \(.*\)", "", cell.strip()) for cell in line.strip("|").split("|")]
        for line in lines
        if line.startswith("|")
    ]
    return head, rows


def memory() -> str:
    """The predicted and the measured memory of training steps."""
    return (BENCHMARKS / "memory.md").read_text()


def ranks() -> str:
    """Sums over ranks beside their bytes and a step of gradients; of each kind the newest."""
    lines = map(json.loads, (BENCHMARKS / "ranks.jsonl").read_text().splitlines())
    newest = {(run["network"], run["ranks"], run["way"]): run for run in lines}
    head = ("network", "ranks", "way", "bytes", "sum over ranks", "step of gradients", "share")
    rows = [
        (
            f"`{network}.yaml`",
            number,
            way,
            f"{run['bytes']:,}",
            spread(run["sum_ms"]),
            spread(run["step_ms"]),
            f"{digits(100 * median(run['sum_ms']) / median(run['step_ms']))} %",
        )
        for (network, number, way), run in newest.items()
    ]
    return table(head, rows)


def fine_tuning() -> str:
    """Cats and dogs after eight other classes of CIFAR-10: means over seeds."""
    return "\n".join(lines())


def fine_tuning_file(name: str) -> str:
    """A configuration of that measurement, as a block."""
    return f"```yaml\n{(BENCHMARKS / 'fine_tuning' / name).read_text()}```"

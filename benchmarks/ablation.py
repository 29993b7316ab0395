"""What each trick of a recipe is worth: PyTorch trains the file without it, with several seeds.

`python -m benchmarks.ablation benchmarks/ablation.yaml [--device cuda] [--seeds N] [--jobs N]`
prints a table of the accuracies on images held out of the training set; with `--lines FILE` each
run is added to that file as it ends.
"""

import argparse
import json
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from multiprocessing import get_context
from pathlib import Path
from statistics import fmean, stdev
from typing import NamedTuple

import torch
import yaml

from cnncli.config.load import load

from .recipe import Recipe, opened
from .turns import table


class Job(NamedTuple):
    """A configuration, changed."""

    label: str
    config: str
    settings: tuple[str, ...]
    device: str


def jobs(plan: Path, device: str, seeds: int) -> Iterator[Job]:
    """Seed by seed all variants of a plan: {config, settings, variants: {label: settings}}."""
    content = yaml.safe_load(plan.read_text())
    for seed in range(seeds):
        for label, changes in content["variants"].items():
            settings = (*content["settings"], *changes, f"train.seed={seed}")
            yield Job(label, content["config"], settings, device)


def run(job: Job) -> dict[str, object]:
    """Trains; the accuracy on validation images as they are and in all views."""
    torch.set_num_threads(1)
    began = time.perf_counter()
    session = opened(load(Path(job.config), job.settings))
    recipe = Recipe(session, job.device)
    for number in range(session.total_steps):
        recipe.step(number)
    result = {
        "label": job.label,
        "seed": session.spec.train.seed,
        "plain": recipe.accuracy(in_all_views=False),
        "views": recipe.accuracy(),
        "seconds": round(time.perf_counter() - began, 1),
    }
    session.close()
    return result


def lines(results: list[dict[str, object]]) -> Iterator[str]:
    """The mean over the seeds, label by label."""
    rows = []
    for label in dict.fromkeys(result["label"] for result in results):
        own = [result for result in results if result["label"] == label]
        row = [str(label), str(len(own))]
        for kind in ("plain", "views"):
            percent = [100 * float(str(result[kind])) for result in own]
            spread = f" ± {stdev(percent) / len(percent) ** 0.5:.2f}" if len(percent) > 1 else ""
            row.append(f"{fmean(percent):.2f}{spread}")
        rows.append(row)
    yield from table(["", "seeds", "as it is, %", "in all views, %"], rows)


def main() -> None:
    """Reads the options, trains, and prints the table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.ablation", description=__doc__)
    parser.add_argument("plan", type=Path)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--lines", type=Path)
    given = parser.parse_args()
    results = []
    with ProcessPoolExecutor(given.jobs, get_context("spawn")) as pool:
        futures = [pool.submit(run, job) for job in jobs(given.plan, given.device, given.seeds)]
        for future in as_completed(futures):
            results.append(future.result())
            if given.lines:
                with given.lines.open("a") as stream:
                    stream.write(json.dumps(results[-1]) + "\n")
    print("\n".join(lines(results)))


if __name__ == "__main__":
    main()

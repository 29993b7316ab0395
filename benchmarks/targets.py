"""Whole networks beside PyTorch and ONNX Runtime: `python -m benchmarks.targets [NETWORK...]`.

A training step (of cifar.yaml that of the whole recipe, with its images), the class scores alone,
and the peak memory, of which a line each is added to benchmarks/targets.jsonl; the tables in the
pages are made of the newest lines by `make pages`. Both sides are checked to compute the same
before they take turns. A network takes up to five minutes, half of them PyTorch's compiler.
"""

import argparse
import json
import os
import shutil
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from statistics import median
from typing import Any

import torch

from cnncli.engine.batch import Prepared
from cnncli.engine.engine import Engine
from cnncli.engine.parallel.blas import hold_blas_to_one_thread
from cnncli.graph.network import Graph

from . import contestants
from .agreement import check_agreement
from .machine import about
from .networks import CONFIGS, Step, engine_for, network, noise
from .options import names
from .peak import grown
from .recipe import opened, whole_steps
from .table_of_targets import FORWARD, RECIPES, TARGETS, Target
from .turns import digits, fastest_mode, ratios, spread, timed, turns

LINES = Path(__file__).with_name("targets.jsonl")


WHAT = ("training", "forward", "memory")
StepsOf = Callable[[Graph, Engine, Prepared, dict[str, contestants.Mode]], dict[str, Step]]
UNRECORDED = "train.log_every=1000000"


class Measure:
    """One network on so many threads."""

    def __init__(self, target: Target, given: argparse.Namespace) -> None:
        self.target, self.given = target, given
        self.batch = given.batch or target.batch
        self._agreed = False
        self._stack = ExitStack()
        compiles = shutil.which(os.environ.get("CXX", "g++"))
        self._modes = contestants.EAGER | (contestants.COMPILED if compiles else {})
        if not compiles:
            print("PyTorch compiled is left out: there is no g++")

    def line(self, what: str) -> dict[str, Any]:
        """What is kept of a measurement: of each contestant milliseconds, or bytes."""
        found = {"training": self._training, "forward": self._forward, "memory": self._memory}
        return {
            "network": self.target.network,
            "batch": self.batch,
            "what": what,
            "threads": self.given.threads,
            **about(),
            "found": found[what](),
        }

    def _training(self) -> dict[str, list[float]]:
        return self._turns(self._whole if self.target.network in RECIPES else contestants.training)

    def _forward(self) -> dict[str, list[float]]:
        return self._turns(contestants.forward, self._onnx_runtime)

    def _turns(self, *several: StepsOf) -> dict[str, list[float]]:
        """Milliseconds of each step in every round, once both sides are known to agree."""
        graph = network(self.target.network)
        batch = noise(graph, self.batch)
        with engine_for(graph, self.batch, self.given.threads) as engine, self._stack:
            if not self._agreed:
                check_agreement(graph, engine, batch)
                self._agreed = True
            steps: dict[str, Step] = {}
            for steps_of in several:
                steps |= steps_of(graph, engine, batch, self._modes)
            times = turns({name: timed(step) for name, step in steps.items()}, self.given.rounds)
        return {name: [round(ms, 3) for ms in found] for name, found in times.items()}

    def _whole(
        self, graph: Graph, engine: Engine, batch: Prepared, modes: dict[str, contestants.Mode]
    ) -> dict[str, Step]:
        """Of the recipe, whose engine is another one."""
        config = CONFIGS / f"{self.target.network}.yaml"
        overrides = [UNRECORDED, f"train.batch_size={self.batch}", *self.given.set]
        session = opened(config, overrides, self.given.threads)
        self._stack.callback(session.close)
        return whole_steps(session, modes)

    def _onnx_runtime(
        self, graph: Graph, engine: Engine, batch: Prepared, _: dict[str, contestants.Mode]
    ) -> dict[str, Step]:
        try:
            step = contestants.onnx_runtime(graph, engine, batch, self.given.threads)
        except ImportError as error:
            print(f"{contestants.ONNX_RUNTIME} is left out: {error}")
            return {}
        return {contestants.ONNX_RUNTIME: step}

    def _memory(self) -> dict[str, int]:
        return grown(self.target.network, self.batch, self.given.threads)


def summary(target: Target, line: dict[str, Any]) -> str:
    """In words: how cnn stands, and how it must."""
    what, found = line["what"], line["found"]
    head = f"{target.network} {line['batch']} {what}"
    if what == "memory":
        least = min(found[name] for name in found if name != "cnn")
        return f"{head}: {found['cnn'] / least:.3f} of the least PyTorch's; must 1"
    mode = fastest_mode(found)
    must, aim = FORWARD if what == "forward" else (target.must, target.aim)
    texts = [f"{head}: {spread(ratios(found, mode))} beside {mode}; must {must}, aim {aim}"]
    if contestants.ONNX_RUNTIME in found:
        ratio = digits(median(ratios(found, contestants.ONNX_RUNTIME)))
        texts.append(f"{ratio} beside {contestants.ONNX_RUNTIME}")
    return "; ".join([*texts, f"cnn {spread(found['cnn'])} ms"])


def main() -> None:
    """Reads the options, measures, and keeps a line of each network and kind as it ends."""
    known = [target.network for target in TARGETS]
    parser = argparse.ArgumentParser(prog="python -m benchmarks.targets", description=__doc__)
    parser.add_argument("networks", nargs="*", metavar="NETWORK", help=", ".join(known))
    parser.add_argument("--what", type=names(WHAT), default=WHAT, help=",".join(WHAT))
    parser.add_argument("--rounds", type=int, default=11, help="times that count")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--batch", type=int, help="images, instead of the network's own")
    parser.add_argument("--set", action="append", default=[], help="of the recipe: KEY=VALUE")
    parser.add_argument("--out", type=Path, default=LINES)
    given = parser.parse_args()
    if unknown := set(given.networks) - set(known):
        parser.error(f"unknown: {', '.join(sorted(unknown))}")
    hold_blas_to_one_thread()
    torch.set_num_threads(given.threads)
    for target in TARGETS:
        if given.networks and target.network not in given.networks:
            continue
        measure = Measure(target, given)
        for what in given.what:
            line = measure.line(what)
            with given.out.open("a") as stream:
                stream.write(json.dumps(line) + "\n")
            print(summary(target, line), flush=True)


if __name__ == "__main__":
    main()

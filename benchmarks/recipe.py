"""A configuration trained by PyTorch: the same images, weights at the start, rates and rules.

`python -m benchmarks.recipe CONFIG [--set KEY=VALUE]... [--max-steps N] [--device cuda]` prints
how long the steps took in channels_last, and at the end of a run the accuracy on the validation
images, or where none are held out on the test set.

`whole_steps` gives the steps of both sides, to be timed in turns.
"""

import argparse
import time
from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from itertools import count
from pathlib import Path
from statistics import median

import torch

from cnncli.check.check import check
from cnncli.data.batches import Batches
from cnncli.kernels.workspace import Workspace
from cnncli.optim.averages import Ema, Lookahead
from cnncli.optim.losses import SoftmaxCrossEntropy
from cnncli.optim.muon import Muon
from cnncli.optim.sgd_adam import Sgd
from cnncli.report.progress import Progress
from cnncli.training.session import Session, views_for
from cnncli.training.storage.directory import RUNS, RunDirectory
from cnncli.training.storage.resume import load_images
from cnncli.training.trainer import Trainer
from cnncli.transforms.views import AS_IT_IS, View

from .contestants import EAGER, Mode
from .muon import MuonRule
from .networks import Step
from .translation import Translation


class Recipe:
    """One run. Raises ValueError for what it can not translate."""

    def __init__(
        self, session: Session, device: str = "cpu", mode: Mode = EAGER["PyTorch channels_last"]
    ) -> None:
        self._session, self._train = session, session.spec.train
        self._device, self._order = torch.device(device), mode.order
        self._module = Translation(session.engine.graph, session.engine)
        self._module.to(self._device, memory_format=mode.order)
        self._run = torch.compile(self._module) if mode.compiled else self._module
        optimizer, loss = self._train.optimizer, self._train.loss
        if not isinstance(optimizer, Sgd | Muon) or not isinstance(loss, SoftmaxCrossEntropy):
            raise ValueError("only SGD, Muon and the softmax loss are translated")
        if self._train.mixup or self._train.clip_norm or isinstance(self._train.average, Ema):
            raise ValueError("mixup, clip_norm and EMA are not translated")
        names = list(session.groups.of_arrays)
        self._arrays = dict(zip(names, self._module.parameters(), strict=True))
        self._matrices: MuonRule | None = None
        own = []
        if isinstance(optimizer, Muon):
            ways = session.groups.of_arrays
            own = [name for name in names if ways[name].matrix]
            self._matrices = MuonRule(
                self._groups(own), optimizer.lr, optimizer.momentum, optimizer.nesterov
            )
            optimizer = optimizer.others
        self._rule = torch.optim.SGD(
            self._groups(name for name in names if name not in own),
            lr=optimizer.lr,
            momentum=optimizer.momentum,
            nesterov=optimizer.nesterov,
        )
        self._loss = torch.nn.CrossEntropyLoss(label_smoothing=loss.label_smoothing)
        self._slow = [value.clone() for value in self._averaged()]
        self._workspace = Workspace()

    def step(self, number: int) -> None:
        """One step, counted from 0."""
        session, train = self._session, self._train
        steps = session.train.steps
        rate = train.schedule.rate(train.optimizer.lr, number, steps, session.total_steps)
        rules = [rule for rule in (self._rule, self._matrices) if rule]
        for group in (group for rule in rules for group in rule.param_groups):
            how = session.groups.of_arrays[group["name"]]
            group["lr"], group["weight_decay"] = rate * how.lr, how.weight_decay
            self._arrays[group["name"]].requires_grad_(how.is_trained(number / steps))
        batch = session.train.batch(*divmod(number, steps))
        x = self._tensor(session.train, number // steps, number % steps)
        self._module.train()
        self._module.zero_grad(set_to_none=True)
        self._loss(self._run(x), torch.tensor(batch.labels, device=self._device)).backward()
        for rule in rules:
            rule.step()
        if isinstance(train.average, Lookahead) and (number + 1) % train.average.every == 0:
            done = (number + 1) / session.total_steps
            keep = (1 - train.average.alpha) * done**train.average.rise
            with torch.no_grad():
                for value, slow in zip(self._averaged(), self._slow, strict=True):
                    slow.lerp_(value, 1 - keep)
                    value.copy_(slow)

    def accuracy(self, *, in_all_views: bool = True) -> float:
        """On the validation images, else on the test set."""
        batches, right, seen = self._session.validation or self._session.test, 0, 0
        views = views_for(self._session.spec) if in_all_views else (AS_IT_IS,)
        self._module.eval()
        for step in range(batches.steps):
            labels = torch.tensor(batches.batch(0, step).labels, device=self._device)
            with torch.no_grad():
                scores = sum(
                    view.weight * self._module(self._tensor(batches, 0, step, view))
                    for view in views
                )
            right += int((scores.argmax(1) == labels).sum())
            seen += len(labels)
        return right / seen

    def _groups(self, names: Iterable[str]) -> list[dict[str, object]]:
        return [{"params": [self._arrays[name]], "name": name} for name in names]

    def _tensor(
        self, batches: Batches, epoch: int, step: int, view: View | None = None
    ) -> torch.Tensor:
        """(N, C, H, W) in the order of memory of the mode; channels_last is ours."""
        batch = batches.batch(epoch, step, *([view] if view else []))
        prepared = batch.part(0, len(batch)).images(self._workspace)
        x = torch.from_numpy(prepared).to(self._device).permute(0, 3, 1, 2)
        return x.contiguous(memory_format=self._order)

    def _averaged(self) -> list[torch.Tensor]:
        """Weights and running statistics."""
        return [v.detach() for v in self._module.state_dict().values() if v.is_floating_point()]


def whole_steps(session: Session, modes: Mapping[str, Mode]) -> dict[str, Step]:
    """The next step of a run at its beginning, and of the same in PyTorch's modes."""
    recipes = {name: Recipe(session, mode=mode) for name, mode in modes.items()}
    steps = {name: partial(_next, recipe, count()) for name, recipe in recipes.items()}
    return {"cnn": Trainer(session, Progress(quiet=True)).step, **steps}


def _next(recipe: Recipe, numbers: Iterator[int]) -> None:
    recipe.step(next(numbers))


def opened(config: Path, overrides: Iterable[str], threads: int = 1) -> Session:
    """A run at its beginning."""
    checked = check(config, [*overrides, f"train.threads={threads}"], needs_data=True)
    spec, graph = checked.trainable()
    dataset = load_images(spec, download=False, notify=print)
    return Session.open(spec, graph, dataset, RunDirectory(RUNS / spec.name))


def main() -> None:
    """Reads the options and trains."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.recipe", description=__doc__)
    parser.add_argument("config", type=Path)
    parser.add_argument("--set", action="append", default=[])
    parser.add_argument("--max-steps", type=int)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--device", default="cpu")
    given = parser.parse_args()
    torch.set_num_threads(given.threads)
    began = time.perf_counter()
    session = opened(given.config, given.set)
    recipe, taken = Recipe(session, given.device), []
    last = min(given.max_steps or session.total_steps, session.total_steps)
    for number in range(last):
        start = time.perf_counter()
        recipe.step(number)
        taken.append(time.perf_counter() - start)
    step = median(taken)
    print(f"{last} steps, {step:.3f} s each: {step * session.total_steps / 60:.1f} min for all")
    if last == session.total_steps:
        accuracy = recipe.accuracy()
        print(f"accuracy {accuracy:.4f}, {(time.perf_counter() - began) / 60:.1f} min altogether")


if __name__ == "__main__":
    main()

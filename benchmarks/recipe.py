"""A configuration trained by PyTorch: the same images, weights at the start, rates and rules.

`python -m benchmarks.recipe CONFIG [--set KEY=VALUE]... [--max-steps N]` prints how long the steps
took in channels_last, and at the end of a run the accuracy on the test set.
"""

import argparse
import time
from pathlib import Path
from statistics import median

import torch

from cnncli.data.batches import Batches
from cnncli.data.views import View
from cnncli.kernels.workspace import Workspace
from cnncli.spec.averages import Lookahead
from cnncli.spec.load import load
from cnncli.spec.optimizers import Sgd
from cnncli.spec.train import Softmax
from cnncli.training.preparation import images, trainable_graph
from cnncli.training.run_directory import RUNS, RunDirectory
from cnncli.training.schedules import learning_rate
from cnncli.training.session import Session, views_for

from .translation import Translation


class Recipe:
    """One run. Raises ValueError for what it can not translate."""

    def __init__(self, session: Session) -> None:
        self._session, self._train = session, session.spec.train
        self._module = Translation(session.engine.graph, session.engine)
        self._module.to(memory_format=torch.channels_last)
        optimizer, loss = self._train.optimizer, self._train.loss
        if not isinstance(optimizer, Sgd) or not isinstance(loss, Softmax):
            raise ValueError("only SGD and the softmax loss are translated")
        names = list(session.treatments.of_arrays)
        self._arrays = dict(zip(names, self._module.parameters(), strict=True))
        self._rule = torch.optim.SGD(
            [{"params": [array], "name": name} for name, array in self._arrays.items()],
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
        rate = learning_rate(train.schedule, train.optimizer.lr, number, steps, session.total_steps)
        for group in self._rule.param_groups:
            how = session.treatments.of_arrays[group["name"]]
            group["lr"], group["weight_decay"] = rate * how.lr, how.weight_decay
            self._arrays[group["name"]].requires_grad_(how.is_trained(number / steps))
        batch = session.train.batch(*divmod(number, steps))
        x = self._tensor(session.train, number // steps, number % steps)
        self._module.train()
        self._rule.zero_grad(set_to_none=True)
        self._loss(self._module(x), torch.tensor(batch.labels)).backward()
        self._rule.step()
        if isinstance(train.average, Lookahead) and (number + 1) % train.average.every == 0:
            done = (number + 1) / session.total_steps
            keep = (1 - train.average.alpha) * done**train.average.rise
            with torch.no_grad():
                for value, slow in zip(self._averaged(), self._slow, strict=True):
                    slow.lerp_(value, 1 - keep)
                    value.copy_(slow)

    def accuracy(self) -> float:
        """On the test set, in all views."""
        test, right, seen = self._session.test, 0, 0
        self._module.eval()
        for step in range(test.steps):
            labels = torch.tensor(test.batch(0, step).labels)
            with torch.no_grad():
                scores = sum(
                    view.weight * self._module(self._tensor(test, 0, step, view))
                    for view in views_for(self._session.spec)
                )
            right += int((scores.argmax(1) == labels).sum())
            seen += len(labels)
        return right / seen

    def _tensor(
        self, batches: Batches, epoch: int, step: int, view: View | None = None
    ) -> torch.Tensor:
        """(N, C, H, W) in channels_last, which is our order of memory."""
        batch = batches.batch(epoch, step, *([view] if view else []))
        prepared = batch.part(0, len(batch)).images(self._workspace)
        return torch.from_numpy(prepared).permute(0, 3, 1, 2)

    def _averaged(self) -> list[torch.Tensor]:
        """Weights and running statistics."""
        return [v.detach() for v in self._module.state_dict().values() if v.is_floating_point()]


def main() -> None:
    """Reads the options and trains."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.recipe", description=__doc__)
    parser.add_argument("config", type=Path)
    parser.add_argument("--set", action="append", default=[])
    parser.add_argument("--max-steps", type=int)
    parser.add_argument("--threads", type=int, default=2)
    given = parser.parse_args()
    torch.set_num_threads(given.threads)
    spec = load(given.config, given.set)
    graph = trainable_graph(spec, needs_data=True)
    began = time.perf_counter()
    dataset = images(spec, download=False, notify=print, progress=False, used=None)
    session = Session.open(spec, graph, dataset, RunDirectory(RUNS / spec.name))
    recipe, taken = Recipe(session), []
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

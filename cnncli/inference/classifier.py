"""A trained network, ready to look at images."""

from dataclasses import dataclass, field
from threading import Lock
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from cnncli.data.batches import Batches
from cnncli.data.pipeline import Pipeline
from cnncli.datasets.dataset import Split, Stored
from cnncli.datasets.problems import Notify
from cnncli.engine.engine import Engine
from cnncli.engine.parallel.world import ALONE, World
from cnncli.geometry import Volume
from cnncli.machine import available_threads
from cnncli.optim.losses import negative_log_softmax
from cnncli.training.evaluate import mean_scores
from cnncli.training.session import pipeline_for, views_for
from cnncli.training.storage.arrays import restore_network
from cnncli.training.storage.resume import SavedRun
from cnncli.transforms.views import AS_IT_IS, View


@dataclass(frozen=True)
class Classifier:
    """The network of a checkpoint, its average if it has one, and how it looks at images.

    Closing it ends the engine's threads.
    """

    saved: SavedRun
    engine: Engine
    pipeline: Pipeline
    views: tuple[View, ...]
    _turn: Lock = field(default_factory=Lock, repr=False, compare=False)
    """The engine computes in buffers of its own: threads that call `scores` take turns."""

    @classmethod
    def open(
        cls,
        saved: SavedRun,
        *,
        threads: int | None,
        plain: bool = False,
        notify: Notify,
        world: World = ALONE,
    ) -> Self:
        """threads: None: as many as in training, if they are there. plain: without data.views.

        world: of all ranks that compute the scores, each of them all.
        """
        path, checkpoint, spec, graph = saved
        train, most = spec.train, available_threads()
        engine = Engine(
            graph,
            threads=threads or min(train.threads or most, most),
            seed=train.seed,
            algorithms=checkpoint.algorithms,
            profile=checkpoint.profile,
            is_drawn=False,
            world=world,
            notify=notify,
        )
        restore_network(checkpoint, path, engine)
        views = (AS_IT_IS,) if plain else views_for(spec)
        return cls(saved, engine, pipeline_for(spec, checkpoint.data), views)

    @property
    def volume(self) -> Volume:
        """Of the images that the network takes."""
        return self.saved.graph.image

    @property
    def batch_size(self) -> int:
        return self.saved.spec.train.batch_size

    def batches(self, split: Split) -> Batches:
        """Images and labels in their order, as the network was evaluated in training."""
        seed = self.saved.spec.train.seed
        return Batches(split, self.pipeline, self.batch_size, seed, shuffle=False)

    def scores(self, images: Stored) -> NDArray[Any]:
        """The class scores (N, K), the mean over the views, of images (N, H, W, C).

        Raises what reading the images raises.
        """
        batches = self.batches(Split(images, np.zeros(len(images), np.int64)))
        with self._turn:
            found = [
                mean_scores(self.engine, batches, step, self.views)[0]
                for step in range(batches.steps)
            ]
        return np.concatenate(found)

    def close(self) -> None:
        self.engine.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()


def probabilities(scores: NDArray[Any]) -> NDArray[np.float64]:
    """The softmax (n, K) of class scores (n, K), whatever loss they were trained with."""
    with np.errstate(all="ignore"):  # of scores that are not finite, which is reported
        found: NDArray[np.float64] = np.exp(-negative_log_softmax(scores))
    return found

"""What a shard gets of a batch: images as they are stored, to prepare them itself."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from numpy import asarray, float32, int64
from numpy.typing import NDArray

from cnncli.datasets.dataset import Labels, Stored
from cnncli.kernels.workspace import Workspace
from cnncli.transforms.views import View

from .pipeline import Pipeline

Loss = Callable[[NDArray[Any], NDArray[int64]], tuple[float, NDArray[Any]]]
"""Scores (n, classes) and labels (n,) to the sum of the losses, and its gradient."""


@dataclass(frozen=True)
class Part:
    """Some images of a batch as they are stored, and how they are prepared.

    indices: the images' places in the split. epoch: of their augmentation; None: there is none,
    and `view` says how they are seen.
    """

    stored: Stored
    labels: Labels
    pipeline: Pipeline
    indices: NDArray[int64]
    epoch: int | None
    view: View

    def images(self, workspace: Workspace) -> NDArray[float32]:
        """The images prepared, (n, H, W, C)."""
        stored = asarray(self.stored)
        if self.epoch is None:
            return self.pipeline.plain(workspace, stored, self.view)
        return self.pipeline.train(workspace, stored, self.indices, self.epoch)

    def judged(self, loss: Loss, scores: NDArray[Any]) -> tuple[float, NDArray[Any]]:
        """The sum of the losses of the class scores, and its gradient."""
        return loss(scores, self.labels)

"""What the engine asks of a batch: parts for its shards, which prepare their images themselves."""

from dataclasses import dataclass
from typing import Any, Protocol

from numpy import int64
from numpy.typing import NDArray

from cnncli.kernels.workspace import Workspace
from cnncli.optim.losses import Loss


class Part(Protocol):
    """What a shard needs of a batch. It may be sent to another process."""

    @property
    def labels(self) -> NDArray[int64]:
        """The class of each image."""

    def images(self, workspace: Workspace) -> NDArray[Any]:
        """The images as the network gets them, (n, H, W, C)."""

    def loss_and_gradient(self, loss: Loss, scores: NDArray[Any]) -> tuple[float, NDArray[Any]]:
        """The sum of the losses of the class scores, and its gradient."""


class Batch(Protocol):
    """Images and their labels."""

    @property
    def labels(self) -> NDArray[int64]:
        """The class of each image."""

    def __len__(self) -> int:
        """The number of images."""

    def part(self, first: int, last: int) -> Part:
        """What a shard needs of images first to last - 1."""


@dataclass(frozen=True)
class Prepared:
    """A batch, or a part of one, whose images (n, H, W, C) are as the network gets them."""

    array: NDArray[Any]
    labels: NDArray[int64]

    def __len__(self) -> int:
        return len(self.labels)

    def part(self, first: int, last: int) -> "Prepared":
        return Prepared(self.array[first:last], self.labels[first:last])

    def images(self, workspace: Workspace) -> NDArray[Any]:
        return self.array

    def loss_and_gradient(self, loss: Loss, scores: NDArray[Any]) -> tuple[float, NDArray[Any]]:
        return loss(scores, self.labels)

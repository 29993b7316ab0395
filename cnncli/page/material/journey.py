"""Pictures on their way through a network: which ones, and what its layers make of them."""

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from heapq import nsmallest
from typing import Literal

import numpy as np

from cnncli.inference.classifier import probabilities
from cnncli.inference.layer_outputs import outputs
from cnncli.lazy import Array, Images
from cnncli.machine import available_threads
from cnncli.page.shrinking import shrink
from cnncli.training.storage.resume import SavedRun

from .selection import Selection

IMAGES = 6
"""Test images."""
WRONG = 2
"""Of them those that were taken for another class, if there are such."""
OWN = 6
"""Images of the reader's own."""
SIDE = 32
"""Numbers of a map across or down; of a larger one the means over blocks."""

Verdict = Literal["right", "wrong", "own"]


@dataclass(frozen=True)
class Journey:
    """numbers: of the pictures in the album. verdicts: of each.

    outputs: by layer, (n, h, w, K), shrunk. scores: of the classes, (n, classes).
    """

    numbers: Sequence[int]
    verdicts: Sequence[Verdict]
    outputs: dict[str, Array]
    scores: Array

    @property
    def probabilities(self) -> Array:
        """The softmax of the scores."""
        return probabilities(self.scores).astype(np.float32)


def travel(
    saved: SavedRun, images: Images, layers: Collection[str], threads: int | None
) -> tuple[dict[str, Array], Array]:
    """What those layers make of images (n, H, W, C), shrunk, and the class scores (n, K)."""

    def keep(name: str, y: Array) -> Array | None:
        with np.errstate(all="ignore"):  # of what is not finite, which is said
            return np.stack([shrink(each, SIDE) for each in y]) if name in layers else None

    return outputs(saved, images, keep, min(threads or available_threads(), len(images)))


def chosen_images(selection: Selection) -> list[tuple[int, Verdict]]:
    """Test images to look at: the right ones of as many classes as there is place for.

    And the wrong ones that the network was surest of.
    """
    wrong = selection.worst[:WRONG]
    right = nsmallest(IMAGES - len(wrong), _turns(selection))
    return [*((place, "right") for _, place in right), *((place, "wrong") for place in wrong)]


def _turns(selection: Selection) -> Iterator[tuple[int, int]]:
    """How many right ones of its class come before each right one, and its place."""
    seen: Counter[str] = Counter()
    for place, each in enumerate(selection.answers):
        if each.true == each.predicted:
            yield seen[each.true], place
            seen[each.true] += 1

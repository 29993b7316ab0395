"""What test images do to the channels of a trained network, found in one pass over them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from cnncli.data.batches import Batches
from cnncli.datasets.dataset import Split
from cnncli.datasets.problems import Notify
from cnncli.engine.engine import Engine
from cnncli.engine.execution_plan import PlannedNode
from cnncli.graph.costs.totals import totals
from cnncli.layers.base import Run
from cnncli.lazy import Array
from cnncli.machine import available_threads
from cnncli.training.session import pipeline_for
from cnncli.training.storage.arrays import restore_network
from cnncli.training.storage.resume import SavedRun

LOOKED_AT = 2_000
"""Images that are looked at."""
MACS = 30_000_000_000
"""Multiply-adds of a pass that takes about a second: for fewer, all images are looked at."""
BEST = 9
"""Images that are kept of each filter."""

Filters = Mapping[str, Sequence[int]]
"""Filters of some layers, by their numbers."""


class Peaks(NamedTuple):
    """Where k filters answer most, (k, n): the n best images of each, the best one first.

    images: places in the split. ys, xs: the largest number of the filter's map, (y, x), the first
    one where several are equal. values: that number.
    """

    images: NDArray[np.int64]
    ys: NDArray[np.int64]
    xs: NDArray[np.int64]
    values: Array


@dataclass(frozen=True)
class Observation:
    """images: that were looked at, as places in the split, ascending.

    active: by activation, such as a RELU: the share of images and places at which each channel is
    above zero, (K,). peaks: by layer, of its filters that were asked for, in their order.
    """

    images: NDArray[np.int64]
    active: Mapping[str, NDArray[np.float64]]
    peaks: Mapping[str, Peaks]


def observe(
    saved: SavedRun, split: Split, filters: Filters, *, threads: int | None, notify: Notify
) -> Observation:
    """One pass in evaluation mode, layer by layer as the file says.

    Where there are many images, some are looked at, evenly spread. threads: None: as many as in
    training, if they are there. Raises what reading the images raises.
    """
    path, checkpoint, spec, graph = saved
    train, most = spec.train, available_threads()
    places = spread(len(split.labels), totals(graph).macs)
    part = split.part(places)
    batches = Batches(part, pipeline_for(spec, checkpoint.data), train.batch_size, train.seed,
                      shuffle=False)  # fmt: skip
    watch = Watch(filters)
    with Engine(
        graph, threads=threads or min(train.threads or most, most), seed=train.seed,
        algorithms=checkpoint.algorithms, profile=checkpoint.profile, fork=False, probe=watch,
        as_written=True, is_drawn=False, notify=notify,
    ) as engine:  # fmt: skip
        restore_network(checkpoint, path, engine)
        for step in range(batches.steps):
            watch.first = batches.images_until(step)
            engine.scores(batches.batch(0, step))
    active = {
        node.name: watch.above[node.name] / (len(places) * node.out_shape.W * node.out_shape.H)
        for node in graph.nodes
        if node.name in watch.above
    }
    peaks = {
        name: found._replace(images=places[found.images]) for name, found in watch.peaks.items()
    }
    return Observation(places, active, peaks)


def spread(images: int, macs: int) -> NDArray[np.int64]:
    """The places of those to look at: few enough for time, or else half of them."""
    count = min(images, LOOKED_AT, max(images // 2, MACS // max(macs, 1), 1))
    return np.arange(count) * images // count


class Watch:
    """A probe that keeps counts and peaks; its threads work on parts of one batch.

    first: the place of the batch's first image.
    """

    def __init__(self, filters: Filters) -> None:
        self.first = 0
        self._filters = filters
        self._above: dict[tuple[str, int], NDArray[np.int64]] = {}
        self._peaks: dict[tuple[str, int], Peaks] = {}

    def __call__(self, node: PlannedNode) -> PlannedNode:
        name, counts, shown = node.name, node.node.layer.is_activation, self._filters.get(node.name)
        if not counts and not shown:
            return node

        def forward(run: Run, *arguments: Any) -> Any:
            y, cache = node.forward(run, *arguments)
            key = name, run.comm.rank
            if counts:
                self._above[key] = self._above.get(key, 0) + _above(y)
            if shown:
                place = self.first + int(run.positions[0])
                self._peaks[key] = _best(self._peaks.get(key), y, shown, place)
            return y, cache

        return replace(node, forward=forward)

    @property
    def above(self) -> dict[str, NDArray[np.int64]]:
        """How often each channel was above zero, (K,), by layer."""
        found: dict[str, NDArray[np.int64]] = {}
        for (name, _), above in self._above.items():
            found[name] = found.get(name, 0) + above
        return found

    @property
    def peaks(self) -> dict[str, Peaks]:
        """Those of all threads, by layer."""
        names = dict.fromkeys(name for name, _ in self._peaks)
        return {
            name: _sorted([found for (of, _), found in self._peaks.items() if of == name])
            for name in names
        }


def _above(y: Array) -> NDArray[np.int64]:
    found: NDArray[np.int64] = (y > 0).reshape(-1, y.shape[-1]).sum(axis=0)
    return found


def _best(kept: Peaks | None, y: Array, shown: Sequence[int], first: int) -> Peaks:
    """The peaks so far with those of a part, (n, H, W, K), of the images from `first` on."""
    n, _, W, K = y.shape
    flat = y.reshape(n, -1, K)
    largest = flat.max(axis=1)[:, shown].T
    order = (-largest).argsort(axis=1, kind="stable")[:, :BEST]
    values = np.take_along_axis(largest, order, axis=1)
    if kept is not None and kept.values.shape[1] == BEST:
        better = int((values > kept.values[:, -1:]).sum(axis=1).max())  # few, but at the beginning
        if not better:
            return kept
        order, values = order[:, :better], values[:, :better]
    maps = flat[order, :, np.asarray(shown)[:, np.newaxis]]
    ys, xs = np.divmod(maps.argmax(axis=2), W)
    found = Peaks(first + order, ys, xs, values)
    return found if kept is None else _sorted([kept, found])


def _sorted(several: Sequence[Peaks]) -> Peaks:
    """The best of them all; of equal ones the first image."""
    images, ys, xs, values = (np.concatenate(each, axis=1) for each in zip(*several, strict=True))
    order = np.lexsort((images, -values), axis=1)[:, :BEST]
    return Peaks(*(np.take_along_axis(each, order, axis=1) for each in (images, ys, xs, values)))

"""The weights that a run began with, computed anew."""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from cnncli.engine.initialization import initial_parameters
from cnncli.errors import CnncliError
from cnncli.graph.costs.totals import totals
from cnncli.training.storage.resume import SavedRun, open_start

DRAWABLE = 20_000_000
"""Parameters up to which they are drawn: it takes about a second."""


class Beginning(NamedTuple):
    """Arrays by their names, like `conv1.W`, as far as they are known; and what they are."""

    arrays: dict[str, NDArray[Any]]
    remark: str


def beginning(saved: SavedRun) -> Beginning:
    """What the seed gives, or what was taken over from the run that this one began with."""
    graph, spec = saved.graph, saved.spec
    if totals(graph).parameters > DRAWABLE:
        remark = (
            f"The start is left out: networks of more than {DRAWABLE:,} parameters take long "
            "to draw."
        )
        return Beginning({}, remark)
    arrays = dict(initial_parameters(graph, spec.train.seed, np.float32).views)
    remark = f"The start is computed anew from the seed {spec.train.seed}."
    of_images = [
        node.name for node in graph.nodes
        if any(p.init and p.init.name == "whitening" for p in node.params.values())
    ]  # fmt: skip
    for name in of_images:
        del arrays[f"{name}.W"]
        remark += f" That of {name} was made from training images, and is left out."
    if saved.checkpoint.start is None:
        return Beginning(arrays, remark)
    try:
        start = open_start(spec, graph)
    except CnncliError:
        start = None
    if start is None or start.sha256 != saved.checkpoint.start:
        remark = (
            "The start is left out: the run began with a trained network (train.start), which is "
            "not there any more."
        )
        return Beginning({}, remark)
    remark = (
        f"The run began with a trained network (train.start), from which "
        f"{len(start.arrays)} arrays were taken over: their start is what they were there. {remark}"
    )
    return Beginning(arrays | start.arrays, remark)

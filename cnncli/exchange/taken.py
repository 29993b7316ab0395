"""A network with its weights, as it is taken to other programs."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace

from cnncli.config.data import DataSpec
from cnncli.config.source_text.dump import dump
from cnncli.config.specification import Specification
from cnncli.data.channel_stats import ChannelStats, as_pixels
from cnncli.data.pipeline import Pipeline
from cnncli.engine.initialization import initial_parameters, initial_state
from cnncli.graph.network import Graph, Node
from cnncli.lazy import Array, np
from cnncli.training.storage.arrays import evaluated_arrays
from cnncli.training.storage.checkpoint import WHITE, DataUsed, is_of_files, white_of
from cnncli.training.storage.resume import SavedRun
from cnncli.version import __version__

CONFIGURATION, CLASSES, MEAN, STD = "configuration", "classes", "mean", "std"
TONES = "tones"
"""Facts that are read again when a model comes back."""


@dataclass(frozen=True)
class Taken:
    """A network, its arrays by names like `conv1.W`, and how it sees the bytes of an image.

    stats: by which it normalises them; None: it divides by 255. facts: what it is and where it
    comes from, by names, as text. classes: their names, where they are known.
    """

    graph: Graph
    arrays: Mapping[str, Array]
    stats: ChannelStats | None
    facts: Mapping[str, str]
    classes: tuple[str, ...] = ()

    @classmethod
    def of_run(cls, saved: SavedRun) -> "Taken":
        """A trained network: of an average of its weights that, as when it is judged."""
        path, checkpoint, spec, graph = saved
        data = checkpoint.data
        stats = ChannelStats(data.mean, data.std) if data.mean and data.std else None
        facts = {
            **_facts(spec, graph, stats, white_of(data.name, data.tones)),
            CLASSES: json.dumps(data.classes),
            "data": data.name if not data.stand_in_for else f"{data.name} for {data.stand_in_for}",
            "data_sha256": data.digest,
            **_tones(data),
            "step": str(checkpoint.progress.step),
        }
        return cls(graph, evaluated_arrays(checkpoint, path, graph), stats, facts, data.classes)

    @classmethod
    def of_configuration(cls, spec: Specification, graph: Graph) -> "Taken":
        """A network before its training; weights that need images start without them."""
        seed, stats = spec.train.seed, given_stats(spec.data, graph)
        arrays = {
            **initial_parameters(graph, seed, np.float32).views,
            **initial_state(graph, np.float32).views,
        }
        return cls(graph, arrays, stats, {**_facts(spec, graph, stats, WHITE), "step": "0"})

    @property
    def line(self) -> dict[str, Array]:
        """What becomes of a channel's bytes x: scale * x + shift, both (D,)."""
        D = self.graph.image.D
        numbers = Pipeline(self.stats, (), 0).line
        return {
            name: np.broadcast_to(each, D)
            for name, each in zip(("scale", "shift"), numbers, strict=True)
        }

    def of(self, node: Node) -> dict[str, Array]:
        """The arrays of a node by their short names."""
        names = (*node.params, *node.state)
        return {name: self.arrays[f"{node.name}.{name}"] for name in names}


def _facts(
    spec: Specification, graph: Graph, stats: ChannelStats | None, white: int
) -> dict[str, str]:
    how = spec.data.resize if spec.data else "stretch"
    normalisation = {MEAN: json.dumps(stats.mean), STD: json.dumps(stats.std)} if stats else {}
    return {
        "cnncli": __version__,
        CONFIGURATION: _configuration(spec, graph),
        "images": f"{graph.image}, 0 to {white}",
        "resize": f"not in the graph; images of another size: {how}",
        "seed": str(spec.train.seed),
        **normalisation,
    }


def _tones(data: DataUsed) -> dict[str, str]:
    """Which values pixels have, of a set that is not of image files."""
    if data.tones is None or is_of_files(data.name):
        return {}
    return {TONES: json.dumps(asdict(data.tones))}


def _configuration(spec: Specification, graph: Graph) -> str:
    """Complete, and without the paths of this machine."""
    if spec.data:
        spec = replace(spec, data=replace(spec.data, root=None))
    spec = replace(spec, train=replace(spec.train, start=None, threads=None))
    return dump(spec, [(node.name, node.layer) for node in graph.nodes])


def given_stats(data: DataSpec | None, graph: Graph) -> ChannelStats | None:
    """What the configuration says of mean and deviation; None: nothing, or not both."""
    if data is None or not data.normalise or data.mean is None or data.std is None:
        return None
    mean, std = (as_pixels(values, graph.image.D) for values in (data.mean, data.std))
    return ChannelStats(mean, std)

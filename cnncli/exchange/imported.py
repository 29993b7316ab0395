"""A network that another program has written, and the checkpoint that it becomes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from cnncli.bounds import MAX_MEAN, MAX_SCALE, MAX_STD
from cnncli.check.check import check_recorded
from cnncli.config.source_text.dump import dump, flow
from cnncli.config.specification import Specification
from cnncli.data.channel_stats import ChannelStats, as_pixels
from cnncli.datasets.formats.expansion import number_names
from cnncli.datasets.tones import Tones
from cnncli.engine.parameters import parameter_shapes, state_shapes
from cnncli.errors import DataError
from cnncli.graph.network import Graph
from cnncli.lazy import Array
from cnncli.problems import ConfigError
from cnncli.text import printable
from cnncli.training.state import Progress
from cnncli.training.storage.checkpoint import IMPORTED, Checkpoint, DataUsed

from .as_yaml.part import Part
from .as_yaml.texts import network_lines, section_lines


def is_possible(stats: ChannelStats, channels: int) -> bool:
    """Whether a checkpoint takes them, for so many channels."""
    mean, std = stats
    return (
        len(mean) == len(std) == channels
        and all(0 <= value <= MAX_MEAN for value in mean)
        and all(1 / MAX_SCALE <= value <= MAX_STD for value in std)
    )


@dataclass(frozen=True)
class Imported:
    """A network, its arrays by names like `conv1.W`, and what is known of its images.

    text: its configuration, as somebody would write it. digest: SHA-256 of the file that it comes
    from. classes: their names; None: numbers. stats: by which images are normalised; None: they are
    divided by 255. names: what the layers are called in that file, by their names here. tones:
    which values pixels have, if that is known.
    """

    text: str
    spec: Specification
    graph: Graph
    arrays: Mapping[str, Array]
    digest: str
    classes: tuple[str, ...] | None = None
    stats: ChannelStats | None = None
    names: Mapping[str, str] = field(default_factory=dict)
    tones: Tones | None = None

    @classmethod
    def of(
        cls,
        file: Path,
        parts: Sequence[Part],
        *,
        fold: bool,
        digest: str,
        spec: Specification | None = None,
        classes: tuple[str, ...] | None = None,
        stats: ChannelStats | None = None,
        tones: Tones | None = None,
    ) -> "Imported":
        """The network of these layers, whose text is written here.

        spec: what is known of data and training. fold: as `network_lines` takes it. Raises
        DataError where no configuration has such layers.
        """
        network = network_lines(parts, fold=fold, fit=spec.fit if spec else None)
        lines = [f"name: {flow(spec.name)}", *network, *section_lines(spec)] if spec else network
        text = "".join(f"{line}\n" for line in lines)
        try:
            spec, graph = check_recorded(text, file).network()
        except ConfigError as error:
            reason = error.problems[0].message.split("\n")[0]
            raise DataError(printable(f"{file}: is no network here: {reason}")) from None
        pairs = [*zip(parts, graph.nodes, strict=True)]
        arrays = {
            f"{node.name}.{name}": array
            for part, node in pairs
            for name, array in part.arrays.items()
        }
        names = {node.name: part.name for part, node in pairs}
        return cls(text, spec, graph, arrays, digest, classes, stats, names, tones)

    def normalised(self, mean: tuple[float, ...], std: tuple[float, ...]) -> "Imported":
        """It with these for its images, where white is 1; one number may stand for all channels."""
        D, spec = self.graph.image.D, self.spec
        if spec.data:
            data = replace(spec.data, normalise=True, mean=mean, std=std)
            spec = replace(spec, data=data)
        return replace(self, spec=spec, stats=ChannelStats(as_pixels(mean, D), as_pixels(std, D)))

    @property
    def checkpoint(self) -> Checkpoint:
        """It as a run would leave it that has ended: judged, used, and begun with."""
        graph = self.graph
        arrays = {
            f"{kind}/{name}": self.arrays[name]
            for kind, shapes in (
                ("parameters", parameter_shapes(graph)),
                ("state", state_shapes(graph)),
            )
            for name in shapes
        }
        mean, std = self.stats or (None, None)
        data = DataUsed(
            name=IMPORTED,
            digest=self.digest,
            stand_in_for=None,
            classes=self.classes or number_names(graph.classes),
            mean=mean,
            std=std,
            tones=self.tones,
        )
        config = dump(self.spec, [(node.name, node.layer) for node in graph.nodes])
        return Checkpoint(config, data, Progress(finished=True), arrays)

"""A network that is described in YAML, checked: `cnncli.Network`."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cnncli.check.check import check, check_text
from cnncli.check.result import Checked
from cnncli.config.source_text.dump import flow
from cnncli.config.specification import LayerSpec
from cnncli.errors import UsageError
from cnncli.geometry import Volume
from cnncli.graph.costs.totals import Totals, totals
from cnncli.graph.network import Node
from cnncli.problems import Problem, show_problems
from cnncli.report.hyperparameters import as_values
from cnncli.report.shapes.layer_table import report
from cnncli.text import ForeignPath

if TYPE_CHECKING:
    from .run import Run

Source = str | os.PathLike[str] | Mapping[str, Any]
Overrides = Mapping[str, Any] | Sequence[str]
"""Values by their paths, {"train.epochs": 5}, or texts as after --set."""


class Network:
    """A network, from a configuration file or a dictionary that is like one.

    What is wrong with it is in `problems`: looking at a network raises nothing. `set` gives values
    in the place of the file's, and `batch` the images of a step whose memory is counted.

    Raises UsageError for a value of `set` that is none, and no other error.
    """

    def __init__(self, source: Source, *, set: Overrides = (), batch: int | None = None) -> None:
        if isinstance(source, Mapping):
            self._take(_yaml(source), ForeignPath("network"), set, batch)
        else:
            self._take(None, ForeignPath(source), set, batch)

    @classmethod
    def parse(cls, text: str, *, set: Overrides = (), batch: int | None = None) -> Network:
        """From the text of a configuration, or from a pattern: `INPUT(32x32x3)-CONV-RELU-FC`."""
        network = cls.__new__(cls)
        is_pattern = text.lstrip()[:5].upper() == "INPUT"
        network._take(
            _yaml({"architecture": text}) if is_pattern else text,
            ForeignPath("network"),
            set,
            batch,
        )
        return network

    def _take(self, text: str | None, file: Path, set: Overrides, batch: int | None) -> None:
        self._text, self._file, self._batch = text, file, batch
        self._overrides = override_texts(set)
        self._checked = self.check()

    def check(self, more: Sequence[str] = (), *, needs_data: bool = False) -> Checked:
        """What is to be said of the network, with more values set; needs_data: to be trained."""
        overrides = [*self._overrides, *more]
        if self._text is None:
            return check(self._file, overrides, batch=self._batch, needs_data=needs_data)
        return check_text(
            self._text, self._file, overrides, batch=self._batch, needs_data=needs_data
        )

    @property
    def name(self) -> str:
        """The configuration's, or its file's."""
        return self._checked.spec.name if self._checked.spec else self._file.stem

    @property
    def problems(self) -> tuple[Problem, ...]:
        """All errors and warnings; each with `place`, `message`, `severity` and `fixes`."""
        return (*self._checked.problems, *self._checked.over)

    @property
    def valid(self) -> bool:
        """Whether there are no errors, and no limit of the file is exceeded."""
        return self._checked.valid and not self._checked.over

    @property
    def layers(self) -> dict[str, NetworkLayer]:
        """The layers by their names, in the order of the file."""
        spec = self._checked.spec
        return (
            {each.name: NetworkLayer(self._checked, each) for each in spec.layers} if spec else {}
        )

    @property
    def total(self) -> Totals:
        """Sums over all layers, for one image: parameters, macs, training_macs, activations.

        Raises ConfigError where the network has errors.
        """
        return totals(self._checked.network()[1])

    @property
    def memory(self) -> int:
        """Bytes that a training step takes. Raises ConfigError where the network has errors."""
        self._checked.network()
        assert self._checked.step
        return self._checked.step.memory.total

    def table(self, columns: Sequence[str] | None = None) -> str:
        """What `cnn shapes` prints; columns: their names."""
        return report(self._checked, columns)

    def train(
        self,
        *,
        out: str | os.PathLike[str] | None = None,
        set: Overrides = (),
        start: str | os.PathLike[str] | None = None,
        epochs: int | None = None,
        seed: int | None = None,
        threads: int | None = None,
        max_steps: int | None = None,
        resume: bool = False,
        download: bool = True,
        bar: bool = True,
    ) -> Run:
        """Trains the network as `cnn train` does, and returns its run.

        out: the run's directory; None: the next free runs/NAME-N. start: a run or a checkpoint to
        begin with, where arrays fit. set, start, epochs, seed, threads: in the place of the file's.
        max_steps: end after this step at the latest. resume: go on with `out`, or the newest run of
        that name. download: a published set may be fetched. bar: show a bar, in a terminal or a
        notebook; what else is to be known is a warning, or in the log "cnncli".

        Raises ConfigError, DataError, CheckpointError, DivergedError, WriteError, and Interrupted,
        after saving, where a signal such as Ctrl-C ended it: `resume` goes on from there.
        """
        from .training import train

        begin = os.fspath(start) if start is not None else None
        given = {"start.run": begin, "epochs": epochs, "seed": seed, "threads": threads}
        settings = {f"train.{key}": value for key, value in given.items() if value is not None}
        return train(
            self.check([*override_texts(set), *override_texts(settings)], needs_data=True),
            out=ForeignPath(out) if out is not None else None,
            max_steps=max_steps,
            resume=resume,
            download=download,
            bar=bar,
        )

    def __repr__(self) -> str:
        problems = show_problems(self.problems) if self.problems else ""
        return "\n\n".join(filter(None, (self.table(), problems)))

    def _repr_html_(self) -> str:
        """The table of `cnn shapes`, in a notebook."""
        return f"<pre>{escape(repr(self))}</pre>"


class NetworkLayer:
    """A layer of a network: what the file says of it, and what follows from that."""

    def __init__(self, checked: Checked, written: LayerSpec) -> None:
        self._checked, self._written = checked, written

    @property
    def name(self) -> str:
        return self._written.name

    @property
    def kind(self) -> str:
        """CONV, POOL and so on."""
        return self._written.kind

    @property
    def hyperparameters(self) -> dict[str, Any]:
        """By their names; those that the file leaves open are filled in."""
        node = self._node
        layer = node.layer if node else self._written.layer
        return dict(as_values(layer)) if layer else {}

    @property
    def input(self) -> tuple[Volume, ...] | None:
        """The volumes (W, H, D) that it reads; None where a problem hides them."""
        return self._node.in_shapes if self._node else None

    @property
    def output(self) -> Volume | None:
        """Its volume (W, H, D); None where a problem hides it."""
        return self._node.out_shape if self._node else None

    @property
    def parameters(self) -> int | None:
        """How many numbers are trained; None where a problem hides it."""
        return self._node.parameters if self._node else None

    @property
    def macs(self) -> int | None:
        """Multiply-adds for one image; None where a problem hides it."""
        return self._node.cost.macs if self._node else None

    def explain(self) -> str:
        """What `cnn shapes --explain` prints: formulas with their numbers."""
        from cnncli.report.shapes.explain import explain

        spec, graph = self._checked.spec, self._checked.graph
        assert spec is not None
        assert graph is not None
        return explain(spec, graph, self.name)

    @property
    def _node(self) -> Node | None:
        graph = self._checked.graph
        return graph.by_name.get(self.name) if graph and self.name not in graph.unknown else None

    def __repr__(self) -> str:
        return f"{self.name}: {self.kind} {flow(self.hyperparameters)} -> {self.output or '?'}"


def override_texts(values: Overrides) -> list[str]:
    """Values by their paths as texts that `--set` takes."""
    if not isinstance(values, Mapping):
        return list(values)
    return [f"{key}={'null' if value is None else flow(value)}" for key, value in values.items()]


def _yaml(configuration: Mapping[str, Any]) -> str:
    """The text of a configuration. Raises UsageError for values that YAML has no form for."""
    import yaml

    try:
        text: str = yaml.safe_dump(dict(configuration), sort_keys=False, allow_unicode=True)
    except yaml.YAMLError as error:
        raise UsageError(f"the dictionary holds what YAML has no form for: {error}") from None
    return text

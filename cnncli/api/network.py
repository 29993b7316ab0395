"""A network that is described in YAML, checked: `cnncli.Network`."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cnncli.check.check import check, check_text
from cnncli.check.result import Checked
from cnncli.config.load import load, load_text
from cnncli.config.specification import Override
from cnncli.graph.costs.totals import Totals, totals
from cnncli.graph.network import Graph
from cnncli.problems import Problem, show_problems
from cnncli.report.shapes.columns import select_columns
from cnncli.report.shapes.layer_table import report
from cnncli.text import ForeignPath

from .arguments import check_count
from .network_layer import NetworkLayer
from .plain_values import Overrides, override_texts, yaml_text

if TYPE_CHECKING:
    from cnncli.engine.differences.every_layer import Finding
    from cnncli.report.progress import Progress
    from cnncli.training.tools.launch import Result

    from .gradient_check import GradientCheck
    from .run import Run

Source = str | os.PathLike[str] | Mapping[str, Any]


class Network:
    """A network, from a configuration file or a dictionary that is like one.

    What is wrong with it is in `problems`: looking at a network raises nothing. `set` gives values
    in the place of the file's, and `batch` the images of a step whose memory is counted.

    Raises UsageError for a value of `set` that is none, or a batch of no images; no other error.
    """

    def __init__(self, source: Source, *, set: Overrides = (), batch: int | None = None) -> None:
        if isinstance(source, Mapping):
            self._take(yaml_text(source), ForeignPath("network"), set, batch)
        else:
            self._take(None, ForeignPath(source), set, batch)
        _ = self.checked

    @classmethod
    def unchecked(cls, file: Path, overrides: Sequence[str]) -> Network:
        """Of a file that is read when something is asked of the network, as training does."""
        network = cls.__new__(cls)
        network._take(None, file, overrides, None)
        return network

    @classmethod
    def parse(cls, text: str, *, set: Overrides = (), batch: int | None = None) -> Network:
        """From the text of a configuration, or from a pattern: `INPUT(32x32x3)-CONV-RELU-FC`."""
        network = cls.__new__(cls)
        is_pattern = text.lstrip()[:5].upper() == "INPUT"
        network._take(
            yaml_text({"architecture": text}) if is_pattern else text,
            ForeignPath("network"),
            set,
            batch,
        )
        _ = network.checked
        return network

    def _take(self, text: str | None, file: Path, set: Overrides, batch: int | None) -> None:
        check_count("batch", batch)
        self._text, self._file, self._batch = text, file, batch
        self._overrides = override_texts(set)

    @cached_property
    def checked(self) -> Checked:
        """What was found in the configuration, from which everything else here follows."""
        return self.check()

    def check(
        self,
        more: Sequence[str] = (),
        *,
        earlier: Sequence[Override] = (),
        needs_data: bool = False,
    ) -> Checked:
        """What is to be said of the network with more values set.

        earlier: what a run's former commands have set. needs_data: it is to be trained.
        """
        overrides: list[str | Override] = [*earlier, *self._overrides, *more]
        if self._text is None:
            return check(self._file, overrides, batch=self._batch, needs_data=needs_data)
        return check_text(
            self._text, self._file, overrides, batch=self._batch, needs_data=needs_data
        )

    def written_name(self, more: Sequence[str] = ()) -> str:
        """The name with more values set, of a configuration that need not be right otherwise.

        Raises UsageError and ConfigError where it cannot be read.
        """
        overrides = [*self._overrides, *more]
        if self._text is None:
            return load(self._file, overrides).name
        return load_text(self._text, self._file, overrides).name

    @property
    def name(self) -> str:
        """The configuration's, or its file's."""
        return self.checked.spec.name if self.checked.spec else self._file.stem

    @property
    def problems(self) -> tuple[Problem, ...]:
        """All errors and warnings; each with `place`, `message`, `severity` and `fixes`."""
        return (*self.checked.problems, *self.checked.over)

    @property
    def valid(self) -> bool:
        """Whether there are no errors, and no limit of the file is exceeded."""
        return self.checked.valid and not self.checked.over

    @property
    def layers(self) -> dict[str, NetworkLayer]:
        """The layers by their names, in the order of the file."""
        spec = self.checked.spec
        return {each.name: NetworkLayer(self.checked, each) for each in spec.layers} if spec else {}

    @property
    def graph(self) -> Graph:
        """The layers with their shapes. Raises ConfigError where the network has errors."""
        return self.checked.network()[1]

    @property
    def total(self) -> Totals:
        """Sums over all layers, for one image: parameters, macs, training_macs, activations.

        Raises ConfigError where the network has errors.
        """
        return totals(self.graph)

    @property
    def memory(self) -> int:
        """Bytes that a training step takes. Raises ConfigError where the network has errors."""
        self.checked.network()
        assert self.checked.step
        return self.checked.step.memory.total

    def table(self, columns: Sequence[str] | None = None) -> str:
        """What `cnn shapes` prints; columns: their names. Raises UsageError for unknown ones."""
        names = select_columns(",".join(columns)) if columns else None
        return str.__str__(report(self.checked, names))  # a plain one, which can be pickled

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
        report: bool = False,
        bar: bool = True,
    ) -> Run:
        """Trains the network as `cnn train` does, and returns its run.

        out: the run's directory; None: the next free runs/NAME-N. start: a run or a checkpoint to
        begin with, where arrays fit. set, start, epochs, seed, threads: in the place of the file's.
        max_steps: end after this step at the latest. resume: go on with `out`, or the newest run of
        that name. download: a published set may be fetched. report: write a page about the run,
        report.html, while it trains and at the end. bar: show a bar, in a terminal or a notebook;
        what else is to be known is a warning, or in the log "cnncli".

        Raises UsageError, ConfigError, DataError, CheckpointError, DivergedError, WriteError, and
        Interrupted, after saving, where a signal such as Ctrl-C ended it: `resume` goes on from
        there.
        """
        from .notices import Notices, warn_of_copies
        from .run import Run

        check_count("max_steps", max_steps)
        warn_of_copies()
        begin = os.fspath(start) if start is not None else None
        given = {"start.run": begin, "epochs": epochs, "seed": seed, "threads": threads}
        settings = {f"train.{key}": value for key, value in given.items() if value is not None}
        result = self.launch(
            Notices(bar=bar),
            [*override_texts(set), *override_texts(settings)],
            out=ForeignPath(out) if out is not None else None,
            max_steps=max_steps,
            resume=resume,
            download=download,
            report=report,
        )
        assert result.path, "only smoke runs keep none"
        return Run(result.path)

    def launch(
        self,
        progress: Progress,
        more: Sequence[str] = (),
        *,
        out: Path | None = None,
        max_steps: int | None = None,
        resume: bool = False,
        download: bool = True,
        smoke: bool = False,
        report: bool = False,
        judges: bool = True,
    ) -> Result:
        """What `train` does, and `cnn train`, shown by `progress`.

        smoke: a few steps of everything, on noise where the images are not there. judges: False
        where the test set is not read. Raises as `train` says.
        """
        from .training import train

        return train(
            self, progress, more, out=out, max_steps=max_steps, resume=resume, download=download,
            smoke=smoke, report=report, judges=judges,
        )  # fmt: skip

    def report(
        self,
        out: str | os.PathLike[str] | None = None,
        *,
        figures: str | os.PathLike[str] | None = None,
        force: bool = False,
    ) -> Path:
        """Writes the page that `cnn report` writes of a configuration, and returns where.

        out: by default NAME-report.html. figures: a folder that the drawings are written to.
        force: replace what is there, whatever it is. Raises ConfigError where the network has
        errors, UsageError where the file is no page of ours, and WriteError.
        """
        from cnncli.page.subject import Subject

        from .page import write

        self.checked.network()
        place = ForeignPath(out) if out is not None else ForeignPath(f"{self.name}-report.html")
        return write(Subject(self.checked), place, figures, force=force)

    def gradcheck(
        self,
        *,
        everything: bool = False,
        seed: int | None = None,
        each: Callable[[Finding], object] | None = None,
    ) -> GradientCheck:
        """Each layer's gradients, and the network's, beside central differences in float64.

        everything: all numbers of each array, else some. seed: in the place of the file's. each: is
        called with every finding as soon as it is there. Needs no images; raises ConfigError where
        the network has errors.
        """
        from .gradient_check import gradient_check

        settings = {} if seed is None else {"train.seed": seed}
        checked = self.check(override_texts(settings))
        return gradient_check(checked, everything=everything, each=each)

    def __repr__(self) -> str:
        problems = show_problems(self.problems) if self.problems else ""
        return "\n\n".join(filter(None, (self.table(), problems)))

    def _repr_html_(self) -> str:
        """The table of `cnn shapes`, in a notebook."""
        from html import escape

        return f"<pre>{escape(repr(self))}</pre>"

"""Training: from a network to a run, for `cnn train` and for Python."""

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from cnncli.check.result import Checked
from cnncli.config.specification import Override
from cnncli.errors import UsageError
from cnncli.report.progress import Progress
from cnncli.training.storage.directory import find
from cnncli.training.storage.earlier_overrides import earlier_overrides
from cnncli.training.tools.launch import Result, launch
from cnncli.training.tools.smoke import smoke_run


class Checkable(Protocol):
    """A network that can be checked with more values set."""

    def written_name(self, more: Sequence[str]) -> str:
        """As the configuration says, or its file."""

    def check(
        self, more: Sequence[str], *, earlier: Sequence[Override], needs_data: bool
    ) -> Checked:
        """What is to be said of it."""


def train(
    network: Checkable,
    progress: Progress,
    more: Sequence[str],
    *,
    out: Path | None,
    max_steps: int | None,
    resume: bool,
    download: bool,
    smoke: bool,
) -> Result:
    """Trains in the directory `out`; raises as `Network.train` says."""
    if max_steps is not None and max_steps < 1:
        raise UsageError(f"max_steps must be at least 1, found {max_steps}")
    directory = find(out, network.written_name(more)) if resume else None
    earlier = earlier_overrides(directory) if directory else ()
    checked = network.check(more, earlier=earlier, needs_data=not smoke)
    spec, graph = checked.trainable()
    for problem in checked.problems:
        progress.warn(f"warning: {problem}")
    if smoke:
        return smoke_run(spec, graph, out, progress)
    return launch(
        spec,
        graph,
        out,
        progress,
        directory=directory,
        resume=resume,
        max_steps=max_steps,
        download=download,
    )

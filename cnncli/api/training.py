"""Training: from a network to a run, for `cnn train` and for Python."""

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from cnncli.check.result import Checked
from cnncli.config.specification import Override
from cnncli.engine.parallel.world import here
from cnncli.page.under_way import NOT_WRITTEN, UnderWay
from cnncli.report.progress import Progress
from cnncli.training.storage.directory import RunDirectory, find
from cnncli.training.storage.earlier_overrides import earlier_overrides
from cnncli.training.storage.ranks_directory import for_all_ranks
from cnncli.training.tools.alike import check_programs
from cnncli.training.tools.launch import Result, launch
from cnncli.training.tools.smoke import smoke_run

from .run import Run


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
    report: bool = False,
) -> Result:
    """Trains in the directory `out`; raises as `Network.train` says.

    report: write a page meanwhile, and the whole one at the end.
    """
    world = here()
    check_programs(world, progress.warn)
    directory, checked = world.first(
        lambda: _check(network, more, out, resume=resume, needs_data=not smoke)
    )
    directory = for_all_ranks(lambda: directory)
    spec, graph = checked.trainable()
    for problem in checked.problems:
        progress.warn(f"warning: {problem}")
    if smoke:
        return smoke_run(spec, graph, out, progress)
    page = UnderWay(checked, progress) if report else None
    try:
        result = launch(
            spec,
            graph,
            out,
            progress,
            directory=directory,
            resume=resume,
            max_steps=max_steps,
            download=download,
            follow=page.follow if page and world.rank == 0 else None,
        )
    except BaseException:
        if page and world.rank == 0:
            page.finish()
        raise
    if report and result.path:
        path = result.path
        world.first(lambda: _write_page(path, progress))
    return result


def _check(
    network: Checkable, more: Sequence[str], out: Path | None, *, resume: bool, needs_data: bool
) -> tuple[RunDirectory | None, Checked]:
    """The directory of the run that is to go on, and what is to be said of the network for it."""
    directory = find(out, network.written_name(more)) if resume else None
    earlier = earlier_overrides(directory) if directory else ()
    return directory, network.check(more, earlier=earlier, needs_data=needs_data)


def _write_page(path: Path, progress: Progress) -> None:
    """The whole page of a run that has ended; whatever goes wrong, the run itself is saved."""
    try:
        written = Run(path, notify=progress.warn).report()
    except Exception as error:  # a fault of the page is none of the run's
        progress.warn(f"warning: {NOT_WRITTEN}: {error}")
    else:
        progress.say(f"report in {written}")

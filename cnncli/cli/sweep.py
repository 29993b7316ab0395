"""`cnn sweep`: trains a configuration with many values, and finds the best of them."""

from pathlib import Path

import click

from cnncli.errors import DivergedError, Interrupted, UsageError
from cnncli.report.progress import Progress
from cnncli.sweep.sweep_file import load_sweep
from cnncli.sweep.work.overview import sweep_json, sweep_text
from cnncli.sweep.work.plan_text import plan_text
from cnncli.sweep.work.shared_folder import SharedFolder
from cnncli.sweep.work.standing import check_same, standing, write_best
from cnncli.sweep.work.worker import Sweep
from cnncli.training.storage.directory import RUNS

from .echo import echo, notice_line, show
from .options import PATH, wide_option


@click.command()
@click.argument("file", metavar="SWEEP", type=PATH)
@click.option("--out", type=PATH, help="The sweep's folder; without it, runs/NAME.")
@click.option("--status", is_flag=True, help="Show how it stands, and train nothing.")
@click.option("--preview", is_flag=True, help="Check all trials, show the first; train nothing.")
@click.option("--json", "as_json", is_flag=True, help="The result as JSON.")
@click.option("--no-download", is_flag=True, help="Do not fetch a missing data set.")
@click.option("--quiet", is_flag=True, help="Say nothing but warnings and the result.")
@wide_option
def sweep(
    file: Path,
    out: Path | None,
    status: bool,
    preview: bool,
    as_json: bool,
    no_download: bool,
    quiet: bool,
) -> None:
    """Train the trials of SWEEP, and show which are the best.

    Any number of processes may run this command at once, on all machines that see the folder: each
    takes a free trial, goes on with one whose process has ended, and ends when all are done. Ctrl-C
    ends one process after the current step; the same command goes on. Trials are compared by images
    held out; the test set is not read.

    \b
    cnn sweep sweep.yaml
    cnn sweep sweep.yaml --out /shared/digits
    cnn sweep sweep.yaml --status
    cnn sweep sweep.yaml --preview
    """
    if preview and (status or as_json):
        raise UsageError(
            "--preview is of a sweep to come: it goes neither with --status nor --json"
        )
    spec = load_sweep(file)
    if preview:
        show(plan_text(spec))
        return
    folder = SharedFolder(out if out is not None else RUNS / spec.name)
    if not status:
        progress = Progress(quiet=quiet, bar=False, form=notice_line)
        worker = Sweep(spec, folder, progress, download=not no_download)
        try:
            worker.work()
        except Interrupted as error:
            again = "the same command goes on with it, here or on another machine"
            raise Interrupted(f"{error}; {again}", error.signal_number, error.run) from None
    found = standing(spec, folder)
    if status:
        check_same(spec, folder)
    else:
        write_best(found, folder)
    if as_json:
        echo(sweep_json(found))
    else:
        show(sweep_text(found))
    if found.is_complete and found.trials and found.best is None:
        raise DivergedError("no trial has a result: all have diverged or failed")

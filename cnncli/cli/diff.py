"""`cnn diff`: what is different between two networks."""

import os
import subprocess
from dataclasses import replace
from pathlib import Path

import click

from cnncli.check.check import check, check_text
from cnncli.check.result import Checked
from cnncli.config.source_text.source import decode
from cnncli.errors import UsageError
from cnncli.problems import ConfigError, show_problems
from cnncli.report.diff.compare import compare
from cnncli.report.diff.output import diff_json, diff_text

from .options import NAME


@click.command()
@click.argument("before", metavar="A", type=NAME)
@click.argument("after", metavar="B", type=NAME)
@click.option("--json", "as_json", is_flag=True, help="The difference as JSON.")
def diff(before: str, after: str, as_json: bool) -> None:
    """Compare the networks of two files, layer by layer.

    A file may be one of an earlier revision, REV:FILE, that git knows; FILE begins at the current
    directory. Layers are found again by their kind, hyperparameters, volumes and names. The exit
    status is 0 whether or not there is a difference, and 2 if a file has errors.

    \b
    cnn diff configs/vgg.yaml configs/vggbn.yaml
    cnn diff HEAD~1:configs/vgg.yaml configs/vgg.yaml
    """
    both = [_check(name) for name in (before, after)]
    if problems := [p for checked in both if not checked.valid for p in checked.problems]:
        click.echo(show_problems(problems), err=True)
        raise click.exceptions.Exit(UsageError.exit_status)
    comparison = compare(*both)
    click.echo(diff_json(comparison) if as_json else diff_text(comparison))


def _check(name: str) -> Checked:
    """A file, or one of an earlier revision, as `cnn shapes` checks it."""
    revision, colon, file = name.partition(":")
    if not colon or not file or os.path.exists(name):
        return check(Path(name))
    try:
        text = decode(_read(revision, file), name).text
    except ConfigError as error:
        return Checked(name, error.problems)
    checked = check_text(text, Path(file))
    problems = [
        replace(problem, place=replace(problem.place, file=name))
        if problem.place.file == file
        else problem
        for problem in checked.problems
    ]
    return replace(checked, file=name, problems=problems)


def _read(revision: str, file: str) -> bytes:
    """A file in a commit, a branch or a tag, as `git show REV:./file` gives it.

    An empty revision is what is staged; paths begin where one stands. Raises UsageError where
    git, the revision or the file in it is missing.
    """
    place = f"{revision}:{file}"
    if revision.startswith("-"):
        raise UsageError(f"{place}: a revision does not begin with '-'")
    path = os.path.relpath(file) if os.path.isabs(file) else file
    # `show` would list a directory; `cat-file blob` says that it is not a file
    command = ["git", "cat-file", "blob", f"{revision}:./{path}"]
    try:
        result = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            env={**os.environ, "LC_ALL": "C"},
            check=False,
        )
    except FileNotFoundError:
        message = "git is not installed, and there is no file of that name"
        raise UsageError(f"{place}: {message}") from None
    if result.returncode:
        reason = result.stderr.decode(errors="replace").strip().removeprefix("fatal: ")
        raise UsageError(f"{place}: git says: {reason.splitlines()[0] if reason else 'nothing'}")
    return result.stdout

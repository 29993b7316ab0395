"""`cnn diff`: what is different between two networks, or two runs."""

import os
import shlex
import subprocess
from dataclasses import replace
from functools import partial
from pathlib import Path

import click

from cnncli.check.check import check, check_text
from cnncli.check.result import Checked
from cnncli.config.source_text.source import Source, check_size, decode
from cnncli.errors import UsageError
from cnncli.problems import ConfigError
from cnncli.report.diff.compare import compare
from cnncli.report.diff.output import diff_json, diff_text
from cnncli.runs.comparison.comparison_output import runs_json, runs_text
from cnncli.runs.comparison.run_comparison import compare_runs, find_run, network_of
from cnncli.runs.run_record import RunRecord
from cnncli.text import ForeignPath, printable

from .completers import configurations
from .echo import echo, say, say_problems, show
from .options import NAME, wide_option
from .styles import networks

_SECONDS = 60
"""A large repository on a slow disk takes one."""
_FATAL = "fatal: "
_LACKS = ("promisor remote", "lazy fetching", "' not allowed")
"""Signs that git would have fetched: one of them alone where its own fetch ends before it does."""
_GIT = {
    "LC_ALL": "C",
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_ALLOW_PROTOCOL": "none",  # for a git before 2.44, which does not know the former
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_OPTIONAL_LOCKS": "0",
}
"""Nothing is fetched, asked or written. What the system's and the user's settings say stays."""


@click.command()
@click.argument("before", metavar="A", type=NAME, shell_complete=configurations)
@click.argument("after", metavar="B", type=NAME, shell_complete=configurations)
@click.option("--json", "as_json", is_flag=True, help="The difference as JSON.")
@wide_option
def diff(before: str, after: str, as_json: bool) -> None:
    """Compare the networks of two files, layer by layer, or two runs.

    A file may be one of an earlier revision, REV:FILE, that git knows; FILE begins at the current
    directory. Layers are found again by their kind, hyperparameters, volumes and names. Of two
    runs, or checkpoints, settings, environment and metrics are compared too; a run beside a file is
    its network. The exit status is 0 whether or not there is a difference, and 2 if a file has
    errors.

    \b
    cnn diff configs/vgg.yaml configs/vggbn.yaml
    cnn diff HEAD~1:configs/vgg.yaml configs/vgg.yaml
    cnn diff runs/digits-1 runs/digits-2
    cnn diff configs/digits.yaml runs/digits-1
    """
    runs = [_run(name) for name in (before, after)]
    if runs[0] and runs[1]:
        found = compare_runs(runs[0], runs[1])
        if as_json:
            echo(runs_json(found))
        else:
            show(runs_text(found), networks)
        return
    names = zip(runs, (before, after), strict=True)
    both = [network_of(run) if run else _check(name) for run, name in names]
    if problems := [p for checked in both if not checked.valid for p in checked.problems]:
        say_problems(problems)
        raise click.exceptions.Exit(UsageError.exit_status)
    comparison = compare(*both)
    if as_json:
        echo(diff_json(comparison))
    else:
        show(diff_text(comparison), networks)


def _run(name: str) -> RunRecord | None:
    """The run that is meant, if it is one, after what is damaged of it."""
    run = find_run(name)
    for problem in run.problems if run else ():
        say(f"warning: {problem}")
    return run


def _check(name: str) -> Checked:
    """A file, or one of an earlier revision, as `cnn shapes` checks it."""
    revision, colon, file = name.partition(":")
    if not colon or not file or os.path.exists(name):
        return check(ForeignPath(name))
    try:
        text = decode(_read(revision, file), name).text
    except ConfigError as error:
        return Checked(name, error.problems)
    checked = check_text(text, ForeignPath(file), read=partial(_read_named, revision))
    problems = [
        replace(problem, place=replace(problem.place, file=name))
        if problem.place.file == file
        else problem
        for problem in checked.problems
    ]
    return replace(checked, file=name, problems=problems)


def _read_named(revision: str, path: Path, folder: Path) -> Source:
    """A file of blocks at the revision, as `_read` gives it; links are none of git's files."""
    return decode(_read(revision, str(path)), f"{revision}:{path}")


def _read(revision: str, file: str) -> bytes:
    """A file in a commit, a branch or a tag, as `git show REV:./file` gives it.

    An empty revision is what is staged; paths begin where one stands. Raises UsageError where
    git, the revision or the file in it is missing, ConfigError where the file is too large.
    """
    place = f"{revision}:{file}"
    if revision.startswith("-"):
        raise UsageError(f"{printable(place)}: a revision does not begin with '-'")
    path = os.path.relpath(file) if os.path.isabs(file) else file
    asked = f"{revision}:./{path}"
    size = int(_ask_git("-s", asked, place))
    check_size(size, place)
    # `show` would list a directory; `cat-file blob` says that it is not a file
    return _ask_git("blob", asked, place)


def _ask_git(what: str, asked: str, place: str) -> bytes:
    """What `git cat-file` says of an object, which runs nothing that the folder's .git names.

    It knows no textconv, filters or hooks unless it is asked for them. Only an object that a
    partial clone has left at its origin would be fetched, by whatever program .git/config names
    for that. Raises UsageError where git gives nothing.
    """
    command = ["git", "--no-pager", "-c", "core.fsmonitor=false", "cat-file", what, asked]
    try:
        result = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            env=os.environ | _GIT,
            timeout=_SECONDS,
            check=False,
        )
    except FileNotFoundError:
        message = "git is not installed, and there is no file of that name"
        raise UsageError(f"{printable(place)}: {message}") from None
    except subprocess.TimeoutExpired:
        raise UsageError(f"{printable(place)}: git has not answered within {_SECONDS} s") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise UsageError(f"{printable(place)}: git cannot be asked: {reason}") from None
    if result.returncode:
        raise UsageError(f"{printable(place)}: git says: {_reason(result.stderr, asked)}")
    return result.stdout


def _reason(stderr: bytes, asked: str) -> str:
    """The first line in which git says why it ends."""
    lines = stderr.decode(errors="replace").strip().splitlines()
    fatal = next((line for line in lines if line.startswith(_FATAL)), next(iter(lines), "nothing"))
    reason = printable(fatal.removeprefix(_FATAL))
    if any(sign in line for line in lines for sign in _LACKS):
        reason += (
            f"; this partial clone does not hold the file, and cnn fetches nothing: "
            f"`git show {shlex.quote(printable(asked))}` does"
        )
    return reason

"""`cnn shapes --fix`: fixes written into the file itself."""

import os
import stat
from difflib import unified_diff
from pathlib import Path
from typing import NamedTuple

from cnncli.config.source_text.edit import apply_edit
from cnncli.config.source_text.line_ends import as_written, keep_line_ends, line_ends
from cnncli.config.source_text.source import read_source
from cnncli.errors import UsageError, WriteError
from cnncli.files import Notify, plain_file, reported, write_whole
from cnncli.problems import Fix, number_fixes
from cnncli.shipped.configurations import Shipped, find
from cnncli.text import printable

from .check import check_text
from .result import Checked


class Fixed(NamedTuple):
    """A file after its fixes: what is found in it now, and what was changed."""

    checked: Checked
    diff: str


def fix_file(file: Path, number: int | None, notify: Notify) -> Fixed:
    """Applies one fix by its number, or the first of every problem from the top.

    After each, the file is checked again. Comments and layout stay as they are, and so do line ends
    and the byte-order mark. notify: takes what the user must know of the file that was replaced.
    Raises UsageError for a number that no fix has, WriteError where the file cannot be written.
    """
    file = find(file)
    source = read_source(file)
    text, ends = source.text, line_ends(source.content)
    checked = check_text(text, file)

    def apply(fix: Fix) -> None:
        nonlocal text, ends, checked
        before, text = text, _apply(text, fix)
        ends = keep_line_ends(ends, before, text)
        checked = check_text(text, file)

    if number is not None:
        apply(_find_fix(checked, number))
    else:
        for _ in range(len(checked.problems)):
            fixes = (fix for problem in checked.problems for fix in problem.fixes)
            first = next((fix for fix in fixes if fix.edit), None)
            if first is None:
                break
            apply(first)
    if text != source.text:
        if isinstance(file, Shipped):
            remedy = f"copy {file.source}, and fix the copy"
            raise UsageError(f"{file}: comes with cnn and stays as it is; {remedy}")
        _check_writable(file)
        write_whole(file, as_written(text, ends, source.content), notify=notify)
    return Fixed(checked, _difference(file, source.text, text))


def _find_fix(checked: Checked, number: int) -> Fix:
    fixes = [fix for problem, _ in number_fixes(checked.problems) for fix in problem.fixes]
    if not 1 <= number <= len(fixes):
        known = f"they are numbered 1 to {len(fixes)}" if fixes else "there is none"
        raise UsageError(f"{printable(checked.file)}: there is no fix {number}; {known}")
    return fixes[number - 1]


def _apply(text: str, fix: Fix) -> str:
    if fix.edit is None:
        raise UsageError(f"{fix.change} would change every place that refers to the same anchor")
    return apply_edit(text, fix.edit)


def _check_writable(file: Path) -> None:
    """Raises WriteError where the file may not be written, which root could all the same."""
    with reported(file):
        found = plain_file(file)
    if found and not (found.st_mode & 0o222 and os.access(file, os.W_OK)):
        mode = stat.S_IMODE(found.st_mode)
        raise WriteError(
            f"{file}: may not be written (mode {mode:03o}, owned by user {found.st_uid}); "
            "chmod u+w allows it"
        )


def _difference(file: Path, before: str, after: str) -> str:
    lines = unified_diff(
        before.splitlines(), after.splitlines(), f"{file} (before)", f"{file}", lineterm="", n=1
    )
    return "\n".join(lines)

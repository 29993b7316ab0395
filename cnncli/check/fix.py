"""`cnn shapes --fix`: fixes written into the file itself."""

import os
from difflib import unified_diff
from pathlib import Path
from typing import NamedTuple

from cnncli.config.source_text.edit import apply_edit
from cnncli.config.source_text.source import read_source
from cnncli.errors import UsageError
from cnncli.files import write_whole
from cnncli.problems import Fix, number_fixes

from .check import check_text
from .result import Checked


class Fixed(NamedTuple):
    """A file after its fixes: what is found in it now, and what was changed."""

    checked: Checked
    diff: str


def fix_file(file: Path, number: int | None) -> Fixed:
    """Applies one fix by its number, or the first of every problem from the top.

    After each, the file is checked again. Comments and layout stay as they are. Raises UsageError
    for a number that no fix has, WriteError where the file cannot be written.
    """
    text = before = read_source(file).text
    checked = check_text(text, file)
    if number is not None:
        text = _apply(text, _find_fix(checked, number))
        checked = check_text(text, file)
    else:
        for _ in range(len(checked.problems)):
            fixes = (fix for problem in checked.problems for fix in problem.fixes)
            first = next((fix for fix in fixes if fix.edit), None)
            if first is None:
                break
            text = _apply(text, first)
            checked = check_text(text, file)
    if text != before:
        _write(file, text)
    return Fixed(checked, _difference(file, before, text))


def _find_fix(checked: Checked, number: int) -> Fix:
    fixes = [fix for problem, _ in number_fixes(checked.problems) for fix in problem.fixes]
    if not 1 <= number <= len(fixes):
        known = f"they are numbered 1 to {len(fixes)}" if fixes else "there is none"
        raise UsageError(f"{checked.file}: there is no fix {number}; {known}")
    return fixes[number - 1]


def _apply(text: str, fix: Fix) -> str:
    if fix.edit is None:
        raise UsageError(f"{fix.change} would change every place that refers to the same anchor")
    return apply_edit(text, fix.edit)


def _write(file: Path, text: str) -> None:
    """Writes with the line ends, and the byte-order mark, that the file has."""
    content = file.read_bytes()
    if b"\r\n" in content:
        text = text.replace("\n", "\r\n")
    encoded = text.encode("utf-8-sig" if content.startswith(b"\xef\xbb\xbf") else "utf-8")
    write_whole(Path(os.path.realpath(file)), encoded)


def _difference(file: Path, before: str, after: str) -> str:
    lines = unified_diff(
        before.splitlines(), after.splitlines(), f"{file} (before)", str(file), lineterm="", n=1
    )
    return "\n".join(lines)

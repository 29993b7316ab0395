"""`cnn shapes --fix`: fixes written into the file itself."""

import os
import stat
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import unified_diff
from pathlib import Path
from typing import NamedTuple

from cnncli.config.source_text.edit import apply_edit
from cnncli.config.source_text.line_ends import as_written, keep_line_ends, line_ends
from cnncli.config.source_text.source import Source, read_below, read_source
from cnncli.errors import UsageError, WriteError
from cnncli.files import Notify, plain_file, reported, write_whole
from cnncli.problems import Edit, Fix, number_fixes
from cnncli.shipped.configurations import Shipped, find
from cnncli.text import join_words, printable

from .check import check_text
from .result import Checked


class Fixed(NamedTuple):
    """A file after its fixes: what is found in it now, and what was changed."""

    checked: Checked
    diff: str


def fix_file(file: Path, number: int | None, notify: Notify) -> Fixed:
    """Applies one fix by its number, or the first of every problem from the top.

    After each, the file is checked again. A fix is written where the fault is, which may be a file
    of blocks; all files that change are written, or none. Comments and layout stay as they are, and
    so do line ends and the byte-order mark. notify: takes what the user must know of files that
    were replaced. Raises UsageError for a number that no fix has, WriteError where a file cannot be
    written.
    """
    file = find(file)
    texts = _Texts(file)
    checked = texts.check()
    if number is not None:
        texts.apply(_find_fix(checked, number))
        checked = texts.check()
    else:
        for _ in range(len(checked.problems)):
            fixes = (fix for problem in checked.problems for fix in problem.fixes)
            first = next((fix for fix in fixes if fix.edit), None)
            if first is None:
                break
            texts.apply(first)
            checked = texts.check()
    changed = texts.changed
    if changed and isinstance(file, Shipped):
        beside = [os.path.relpath(each, file.source.parent) for each in texts.others]
        what = f"{file.source} with its {join_words(beside)}" if beside else f"{file.source}"
        raise UsageError(
            f"{file}: comes with cnn and stays as it is; copy {what}, and fix the copy"
        )
    _write(changed, notify)
    return Fixed(checked, "\n".join(each.difference for each in changed))


@dataclass
class _Text:
    """What a file holds, with changes that are not written yet."""

    path: Path
    source: Source
    text: str
    ends: list[bytes]

    @classmethod
    def of(cls, path: Path, source: Source) -> "_Text":
        return cls(path, source, source.text, line_ends(source.content))

    def change(self, edit: Edit) -> None:
        before, self.text = self.text, apply_edit(self.text, edit)
        self.ends = keep_line_ends(self.ends, before, self.text)

    @property
    def content(self) -> bytes:
        return as_written(self.text, self.ends, self.source.content)

    @property
    def difference(self) -> str:
        before, after = self.source.text.splitlines(), self.text.splitlines()
        names = f"{self.path} (before)", f"{self.path}"
        return "\n".join(unified_diff(before, after, *names, lineterm="", n=1))


class _Texts:
    """Those of a configuration and of its files of blocks, by the name that an edit has of each."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._known = {"": _Text.of(file, read_source(file))}

    def check(self) -> Checked:
        """What is found with the changes."""
        return check_text(self._known[""].text, self._file, read=self._read)

    def _read(self, path: Path, folder: Path) -> Source:
        if str(path) not in self._known:
            self._known[str(path)] = _Text.of(path, read_below(path, folder))
        known = self._known[str(path)]
        return Source(known.text, str(path), content=known.source.content)

    def apply(self, fix: Fix) -> None:
        if fix.edit is None:
            raise UsageError(
                f"{fix.change} would change every place that refers to the same anchor"
            )
        edits = fix.edit._replace(also=()), *fix.edit.also
        for file in dict.fromkeys(edit.file for edit in edits):
            first, *others = (edit for edit in edits if edit.file == file)
            self._known[file].change(first._replace(also=tuple(others)))

    @property
    def changed(self) -> list[_Text]:
        return [each for each in self._known.values() if each.text != each.source.text]

    @property
    def others(self) -> list[Path]:
        """The files of blocks."""
        return [each.path for name, each in self._known.items() if name]


def _find_fix(checked: Checked, number: int) -> Fix:
    fixes = [fix for problem, _ in number_fixes(checked.problems) for fix in problem.fixes]
    if not 1 <= number <= len(fixes):
        known = f"they are numbered 1 to {len(fixes)}" if fixes else "there is none"
        raise UsageError(f"{printable(checked.file)}: there is no fix {number}; {known}")
    return fixes[number - 1]


def _write(changed: Sequence[_Text], notify: Notify) -> None:
    """Writes all files; where one cannot be written, those before it get back what they held."""
    for each in changed:
        _check_writable(each.path)
    written = []
    try:
        for each in changed:
            write_whole(each.path, each.content, notify=notify)
            written.append(each)
    except BaseException:
        for each in written:
            write_whole(each.path, each.source.content)
        raise


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

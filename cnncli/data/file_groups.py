"""Which files belong together, as views of one object do: by a pattern that finds parts of names.

A pattern may be anybody's, and one that repeats what is repeated can take longer than anybody
waits. So it is searched for in a process of its own, which is ended when it takes too long.
"""

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from cnncli.bounds import MAX_PATTERN_SECONDS
from cnncli.datasets.dataset import Parts
from cnncli.datasets.problems import section_problem, unreadable
from cnncli.text import count, join_words, show

from .draw import Integers

_SEARCH = """
import json, re, sys
pattern, names = json.load(sys.stdin)
found = map(re.compile(pattern).search, names)
json.dump([match and match[match.re.groups and 1] for match in found], sys.stdout)
"""


class FileGroups(NamedTuple):
    """The number of each file's group, (N,), and what is to be said of them, by its topic."""

    numbers: Integers
    remarks: dict[str, str]


def file_groups(pattern: str, parts: Parts, root: Path) -> FileGroups:
    """The groups of the files to train on.

    Those belong together in whose path below the root, with / between folders, the pattern finds
    the same text: that of its first group in brackets, or all that it matches. A file in whose path
    it finds none is a group alone. Raises ConfigError where images are in no files, the search
    takes too long, nothing is found, or all files are one group.
    """
    if not parts.files:
        raise section_problem("group", f"{root} holds pixels and no files; leave it out")
    files = parts.files["train"]
    folder = root if os.path.isdir(root) else root.parent
    names = [file.relative_to(folder).as_posix() for file in files]
    texts = _search(pattern, names)
    alone = texts.count(None)
    if alone == len(files):
        raise section_problem(
            "group",
            f"{show(pattern)} finds nothing in the paths of all {len(files):,} files, such as "
            f"{show(names[0])}; write one that finds what the files of an object share",
        )
    known: dict[str | int, int] = {}
    keys = [place if text is None else text for place, text in enumerate(texts)]
    numbers = np.array([known.setdefault(key, len(known)) for key in keys])
    if len(known) == 1:
        raise section_problem(
            "group",
            f"{show(pattern)} finds {show(texts[0])} in the paths of all {len(files):,} files, so "
            "that none can be held out; write one that tells objects apart",
        )
    remark = f"data.group: {count(len(files), 'file')} in {count(len(known), 'group')}"
    if alone:
        remark += f", {alone:,} of which are single files in whose paths it finds nothing"
    return FileGroups(numbers, {"group": remark} | _mixed_groups(numbers, keys, parts))


def _search(pattern: str, names: Sequence[str]) -> list[str | None]:
    """What the pattern finds in each name. Raises ConfigError if that takes too long, or fails."""
    try:
        result = subprocess.run(
            [sys.executable, "-I", "-c", _SEARCH],
            input=json.dumps([pattern, names]),
            capture_output=True,
            encoding="ascii",
            timeout=MAX_PATTERN_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        message = (
            f"{show(pattern)} takes more than {MAX_PATTERN_SECONDS} s to find in "
            f"{count(len(names), 'path')}; write one that repeats less"
        )
        raise section_problem("group", message) from None
    except OSError as error:
        raise unreadable(sys.executable, error) from None
    if result.returncode:
        message = f"the search for {show(pattern)} ended with status {result.returncode}"
        raise section_problem("group", f"{message}; write a shorter one")
    found: list[str | None] = json.loads(result.stdout)
    return found


def _mixed_groups(numbers: Integers, keys: Sequence[str | int], parts: Parts) -> dict[str, str]:
    """A warning of groups that are of several classes."""
    labels, classes = parts.train.labels, len(parts.classes)
    pairs = np.unique(numbers * classes + labels)
    several = np.flatnonzero(np.bincount(pairs // classes) > 1)
    if not len(several):
        return {}
    first = several[0]
    names = join_words(parts.classes[k] for k in pairs[pairs // classes == first] % classes)
    text = keys[int(np.argmax(numbers == first))]
    are = "group is" if len(several) == 1 else "groups are"
    return {
        "groups": f"warning: data.group: {len(several):,} {are} of several classes, the first "
        f"{show(text)} ({names}); each stays together. If these are different objects, let the "
        "pattern find the class too"
    }

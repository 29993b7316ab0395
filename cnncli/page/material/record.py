"""What run.json says of how a run was made, whoever wrote it; without paths."""

import json
import re
import shlex
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any

from cnncli.bounds import MAX_RUN_BYTES
from cnncli.errors import CnncliError
from cnncli.files import plain_file
from cnncli.page.subject import Subject
from cnncli.shipped.configurations import SUFFIX, names
from cnncli.text import printable, short
from cnncli.training.storage.directory import RunDirectory
from cnncli.training.storage.earlier_overrides import earlier_overrides

_SHOWN = 200
"""Characters of a value that is shown."""
_CUT = "…"
_SEPARATOR = re.compile(r"[/\\]")


def about(directory: RunDirectory | None) -> Mapping[str, Any]:
    """The values of run.json; none where it is missing, damaged or too large."""
    if directory is None:
        return {}
    with suppress(OSError, ValueError, RecursionError, CnncliError):
        if plain_file(directory.about) is not None:
            with open(directory.about, "rb") as file:
                content = file.read(MAX_RUN_BYTES + 1)
            found = json.loads(content) if len(content) <= MAX_RUN_BYTES else None
            return found if isinstance(found, dict) else {}
    return {}


def told(values: object, *keys: str) -> str:
    """The text or number below these keys, as one line; empty where there is none."""
    for key in keys:
        values = values.get(key) if isinstance(values, Mapping) else None
    if isinstance(values, bool) or not isinstance(values, str | int | float):
        return ""
    with suppress(ValueError):  # an integer of thousands of digits
        return short(printable(values), _SHOWN)
    return ""


def command(subject: Subject, name: str = "train") -> str:
    """What repeats the run, or trains the configuration: no path, nor who it was, is in it.

    name: of another command on the same configuration.
    """
    settings = [word for text in _settings(subject) for word in ("--set", text)]
    threads = subject.spec.train.threads
    if subject.directory and threads and not _sets_threads(settings):
        settings += ["--threads", str(threads)]
    flags = _flags(subject) if name == "train" else ()
    return shlex.join(["cnn", name, configuration(subject), *settings, *flags])


def _flags(subject: Subject) -> Iterator[str]:
    """What ended the run early, which is none of its configuration's values."""
    words = about(subject.directory).get("command")
    words = [str(word) for word in words] if isinstance(words, list) else []
    if "--smoke" in words:
        yield "--smoke"
    for place, word in enumerate(words):
        _, _, steps = word.partition("=")
        steps = words[place + 1] if word == "--max-steps" and words[place + 1 :] else steps
        if word.split("=")[0] == "--max-steps" and steps.isdecimal():
            yield from ("--max-steps", steps)


def configuration(subject: Subject) -> str:
    """The configuration as it is called after a command."""
    return subject.name if subject.name in names() else f"{subject.name}{SUFFIX}"


def is_known(subject: Subject) -> bool:
    """Whether it is known what the commands of the run have set; without a run it is."""
    if subject.directory is None:
        return True
    with suppress(CnncliError):
        earlier_overrides(subject.directory)
        return isinstance(about(subject.directory).get("overrides"), list)
    return False


def _settings(subject: Subject) -> Iterator[str]:
    """What was set in place of the file's values, but for where the images are."""
    overrides = subject.spec.overrides
    if subject.directory:
        overrides = ()
        with suppress(CnncliError):
            overrides = tuple(earlier_overrides(subject.directory))
    for override in overrides:
        key, _, value = override.text.partition("=")
        if key.strip() != "data.root":
            yield f"{printable(key)}={without_folders(printable(value))}"


def without_folders(value: str) -> str:
    """A value as it is, or of a path its last name; `…` where that cannot be told from others."""
    if "~" not in value and not _SEPARATOR.search(value):
        return value
    is_plain = not re.search(r"[\[\]{},:]", re.sub(r"^\s*[A-Za-z]:(?=[/\\])", "", value))
    last = _SEPARATOR.split(value.strip(" \"'").rstrip("/\\"))[-1]
    return last if is_plain and last and "~" not in last else _CUT


def _sets_threads(settings: Sequence[str]) -> bool:
    return any(text.startswith("train.threads=") for text in settings)

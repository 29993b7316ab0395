"""The runs below a folder."""

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from cnncli.bounds import MAX_RUN_ENTRIES
from cnncli.errors import UsageError
from cnncli.text import ForeignPath, natural

from .run_record import RunRecord
from .settings import Value

Row = Mapping[str, Value]

_SIGNS = {"run.json", "metrics.jsonl", *(f"{n}.safetensors" for n in ("last", "previous", "best"))}
_BEGUN = {"config.yaml", ".lock"}
"""Of a run by a version that began with the former."""


@dataclass
class _Search:
    """Goes through folders. A link is followed to a run alone, so that no way leads into a loop."""

    folder: Path
    places: list[str] = field(default_factory=list)
    links: list[str] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    left: int = field(default_factory=lambda: MAX_RUN_ENTRIES)

    def go(self) -> None:
        """Finds `places` and `links` of runs; `remarks` has what was not looked into."""
        waiting = [os.fspath(self.folder)]
        while waiting and self.left > 0:
            place = waiting.pop()
            try:
                with os.scandir(place) as entries:
                    waiting += self._look(place, entries)
            except OSError as error:
                self._say(place, f"cannot be read: {error.strerror}")
        if self.left <= 0:
            most = f"{MAX_RUN_ENTRIES:,} files and folders"
            self._say(self.folder, f"more than {most} are below it; --in names a folder in it")

    def _look(self, place: str, entries: "Iterator[os.DirEntry[str]]") -> list[str]:
        names: set[str] = set()
        inside: list[str] = []
        for entry in entries:
            self.left -= 1
            if self.left <= 0:
                break
            if entry.is_dir(follow_symlinks=False):
                inside += [entry.path] if entry.name[0] != "." else []
            elif entry.is_symlink() and os.path.isdir(entry.path) and entry.name[0] != ".":
                self._follow(entry.path)
            names |= {entry.name} & (_SIGNS | _BEGUN)
        if _is_run(names):
            self.places.append(place)
        return inside

    def _follow(self, link: str) -> None:
        if holds_run(link):
            self.links.append(link)
        else:
            self._say(link, "is a link to a folder, which is not looked into; --in can name it")

    def _say(self, place: str | Path, what: str) -> None:
        self.remarks.append(f"{ForeignPath(place)}: {what}")


def holds_run(folder: str | Path) -> bool:
    """Whether files are there that a run leaves in its directory."""
    return _is_run(
        {name for name in _SIGNS | _BEGUN if os.path.lexists(os.path.join(folder, name))}
    )


def _is_run(names: set[str]) -> bool:
    return bool(names & _SIGNS) or names >= _BEGUN


@dataclass(frozen=True)
class Collection:
    """A row of figures and settings for each run, in the order of their names.

    remarks: what was not looked into, and what is damaged, a line each.
    """

    folder: Path
    rows: Sequence[Row]
    remarks: Sequence[str]

    @classmethod
    def below(cls, folder: Path) -> "Collection":
        """All runs at any depth. A directory with several names is there once.

        Raises UsageError where the folder is none.
        """
        if not os.path.isdir(folder):
            what = "is no folder" if os.path.lexists(folder) else "there is no such folder"
            raise UsageError(
                f"{folder}: {what}; `cnn train` makes runs/ with its first run, and --in names "
                "another folder"
            )
        search = _Search(folder)
        search.go()
        places = search.places
        if search.links:
            known = set(map(os.path.realpath, places))
            for link in sorted(search.links):
                real = os.path.realpath(link)
                places += [link] if real not in known else []
                known.add(real)
        names = {place: os.path.relpath(place, folder).replace(os.sep, "/") for place in places}
        rows, problems = [], []
        for place in sorted(places, key=lambda place: natural(names[place])):
            run = RunRecord.read(ForeignPath(place), names[place])
            rows.append(run.row())
            problems += run.problems
        return cls(folder, rows, (*search.remarks, *problems))

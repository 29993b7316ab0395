"""`blocks: {from: PATH}`: blocks that are written in other files, beside the file's own."""

import os
from dataclasses import dataclass, field
from pathlib import Path as FilePath
from typing import Any, NoReturn

from cnncli.bounds import MAX_BLOCK_FILES, MAX_BYTES
from cnncli.config.source_text.budget import Budget
from cnncli.config.source_text.document import Document
from cnncli.config.source_text.source import Read, path_below
from cnncli.config.source_text.values import parse
from cnncli.errors import UsageError
from cnncli.problems import ConfigError, Path, Place
from cnncli.text import ForeignPath, show

from .blocks import EXAMPLE, FROM, SECTION

_PATH: Path = (SECTION, FROM)


def add_block_files(
    document: Document, file: FilePath, read: Read, budget: Budget
) -> dict[str, str]:
    """Puts the blocks of the files that the document names beside its own, where they stand there.

    file: where the document lies, to whose folder its paths are relative. budget: of the YAML of
    all files. Returns the text of each file. Two blocks of one name are reported. Raises
    ConfigError, with every error found, where a file cannot be read.
    """
    section = document.value.get(SECTION)
    own = section if isinstance(section, dict) else {}
    places = {name.lower(): document.key_place((SECTION, name)) for name in own}
    files = _BlockFiles(document, read, budget, places)
    files.follow(document, file, (document.source.file,))
    return files.texts


@dataclass
class _BlockFiles:
    """What is known while files are read, each of which may name others."""

    document: Document
    """That which takes the blocks."""
    read: Read
    budget: Budget
    places: dict[str, Place]
    """Where each block stands, by its name in small letters."""
    texts: dict[str, str] = field(default_factory=dict)
    ways: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """Which files name each file, by its real path: the first, and the others down to itself."""
    size: int = 0
    """Bytes of all files."""

    def follow(self, document: Document, file: FilePath, way: tuple[str, ...]) -> None:
        """Takes the blocks of the files that a document names, and of those that they name."""
        self.ways[os.path.realpath(file)] = way
        self.size += len(document.source.content)
        section = document.value.get(SECTION)
        if not isinstance(section, dict) or FROM not in section:
            return
        named = section.pop(FROM)
        if named == []:
            self._end(document, _PATH, "from is empty; name a file with blocks, or leave it out")
        for i, name in enumerate(named if isinstance(named, list) else [named]):
            where = (*_PATH, i) if isinstance(named, list) else _PATH
            self._add(document, where, name, file.parent, way)

    def _add(
        self, document: Document, where: Path, name: Any, folder: FilePath, way: tuple[str, ...]
    ) -> None:
        """Takes the blocks of one file, which the document names."""
        if not isinstance(name, str):
            message = "from takes the path of a file with blocks, or a list of paths"
            self._end(document, where, f"{message}, not {show(name)}")
        try:
            path = path_below(folder, name)
            source = self.read(path, folder)
        except UsageError as error:
            self._end(document, where, str(error))
        except ConfigError as error:
            self._end_with(error)
        way = (*way, source.file)
        self._check_new(document, where, path, way)
        if self.size + len(source.content) > MAX_BYTES:
            self._end(document, where, "all files together are larger than 1 MiB")
        self.texts[source.file] = source.text
        try:
            other = parse(source, self.document.problems, self.budget)
        except ConfigError as error:
            self._end_with(error)
        if not isinstance(other.value, dict) or SECTION not in other.value:
            message = f"{path} has no blocks; write them as blocks: {EXAMPLE}"
            self._end(document, where, message)
        self.follow(other, path, way)
        self._take(other)

    def _check_new(
        self, document: Document, where: Path, path: FilePath, way: tuple[str, ...]
    ) -> None:
        """Ends where the file is read already, or is one too many."""
        known = self.ways.get(os.path.realpath(path))
        if known and known == way[: len(known)] != way:
            message = f"a circle: {_arrows(way[len(known) - 1 :])}; leave one of these from: out"
            self._end(document, where, message)
        if known:
            message = f"{path} is named twice: {_arrows(known)}, and {_arrows(way)}"
            self._end(
                document, where, f"{message}; name it once, its blocks are known in all files"
            )
        if len(self.ways) > MAX_BLOCK_FILES:
            self._end(document, where, f"more than {MAX_BLOCK_FILES} files of blocks")

    def _take(self, other: Document) -> None:
        for name in other.section(SECTION, EXAMPLE):
            path, first = (SECTION, name), self.places.get(name.lower())
            if first:
                message = (
                    f"the block {show(name)} stands at {first} too; call one of them otherwise"
                )
                other.report(path, message, at_key=True)
                continue
            self.places[name.lower()] = other.key_place(path)
            self.document.take(path, other)

    def _end(self, document: Document, where: Path, message: str) -> NoReturn:
        document.problems.end(document.place(where), where, message)

    def _end_with(self, error: ConfigError) -> NoReturn:
        """Ends with the one problem for which a file cannot be read on."""
        (problem,) = error.problems
        self.document.problems.end(problem.place, problem.path, problem.message)


def _arrows(way: tuple[str, ...]) -> str:
    return " -> ".join(f"{ForeignPath(file)}" for file in way)

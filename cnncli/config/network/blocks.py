"""The `blocks:` section: layers that are written once and used as one, with parameters."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from typing import Any

from cnncli.bounds import MAX_PARAMETERS
from cnncli.config.source_text.document import Document
from cnncli.problems import Path
from cnncli.text import LOOKED_AT, join_words, show

from .names import read_word
from .variables import Variables

SECTION = "blocks"
FROM = "from"
"""The key beside a file's own blocks that names files with others."""
EXAMPLE = "{unit: CONV -> RELU}"


@dataclass(frozen=True)
class Block:
    """A named part of a network; `body` is its pattern or list, and stands at `path`."""

    name: str
    body: Any
    path: Path
    parameters: Mapping[str, Any]
    """Every parameter with its default; None for one that must be given."""
    variables: Variables
    """Those of the file in which it is written."""
    home: Document
    """That file."""

    @cached_property
    def numbers(self) -> dict[str, int]:
        """The parameters' numbers, in the order in which they are written."""
        return {name: number for number, name in enumerate(self.parameters)}


class Blocks:
    """The file's blocks; `used` remembers which were asked for."""

    def __init__(self, blocks: Mapping[str, Block], document: Document) -> None:
        self._document = document
        self._blocks = {name.lower(): block for name, block in blocks.items()}
        self.used: set[str] = set()

    @classmethod
    def of(cls, document: Document, variables: Variables) -> "Blocks":
        """Those of the file, with these variables, and of others; wrong ones are reported."""
        of_files = {id(document): variables}
        blocks = {}
        for name, given in document.section(SECTION, EXAMPLE).items():
            home = document.home((SECTION, name))
            if id(home) not in of_files:
                of_files[id(home)] = Variables.of(home, variables.budget)
            blocks[name] = _block(name, given, document, of_files[id(home)])
        return cls({name: block for name, block in blocks.items() if block}, document)

    def find(self, word: str) -> Block | None:
        """The block that a word names, in any case."""
        block = self._blocks.get(word.lower())
        if block:
            self.used.add(block.name)
        return block

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The names among which a mistyped one is looked for."""
        return tuple(block.name for block in islice(self._blocks.values(), LOOKED_AT))

    @property
    def unused(self) -> list[str]:
        """Of the file's own; another file's are there for whoever needs them."""
        own = [block.name for block in self._blocks.values() if block.home is self._document]
        return [name for name in own if name not in self.used]


def _block(name: str, given: Any, document: Document, variables: Variables) -> Block | None:
    path: Path = (SECTION, name)
    before = len(document.problems)
    if name == FROM:
        message = "from names files with blocks, and only the file itself can; set a block by name"
        document.report(path, message, at_key=True)
    elif not name.replace("-", "_").isidentifier() or "-" in name:
        message = f"a block's name must be a word of letters, digits and _, not {show(name)}"
        document.report(path, message, at_key=True)
    elif read_word(name).family:
        message = f"{show(name)} is the name of a layer; give the block another one"
        document.report(path, message, at_key=True)
    parameters: dict[str, Any] = {}
    if isinstance(given, dict):
        for key in given:
            if key not in ("parameters", "layers"):
                message = f"unknown key {show(key)}; a block has parameters and layers"
                document.report((*path, key), message, at_key=True)
        parameters = _parameters(given.get("parameters"), (*path, "parameters"), document)
        body, inner = given.get("layers"), (*path, "layers")
    else:
        body, inner = given, path
    if not isinstance(body, str | list) or not body:
        form = "write its layers as a pattern or a list, or as {parameters: {K: 64}, layers: ...}"
        document.report(inner, f"the block {name} has no layers; {form}")
    if len(document.problems) > before:
        return None
    return Block(name, body, inner, parameters, variables, document.home(path))


def _parameters(given: Any, path: Path, document: Document) -> dict[str, Any]:
    """The parameters with their defaults; a list of names has none."""
    if given is None:
        return {}
    if isinstance(given, dict | list) and len(given) > MAX_PARAMETERS:
        message = f"{len(given):,} parameters; at most {MAX_PARAMETERS} are allowed"
        document.report(path, message)
        return {}
    if isinstance(given, list) and all(isinstance(name, str) for name in given):
        given = dict.fromkeys(given)
    if isinstance(given, dict) and all(name.isidentifier() for name in given):
        return given
    several = isinstance(given, dict | list) and given
    names = join_words(map(show, given)) if several else show(given)
    message = f"parameters must be names with defaults, like {{K: 64, S: 1}}, not {names}"
    document.report(path, message)
    return {}

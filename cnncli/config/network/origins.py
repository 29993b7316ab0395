"""Where values come from that a layer has by the name of a variable or of a block's parameter."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from cnncli.config.source_text.document import Document
from cnncli.config.specification import Origin, Site
from cnncli.problems import Path, Place

from .written import BlockUse


@dataclass(frozen=True)
class Frame:
    """What names stand for in one use of a block, or in the network itself where `use` is None."""

    document: Document
    use: BlockUse | None = None
    around: "Frame | None" = None
    _known: dict[str, Origin | None] = field(default_factory=dict)
    """By name."""
    _mapped: dict[tuple[str, Path, str], Origin | None] = field(default_factory=dict)
    """Of all frames: by the file and the path of a mapping, and a key in it."""

    @property
    def home(self) -> Document:
        """The file whose variables the names may stand for."""
        return self.use.block.home if self.use else self.document

    def inside(self, use: BlockUse) -> "Frame":
        """The frame of a block that is used here."""
        return Frame(self.document, use, self, _mapped=self._mapped)

    def origins(self, names: Mapping[str, str | list[Any]]) -> dict[str, Origin]:
        """Those of the values, by their keys, that are written as these names."""
        if not names:
            return {}
        found = {key: self.origin(name) for key, name in names.items() if isinstance(name, str)}
        return {key: origin for key, origin in found.items() if origin}

    def origin(self, name: str) -> Origin | None:
        """Where the constant is written that a name stands for; None where it cannot be changed.

        An argument that is a name too is followed to where that comes from.
        """
        if name not in self._known:
            self._known[name] = self._find(name)
        return self._known[name]

    def _find(self, name: str) -> Origin | None:
        use = self.use
        if use is None or self.around is None:
            return self._in_mapping(("variables",), name, self.document)
        if name not in use.block.parameters:
            if self.around.home is self.home:
                return self.around.origin(name)
            return self._in_mapping(("variables",), name, self.home)
        if name in use.names:
            passed = use.names[name]
            return self.around.origin(passed) if isinstance(passed, str) else None
        if name in use.values:
            site = Site(use.path, use.offset, self.document.file(use.path))
            return self.constant(site, name, use.places[name], use.place)
        return self._in_mapping((*use.block.path[:2], "parameters"), name, self.document)

    def _in_mapping(self, path: Path, key: str, document: Document) -> Origin | None:
        """Of a mapping at the path in the document, which is the frame's or that of its home."""
        file = document.source.file if document is not self.document else document.file(path)
        if (file, path, key) not in self._mapped:
            place, home = document.place((*path, key)), document.key_place(path)
            site = Site(path, None, file)
            found = None if path in document.anchored else Origin(site, key, place, home)
            self._mapped[file, path, key] = found
        return self._mapped[file, path, key]

    def constant(self, site: Site, field: str, place: Place, home: Place) -> Origin | None:
        """None where aliases refer to what the value stands in, and would change with it."""
        return None if site.path in self.document.anchored else Origin(site, field, place, home)

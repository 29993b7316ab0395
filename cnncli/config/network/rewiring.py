"""A join with a new layer in front of it, or of another family: every name and -1 as it was meant.

A new layer takes a place in the row, so that -2 of a layer below may have to become -3, and a
number, so that the conv3 below is a conv4.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any, Literal, TypeAlias

from cnncli.config.rows import Link
from cnncli.config.specification import LayerSpec, Site, Specification
from cnncli.layers.base import Layer
from cnncli.problems import Edit, Place

Target: TypeAlias = str | int
_Text: TypeAlias = tuple[Place, int | None]
"""Where a `from:` stands; blocks and repeats place it several times."""


@dataclass(frozen=True)
class Wiring:
    """The layers of a file, what each `from:` means, and patterns of names elsewhere in it."""

    layers: Sequence[LayerSpec]
    links: Sequence[Link]
    patterns: Sequence[str] = ()

    @classmethod
    def of(cls, spec: Specification) -> "Wiring":
        """That of a file. A run that it begins with has its own names: all must stay."""
        patterns = [name for group in spec.train.groups for name in group.layers]
        if spec.train.start:
            patterns += [written.name for written in spec.layers]
        return cls(spec.layers, spec.links, patterns)

    def insert(self, copies: Sequence[int], number: int, kind: str, text: str) -> Edit | None:
        """A layer in front of a join, for one of its inputs, counted from 0.

        copies: the indices of all layers that are the join's one text. text: the new layer as in a
        pattern, without `from`. None where the file cannot say it.
        """
        change = _Change(self, copies, kind)
        joins = [each for each in self.links if change.is_join(each)]
        sources = {change.targets(each)[number] for each in joins if number < len(each.targets)}
        if len(joins) != len(copies) or len(sources) != 1:
            return None
        (source,) = sources
        if isinstance(source, int) and change.goes_through_copies(joins, number):
            return None
        edits = change.edits(number)
        if edits is None:
            return None
        written = text[:-1] + ", " if text.endswith(")") else f"{text}("
        site = joins[0].site
        original = joins[0].targets[number] if isinstance(source, int) else source
        inserted = f"{written}from={original})"
        return _edit(site, inserted, "before", edits)

    def change_family(self, copies: Sequence[int], family: type[Layer]) -> Edit | None:
        """Another family in the place of a layer. None where the file cannot say it."""
        written = self.layers[copies[0]]
        change = _Change(self, copies, family.spelling.name, written.kind)
        edits = change.edits(None)
        if edits is None or written.site is None:
            return None
        return _edit(written.site, family.spelling.name, "family", edits)


class _Change:
    """What becomes of names and of places in the row where layers are put in or renamed."""

    def __init__(
        self, around: Wiring, copies: Sequence[int], kind: str, instead_of: str = ""
    ) -> None:
        self._around = around
        self._inserts = not instead_of
        self._kinds = {kind.lower(), instead_of.lower()} - {""}
        self._joins = [around.layers[index] for index in copies]
        self._rows = [written.row for written in self._joins if written.row]
        names = _new_names(around.layers, set(copies), kind.lower(), instead_of.lower())
        self._names = names if names is not None and self._are_free(names) else None

    def _are_free(self, names: Mapping[str, str]) -> bool:
        """Whether nothing outside of the architecture means one of them."""
        return all(
            fnmatchcase(old, pattern) == fnmatchcase(new, pattern)
            for pattern in self._around.patterns
            for old, new in names.items()
        )

    def is_join(self, link: Link) -> bool:
        return any((each.place, each.site) == (link.place, link.site) for each in self._joins)

    def targets(self, link: Link, own: int | None = None) -> tuple[Target, ...]:
        """What must stand in a `from:`; own: the input that is the new layer in front of it."""
        return tuple(
            -1
            if number == own and self.is_join(link)
            else self._back(link, target)
            if isinstance(target, int)
            else self._name(target, found)
            for number, (target, found) in enumerate(_pairs(link))
        )

    def _back(self, link: Link, steps: int) -> int:
        """-1, -2, ...: of the new layers, those between count too."""
        if not self._inserts:
            return steps
        meant = link.at + steps
        return steps - sum(
            row.scope == link.scope and meant < row.at <= link.at for row in self._rows
        )

    def _name(self, target: str, found: str | None) -> str:
        """The name by which what a reference means is called then."""
        new = self._names.get(found or "") if self._names else None
        if not found or not new or not _is_named(target, found):
            return target
        return new[len(found) - len(target) :]

    def _is_left_out(self, target: Target, found: str | None) -> bool:
        """Whether a reference means a layer that is left out, and stands for what it would read."""
        own = str(target).rpartition(".")[2].rstrip("0123456789")
        return own in self._kinds and own != target and not _is_named(target, found)

    def goes_through_copies(self, joins: Sequence[Link], number: int) -> bool:
        """Whether a new layer would read, by its place in the row, across another new one."""
        return any(
            self._back(each, int(each.targets[number])) != int(each.targets[number]) - 1
            for each in joins
        )

    def edits(self, own: int | None) -> tuple[Edit, ...] | None:
        """What must be written into each `from:`; None where one would have to say two things."""
        rows = {(row.scope, row.at) for row in self._rows}
        in_a_row = any((scope, at + 1) in rows for scope, at in rows)
        if self._names is None or len(self._rows) != len(self._joins) or in_a_row:
            return None
        if any(each.place.line is None or each.site is None for each in self._joins):
            return None  # an override has set it
        if any(None in link.layers for link in self._around.links):
            return None  # a new name could be one that is not known yet
        if any(self._is_left_out(*pair) for link in self._around.links for pair in _pairs(link)):
            return None  # with what number, nothing here says
        needed: dict[_Text, tuple[Link, tuple[Target, ...]]] = {}
        for link in self._around.links:
            targets = self.targets(link, own)
            known = needed.setdefault((link.place, link.site.offset), (link, targets))
            if known[1] != targets or (known[0].site != link.site and targets != link.targets):
                return None
        changed = [(link, targets) for link, targets in needed.values() if targets != link.targets]
        if any(link.place.line is None for link, _ in changed):
            return None
        return tuple(_edit(link.site, targets, "from") for link, targets in changed)


def _pairs(link: Link) -> list[tuple[Target, str | None]]:
    return list(zip(link.targets, link.layers, strict=True))


def _is_named(target: Target, found: str | None) -> bool:
    """Whether a reference is the layer's own name, or the end of it."""
    return bool(found) and (found == target or f".{found}".endswith(f".{target}"))


def _new_names(
    layers: Sequence[LayerSpec], copies: set[int], kind: str, instead_of: str
) -> Mapping[str, str] | None:
    """The names that change, of layers without one of their own; None where two would be equal."""
    counts: Counter[tuple[int, str]] = Counter()
    more: Counter[tuple[int, str]] = Counter()
    new: dict[str, str] = {}
    for index, written in enumerate(layers):
        if written.row is None:
            continue
        own, scope = written.kind.lower(), written.row.scope
        counts[scope, own] = written.row.number
        if index in copies:
            more[scope, kind] += 1
            more[scope, instead_of] -= 1
        if written.row.is_named:
            continue
        before = written.name.removesuffix(f"{own}{written.row.number}")
        if index in copies and instead_of:
            new[written.name] = f"{before}{kind}{counts[scope, kind] + more[scope, kind]}"
        elif shift := more[scope, own]:
            new[written.name] = f"{before}{own}{written.row.number + shift}"
    names = [new.get(written.name, written.name) for written in layers]
    blocks = {name.rpartition(".")[0] for name in names}
    distinct = len(set(names)) == len(names) and blocks.isdisjoint(new.values())
    return new if distinct else None


def _edit(
    site: Site,
    value: Any,
    what: Literal["from", "family", "before"],
    also: tuple[Edit, ...] = (),
) -> Edit:
    return Edit(site.path, site.offset, "", value, what=what, also=also)

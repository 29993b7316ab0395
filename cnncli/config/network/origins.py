"""Where values come from that are given by a name or an expression, and what else they may be."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from itertools import takewhile
from typing import Any, NamedTuple, TypeAlias

from cnncli.bounds import MAX_CONSTANTS, MAX_FORMULAS
from cnncli.config.expression.expression import Expression
from cnncli.config.expression.given import Bound, Given, mentioned, plain
from cnncli.config.source_text.document import Document
from cnncli.config.specification import Origin, Site
from cnncli.problems import Path, Place

from .block_use import BlockUse
from .blocks import Block
from .variables import Variables


@dataclass(frozen=True, eq=False)
class _Constant:
    """A value that is written in the file, and where."""

    value: Any
    origin: Origin
    depth: int = 0

    @property
    def origins(self) -> tuple[Origin, ...]:
        return (self.origin,)


@dataclass(frozen=True, eq=False)
class _Computed:
    """A value of an expression: what its names stand for, and those that come from constants."""

    expression: Expression
    names: Mapping[str, Any]
    terms: "Mapping[str, _Term]"
    origins: tuple[Origin, ...]
    """The constants, each once."""
    depth: int
    """How many expressions stand in each other."""


_Term: TypeAlias = _Constant | _Computed


@dataclass(frozen=True)
class _Derivation:
    """What a term becomes where one constant, that of `origin`, has another value."""

    term: _Term
    origin: Origin

    def __call__(self, value: Any) -> Any:
        """Raises ExpressionError where it becomes nothing."""
        return plain(self._value(self.term, value, {}))

    def _value(self, term: _Term, value: Any, known: dict[int, Any]) -> Any:
        if isinstance(term, _Constant):
            return value if term.origin == self.origin else term.value
        if id(term) not in known:
            inner = {name: self._value(each, value, known) for name, each in term.terms.items()}
            names = {**term.names, **inner}
            bound = Bound(term.expression, names)
            known[id(term)] = bound if term.expression.sizes else term.expression.value(names, None)
        return known[id(term)]


class _Node(NamedTuple):
    """A variable, or a parameter of one use of a block: its frame and its name."""

    frame: "Frame"
    name: str


@dataclass(frozen=True, eq=False)
class Frame:
    """What names stand for in one use of a block, or in the network itself where `use` is None."""

    document: Document
    variables: Variables
    """Those of the file."""
    use: BlockUse | None = None
    around: "Frame | None" = None
    """That in which the block is used."""
    scope: "Frame | None" = None
    """That of names which are no parameters: the same, or of the file in which the block stands."""
    file: str = ""
    """The name of the document, if it is a file of blocks."""
    _terms: dict[str, _Term | None] = field(default_factory=dict)
    """By name; None for what cannot be changed."""
    _origins: dict[Expression | str, Origin | None] = field(default_factory=dict)
    _mapped: dict[tuple[Path, str], Origin | None] = field(default_factory=dict)
    """Of all frames: by the path of a mapping and a key in it."""
    _files: "dict[int, Frame]" = field(default_factory=dict)
    """Those of other files, by the identity of their variables; of all frames."""

    def inside(self, use: BlockUse) -> "Frame":
        """The frame of a block that is used here."""
        scope = self
        if use.block.variables is not self.variables:
            scope = self._files.setdefault(id(use.block.variables), self._file(use.block))
        inner = Frame(self.document, scope.variables, use, self, scope)
        return replace(inner, _mapped=self._mapped, _files=self._files)

    def _file(self, block: Block) -> "Frame":
        """What names stand for in the file of a block, outside of all blocks."""
        file = "" if block.home is self.document else block.home.source.file
        return Frame(block.home, block.variables, file=file)

    def origins(self, values: Mapping[str, Given]) -> dict[str, Origin]:
        """Those of values, by their keys, that are no constants themselves."""
        found = {}
        for key, given in values.items():
            if given.formula is not None and (origin := self.origin(given.formula, given.names)):
                found[key] = origin
        return found

    def origin(self, formula: Any, names: Mapping[str, Any]) -> Origin | None:
        """Where the constants are written on which a formula depends; None where there are none.

        Arguments and defaults that are formulas too are followed to where those come from.
        """
        if not isinstance(formula, Expression | str):
            return None
        if formula not in self._origins:
            nodes = {name: self._look(name) for name in mentioned(formula)}
            term = _build(formula, names, nodes)
            self._origins[formula] = _origin(term) if term else None
        return self._origins[formula]

    def constant(self, site: Site, field: str, place: Place, home: Place) -> Origin | None:
        """None where aliases refer to what the value stands in, and would change with it."""
        return None if site.path in self.document.anchored else Origin(site, field, place, home)

    def _look(self, name: str, before: str | None = None) -> _Node | None:
        """What a name stands for here, or in a parameter's default, among those before it."""
        if self.use is None or self.scope is None:
            return _Node(self, name) if name in self.variables.values else None
        parameters = self.use.block.parameters
        if name in parameters and (
            before is None or name in takewhile(lambda each: each != before, parameters)
        ):
            return _Node(self, name)
        return self.scope._look(name)

    def parts(self, name: str) -> tuple[Given, dict[str, _Node | None]]:
        """How the value of a name of this frame is given, and what the names in that stand for."""
        if self.use is None or self.around is None:
            variables = self.variables
            value, formula = variables.values[name], variables.formulas.get(name)
            given = Given(value, formula, variables.values)
            return given, {inner: self._look(inner) for inner in mentioned(formula)}
        if name in self.use.given:
            given = self.use.given[name]
            return given, {inner: self.around._look(inner) for inner in _mentioned(given)}
        given = self.use.defaults.get(name, Given(None))
        return given, {inner: self._look(inner, before=name) for inner in _mentioned(given)}

    def place(self, name: str) -> Origin | None:
        """Where the constant of a name of this frame is written."""
        if self.use is None:
            return self._in_mapping(("variables",), name)
        if name in self.use.given:
            site = Site(self.use.path, self.use.offset, self.document.file(self.use.path))
            return self.constant(site, name, self.use.places[name], self.use.place)
        return self._in_mapping((*self.use.block.path[:2], "parameters"), name)

    def _in_mapping(self, path: Path, key: str) -> Origin | None:
        if (path, key) not in self._mapped:
            place, home = self.document.place((*path, key)), self.document.key_place(path)
            site = Site(path, None, self.file or self.document.file(path))
            self._mapped[path, key] = self.constant(site, key, place, home)
        return self._mapped[path, key]


def _mentioned(given: Given) -> tuple[str, ...]:
    return () if isinstance(given.formula, list) else tuple(mentioned(given.formula))


def _term(node: _Node | None) -> _Term | None:
    """What a name comes from, without calling itself: a thousand may come from each other."""
    if node is None:
        return None
    open_nodes = [node]
    while open_nodes:
        frame, name = open_nodes[-1]
        if name not in frame._terms:
            given, inner = frame.parts(name)
            missing = [
                each for each in inner.values() if each and each.name not in each.frame._terms
            ]
            if missing:
                open_nodes += missing
                continue
            if given.formula is None:
                origin = frame.place(name)
                frame._terms[name] = _Constant(given.value, origin) if origin else None
            else:
                frame._terms[name] = _build(given.formula, given.names, inner)
        open_nodes.pop()
    return node.frame._terms[node.name]


def _build(
    formula: Any, names: Mapping[str, Any], nodes: Mapping[str, _Node | None]
) -> _Term | None:
    """The term of a formula; None where it depends on no constant, or on too many."""
    if isinstance(formula, list):
        return None
    terms = {name: term for name, node in nodes.items() if (term := _term(node))}
    if isinstance(formula, str):
        return terms.get(formula)
    origins = tuple(dict.fromkeys(each for term in terms.values() for each in term.origins))
    depth = 1 + max((term.depth for term in terms.values()), default=0)
    if not origins or len(origins) > MAX_CONSTANTS or depth > MAX_FORMULAS:
        return None
    fixed = {name: names[name] for name in nodes if name not in terms and name in names}
    return _Computed(formula, fixed, terms, origins, depth)


def _origin(term: _Term) -> Origin:
    """Of the first constant, with the others."""
    if isinstance(term, _Constant):
        return term.origin
    first, *others = (replace(origin, derive=_Derivation(term, origin)) for origin in term.origins)
    return replace(first, others=tuple(others))

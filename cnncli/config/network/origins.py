"""Where values come from that are given by a name or an expression, and what else they may be."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import cached_property
from typing import Any, NamedTuple, TypeAlias

from cnncli.bounds import MAX_CONSTANTS, MAX_LINKS
from cnncli.config.expression.expression import Expression
from cnncli.config.expression.given import Bound, Given, mentioned, plain
from cnncli.config.source_text.document import Document
from cnncli.config.specification import Origin, Site
from cnncli.problems import Path, Place

from .block_use import BlockUse
from .variables import Variables


class _Constant(NamedTuple):
    """A value that is written in the file, and where."""

    value: Any
    origin: Origin

    @property
    def origins(self) -> tuple[Origin, ...]:
        return (self.origin,)


class _Computed(NamedTuple):
    """A value of an expression: what its names stand for, and those that come from constants."""

    expression: Expression
    names: Mapping[str, Any]
    terms: "Mapping[str, _Term]"
    origins: tuple[Origin, ...]
    """The constants, each once, and the expression as a whole."""
    own: Origin | None = None
    """Where the expression stands, in whose place a number may be written."""


_Term: TypeAlias = _Constant | _Computed


class _Derivation:
    """What a term becomes where one constant, that of `origin`, has another value.

    Copies of a layer ask for the same: the last answer is kept.
    """

    def __init__(self, term: _Term, origin: Origin) -> None:
        self.term, self.origin = term, origin
        self.last: tuple[Any, ...] = ()

    def __call__(self, value: Any) -> Any:
        """Raises ExpressionError where it becomes nothing."""
        if self.last[:1] != (value,):
            self.last = value, plain(self._value(self.term, value, {}))
        return self.last[1]

    def _value(self, term: _Term, value: Any, known: dict[int, Any]) -> Any:
        if isinstance(term, _Constant):
            return value if term.origin == self.origin else term.value
        if term.own == self.origin:
            return value
        if id(term) not in known:
            inner = {name: self._value(each, value, known) for name, each in term.terms.items()}
            names = {**term.names, **inner}
            waits = term.expression.sizes or any(isinstance(each, Bound) for each in names.values())
            expression = term.expression
            known[id(term)] = Bound(expression, names) if waits else expression.value(names, None)
        return known[id(term)]


class Origins(Mapping[str, Origin]):
    """Those of a layer's values, by their keys; looked for when they are asked for."""

    def __init__(self, searches: Mapping[str, Callable[[], Origin | None]]) -> None:
        self._searches = searches

    @cached_property
    def _found(self) -> dict[str, Origin]:
        found = {key: search() for key, search in self._searches.items()}
        return {key: origin for key, origin in found.items() if origin}

    def __getitem__(self, key: str) -> Origin:
        return self._found[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._found)

    def __len__(self) -> int:
        return len(self._found)

    def __reduce__(self) -> tuple[type[dict[str, Origin]], tuple[dict[str, Origin]]]:
        """So that it can be sent to another process, without the file."""
        return dict, (self._found,)


class _Node(NamedTuple):
    """A variable, or a parameter of one use of a block: its frame and its name."""

    frame: "Frame"
    name: str


class Frame:
    """What names stand for in one use of a block, or in the network itself where `use` is None.

    variables: those of the file. around: where the block is used. scope: where names are looked for
    that are no parameters, which is the same, or the file in which the block stands. file: the name
    of the document, if it is a file of blocks.
    """

    def __init__(
        self,
        document: Document,
        variables: Variables,
        use: BlockUse | None = None,
        around: "Frame | None" = None,
        scope: "Frame | None" = None,
        file: str = "",
    ) -> None:
        self.document, self.variables, self.use, self.around = document, variables, use, around
        self.scope, self.file = scope, file
        self.terms: dict[str, _Term | None] = {}
        """By name; None for what cannot be changed."""
        self._origins: dict[Expression | str, Origin | None] = {}
        self._mapped: dict[tuple[Path, str], Origin | None] = around._mapped if around else {}
        """Of all frames: by the path of a mapping and a key in it."""
        self._files: dict[int, Frame] = around._files if around else {}
        """Those of other files, by the identity of their variables; of all frames."""

    def inside(self, use: BlockUse) -> "Frame":
        """The frame of a block that is used here."""
        block, scope = use.block, self
        if block.variables is not self.variables:
            file = "" if block.home is self.document else block.home.source.file
            of_file = Frame(block.home, block.variables, file=file)
            scope = self._files.setdefault(id(block.variables), of_file)
        return Frame(self.document, scope.variables, use, self, scope)

    def origin(self, formula: Any, names: Mapping[str, Any]) -> Origin | None:
        """Where the constants are written on which a formula depends; None where there are none.

        Arguments and defaults that are formulas too are followed to where those come from.
        """
        if not isinstance(formula, Expression | str):
            return None
        if formula not in self._origins:
            nodes = {name: self._look(name) for name in mentioned(formula)}
            try:
                term = _build(formula, names, nodes, 0)
            except _TooLong:
                term = None
            self._origins[formula] = _origin(term) if term else None
        return self._origins[formula]

    def constant(self, site: Site, field: str, place: Place, home: Place) -> Origin | None:
        """None where aliases refer to what the value stands in, and would change with it."""
        return None if site.path in self.document.anchored else Origin(site, field, place, home)

    def _look(self, name: str, before: str | None = None) -> _Node | None:
        """What a name stands for here, or in a parameter's default, among those before it."""
        if self.use is None or self.scope is None:
            return _Node(self, name) if name in self.variables.values else None
        numbers = self.use.block.numbers
        if name in numbers and (before is None or numbers[name] < numbers[before]):
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


class _TooLong(Exception):
    """Names stand for others in a longer row than is followed."""


def _term(node: _Node | None, links: int) -> _Term | None:
    """What a name comes from; links: how many stand for each other before it."""
    if node is None:
        return None
    frame, name = node
    if name not in frame.terms:
        if links >= MAX_LINKS:
            raise _TooLong
        given, inner = frame.parts(name)
        if given.formula is None:
            origin = frame.place(name)
            frame.terms[name] = _Constant(given.value, origin) if origin else None
        else:
            frame.terms[name] = _build(
                given.formula, given.names, inner, links + 1, frame.place(name)
            )
    return frame.terms[name]


def _build(
    formula: Any,
    names: Mapping[str, Any],
    nodes: Mapping[str, _Node | None],
    links: int,
    own: Origin | None = None,
) -> _Term | None:
    """The term of a formula; None where it depends on no constant, or on too many.

    own: where it stands, if that is not in the text of the layer that asks.
    """
    if isinstance(formula, list):
        return None
    terms = {name: term for name, node in nodes.items() if (term := _term(node, links))}
    if isinstance(formula, str):
        return terms.get(formula)
    origins = tuple(dict.fromkeys(each for term in terms.values() for each in term.origins))
    origins += (own,) if own else ()
    if not origins or len(origins) > MAX_CONSTANTS:
        return None
    fixed = {name: names[name] for name in nodes if name not in terms and name in names}
    return _Computed(formula, fixed, terms, origins, own)


def _origin(term: _Term) -> Origin:
    """Of the first constant, with the others."""
    if isinstance(term, _Constant):
        return term.origin
    first, *others = (replace(origin, derive=_Derivation(term, origin)) for origin in term.origins)
    return replace(first, others=tuple(others))

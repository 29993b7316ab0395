"""What runs are chosen by: `train.optimizer.lr > 0.01 and state = finished`."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from operator import ge, gt, le, lt
from typing import Any, NamedTuple, NoReturn

from cnncli.config.setting_keys import setting_keys
from cnncli.config.source_text.scalars import resolve
from cnncli.problems import ConfigError, Place, Problem
from cnncli.text import closest, join_words, printable, show

from .settings import Value

Row = Mapping[str, Value]

ORDER: dict[str, Callable[[Any, Any], bool]] = {"<": lt, "<=": le, ">": gt, ">=": ge}
SIGNS = (*ORDER, "=", "!=", "~")
_TOKEN = re.compile(
    r"""\s*(?:(?P<sign><=|>=|==|!=|<|>|=|~)|'(?P<one>[^']*)'|"(?P<two>[^"]*)"|"""
    r"""(?P<word>[^\s<>=!~'"]+)|(?P<wrong>\S))"""
)
_AND = "and"


class Token(NamedTuple):
    """A piece of a condition: a sign, a word, or a text between quotes; and where it begins."""

    kind: str
    text: str
    at: int


class Condition(NamedTuple):
    """A comparison: which key of a run, how, and with what."""

    key: str
    sign: str
    value: Value
    written: str
    """The value as it stands there."""
    whole: str
    """All that was written, in which the key stands at `at`."""
    at: int

    def holds(self, row: Row) -> bool:
        """Whether it is so of a run. A key that a run lacks is `null`."""
        found = row.get(self.key)
        if self.sign == "~":
            return found is not None and self.written.casefold() in _text(found).casefold()
        if self.sign == "=":
            return self._is(found)
        if self.sign == "!=":
            return not self._is(found)
        return self.can_be_compared(found) and ORDER[self.sign](found, self.value)

    def can_be_compared(self, found: Value) -> bool:
        """Whether one of both may be less than the other: two numbers, or two texts."""
        kinds = [_kind(found), _kind(self.value)]
        return kinds[0] == kinds[1] and kinds[0] in ("a number", "a text")

    def _is(self, found: Value) -> bool:
        if isinstance(found, str):
            return found == self.written
        return _kind(found) == _kind(self.value) and found == self.value

    def fail(self, message: str) -> NoReturn:
        """Raises ConfigError at the key's place."""
        _fail(self.whole, self.at, message)


def parse_conditions(text: str) -> list[Condition]:
    """The comparisons that `and` joins. Raises ConfigError with the place of what is wrong."""
    tokens, end = list(_tokens(text)), len(text.rstrip())
    found: list[Condition] = []
    while True:
        key, sign, value, *rest = [*tokens[:4], *([Token("end", "", end)] * 4)]
        if key.kind != "word":
            _fail(text, key.at, f"expected a column or a key like train.optimizer.lr{_but(key)}")
        if sign.kind != "sign":
            _fail(text, sign.at, f"expected {join_words(SIGNS, 'or')}{_but(sign)}")
        if value.kind not in ("word", "text"):
            _fail(text, value.at, f"expected a number or a text{_but(value)}")
        plain = value.text if value.kind == "text" else resolve(value.text)
        is_same = "=" if sign.text == "==" else sign.text
        found.append(Condition(key.text, is_same, plain, value.text, text, key.at))
        following, tokens = rest[0], tokens[4:]
        if following.kind == "end":
            return found
        if following.text != _AND or following.kind != "word":
            _fail(text, following.at, f"expected `and`, or the end{_but(following)}")


def select(rows: Sequence[Row], conditions: Sequence[Condition]) -> list[Row]:
    """The runs of which all is so.

    Raises ConfigError where an order is asked for that no run's value has.
    """
    for each in conditions:
        if each.sign in ORDER:
            others = [value for row in rows if (value := row.get(each.key)) is not None]
            if others and not any(map(each.can_be_compared, others)):
                each.fail(
                    f"{each.key} is {_kind(others[0])}, such as {show(others[0])}, which is not "
                    f"compared with {_kind(each.value)} by {each.sign}; = and ~ compare all"
                )
    return [row for row in rows if all(each.holds(row) for each in conditions)]


def chosen(rows: Sequence[Row], texts: Sequence[str], known: Sequence[str]) -> list[Row]:
    """The runs of which all is so that the conditions say. Raises ConfigError for one that is none.

    known: every key that a run has. Where there is no run, none is unknown.
    """
    conditions = [each for text in texts for each in parse_conditions(text)]
    return select(rows, _resolved(conditions, known)) if rows else []


def find_key(word: str, known: Sequence[str]) -> str:
    """The key of that name, or the only one that ends so: `lr` is train.optimizer.lr.

    A key that configurations may have, and none of these has, is null in all of them. Raises
    LookupError that says which keys there are.
    """
    for keys in (known, list(dict.fromkeys(setting_keys()))):
        if word in keys:
            return word
        if len(ending := [key for key in keys if key.endswith(f".{word}")]) == 1:
            return ending[0]
        if ending:
            raise LookupError(f"{show(word)} may be {join_words(ending, 'or')}; name one of them")
    if alike := closest(word, known) or closest(word, [key.rpartition(".")[2] for key in known]):
        raise LookupError(f"no run has {show(word)}; did you mean {alike}?")
    figures = [key for key in known if "." not in key]
    raise LookupError(
        f"no run has {show(word)}; there are {join_words(figures)}, and the keys of configurations"
    )


def _resolved(conditions: Sequence[Condition], known: Sequence[str]) -> list[Condition]:
    """The same with the whole names of keys. Raises ConfigError for one that is not known."""
    found = []
    for each in conditions:
        try:
            found.append(each._replace(key=find_key(each.key, known)))
        except LookupError as error:
            each.fail(str(error.args[0]))
    return found


def _tokens(text: str) -> Iterator[Token]:
    at = 0
    while token := _TOKEN.match(text, at):
        kind, start, at = token.lastgroup or "", token.start(token.lastgroup or 0), token.end()
        if kind == "wrong":
            what = "a quote that is not closed" if token["wrong"] in "'\"" else show(token["wrong"])
            _fail(text, start, f"expected a word, a sign or a text in quotes, found {what}")
        is_quoted = kind in ("one", "two")
        yield Token("text" if is_quoted else kind, token[kind], start - is_quoted)


def _but(token: Token) -> str:
    return ", found the end" if token.kind == "end" else f", found {show(token.text)}"


def _kind(value: Value) -> str:
    if isinstance(value, bool):
        return "true or false"
    if value is None:
        return "null"
    return "a text" if isinstance(value, str) else "a number"


def _text(value: Value) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _fail(text: str, at: int, message: str) -> NoReturn:
    line = printable(text)
    raise ConfigError([Problem(Place("--where", None, at + 1, line), "", message)])

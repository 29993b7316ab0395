"""What an unquoted word of YAML stands for: the core schema of YAML 1.2, without its hexadecimals.

Only `true` and `false` are booleans, `1e-3` is a number, `010` is ten. `3:30`, dates and `0x1`
(a size without width) stay text. Whole numbers of more than 19 digits are floating-point ones.
"""

import re

from yaml.reader import Reader

_NULL = frozenset({"", "~", "null", "Null", "NULL"})
_TRUE = frozenset({"true", "True", "TRUE"})
_FALSE = frozenset({"false", "False", "FALSE"})
_NUMERIC = frozenset("+-.0123456789")
"""What a number begins with."""
_WHOLE = re.compile(r"[-+]?[0-9]{1,19}")
_NUMBER = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_SPECIAL = re.compile(r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)")

UNPRINTABLE = Reader.NON_PRINTABLE
"""A character that YAML does not allow: control characters and halves of surrogate pairs."""


def resolve(text: str) -> str | int | float | bool | None:
    """The value of a word that is written without quotes."""
    if text in _NULL:
        return None
    if text in _TRUE or text in _FALSE:
        return text in _TRUE
    if text[0] not in _NUMERIC:
        return text
    if _WHOLE.fullmatch(text):
        return int(text)
    if _NUMBER.fullmatch(text):
        return float(text)
    if _SPECIAL.fullmatch(text):
        return float(text.replace(".", "").lower())
    return text

"""How layers, patterns of them and other names are written, as regular expressions.

Of the kind that Python and JavaScript share. They accept all that is read: whether brackets match,
for one, no regular expression can say.
"""

from cnncli.bounds import MAX_EXPRESSION_NESTING
from cnncli.config.network.names import usual_names
from cnncli.layers import families
from cnncli.layers.base import Layer
from cnncli.layers.forms import any_case

_SIGNS = r"!-,./:-@\[-\^`{-~→×—–−"
"""Of what no name is made: ASCII's but the underscore and the hyphen, and those of patterns."""
WORD = rf"[^\s\d{_SIGNS}-][^\s{_SIGNS}-]*"
"""The name of a block or of a parameter."""
_PART = rf"[^\s\d{_SIGNS}][^\s{_SIGNS}]*"
LAYER_NAME = rf"^(?!input$){_PART}(?:\.{_PART})*$"
FILE_NAME = rf"^[^\s{_SIGNS}-](?:[^\s{_SIGNS}]|[.+ ]){{0,99}}$"
"""What runs are called."""
_JOINT = "(?:->|[-→—–−])"
_NUMBER = r"(?:[-—–−]\s*[0-9]+(?:\.[0-9]+)?(?:[eE]-?[0-9]+)?(?:[x×][0-9]+)*\s*)?"
"""The 64 of CONV3-64."""


def spelled(family: type[Layer]) -> str:
    """A kind of layer by any of its names, with the number behind it that it may have."""
    names = "|".join(map(any_case, family.spelling.names))
    number = "(?:[0-9]+(?:[xX×][0-9]+)?)?" if family.spelling.size_suffix else ""
    return f"(?:{names}){number}"


def any_layer() -> str:
    """Every kind of layer."""
    return "|".join(spelled(families()[name]) for name in usual_names())


def pattern(words: str, has_names: bool) -> str:
    """INPUT -> [CONV3-64 -> RELU]*3 -> FC(K=10), where layers and blocks are such words.

    has_names: whether a repeat may be the name of a variable.
    """
    arguments = rf"\({_nested(MAX_EXPRESSION_NESTING + 2)}*\)\s*"
    name = rf"|{WORD}\s*" if has_names else ""
    repeat = rf"(?:\*\s*(?:[0-9]+\s*|{arguments}{name}))?"
    values = rf"\s*{_NUMBER}(?:{arguments})?"
    switched = rf"|{WORD}{values}\?\s*" if has_names else ""  # it may be off, and is not read then
    layer = rf"(?:(?:{words}){values}(?:\?\s*)?{switched}){repeat}"
    item = rf"(?:\[\s*)*{layer}(?:\]\s*(?:{arguments})?{repeat})*"
    return rf"^\s*(?:{item}(?:{_JOINT}\s*(?=\S)|$))+$"


def _nested(depth: int) -> str:
    """A character, or brackets around such, inside each other so often."""
    inside = r"[^()\[\]{}]"
    found = inside
    for _ in range(depth):
        found = rf"(?:{inside}|[(\[{{]{found}*[)\]}}])"
    return found

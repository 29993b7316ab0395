"""What the YAML reader's complaints mean, and what to do about them."""

import re

import yaml

from cnncli.bounds import MAX_DEPTH

TOO_DEEP = f"more than {MAX_DEPTH} levels inside each other; make it flatter"

# The last key or list item before a problem whose value begins with a bracket.
_BRACKET_VALUE = re.compile(
    r"(?:^[ \t]*(?:-[ \t]+)*[\w-]+[ \t]*:|^[ \t]*-)[ \t]+(\[)", re.MULTILINE
)
_PATTERN_SIGN = re.compile(r"\]\s*\*|->|→|\w\s*[-–—]\s*[\[\w]")

_MEANINGS = (
    ("maximum nesting depth", TOO_DEEP),
    (
        "mapping values are not allowed",
        "a ': ' cannot stand here; put the whole text in quotes, or check the indentation",
    ),
    ("expected node content", "a value is missing here, or a bracket is not closed"),
    ("could not find expected ':'", "a ':' is missing after this key"),
    ("',' or ']'", "this list is not closed: a ',' or a ']' is missing"),
    ("',' or '}'", "these braces are not closed: a ',' or a '}' is missing"),
    ("unexpected end of stream", "this text is not closed: its second quote is missing"),
    ("unknown escape", "an unknown escape in double quotes; use single quotes, or write '\\\\'"),
    ("found duplicate anchor", "this anchor is defined twice"),
    ("'-' indicator", "a list item must begin with '- ' like the ones above it"),
    (
        "expected key",
        "this does not continue what stands above: check the indentation, and put a text with "
        "special characters in quotes",
    ),
)
_AT_THE_CONTEXT = ("could not find expected ':'", "',' or ']'", "',' or '}'", "end of stream")


def explain(error: yaml.YAMLError, text: str) -> tuple[int, str]:
    """The offset to point at, and what is wrong there in our own words."""
    problem = str(getattr(error, "problem", None) or error).splitlines()[0]
    mark = getattr(error, "problem_mark", None)
    offset = min(mark.index, len(text)) if mark else 0
    if (start := _unquoted_pattern(text, offset)) is not None:
        return start, "a pattern that begins with '[' must be quoted, like '[CONV - RELU]*2 - FC'"
    if (tab := _tab(text, offset)) is not None:
        return tab, "a tab cannot indent; use spaces"
    if "cannot start any token" in problem:
        return offset, f"a text that begins with '{text[offset : offset + 1]}' must be quoted"
    context = getattr(error, "context_mark", None)
    if context and any(words in problem for words in _AT_THE_CONTEXT):
        offset = context.index
    meanings = (meaning for words, meaning in _MEANINGS if words in problem)
    return offset, next(meanings, f"this is not valid YAML: {problem}")


def _unquoted_pattern(text: str, offset: int) -> int | None:
    line_end = text.find("\n", offset)
    end = len(text) if line_end < 0 else line_end
    starts = [found.start(1) for found in _BRACKET_VALUE.finditer(text, 0, end)]
    if not starts or starts[-1] > offset:
        return None
    between = text[starts[-1] : end]
    another_key = re.search(r"\n[\w-]+[ \t]*:(?:\s|$)", between)
    if another_key or not _PATTERN_SIGN.search(between):
        return None
    return starts[-1]


def _tab(text: str, offset: int) -> int | None:
    line_start = text.rfind("\n", 0, offset) + 1
    indent = re.compile(r" *\t").match(text, line_start)
    if indent:
        return indent.end() - 1
    return offset if text[offset : offset + 1] == "\t" else None

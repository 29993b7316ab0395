"""Line ends survive a change of the text."""

import random

import pytest

from cnncli.config.source_text.line_ends import as_written, keep_line_ends, line_ends
from cnncli.config.source_text.source import decode

ENDS = (b"\n", b"\r\n", b"\r")


@pytest.mark.parametrize(
    "content",
    [b"", b"a", b"a\n", b"a\r\nb", b"a\rb\r", b"a\nb\r\nc\rd", b"\n\r\n\r\r\n",
     b"\xef\xbb\xbfa\r\n", "a\x85b\u2028c\r".encode()],
)  # fmt: skip
def test_what_does_not_change_is_written_as_it_was(content):
    text = decode(content, "f").text
    assert as_written(text, line_ends(content), content) == content


@pytest.mark.parametrize(
    ("content", "old", "new", "expected"),
    [
        (b"a\r\nb\nc\r", "b", "x", b"a\r\nx\nc\r"),
        (b"a\r\nb\nc\r", "b", "b\nx", b"a\r\nb\nx\nc\r"),  # a line more: as the one before it
        (b"a\nb\r\nc", "b", "b\nx\ny", b"a\nb\r\nx\r\ny\r\nc"),
        (b"a\r\nb", "b", "b\nx", b"a\r\nb\r\nx"),  # behind the last, which has no end
        (b"a\rb", "b", "b\nx", b"a\rb\rx"),
        (b"a", "a", "a\nx", b"a\nx"),
        (b"a\r\nb\nc\rd", "b\nc", "x", b"a\r\nx\rd"),
        (b"a\nb\rc", "a\n", "", b"b\rc"),
        (b"a\r\nb", "a", "x\ny", b"x\r\ny\r\nb"),
    ],
)
def test_a_change(content, old, new, expected):
    before = decode(content, "f").text
    after = before.replace(old, new, 1)
    ends = keep_line_ends(line_ends(content), before, after)
    assert as_written(after, ends, content) == expected


def test_changes_at_random():
    """Lines before and behind the place of a change are the same, to the byte."""
    draw = random.Random(17)
    for _ in range(3000):
        lines = [
            (draw.choice("abc").encode() * draw.randrange(3)) for _ in range(draw.randrange(9))
        ]
        written = [line + draw.choice(ENDS) for line in lines] + [draw.choice([b"", b"z"])]
        content = b"".join(written)
        before = decode(content, "f").text
        start = draw.randint(0, len(before))
        stop = draw.randint(start, len(before))
        text = "".join(draw.choice("xy\n") for _ in range(draw.randrange(4)))
        after = before[:start] + text + before[stop:]
        if after == before:
            continue
        ends = keep_line_ends(line_ends(content), before, after)
        result = as_written(after, ends, content)
        assert decode(result, "f").text == after or b"\r" in content  # a CR and an LF may meet
        first = before[:start].count("\n")
        kept = _begin(content, first)
        assert result.startswith(kept)
        assert len(ends) == after.count("\n")


def _begin(content, lines):
    """The bytes of the first lines, with their ends."""
    ends = line_ends(content)[:lines]
    size = sum(len(line) for line in decode(content, "f").text.encode().split(b"\n")[:lines])
    return content[: size + sum(map(len, ends))]

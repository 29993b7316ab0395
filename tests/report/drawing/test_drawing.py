import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnncli.report.drawing.boxes import Box, boxes
from cnncli.report.drawing.markup import dot, mermaid
from cnncli.report.drawing.terminal import text

INCEPTION = """\
                                                  output
       layer          kind    hyperparameters  W x H x D
-----  -------------  ------  ---------------  ---------
●      input1         INPUT   size=8x8x1           8x8x1
├─●    cell1.a        CONV    K=2 F=1 S=1 P=0      8x8x2
├─│─●  cell1.conv2    CONV    K=2 F=1 S=1 P=0      8x8x2
│ │ ●  cell1.b        CONV    K=4 F=3 S=1 P=1      8x8x4
● │ │  cell1.pool1    POOL    F=3 S=1 P=1          8x8x1
● │ │  cell1.c        CONV    K=1 F=1 S=1 P=0      8x8x1
●─┴─╯  cell1.concat1  CONCAT                       8x8x7
●      fc1            FC      K=3                  1x1x3"""

RESIDUAL = """\
●    input1
●    conv1
├─●  unit1.conv1
│ ●  unit1.main
●─╯  unit1.add1
├─●  unit2.conv1
│ ●  unit2.main
●─╯  unit2.add1
●    fc1"""


def drawn(checked) -> list[Box]:
    return boxes(checked.spec, checked.graph)


def graph(*inputs: str) -> list[Box]:
    """Boxes a, b, c, ..., each of which reads the boxes of the letters given for it."""
    return [Box(chr(ord("a") + i), "X", "", "1x1x1", tuple(read)) for i, read in enumerate(inputs)]


def rails(boxes: list[Box]) -> list[str]:
    """The rails and the names."""
    lines = text(boxes).splitlines()[3:]
    return [re.match(r".*?\w+(?:\.\w+)?", line)[0] for line in lines]


def test_parallel_branches(inception):
    assert text(drawn(inception)) == INCEPTION


def test_residual_units(residual):
    assert rails(drawn(residual)) == RESIDUAL.splitlines()


@pytest.mark.parametrize(
    ("boxes", "lines"),
    [
        (graph("", "a", "b"), ["●  a", "●  b", "●  c"]),
        # a is read again by the last, across the rail of b
        (graph("", "a", "b", "c", "da"), ["●    a", "├─●  b", "│ ●  c", "│ ●  d", "●─╯  e"]),
        # dense connections: every volume goes on to all that follow
        (graph("", "a", "ab", "abc"), ["●      a", "├─●    b", "├─┼─●  c", "●─┴─╯  d"]),
        # a rail that is free again is used again, and a line crosses the rails between
        (
            graph("", "a", "a", "bc", "ad"),
            ["●      a", "├─●    b", "├─│─●  c", "│ ●─╯  d", "●─╯    e"],
        ),
        # two rails that end at a layer further right and further left
        (
            graph("", "", "", "ca", "bd"),
            ["●      a", "│ ●    b", "│ │ ●  c", "●─│─╯  d", "●─╯    e"],
        ),
        # what nobody reads ends where it is
        (graph("", "a", "a"), ["●    a", "├─●  b", "●    c"]),
        (graph("", "aa"), ["●  a", "●  b"]),
    ],
)
def test_rails(boxes, lines):
    assert rails(boxes) == lines


@st.composite
def networks(draw) -> list[Box]:
    """Networks in which every output but the last is read."""
    inputs = [()]
    for i in range(1, draw(st.integers(2, 9))):
        inputs.append(draw(st.sets(st.integers(0, i - 1), min_size=1, max_size=3)))
    unread = set(range(len(inputs))) - set().union(*inputs)
    return [
        Box(f"n{i}", "X", "", "?", tuple(f"n{source}" for source in sorted(read)))
        for i, read in enumerate([*inputs, unread])
    ]


@given(networks())
def test_the_drawing_can_be_read(boxes):
    """Who reads what, from the signs alone."""
    owner: dict[int, str] = {}
    for box, line in zip(boxes, text(boxes).splitlines()[3:], strict=True):
        signs = dict(enumerate(re.match(r"[^n]*", line)[0][::2]))
        (at,) = (rail for rail, sign in signs.items() if sign == "●")
        read = {owner[rail] for rail, sign in signs.items() if sign in "├┼┤╰┴╯"}
        read |= {owner[at]} if at in owner else set()
        assert read == set(box.inputs)
        for rail, sign in signs.items():
            if sign in "╰┴╯":
                del owner[rail]
            assert (sign in "│├┼┤") == (rail in owner and rail != at)
        owner[at] = box.name


def test_ascii(inception):
    lines = text(drawn(inception), ascii_only=True).splitlines()
    assert [line[:5].rstrip() for line in lines[3:]] == [
        "o", "+-o", "+-|-o", "| | o", "o | |", "o | |", "o-'-'", "o",
    ]  # fmt: skip


DOT = """\
digraph "net" {
  rankdir=TB;
  node [shape=box];
  "input1" [label="input1\\nINPUT size=8x8x1\\n8x8x1"];
  "conv1" [label="conv1\\nCONV K=4 F=3 S=1 P=1\\n8x8x4"];
  subgraph "cluster_unit1" {
    label="unit1";
    "unit1.conv1" [label="unit1.conv1\\nCONV K=4 F=3 S=1 P=1\\n8x8x4"];
    "unit1.main" [label="unit1.main\\nRELU\\n8x8x4"];
    "unit1.add1" [label="unit1.add1\\nADD\\n8x8x4"];
  }
"""


def test_dot(residual):
    lines = dot("net", drawn(residual))
    assert lines.startswith(DOT)
    assert lines.endswith(
        '  "unit1.add1" -> "unit2.add1" [label="8x8x4"];\n'
        '  "unit2.add1" -> "fc1" [label="8x8x4"];\n}'
    )


MERMAID = """\
flowchart TD
  n0["input1<br/>INPUT size=8x8x1<br/>8x8x1"]
  n1["conv1<br/>CONV K=4 F=3 S=1 P=1<br/>8x8x4"]
  subgraph b0["unit1"]
    n2["unit1.conv1<br/>CONV K=4 F=3 S=1 P=1<br/>8x8x4"]
    n3["unit1.main<br/>RELU<br/>8x8x4"]
    n4["unit1.add1<br/>ADD<br/>8x8x4"]
  end
"""


def test_mermaid(residual):
    lines = mermaid(drawn(residual))
    assert lines.startswith(MERMAID)
    assert '\n  n4 -->|"8x8x4"| n7\n' in lines
    assert lines.endswith('\n  n7 -->|"8x8x4"| n8')


def test_blocks_in_blocks(check):
    checked = check(
        "blocks:\n  inner: RELU -> TANH\n  outer: [CONV, inner, inner]\n"
        "architecture: INPUT(8x8x1) -> outer -> FC-3\n"
    )
    lines = [line.strip() for line in dot("net", drawn(checked)).splitlines()]
    starts = [line for line in lines if line.startswith("subgraph")]
    assert starts == [
        'subgraph "cluster_outer1" {',
        'subgraph "cluster_outer1.inner1" {',
        'subgraph "cluster_outer1.inner2" {',
    ]
    assert lines.count("}") == 4
    assert mermaid(drawn(checked)).count("\n    subgraph b") == 2


def test_signs_that_would_end_a_text():
    odd = [Box('a"b\\', "X", "<&#>", "?", ())]
    assert dot('n"', odd).splitlines()[0] == 'digraph "n\\"" {'
    assert '"a\\"b\\\\" [label="a\\"b\\\\\\nX <&#>\\n?"];' in dot("n", odd)
    assert 'n0["a#quot;b\\<br/>X #lt;#amp;#35;#gt;<br/>?"]' in mermaid(odd)


def test_what_is_not_known(check):
    checked = check("architecture: INPUT(8x8x1) -> RELU(from=nowhere) -> FC-3")
    assert drawn(checked)[1:] == [
        Box("relu1", "RELU", "", "?", ()),
        Box("fc1", "FC", "K=3", "?", ("relu1",)),
    ]
    assert rails(drawn(checked)) == ["●  input1", "●  relu1", "●  fc1"]

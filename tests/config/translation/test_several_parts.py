"""A SPLIT with several outputs is answered with the lines that are written here."""

import pytest

from cnncli.check.check import check_text
from cnncli.text import ForeignPath

TEXT = """architecture:
  - input: 32x32x24
  - split: {parts: 2, name: s}
  - CONV3-12(from=s.1, name=b)
  - CONCAT(from=[s.0, b]) -> FC-10
"""


def messages(text):
    return [problem.message for problem in check_text(text, ForeignPath("f.yaml")).problems]


def test_the_answer_is_followed():
    first, name, *references = messages(TEXT)
    head, *lines, last = first.split("\n")
    assert head == "SPLIT gives one part; write one for each:"
    assert last == "Read them as s1, s2 in from:."
    assert name == "'name' stands beside the layer: {split: ..., name: ...}"
    assert references == [
        f"there is no layer named 's.{i}' here; a SPLIT gives one part: name the SPLIT of this one "
        f"s{i + 1}"
        for i in (1, 0)
    ]
    followed = TEXT.replace("  - split: {parts: 2, name: s}\n", "".join(f"  {x}\n" for x in lines))
    assert messages(followed.replace("s.0", "s1").replace("s.1", "s2")) == []


@pytest.mark.parametrize(
    ("written", "lines"),
    [
        ("- split: 2", ["- SPLIT(part=1/2)", "- SPLIT(part=2/2, from=-2)"]),
        ("- {split: {chunks: 2}, name: s, from: a}", ["- SPLIT(part=1/2, name=s1, from=a)",
         "- SPLIT(part=2/2, name=s2, from=a)"]),
        ("- {split: [8, 16], name: s}", ["- SPLIT(channels=0..7, name=s1)",
         "- SPLIT(channels=8..23, name=s2, from=-2)"]),
        ("- 'SPLIT(sections=[8, 16], name=s)'", ["- SPLIT(channels=0..7, name=s1)",
         "- SPLIT(channels=8..23, name=s2, from=-2)"]),
        ("- 'SPLIT(3, from=-1)'", ["- SPLIT(part=1/3)", "- SPLIT(part=2/3, from=-2)",
         "- SPLIT(part=3/3, from=-3)"]),
    ],
)  # fmt: skip
def test_other_ways_to_write_it(written, lines):
    begin = "architecture:\n- input: 8x8x24\n- CONV1-24(name=a)\n"
    (message,) = messages(f"{begin}{written}\n- fc: 2\n")
    assert message.split("\n")[1:-1] == lines
    joined = "\n".join(lines)
    unread = messages(f"{begin}{joined}\n- fc: 2\n")
    assert all("no layer reads the output" in message for message in unread)


def test_many_parts_are_not_all_listed():
    (message,) = messages("architecture:\n- input: 8x8x24\n- split: 1000000\n- fc: 2\n")
    assert message.split("\n")[-3:-1] == ["- SPLIT(part=8/1000000, from=-8)", "- ..."]


def test_one_of_several_outputs_of_another_layer():
    text = "architecture:\n- INPUT(8x8x4) -> CONV1-4(name=a)\n- relu:\n  from: a.0\n- fc: 2\n"
    (message,) = messages(text)
    assert message == (
        "there is no layer named 'a.0' here; a layer has one output, 'a', of which SPLIT takes a "
        "part"
    )


def test_a_scale_of_several_volumes_is_a_product():
    text = (
        "architecture:\n- INPUT(8x8x4) -> CONV1-4(name=a) -> SIGMOID(name=b)\n"
        "- SCALE(from=[a, b]) -> FC-2\n"
    )
    (message,) = messages(text)
    assert message == (
        "SCALE reads one layer, but from names 2; a product of volumes is MUL(from=[a, b])"
    )
    assert messages(text.replace("SCALE(from=[a, b])", "MUL(from=[a, b])")) == []


def test_what_a_join_reads_without_a_key():
    text = "architecture:\n- INPUT(8x8x4) -> CONV1-4 -> RELU\n- concat: [-1, -2]\n- fc: 2\n"
    assert messages(text)[0] == (
        "CONCAT takes no value without a key, [-1, -2] is one; what it joins stands beside it, in "
        "from:"
    )
    assert messages(text.replace("concat: [-1, -2]", "concat:\n  from: [-1, -2]")) == []

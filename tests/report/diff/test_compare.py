import json
from pathlib import Path

import pytest

from cnncli.check.check import check as check_file
from cnncli.report.diff.compare import Difference, compare
from cnncli.report.diff.output import diff_json, diff_text

CONFIGS = Path(__file__).parents[3] / "configs"
BEFORE = "architecture: INPUT(8x8x1) -> CONV-4 -> RELU -> DROPOUT -> FC-3"
AFTER = "architecture: INPUT(8x8x1) -> CONV-2 -> RELU -> CONV-4 -> RELU -> FC-3"

TEXT = """\
--- a.yaml: a, 8x8x1 -> 3 scores
+++ b.yaml: b, 8x8x1 -> 3 scores

  input1: the same
+ conv1  CONV K=2 F=3 S=1 P=1  8x8x2, 20 parameters, 1,152 multiply-adds
+ relu1  RELU  8x8x2
~ conv1 -> conv2  CONV  parameters 40 -> 76 (+36)
    multiply-adds 2,304 -> 4,608 (+2,304)
    receptive field 3x3 -> 5x5
~ relu1 -> relu2  RELU  receptive field 3x3 -> 5x5
- dropout1  DROPOUT rate=0.5  8x8x4
  fc1: the same

other names:
  conv1 -> conv2
  relu1 -> relu2
"""

TOTALS = [
    "layers 5 6 +1 (+20.0%)",
    "parameters 811 867 +56 (+6.9%)",
    "multiply-adds 3,072 6,528 +3,456 (+112.5%)",
    "multiply-adds in training 6,912 18,432 +11,520 (+166.7%)",
    "activations of one image 3.26 KiB 3.26 KiB 0",
    "images in a training step 10 10 0",
]


def values(comparison) -> list[tuple[str, dict]]:
    return [(change.what, dict(change.differences)) for change in comparison.layers]


def test_what_was_added_removed_and_changed(check):
    comparison = compare(check(BEFORE), check(AFTER))
    assert not comparison.same
    assert values(comparison) == [
        ("same", {}),
        ("added", {}),
        ("added", {}),
        (
            "changed",
            {
                "parameters": Difference(40, 76),
                "macs": Difference(2304, 4608),
                "receptive_field": Difference([3, 3], [5, 5]),
            },
        ),
        ("changed", {"receptive_field": Difference([3, 3], [5, 5])}),
        ("removed", {}),
        ("same", {}),
    ]


def test_totals(check):
    totals = compare(check(BEFORE), check(AFTER, images=20)).totals
    assert totals["layers"] == (5, 6)
    assert totals["parameters"] == (40 + 771, 20 + 76 + 771)
    assert totals["macs"] == (2304 + 768, 1152 + 4608 + 768)
    assert totals["training_macs"] == (2 * 2304 + 3 * 768, 2 * 1152 + 3 * 4608 + 3 * 768)
    assert totals["activation_bytes"] == (4 * (64 + 3 * 256 + 3), 4 * (64 + 2 * 128 + 2 * 256 + 3))
    assert totals["step_images"] == (10, 20)
    before, after = totals["step_bytes"]
    assert before == check(BEFORE).step.memory.total
    assert after == check(AFTER, images=20).step.memory.total


def test_equal_networks(check):
    comparison = compare(check(BEFORE, "a.yaml"), check(BEFORE, "b.yaml"))
    assert comparison.same
    lines = diff_text(comparison).splitlines()
    assert lines[:4] == [
        "--- a.yaml: a, 8x8x1 -> 3 scores",
        "+++ b.yaml: b, 8x8x1 -> 3 scores",
        "",
        "the networks are the same: 5 layers with the same shapes and parameters",
    ]
    assert [line.split()[-1] for line in lines[7:]] == ["0"] * 7


def test_a_name_is_no_difference(check):
    named = "architecture: INPUT(8x8x1) -> CONV-4(name=first) -> RELU -> DROPOUT -> FC-3"
    comparison = compare(check(BEFORE), check(named))
    assert comparison.same
    assert "\n\nother names:\n  conv1 -> first\n\n" in diff_text(comparison)


BRANCHES = "architecture: INPUT(8x8x1) -> {} -> POOL(F=3, S=1, P=1) -> {} -> FC-3"


def inputs(comparison) -> list[Difference]:
    return [c.differences["from"] for c in comparison.layers if "from" in c.differences]


def test_what_a_layer_reads(check):
    before = check(BRANCHES.format("CONV-4(name=a)", "ADD(from=[a, pool1])"))
    assert inputs(compare(before, before)) == []
    # the same layer under another name, and one more between them
    after = check(BRANCHES.format("CONV-4(name=b) -> RELU", "ADD(from=[b, pool1])"))
    assert inputs(compare(before, after)) == []
    after = check(BRANCHES.format("CONV-4(name=a)", "ADD(from=[pool1, a])"))
    assert inputs(compare(before, after)) == [Difference(["a", "pool1"], ["pool1", "a"])]
    assert "~ add1  ADD  from a, pool1 -> pool1, a" in diff_text(compare(before, after))
    chain = check(BRANCHES.format("CONV-4(name=a)", "RELU(name=add1)"))
    found = diff_text(compare(before, chain))
    assert "~ add1  RELU  kind add -> relu\n    from a, pool1 -> the layer above" in found


def test_text(check):
    text = diff_text(compare(check(BEFORE, "a.yaml"), check(AFTER, "b.yaml")))
    differences, _, table = text.partition("\n\ntotal")
    assert differences == TEXT.rstrip("\n")
    assert [" ".join(line.split()) for line in table.splitlines()[2:-1]] == TOTALS
    assert table.splitlines()[-1].startswith("memory of a training step  ")
    assert "\nthreads" not in text


def test_json(check):
    found = json.loads(diff_json(compare(check(BEFORE, "a.yaml"), check(AFTER, "b.yaml"))))
    assert (found["before"], found["after"]) == (
        {"file": "a.yaml", "name": "a"},
        {"file": "b.yaml", "name": "b"},
    )
    assert found["same"] is False
    assert found["layers"][1] == {
        "change": "added",
        "before": None,
        "after": "conv1",
        "kind": "CONV",
        "differences": {},
    }
    assert found["layers"][4] == {
        "change": "changed",
        "before": "relu1",
        "after": "relu2",
        "kind": "RELU",
        "differences": {"receptive_field": {"before": [3, 3], "after": [5, 5]}},
    }
    assert found["total"]["parameters"] == {"before": 811, "after": 867, "difference": 56}


def test_values_as_texts(check):
    before = check("architecture: INPUT(8x9x1) -> CONV-4 -> FC-3")
    sides = "P={left: 1, right: 0, top: 2, bottom: 1}"
    after = check(f"architecture: 'INPUT(8x9x1) -> CONV(K=4, F=2x4, {sides}, bias=false) -> FC-3'")
    assert (
        "  F 3 -> 2x4\n    P 1 -> {left: 1, right: 0, top: 2, bottom: 1}\n    bias true -> false\n"
    ) in diff_text(compare(before, after))


@pytest.mark.parametrize(
    ("before", "after"),
    [("resnet18", "resnet34"), ("resnet101", "densenet100"), ("squeezenet", "googlenet")],
)
def test_a_line_holds_one_change(before, after):
    both = compare(*(check_file(CONFIGS / f"{name}.yaml") for name in (before, after)))
    text = diff_text(both)
    changed = [len(change.differences) for change in both.layers if change.what == "changed"]
    lines, _, rest = text.partition("\n\nother names:\n")
    assert sum(line.startswith(("~ ", "    ")) for line in lines.split("\n")) == sum(changed)
    names = rest.partition("\n\n")[0].split("\n")
    assert names == [f"  {c.before.name} -> {c.after.name}" for c in both.layers if c.renamed]
    assert max(map(len, text.split("\n"))) <= 163

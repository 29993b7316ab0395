"""Writing a value into the file: everything else stays, and the file says the new value."""

from pathlib import Path

import pytest

from cnncli.config.load import load_text
from cnncli.config.source_text.edit import apply_edit
from cnncli.geometry import Extent, Padding, Volume
from cnncli.problems import Edit

SIDES = Padding(1, 2, 0, 1)
WRITTEN = "{left: 1, right: 2, top: 0, bottom: 1}"
P2 = Padding(2, 2, 2, 2)


@pytest.mark.parametrize(
    ("before", "field", "value", "after"),
    [
        # lists: a mapping in braces, as a block, empty, with other values in its place
        ("- conv: {K: 8, P: 0} # x", "P", P2, "- conv: {K: 8, P: 2} # x"),
        ("- conv: {K: 8, pad: 0}", "P", SIDES, f"- conv: {{K: 8, pad: {WRITTEN}}}"),
        ("- conv: {K: 8}", "P", P2, "- conv: {K: 8, P: 2}"),
        ("- conv: { K: 8 }", "fit", "crop", "- conv: { K: 8, fit: crop }"),
        ("- conv: {}", "S", Extent(2, 3), "- conv: {S: 2x3}"),
        (
            "- conv:\n    K: 8 # eight\n\n# behind", "P", P2,
            "- conv:\n    K: 8 # eight\n    P: 2\n\n# behind",
        ),
        ("- conv:\n    P:\n      left: 1\n    K: 8", "P", P2, "- conv:\n    P:\n      2\n    K: 8"),
        (
            "- conv:\n    P: {left: 1,\n        right: 1}\n    K: 8", "P", P2,
            "- conv:\n    P: 2\n    K: 8",
        ),
        ("- conv:", "P", P2, "- conv: {P: 2}"),
        ("- conv: # nothing", "P", P2, "- conv: {P: 2} # nothing"),
        ("- conv: null", "P", P2, "- conv: {P: 2}"),
        ("- conv: 8 # K", "P", P2, "- conv: {K: 8, P: 2} # K"),
        ("- conv: 8", "K", 9, "- conv: 9"),
        ("- pool: '3'", "F", Extent(2, 2), "- pool: 2"),
        ("- conv5: 8", "F", Extent(4, 4), "- conv4: 8"),
        ("- pool3: {S: 2}", "F", "global", "- pool: {S: 2, F: global}"),
        ("- 'pool3':", "F", "global", "- 'pool': {F: global}"),
        ("- pool3:\n    S: 2", "F", "global", "- pool:\n    S: 2\n    F: global"),
        ("- POOL3 -> RELU", "F", "global", "- POOL(F=global) -> RELU"),
        ("- POOL3(S=2)", "F", "global", "- POOL(S=2, F=global)"),
        ("- {conv: {K: 8}, name: c}", "F", Extent(1, 1), "- {conv: {K: 8, F: 1}, name: c}"),
        ("- input: 9x9x1", "size", Volume(8, 7, 1), "- input: 8x7x1"),
        ("- input: {size: 9x9x1}", "size", Volume(8, 7, 1), "- input: {size: 8x7x1}"),
        # patterns
        ("- conv", "P", P2, "- conv(P=2)"),
        ("- conv # c", "P", P2, "- conv(P=2) # c"),
        ("- CONV3-64 -> RELU", "P", P2, "- CONV3-64(P=2) -> RELU"),
        ("- CONV3-64 -> RELU", "K", 9, "- CONV3-9 -> RELU"),
        ("- CONV3-64 -> RELU", "F", Extent(5, 5), "- CONV5-64 -> RELU"),
        ("- CONV(K=3,P=1) -> RELU", "P", Padding(), "- CONV(K=3,P=0) -> RELU"),
        ("- CONV(K=3) -> RELU", "P", P2, "- CONV(K=3, P=2) -> RELU"),
        ("- CONV() -> RELU", "P", P2, "- CONV(P=2) -> RELU"),
        ("- CONV(64) -> RELU", "K", 9, "- CONV(9) -> RELU"),
        ("- CONV (64) -> RELU", "P", P2, "- CONV (64, P=2) -> RELU"),
        ("- CONV3 -> RELU", "P", SIDES, f"- 'CONV3(P={WRITTEN}) -> RELU'"),
        ('- "CONV3 -> RELU"', "P", P2, '- "CONV3(P=2) -> RELU"'),
        ('- "\\x43ONV3 -> RELU"', "P", P2, '- "\\x43ONV3(P=2) -> RELU"'),
        ("- 'CONV3'", "P", P2, "- 'CONV3(P=2)'"),
        ("- CONV3\n  -> RELU", "P", P2, "- CONV3(P=2)\n  -> RELU"),
        ("- |\n  CONV3\n  -> RELU", "P", P2, "- |\n  CONV3(P=2)\n  -> RELU"),
        ("- >\n  CONV3\n  -> RELU", "P", P2, "- >\n  CONV3(P=2)\n  -> RELU"),
        ("- [CONV3, RELU]", "P", P2, "- [CONV3(P=2), RELU]"),
        ("- [CONV3-8, RELU]", "P", SIDES, f"- ['CONV3-8(P={WRITTEN})', RELU]"),
    ],
)  # fmt: skip
def test_only_the_value_changes(before, field, value, after):
    text = f"architecture:\n{before}\n- fc: 3\n"
    (layer, *_) = load_text(text, Path("f.yaml")).layers
    path, offset = layer.site[:2]
    new = apply_edit(text, Edit(path, offset, field, value))
    assert new == f"architecture:\n{after}\n- fc: 3\n"
    (changed, *_) = load_text(new, Path("f.yaml")).layers
    assert getattr(changed.layer, field) == value


def test_a_merge_key_is_overruled_not_changed():
    text = (
        "architecture:\n- conv: &c {F: 3}\n- conv: {<<: *c, K: 3}\n- conv: *c\n- {conv: *c}\n"
        "- fc: 3\n"
    )
    anchored, merged, alias, braces, _ = load_text(text, Path("f.yaml")).layers
    assert anchored.is_shared
    assert not alias.is_shared
    for layer in (braces, alias, merged):
        text = apply_edit(text, Edit(*layer.site[:2], "F", Extent(5, 5)))
    assert text == (
        "architecture:\n- conv: &c {F: 3}\n- conv: {<<: *c, K: 3, F: 5}\n"
        "- conv: {<<: *c, F: 5}\n- {conv: {<<: *c, F: 5}}\n- fc: 3\n"
    )


def test_the_value_of_a_key_may_be_an_alias():
    text = "variables: {f: &f 3}\narchitecture:\n- conv: {F: *f}\n- conv: {K: 3, S: *f}\n- fc: 3\n"
    first, second, _ = load_text(text, Path("f.yaml")).layers
    text = apply_edit(text, Edit(*first.site[:2], "F", Extent(5, 5)))
    text = apply_edit(text, Edit(*second.site[:2], "P", P2))
    assert text.splitlines()[2:4] == ["- conv: {F: 5}", "- conv: {K: 3, S: *f, P: 2}"]


def test_a_layer_inside_a_block():
    text = (
        "blocks:\n  b:\n    layers:\n      - CONV3(S=S)\n    parameters: {S: 1}\n"
        "architecture: [input: 8x8x1, b, fc]\n"
    )
    layer = load_text(text, Path("f.yaml")).layers[1]
    assert "CONV3(S=2)" in apply_edit(text, Edit(*layer.site[:2], "S", Extent(2, 2)))


@pytest.mark.parametrize("path", [("architecture", 9), ("blocks", "x"), ("architecture", "x")])
def test_a_layer_that_is_not_there(path):
    with pytest.raises(LookupError):
        apply_edit("architecture: [CONV, FC]\n", Edit(path, 0, "P", 1))

"""Where a hyperparameter's value is written: uses of blocks, their parameters, variables, defaults.

Another value of the constant is derived for every layer that depends on it, and written there.
"""

import pickle
from pathlib import Path

import pytest

from cnncli.config.load import load_text
from cnncli.config.source_text.edit import apply_edit
from cnncli.geometry import Extent, Padding

UNIT = "blocks:\n  unit: {parameters: {K: 8, S: 1}, layers: 'CONV3(K=K, S=S, P=1) -> RELU'}\n"
ONE = "blocks:\n  one: {parameters: [K], layers: CONV1(K=K)}\n"
NESTED = (
    "blocks:\n  inner: {parameters: [L], layers: CONV1(K=L)}\n"
    "  outer: {parameters: {K: 8}, layers: [inner: {L: K}, inner: {L: M}]}\n"
)


def load(text):
    spec = load_text(text, Path("f.yaml"))
    assert spec.problems == ()
    return spec


def convs(spec):
    return [layer for layer in spec.layers if layer.kind == "CONV"]


@pytest.mark.parametrize(
    ("before", "field", "value", "after"),
    [
        # the argument of a use: in a list, in a pattern, alone
        (
            f"{UNIT}architecture: [input: 8x8x3, unit: {{K: 4}}, fc: 2]\n", "K", 6,
            f"{UNIT}architecture: [input: 8x8x3, unit: {{K: 6}}, fc: 2]\n",
        ),
        (
            f"{UNIT}architecture:\n- input: 8x8x3\n- unit:\n    K: 4 # four\n    S: 2\n- fc: 2\n",
            "K", 6,
            f"{UNIT}architecture:\n- input: 8x8x3\n- unit:\n    K: 6 # four\n    S: 2\n- fc: 2\n",
        ),
        (
            f"{UNIT}architecture: INPUT(8x8x3) -> unit(S=2, K=4) -> FC-2\n", "K", 6,
            f"{UNIT}architecture: INPUT(8x8x3) -> unit(S=2, K=6) -> FC-2\n",
        ),
        (
            f"{ONE}architecture: [input: 8x8x3, one: 4, fc: 2]\n", "K", 6,
            f"{ONE}architecture: [input: 8x8x3, one: 6, fc: 2]\n",
        ),
        (
            f"{ONE}architecture: INPUT(8x8x3)->one(4)->FC-2\n", "K", 6,
            f"{ONE}architecture: INPUT(8x8x3)->one(6)->FC-2\n",
        ),
        (
            f"{ONE}architecture: INPUT(8x8x3)->one-4->FC-2\n", "K", 6,
            f"{ONE}architecture: INPUT(8x8x3)->one-6->FC-2\n",
        ),
        (
            f"{UNIT}architecture: [input: 8x8x3, unit: {{S: 2x1}}, fc: 2]\n", "S", Extent(1, 2),
            f"{UNIT}architecture: [input: 8x8x3, unit: {{S: 1x2}}, fc: 2]\n",
        ),
        # the default of a parameter, also where it is passed on inside
        (
            f"{UNIT}architecture: INPUT(8x8x3) -> unit -> unit(K=5) -> FC-2\n", "K", 6,
            f"{UNIT.replace('K: 8', 'K: 6')}"
            "architecture: INPUT(8x8x3) -> unit -> unit(K=5) -> FC-2\n",
        ),
        (
            f"{NESTED}variables: {{M: 5}}\narchitecture: INPUT(8x8x3) -> outer -> FC-2\n", "K", 6,
            f"{NESTED.replace('K: 8', 'K: 6')}variables: {{M: 5}}\n"
            "architecture: INPUT(8x8x3) -> outer -> FC-2\n",
        ),
        (
            f"{NESTED}variables: {{M: 5}}\narchitecture: INPUT(8x8x3) -> outer(K=3) -> FC-2\n",
            "K", 6,
            f"{NESTED}variables: {{M: 5}}\narchitecture: INPUT(8x8x3) -> outer(K=6) -> FC-2\n",
        ),
        # variables
        (
            "variables: {C: 5}\narchitecture: INPUT(8x8x3) -> CONV1(K=C) -> FC-2\n", "K", 6,
            "variables: {C: 6}\narchitecture: INPUT(8x8x3) -> CONV1(K=C) -> FC-2\n",
        ),
        (
            "variables:\n  C: 5\n  D: 4\narchitecture: [input: 8x8x3, conv: D, conv: C, fc: 2]\n",
            "K", 6,
            "variables:\n  C: 5\n  D: 6\narchitecture: [input: 8x8x3, conv: D, conv: C, fc: 2]\n",
        ),
        (
            f"{UNIT}variables: {{C: 5}}\narchitecture: INPUT(8x8x3) -> unit(K=C) -> FC-2\n", "K", 6,
            f"{UNIT}variables: {{C: 6}}\narchitecture: INPUT(8x8x3) -> unit(K=C) -> FC-2\n",
        ),
        (
            "variables: {p: 0}\narchitecture: INPUT(8x8x3) -> CONV3(P=p) -> FC-2\n",
            "P", Padding(1, 2, 0, 0),
            "variables: {p: {left: 1, right: 2, top: 0, bottom: 0}}\n"
            "architecture: INPUT(8x8x3) -> CONV3(P=p) -> FC-2\n",
        ),
        # defaults, by any name, alone, dealt out
        (
            "defaults: {conv: {filters: 5}}\narchitecture: INPUT(8x8x3) -> CONV1 -> FC-2\n", "K", 6,
            "defaults: {conv: {filters: 6}}\narchitecture: INPUT(8x8x3) -> CONV1 -> FC-2\n",
        ),
        (
            "defaults: {conv: 5}\narchitecture: INPUT(8x8x3) -> CONV1 -> FC-2\n", "K", 6,
            "defaults: {conv: 6}\narchitecture: INPUT(8x8x3) -> CONV1 -> FC-2\n",
        ),
        (
            "defaults: {conv3: {K: 5}}\narchitecture: INPUT(8x8x3) -> CONV -> FC-2\n",
            "F", Extent(1, 1),
            "defaults: {conv1: {K: 5}}\narchitecture: INPUT(8x8x3) -> CONV -> FC-2\n",
        ),
        (
            "variables: {C: 5}\ndefaults: {conv: [C]}\narchitecture: INPUT(8x8x3)-CONV1-FC-2\n",
            "K", 6,
            "variables: {C: 6}\ndefaults: {conv: [C]}\narchitecture: INPUT(8x8x3)-CONV1-FC-2\n",
        ),
        # aliases: what else refers to the anchor stays
        (
            f"{UNIT}x: &x {{K: 4}}\narchitecture: [input: 8x8x3, unit: *x, fc: 2]\n", "K", 6,
            f"{UNIT}x: &x {{K: 4}}\narchitecture: [input: 8x8x3, unit: {{<<: *x, K: 6}}, fc: 2]\n",
        ),
        (
            f"{ONE}x: &x 4\narchitecture: [input: 8x8x3, one: *x, fc: 2]\n", "K", 6,
            f"{ONE}x: &x 4\narchitecture: [input: 8x8x3, one: 6, fc: 2]\n",
        ),
        (
            "x: &x 4\nvariables: {C: *x}\narchitecture: INPUT(8x8x3) -> CONV1(K=C) -> FC-2\n",
            "K", 6,
            "x: &x 4\nvariables: {C: 6}\narchitecture: INPUT(8x8x3) -> CONV1(K=C) -> FC-2\n",
        ),
    ],
)  # fmt: skip
def test_the_constant_is_changed_where_it_is_written(before, field, value, after):
    (layer, *_) = convs(load_text(before, Path("f.yaml")))
    origin = layer.origins[field]
    new = apply_edit(before, origin.edit(value))
    assert new == after
    (changed, *_) = convs(load_text(new, Path("f.yaml")))
    assert changed.layer == layer.with_constant(origin, value) != layer.layer
    assert getattr(changed.layer, field) == value


def test_all_that_depends_on_a_constant_has_an_equal_origin():
    spec = load(
        f"{UNIT}variables: {{C: 4}}\narchitecture: INPUT(8x8x3) -> [unit(K=C)]*2 -> "
        "CONV(K=C, F=C) -> unit -> unit -> unit(K=4) -> unit(K=4) -> CONV1-4 -> FC-2\n"
    )
    K = [layer.origins.get("K") for layer in convs(spec)]
    assert K[0] == K[1] == K[2]
    assert convs(spec)[2].origins["F"] == K[0]
    assert K[3] == K[4] != K[0]
    assert K[7] is None
    assert len({*K[:7]}) == 4
    assert [K[0].place.line, K[0].place.column, K[0].home.column] == [3, 16, 1]
    assert [layer.with_constant(K[0], 6).K for layer in convs(spec)] == [6, 6, 6, 8, 8, 4, 4, 4]


def test_a_value_that_a_layer_cannot_have():
    spec = load("variables: {N: 3}\narchitecture: INPUT(9x9x3) -> CONV(K=N, F=N, P=N) -> FC-2\n")
    (conv,) = convs(spec)
    origin = conv.origins["F"]
    assert conv.with_constant(origin, Extent(5, 5)).K == 5
    assert conv.with_constant(origin, Extent(5, 3)) is None
    assert conv.with_constant(origin, 0) is None


def test_one_text_by_two_paths_is_one_constant():
    """What an alias in a list repeats is written once, and changes for both."""
    spec = load(f"{ONE}architecture: [input: 8x8x3, &x {{one: 4}}, *x, fc: 2]\n")
    first, second = (layer.origins["K"] for layer in convs(spec))
    assert first.site != second.site
    assert first == second


def test_what_aliases_share_has_no_origin():
    spec = load(f"{UNIT}architecture: [input: 8x8x3, unit: &x {{K: 4}}, unit: *x, fc: 2]\n")
    shared, own = convs(spec)
    assert "K" not in shared.origins
    assert own.origins["K"].site.path == ("architecture", 2, "unit")


def test_a_value_that_a_command_has_set():
    text = "variables: {C: 4}\narchitecture: INPUT(8x8x3) -> CONV1(K=C) -> FC-2\n"
    (conv,) = convs(load_text(text, Path("f.yaml"), ["variables.C=6"]))
    assert conv.layer.K == 6
    assert conv.origins["K"].place.line is None


def test_origins_can_be_sent_to_another_process():
    (conv,) = convs(load(f"{ONE}architecture: INPUT(8x8x3) -> one(4) -> FC-2\n"))
    sent = pickle.loads(pickle.dumps(conv))
    assert sent.origins == conv.origins
    assert sent.with_constant(conv.origins["K"], 5).K == 5


def test_what_follows_from_constants_can_be_sent_to_another_process():
    text = "variables: {C: 4, t: 2}\narchitecture: INPUT(8x8x3) -> CONV(K=t*C + 1) -> FC-2\n"
    (conv,) = convs(load(text))
    first, (second,) = conv.origins["K"], conv.origins["K"].others
    sent = pickle.loads(pickle.dumps(conv))
    assert [first.field, second.field] == ["C", "t"]
    assert [sent.with_constant(each, 5).K for each in (first, second)] == [11, 21]

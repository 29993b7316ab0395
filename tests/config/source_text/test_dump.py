import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnncli.config.source_text.dump import dump

FULL = (
    "data: {name: npz, root: 'x y/é: #\u2028.npz', augment: [flip, {crop: 2}], validation: 0.1, "
    "size: 3x4x3, normalise: no}\n"
    "architecture: 'INPUT(32x32x3) - CONV3-64 - RELU - CONV(P={left: 1, right: 2}, F=3x5, S=1, "
    "init=normal(0.01), fit=pad) - CONV(P=same) - BN - DROPOUT-0.3 - POOL(3, S=2, mode=average) "
    "- FC10 - SOFTMAX'\n"
    "fit: crop\n"
    "train: {schedule: {name: multistep, at: [1, 2.5]}, early_stopping: {}, clip_norm: 1e-8, "
    "init: xavier, loss: svm, optimizer: {name: adam, lr: 1e-4}, threads: 2}\n"
)


def dumped(spec):
    return dump(spec, [(layer.name, layer.layer) for layer in spec.layers])


def test_loading_a_dump_gives_the_same(read):
    spec = read(FULL)
    spec.check()
    again = read(dumped(spec))
    assert again.problems == ()
    for part in ("name", "data", "fit", "train"):
        assert getattr(again, part) == getattr(spec, part)
    assert [(x.name, x.layer) for x in again.layers] == [(x.name, x.layer) for x in spec.layers]
    assert dumped(again) == dumped(spec)


def test_branches_and_limits_come_back(read):
    spec = read(
        "blocks: {unit: {parameters: {K: 4}, layers: [CONV3(K=K), relu, "
        "{add: {}, from: [-1, input], name: sum}]}}\n"
        "architecture: [input: 8x8x4, {unit: {}, repeat: 2}, "
        "{concat: {}, from: [-1, unit1]}, fc: 2]\n"
        "limits: {train_memory: 2 MiB}\n"
    )
    spec.check()
    text = dumped(spec)
    again = read(text)
    assert again.problems == ()
    assert [(x.name, x.inputs) for x in again.layers] == [(x.name, x.inputs) for x in spec.layers]
    assert "  - {name: concat1, concat: {}, from: [unit2.sum, unit1.sum]}" in text.splitlines()
    assert again.limits == spec.limits
    assert again.limits.train_memory == 2 * 1024**2


def test_how_it_looks(read):
    spec = read("name: x\narchitecture: INPUT(8x8x3)-CONV(F=1x3,P=0)-FC(2)\n")
    assert dumped(spec).splitlines()[:6] == [
        "name: x",
        "architecture:",
        "  - {name: input1, input: {size: 8x8x3}}",
        "  - {name: conv1, conv: {K: 12, F: 1x3, S: 1, P: 0, dilation: 1, groups: 1, bias: true}}",
        "  - {name: fc1, fc: {K: 2, bias: true}}",
        "fit: strict",
    ]


@given(st.text(st.characters(codec="utf-8", exclude_categories=["Cc"]), min_size=1, max_size=20))
def test_any_path_comes_back(read, name):
    root = "/" + name.replace("/", "_")
    spec = read("architecture: INPUT-FC\n", "data={name: npz, root: x}")
    data = spec.data.__class__(name="npz", root=spec.data.root.__class__(root))
    changed = spec.__class__(**(vars(spec) | {"data": data}))
    layers = [(layer.name, layer.layer) for layer in spec.layers]
    assert read(dump(changed, layers)).data == data


@pytest.mark.parametrize("name", ["1e-3", "010", "no", "null", "true", "3"])
def test_names_that_look_like_something_else(read, name):
    spec = read(f"name: '{name}'\narchitecture: INPUT-FC\n")
    assert read(dump(spec, [("input1", spec.layers[0].layer)])).name == name

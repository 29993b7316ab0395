import re
from dataclasses import replace

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from cnncli.graph.advice import remedies
from cnncli.kernels.geometry import Extent, Padding
from cnncli.layers.base import Context, LayerError
from cnncli.layers.conv import Conv
from cnncli.layers.hyperparameters import Volume
from cnncli.layers.pool import Pool


def conv(F, S=1, P=0, K=1) -> Conv:
    F, S = (n if isinstance(n, Extent) else Extent(n, n) for n in (F, S))
    P = P if isinstance(P, Padding) else Padding(P, P, P, P)
    return Conv(K=K, F=F, S=S, P=P, fit="strict")


@pytest.mark.parametrize(
    ("layer", "volume", "text"),
    [
        (
            conv(11, 4),
            Volume(224, 224, 3),
            "These fit: input 227x227 (55); input 223x223 (54); "
            "P: {left: 1, right: 2, top: 1, bottom: 2} (55); S=3 (72);\n"
            "or say what to do with the rest: fit: pad (55, adds 3) or "
            "fit: crop (54, drops 1 row and 1 column).",
        ),
        (
            conv(3, 2),
            Volume(10, 10, 1),
            "These fit: input 11x11 (5); input 9x9 (4); "
            "P: {left: 0, right: 1, top: 0, bottom: 1} (5); S=1 (8);\n"
            "or say what to do with the rest: fit: pad (5, adds 1) or "
            "fit: crop (4, drops 1 row and 1 column).",
        ),
        (
            conv(3, 3, 1),
            Volume(5, 5, 1),
            "These fit: input 7x7 (3); input 4x4 (2); P=2 (3); S=2 (3);\n"
            "or say what to do with the rest: fit: pad (3, adds 2) or "
            "fit: crop (2, drops 1 row and 1 column).",
        ),
        (  # only the height does not fit
            conv(3, 2),
            Volume(9, 10, 1),
            "These fit: input 9x11 (4x5); input 9x9 (4); "
            "P: {left: 0, right: 0, top: 0, bottom: 1} (4x5); S=1 (7x8);\n"
            "or say what to do with the rest: fit: pad (4x5, adds 1 row) or "
            "fit: crop (4, drops 1 row).",
        ),
        (  # different strides: only the one that does not fit is changed
            conv(Extent(3, 5), Extent(2, 3)),
            Volume(9, 9, 1),
            "These fit: input 9x11 (4x3); input 9x8 (4x2); P=0x1 (4x3); S=2 (4x3);\n"
            "or say what to do with the rest: fit: pad (4x3, adds 2 rows) or "
            "fit: crop (4x2, drops 1 row).",
        ),
        (
            conv(5),
            Volume(3, 8, 1),
            "These fit: input 5x8 (1x4); F=3x5 (1x4); P=1x0 (1x4).",
        ),
    ],
)
def test_remedies_of_a_first_layer(layer, volume, text):
    assert remedies(layer, volume, ()) == f"\n{text}"


def test_a_window_that_is_too_large_is_so_under_any_fit():
    for fit in ("crop", "pad"):
        text = remedies(replace(conv(5), fit=fit), Volume(3, 3, 1), ())
        assert text == "\nThese fit: input 5x5 (1); F=3 (1); P=1 (1)."


def test_numbers_that_nobody_means_take_no_time():
    text = remedies(conv(3, 10**12), Volume(10**6 + 1, 10**6 + 2, 1), ())
    assert "S=1 (999999x1000000)" in text


def test_padding_of_a_pool_stays_smaller_than_its_window():
    pool = Pool(F=Extent(1, 1), S=Extent(2, 2), fit="strict")
    text = remedies(pool, Volume(4, 4, 1), ())
    assert text == (
        "\nThese fit: input 5x5 (3); input 3x3 (2); S=1 (4);\n"
        "or say what to do with the rest: fit: crop (2, drops 1 row and 1 column)."
    )


def test_a_fault_that_is_not_of_the_size_rule_gets_no_sizes():
    pool = Pool(F=Extent(2, 2), P=Padding(2, 2, 2, 2), fit="strict")
    assert remedies(pool, Volume(8, 8, 1), ()) == ""
    assert remedies(pool, Volume(9, 9, 1), ()) == ""


def test_padding_that_is_same_always_fits_and_a_layer_without_a_window_too():
    assert remedies(replace(conv(3), P="same"), Volume(1, 1, 1), ()) == ""
    assert remedies(object(), Volume(1, 1, 1), ()) == ""


sizes = st.integers(1, 30)
small = st.integers(1, 7)


@given(sizes, sizes, small, small, small, small, st.integers(0, 3))
def test_every_remedy_of_the_text_fits(W, H, F_w, F_h, S_w, S_h, P):
    layer, volume = conv(Extent(F_w, F_h), Extent(S_w, S_h), P), Volume(W, H, 2)
    try:
        layer.out_shape((volume,))
    except LayerError:
        pass
    else:
        assume(False)
    text = remedies(layer, volume, ()).replace("\n", " ")
    found = re.findall(r"(input \S+|P: \{.*?\}|P=\S+|S=\S+|F=\S+|fit: \w+) \((\d+)x?(\d*)", text)
    assert found
    for remedy, across, down in found:
        mended, size = apply(remedy, layer, volume)
        out = mended.complete(Context()).out_shape((size,))
        assert out == (int(across), int(down or across), 1), remedy


def apply(remedy: str, layer: Conv, volume: Volume) -> tuple[Conv, Volume]:
    """The layer and the volume as the remedy's words ask for."""
    numbers = [int(n) for n in re.findall(r"\d+", remedy)]
    both = Extent(numbers[0], numbers[-1]) if numbers else Extent(0, 0)
    if remedy.startswith("input"):
        return layer, Volume(*both, volume.D)
    if remedy.startswith("P:"):
        return replace(layer, P=Padding(*numbers)), volume
    if remedy.startswith("P="):
        return replace(layer, P=Padding(both.W, both.W, both.H, both.H)), volume
    if remedy.startswith("fit"):
        return replace(layer, fit=remedy.split()[1]), volume
    return replace(layer, **{remedy[0]: both}), volume

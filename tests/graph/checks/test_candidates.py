"""Changes of one hyperparameter with which a window fits, the smallest first."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnncli.geometry import Extent, Padding, Volume
from cnncli.graph.checks.candidates import candidates
from cnncli.layers.base import Context, LayerError
from cnncli.layers.conv import Conv
from cnncli.layers.pool import Pool


def conv(F, S=1, P=0, K=1) -> Conv:
    F, S = (n if isinstance(n, Extent) else Extent(n, n) for n in (F, S))
    P = P if isinstance(P, Padding) else Padding(P, P, P, P)
    return Conv(K=K, F=F, S=S, P=P)


def changes(layer, *volume: int) -> list[str]:
    found = candidates(0, layer, Context(), Volume(*volume))
    assert [c.amount for c in found] == sorted(c.amount for c in found)
    return [f"{c.field}={c.value}" + (f" {c.note}" if c.note else "") for c in found]


@pytest.mark.parametrize(
    ("layer", "volume", "expected"),
    [
        (
            conv(11, 4),
            (224, 224, 3),
            [
                "fit=crop drops 1 row and 1 column",
                "P={left: 1, right: 2, top: 1, bottom: 2}",
                "fit=pad adds 3 rows and 3 columns",
                "F=12",
                "S=3",
                "F=8",
            ],
        ),
        (
            conv(3, 3, 1),
            (5, 5, 1),
            [
                "P={left: 0, right: 1, top: 0, bottom: 1}",
                "fit=crop drops 1 row and 1 column",
                "P=2",
                "fit=pad adds 2 rows and 2 columns",
                "S=2",
                "F=4",
                "F=1",
            ],
        ),
        (  # only the height does not fit
            conv(3, 2),
            (9, 10, 1),
            [
                "P={left: 0, right: 0, top: 0, bottom: 1}",
                "fit=pad adds 1 row",
                "fit=crop drops 1 row",
                "S=1",
            ],
        ),
        (  # different strides: only the one that does not fit is changed
            conv(Extent(3, 5), Extent(2, 3)),
            (9, 9, 1),
            [
                "fit=crop drops 1 row",
                "P=0x1",
                "fit=pad adds 2 rows",
                "F=3x6",
                "S=2",
                "F=3",
                "S=2x4",
            ],
        ),
        (conv(5), (3, 8, 1), ["F=3", "P=1x0"]),
        (replace(conv(5), fit="crop"), (3, 3, 1), ["F=3", "P=1"]),
        (  # padding of a pool stays smaller than its window
            Pool(F=Extent(1, 1), S=Extent(2, 2)),
            (4, 4, 1),
            ["fit=crop drops 1 row and 1 column", "F=2", "S=1"],
        ),
        (Pool(F=Extent(2, 2), P=Padding(2, 2, 2, 2)), (8, 8, 1), ["P=1", "F=4"]),
        (Conv(K=1, F=Extent(4, 4)), (8, 8, 1), ["P=same", "P=0", "F=3", "F=5"]),
    ],
)
def test_what_fits(layer, volume, expected):
    found = changes(layer, *volume)
    assert sorted(found) == sorted(expected)
    assert found[0] == expected[0]


def test_numbers_that_nobody_means_take_no_time():
    assert changes(conv(3, 10**12), 10**4 + 1, 10**4 + 2, 1)


def test_a_layer_without_a_window_has_none():
    assert candidates(0, object(), Context(), Volume(1, 1, 1)) == []


sizes = st.integers(1, 30)
small = st.integers(1, 7)


@given(sizes, sizes, small, small, small, small, st.integers(0, 3))
def test_every_candidate_fits(W, H, F_w, F_h, S_w, S_h, P):
    layer, volume = conv(Extent(F_w, F_h), Extent(S_w, S_h), P), Volume(W, H, 2)
    try:
        layer.complete(Context()).out_shape((volume,))
    except LayerError:
        found = candidates(0, layer, Context(), volume)
        # no side is padded by more than the filter reaches over
        assert found or any(f == 1 or s > f for f, s in zip(layer.F, layer.S, strict=True))
        for change in found:
            mended = replace(layer, **{change.field: change.value}).complete(Context())
            assert min(mended.out_shape((volume,))) >= 1
            assert getattr(mended, change.field) != getattr(layer, change.field)

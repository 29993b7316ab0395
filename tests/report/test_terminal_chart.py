"""Bars, shades and curves of characters."""

import codecs

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnncli.report.loss_curve import loss_curve
from cnncli.report.terminal_chart import bars, curves, shades, shades_legend, signs_of

BLOCKS, ASCII = signs_of("utf-8"), signs_of("ascii")
WIDTHS = [60, 80, 120, 200]


@pytest.mark.parametrize(
    ("encoding", "bar"),
    [("utf-8", "█"), ("utf-16", "█"), ("cp437", "█"), ("koi8-r", "█"), ("ascii", "#"),
     ("latin-1", "#"), ("cp1252", "#"), (None, "#"), ("no-such-encoding", "#")],
)  # fmt: skip
def test_signs_are_of_the_encoding(encoding, bar):
    signs = signs_of(encoding)
    assert signs.bar[-1] == bar
    if encoding and encoding != "no-such-encoding":
        codecs.encode("".join(signs), encoding)
    assert len(set(signs.shades)) == 5
    assert len({signs.first, signs.second, signs.both, " "}) == 4


def test_bars():
    rows = [("a", 1.0), ("long", 0.5), ("c", 0.0), ("d", None), ("e", 0.001), ("f", 0.9999)]
    assert bars(rows, BLOCKS, 24).split("\n") == [
        "a     1.0000  ██████████",
        "long  0.5000  █████",
        "c     0.0000",
        "d          -",
        "e     0.0010  ▏",
        "f     0.9999  █████████▉",
    ]
    assert bars(rows, ASCII, 24).split("\n") == [
        "a     1.0000  ##########",
        "long  0.5000  #####",
        "c     0.0000",
        "d          -",
        "e     0.0010  #",
        "f     0.9999  #########",
    ]


def test_shades():
    rows = [[95, 5, 0], [1, 2, 1], [0, 0, 0]]
    assert shades(["a", "bb", "c"], rows, BLOCKS).split("\n") == ["a   ██░░", "bb  ▒▒▓▓▒▒", "c"]
    assert shades(["a", "bb", "c"], rows, ASCII).split("\n") == ["a   ##..", "bb  ::++::", "c"]
    assert shades(["a", "bb", "c"], rows, ASCII, 8).split("\n") == ["a   #.", "bb  :+:", "c"]
    assert shades(["a", "bb", "c"], rows, ASCII, 6) is None
    assert shades_legend(BLOCKS) == "up to ░ 5 %, ▒ 25 %, ▓ 75 %, █ 100 %"


def test_one_curve():
    assert curves([(1, 4.0), (5, 2.0)], [], ASCII, 27) == [
        "4 |**",
        "  |  ***",
        "  |     ***",
        "  |        ***",
        "3 |           **",
        "  |             ***",
        "  |                ***",
        "  |                   ***",
        "2 |                      **",
        "  +------------------------",
        "   1                      5",
    ]


def test_two_curves_over_two_decades():
    first = [(epoch, 2.0 / 10**epoch) for epoch in range(3)]
    second = [(0, 2.0), (1, 0.2), (2, 0.2)]
    assert curves(first, second, BLOCKS, 30) == [
        "   2 │◉◉◉◉",
        "     │    ◉◉◉◉",
        "     │        ◉◉◉",
        "     │           ◉",
        " 0.2 │            ◉◉◉◉○○○○○○○○",
        "     │                ●●●●",
        "     │                    ●●",
        "     │                      ●",
        "0.02 │                       ●",
        "     └────────────────────────",
        "      0                      2",
    ]


def test_many_points_come_to_their_means():
    drawn = curves([(x, float(x % 2)) for x in range(100_000)], [], ASCII, 50)
    assert drawn[4].endswith("*" * 40)
    assert drawn[-1].split() == ["0", "99,999"]


def test_a_level_curve():
    drawn = curves([(1, 0.5), (2, 0.5)], [], ASCII, 40)
    assert drawn[0] == "0.5 |" + "*" * 35
    assert [line.strip() for line in drawn[1:9]] == ["|"] * 8


@pytest.mark.parametrize(
    "points",
    [[], [(1, 0.5)], [(1, 0.5), (1, 0.7)], [(1, float("nan")), (2, 0.5)],
     [(1, float("inf")), (2, 0.5)], [(1, 1e300), (2, -1e308)]],
)  # fmt: skip
def test_what_cannot_be_drawn(points):
    assert curves(points, [], BLOCKS) == []
    assert curves([], points, BLOCKS) == []


def test_no_room():
    assert curves([(1, 1.0), (2, 2.0)], [], BLOCKS, 20) == []


NUMBERS = st.floats() | st.floats(0, 10)
POINTS = st.lists(st.tuples(st.integers(0, 2**53), NUMBERS), max_size=30)


@given(POINTS, POINTS, st.sampled_from(WIDTHS), st.sampled_from([BLOCKS, ASCII]))
def test_curves_fit(first, second, width, signs):
    drawn = curves(first, second, signs, width)
    assert all(len(line) <= width for line in drawn)
    assert len(drawn) in (0, 11)


@given(
    st.lists(st.none() | st.floats(0, 1), min_size=1, max_size=20),
    st.text(max_size=22),
    st.sampled_from(WIDTHS),
)
def test_bars_and_shades_fit(shares, name, width):
    names = [name, *("x" * 22 for _ in shares[1:])]
    drawn = bars([*zip(names, shares, strict=True)], BLOCKS, width).split("\n")
    counts = [[int(100 * (share or 0))] * len(shares) for share in shares]
    matrix = shades(names, counts, BLOCKS, width)
    assert matrix is not None
    assert "\n" in name or all(len(line) <= width for line in drawn + matrix.split("\n"))


def epochs(*losses, **more):
    return [
        {"kind": "epoch", "epoch": i, "train_loss": loss} | more for i, loss in enumerate(losses, 1)
    ]


def test_the_loss_by_epoch():
    assert loss_curve(epochs(2.0, 1.0), ASCII).split("\n")[0] == "loss by epoch: training *"
    drawn = loss_curve(epochs(2.0, 1.0, validation_loss=1.5), BLOCKS).split("\n")
    assert drawn[0] == "loss by epoch: training ●, validation ○, both ◉"
    assert drawn[-1].split() == ["1", "2"]


def test_the_loss_by_step_where_one_epoch_has_ended():
    steps = [{"kind": "step", "step": 10 * i, "loss": 1.0 / i} for i in (1, 2, 3)]
    drawn = loss_curve([*steps, *epochs(2.0), {"kind": "test", "step": 30}], ASCII).split("\n")
    assert drawn[0] == "loss by step: training *"
    assert drawn[-1].split() == ["10", "30"]


@pytest.mark.parametrize(
    "line",
    [{"kind": "epoch"}, {"kind": []}, {"kind": "epoch", "epoch": "1", "train_loss": 1.0},
     {"kind": "epoch", "epoch": 10**400, "train_loss": 1.0},
     {"kind": "epoch", "epoch": 9, "train_loss": 10**400},
     {"kind": "epoch", "epoch": 9, "train_loss": "\x1b[31m"},
     {"kind": "epoch", "epoch": None, "train_loss": float("nan")}],
)  # fmt: skip
def test_metrics_that_say_something_else_are_left_out(line):
    assert loss_curve([line, *epochs(2.0, 1.0)], ASCII) == loss_curve(epochs(2.0, 1.0), ASCII)
    assert loss_curve([line], ASCII) == ""

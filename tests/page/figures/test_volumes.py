"""Boxes that volumes are drawn as."""

import re
from itertools import pairwise

import pytest

from cnncli.geometry import Volume
from cnncli.page.figures.volumes import SLAB, Solid, length


def points(path):
    return [tuple(map(float, re.findall(r"-?[\d.]+", corner))) for corner in path.split("L")]


def faces(elements):
    return [points(path.get("d")) for path in elements]


def test_a_side_is_longer_the_more_there_is():
    lengths = [length(size) for size in range(1, 5_000)]
    assert all(one < other for one, other in pairwise(lengths))
    assert length(1) == 5
    assert length(2**31) < 160


@pytest.mark.parametrize(
    "volume", [Volume(227, 227, 3), Volume(1, 1, 4096), Volume(7, 300, 1)], ids=str
)
def test_the_front_is_w_x_h_and_the_depth_d(volume):
    (solid,) = Solid(volume).draw(100, 50, ["blue"])
    _, lid, side, front = faces(solid)
    (left, top), (right, _), (_, low), _ = front
    assert right - left == pytest.approx(length(volume.W), abs=0.1)
    assert low - top == pytest.approx(length(volume.H), abs=0.1)
    assert (left, (top + low) / 2) == (100, pytest.approx(50, abs=0.1))
    for near, far in ((lid[0], lid[1]), (side[0], side[1])):
        assert far[0] - near[0] == pytest.approx(0.75 * length(volume.D), abs=0.1)
        assert near[1] - far[1] == pytest.approx(0.35 * length(volume.D), abs=0.1)


@pytest.mark.parametrize("slabs", [0, 1, 5])
def test_it_stays_in_its_place(slabs):
    solid = Solid(Volume(32, 32, 16), slabs)
    pieces = solid.draw(10, 80, ["blue", *["red"] * slabs])
    assert len(pieces) == 1 + slabs
    corners = [corner for piece in pieces for face in faces(piece) for corner in face]
    across, down = zip(*corners, strict=True)
    assert min(across) == 10
    assert max(across) == pytest.approx(10 + solid.width, abs=0.1)
    assert (min(down), max(down)) == pytest.approx((80 - solid.up, 80 + solid.down), abs=0.1)
    if slabs:
        assert solid.width == pytest.approx(Solid(Volume(32, 32, 16)).width + 0.75 * SLAB * slabs)

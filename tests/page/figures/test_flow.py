"""Where the parts of a graph stand, and the lines between them."""

import re
from itertools import combinations
from random import Random

import pytest

from cnncli.page.figures.flow import MARGIN, Stop, flow
from cnncli.page.figures.lanes import Lanes


def graph(kind):
    """The inputs of each stop."""
    if kind == "chain":
        return [[], *([i] for i in range(39))]
    if kind == "skips":  # of every third stop a side way to the next but two
        return [[], *([i, i - 2] if i % 3 == 2 else [i] for i in range(60))]
    if kind == "branches":
        inputs = [[]]
        for _ in range(8):
            start = len(inputs) - 1
            inputs += [[start], [start], [start + 2], [start], [start + 1, start + 3, start + 4]]
        return inputs
    random = Random(kind)
    return [[], *(random.sample(range(i + 1), min(i + 1, random.choice([1, 1, 2, 3])))
                  for i in range(60))]  # fmt: skip


KINDS = ["chain", "skips", "branches", *range(8)]


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_stands_in_the_way_of_a_line(kind):
    inputs = graph(kind)
    lanes = Lanes(inputs)
    assert len(lanes.lines) + lanes.left_out == sum(map(len, inputs))
    taken = {}
    for i, place in enumerate(zip(lanes.ranks, lanes.of, strict=True)):
        assert place not in taken
        taken[place] = i
    for line in lanes.lines:
        assert line.source in inputs[line.target]
        assert lanes.ranks[line.source] < lanes.ranks[line.target]
        for rank in range(lanes.ranks[line.source] + 1, lanes.ranks[line.target]):
            assert taken.setdefault((rank, line.lane), line) == line
    crossing = [
        sum(lanes.ranks[a] <= rank < lanes.ranks[b] for a, b, _ in lanes.lines)
        for rank in range(max(lanes.ranks) + 1)
    ]
    assert lanes.crossing() == crossing


@pytest.mark.parametrize("kind", KINDS)
def test_stops_do_not_touch_and_lines_meet_them(kind):
    inputs, random = graph(kind), Random(0)
    stops = [
        Stop(tuple(sources), random.uniform(20, 90), random.uniform(5, 40), random.uniform(20, 60),
             (10, 0))
        for sources in inputs
    ]  # fmt: skip
    found = flow(stops, 600, 20)
    boxes = [
        (place.x, place.y - stop.up, place.x + stop.width, place.y + stop.down)
        for place, stop in zip(found.places, stops, strict=True)
    ]
    for one, other in combinations(boxes, 2):
        apart = one[2] <= other[0] or other[2] <= one[0] or one[3] <= other[1] or other[3] <= one[1]
        assert apart, (one, other)
    assert all(x >= MARGIN and y >= 20 and right <= found.width and low <= found.height + 1e-9
               for x, y, right, low in boxes)  # fmt: skip
    assert found.width <= 1.08 * 600
    assert len(found.tops) == 1 + max(place.row for place in found.places)
    lines = Lanes(inputs).lines
    for line, path in zip(lines, found.lines, strict=True):
        source, target = found.places[line.source], found.places[line.target]
        assert path.startswith(f"M{source.x + 10:.1f} {source.y:.1f}")
        assert path.endswith(f"H{target.x:.1f}")
        assert path.count("M0 ") == target.row - source.row
        _, height = re.findall(r"V([\d.]+)|M[\d.]+ ([\d.]+)", path)[-1]
        last = height or re.findall(r"V([\d.]+)", path)[-1]
        assert float(last) == pytest.approx(target.y, abs=0.06)


def test_lines_that_find_no_room_are_counted():
    many = [[], *([0] for _ in range(40)), list(range(1, 41)), *([41] for _ in range(2_000))]
    assert Lanes(many).left_out == sum(map(len, many)) - 1_000

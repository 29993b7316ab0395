import math
import re

import numpy as np
import pytest

from cnncli.page.figures.chart import Chart, Curve
from cnncli.page.markup import html


def curve(x, y, most=2000, **look):
    return Curve.of("one", x, y, most, **{"colour": "blue", **look})


def test_points_stand_at_their_values():
    chart = Chart("Loss", "step", [curve([0, 50, 100], [0, 1, 0.5])])
    place = chart.data
    expected = [
        (place["left"] + place["width"] * x / 100, place["top"] + place["height"] * (1 - y))
        for x, y in ((0, 0), (50, 1), (100, 0.5))
    ]
    (path,) = (p for p in chart.drawing.iter("path") if p.get("class") == "blue"
               and "L" in p.get("d"))  # fmt: skip
    found = [
        tuple(map(float, pair.split(","))) for pair in re.findall(r"[\d.]+,[\d.]+", path.get("d"))
    ]
    np.testing.assert_allclose(found, expected, atol=0.051)


def test_what_is_not_finite_breaks_the_curve():
    found = curve([1, 2, 3, 4, 5, 6], [1.0, math.nan, 2.0, 3.0, math.inf, 1e200])
    assert found.x.tolist() == [1, 3, 4]
    assert found.y.tolist() == [1, 2, 3]
    assert [found.x[part].tolist() for part in found.pieces] == [[1], [3, 4]]
    assert found.dots == [0]


@pytest.mark.parametrize(("points", "marks"), [(1, 1), (40, 40), (41, 11), (2000, 12)])
def test_marks_tell_curves_from_each_other(points, marks):
    values = [*range(points)]
    assert len(curve(values, values, mark="circle").dots) == marks
    assert len(curve(values, values).dots) == (points == 1)


def test_steps_that_go_back_break_the_curve():
    found = curve([1, 2, 3, 2, 3], [1, 2, 3, 4, 5])
    assert [found.y[part].tolist() for part in found.pieces] == [[1, 2, 3], [4, 5]]


def test_nothing_is_finite():
    assert len(curve([1, 2], [math.nan, math.inf]).x) == 0


def test_a_lone_point_is_marked():
    chart = Chart("Loss", "step", [curve([5], [0.3])])
    assert len([*chart.drawing.iter("circle")]) == 2, "the point and the legend"
    assert all("nan" not in html(part) for part in [chart.drawing])


@pytest.mark.parametrize(
    ("values", "is_log"),
    [([1, 100], True), ([1, 2], False), ([0, 100], False), ([-1, 100], False)],
)
def test_powers_of_ten_where_they_show_more(values, is_log):
    chart = Chart("Loss", "step", [curve([1, 2], values)], may_be_log=True)
    assert chart.data["log"] is is_log


def test_names_are_no_markup():
    chart = Chart("<b>", "step", [Curve.of("<i>&\x1b[31m", [1, 2], [1, 2], 9, colour="blue")])
    assert "<i>" not in html(chart.drawing)
    assert "\x1b" not in html(chart.drawing)

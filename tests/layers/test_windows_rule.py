"""The size rule's messages are true to the last digit."""

import pytest

from cnncli.geometry import Extent, Padding, Volume
from cnncli.layers.base import LayerError
from cnncli.layers.conv import Conv
from cnncli.layers.pool import Pool
from tests.messages import error_text


@pytest.mark.parametrize(
    ("width", "S", "value"), [(2048, 2, "1023.5"), (224, 4, "56.25"), (100_004, 4, "25001.25")]
)
def test_large_maps_are_not_rounded_to_whole_numbers(width, S, value):
    layer = Pool(F=Extent(3, 1), S=Extent(S, 1), P=Padding())
    assert error_text(LayerError, layer.out_shape, [Volume(width, 1, 1)]) == (
        f"F=3x1, S={S}x1, P=0 do not fit width {width}:\n"
        f"({width} - 3 + 2*0)/{S} + 1 = {value} is not a whole number."
    )


def test_a_dilated_filter_is_counted_by_its_reach():
    layer = Conv(F=Extent(3, 3), S=Extent(2, 2), P=Padding(), dilation=Extent(2, 3))
    assert error_text(LayerError, layer.out_shape, [Volume(8, 9, 1)]) == (
        "F=3, S=2, P=0, dilation=2x3 (the filter reaches over 5x7) do not fit width 8:\n"
        "(8 - 5 + 2*0)/2 + 1 = 2.5 is not a whole number."
    )


def test_a_dilated_filter_may_be_larger_than_the_map():
    layer = Conv(F=Extent(3, 3), P=Padding(), dilation=Extent(4, 1), fit="pad")
    assert error_text(LayerError, layer.out_shape, [Volume(8, 9, 1)]) == (
        "F=3, S=1, P=0, dilation=4x1 (the filter reaches over 9x3): "
        "the window is larger than width 8:\n"
        "(8 - 9 + 2*0)/1 + 1 = 0 is less than one place."
    )

"""The size rule's messages are true to the last digit."""

import pytest

from cnncli.kernels.geometry import Extent, Padding
from cnncli.layers.base import LayerError
from cnncli.layers.hyperparameters import Volume
from cnncli.layers.pool import Pool


@pytest.mark.parametrize(
    ("width", "S", "value"), [(2048, 2, "1023.5"), (224, 4, "56.25"), (100_004, 4, "25001.25")]
)
def test_large_maps_are_not_rounded_to_whole_numbers(width, S, value):
    layer = Pool(F=Extent(3, 1), S=Extent(S, 1), P=Padding())
    with pytest.raises(LayerError) as caught:
        layer.out_shape([Volume(width, 1, 1)])
    assert str(caught.value) == (
        f"F=3x1, S={S}x1, P=0 do not fit width {width}:\n"
        f"({width} - 3 + 2*0)/{S} + 1 = {value} is not a whole number."
    )

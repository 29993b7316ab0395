"""Which layers of a large network are drawn."""

import pytest

import cnncli
from cnncli.report.drawing.boxes import Box, boxes
from cnncli.report.drawing.excerpt import Fold, excerpt


def boxes_of(config):
    return boxes(*cnncli.Network(config).checked.network())


def unfolded(parts):
    return [
        box for part in parts for box in (part.boxes if isinstance(part, Fold) else [part])
    ]  # fmt: skip


def test_a_small_network_is_whole():
    found = boxes_of("configs/resnet20.yaml")
    assert excerpt(found, len(found)) == found


@pytest.mark.parametrize("most", [300, 100, 30, 7])
@pytest.mark.parametrize("name", ["resnet101", "densenet100", "googlenet"])
def test_nothing_is_lost_and_the_order_stays(name, most):
    found = boxes_of(f"configs/{name}.yaml")
    parts = excerpt(found, most)
    assert unfolded(parts) == found
    assert len(parts) <= max(most, 1)


def test_of_alike_blocks_the_first_and_the_last_are_drawn():
    folds = [p for p in excerpt(boxes_of("configs/resnet101.yaml"), 300) if isinstance(p, Fold)]
    assert [fold.says for fold in folds] == [
        "20 more blocks like these: 200 layers, bottleneck7.conv1 to bottleneck26.relu3"
    ]


def test_a_long_network_without_blocks_loses_its_middle():
    found = [Box(f"relu{i}", "RELU", "", "8x8x3", ()) for i in range(5_000)]
    parts = excerpt(found, 300)
    assert len(parts) == 300
    (fold,) = (part for part in parts if isinstance(part, Fold))
    assert fold.says == "not drawn: 4,701 layers, relu199 to relu4899"
    assert unfolded(parts) == found


def test_blocks_that_are_mixed_up_stay_in_their_order():
    """A layer may be called as if it stood in a block that another one has ended."""
    names = [f"{'ab'[i % 2]}.relu{i}" for i in range(50)]
    found = [Box(name, "RELU", "", "8x8x3", ()) for name in names]
    assert unfolded(excerpt(found, 10)) == found

import pytest

from cnncli.geometry import Extent, Padding, Volume
from cnncli.layers.activations import Relu
from cnncli.layers.base import Context
from cnncli.layers.conv import Conv
from cnncli.layers.dropout import Dropout
from cnncli.layers.fields import Init
from cnncli.layers.input import Input
from cnncli.layers.normalization import BatchNorm
from cnncli.layers.pool import Pool
from cnncli.report.hyperparameters import as_text, as_values


@pytest.mark.parametrize(
    ("layer", "text"),
    [
        (Conv(), "K=12 F=3 S=1 P=1"),
        (
            Conv(bias=False, fit="pad", init=Init("xavier")),
            "K=12 F=3 S=1 P=1 bias=false fit=pad init=xavier",
        ),
        (Conv(F=Extent(3, 5)), "K=12 F=3x5 S=1 P=1x2"),
        (Conv(P="same"), "K=12 F=3 S=1 P=same"),
        (Conv(P=Padding(1, 2, 0, 0)), "K=12 F=3 S=1 P={left:1,right:2,top:0,bottom:0}"),
        (
            Conv(dilation=Extent(2, 2), groups=4, P=Padding()),
            "K=12 F=3 S=1 P=0 dilation=2 groups=4",
        ),
        (Pool(), "F=2 S=2 P=0"),
        (Pool(mode="average"), "F=2 S=2 P=0 mode=average"),
        (Pool(mode="L2"), "F=2 S=2 P=0 mode=L2"),
        (Pool(F="global"), "F=global"),
        (Pool(F="global", mode="average", fit="pad"), "F=global mode=average"),
        (Input(size=Volume(32, 16, 3)), "size=32x16x3"),
        (Dropout(rate=0.25), "rate=0.25"),
        (BatchNorm(), "momentum=0.1 eps=1e-05"),
        (Relu(), ""),
    ],
)
def test_text(layer, text):
    assert as_text(layer.complete(Context())) == text


def test_values_are_those_of_a_configuration_file():
    assert as_values(Conv(P=Padding(1, 1, 2, 2)).complete(Context())) == {
        "K": 12,
        "F": 3,
        "S": 1,
        "P": "1x2",
        "dilation": 1,
        "groups": 1,
        "bias": True,
        "fit": "strict",
        "init": "he",
    }
    assert as_values(Pool(P=Padding(1, 0, 0, 0)))["P"] == {
        "left": 1,
        "right": 0,
        "top": 0,
        "bottom": 0,
    }
    assert as_values(Input(size=Volume(2, 3, 4))) == {"size": "2x3x4"}

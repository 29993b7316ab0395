"""Every layer family through the contract harness, and the harness itself through a bad layer."""

from dataclasses import replace
from importlib import import_module

import pytest

from cnncli.geometry import Extent, Padding, Volume
from cnncli.layers import families
from cnncli.layers.activations import (
    Elu,
    Gelu,
    HardSigmoid,
    HardSwish,
    LeakyRelu,
    Mish,
    Prelu,
    Relu,
    Relu6,
    Sigmoid,
    Silu,
    Softplus,
    Tanh,
)
from cnncli.layers.adaptive_pool import AdaptivePool
from cnncli.layers.base import Spelling
from cnncli.layers.conv import Conv
from cnncli.layers.cut import Channels, Crop, Share, Split
from cnncli.layers.dropout import Dropout, DropPath
from cnncli.layers.fc import Fc
from cnncli.layers.group_normalization import GroupNorm, InstanceNorm
from cnncli.layers.input import Input
from cnncli.layers.merge import Add, Concat, Mul
from cnncli.layers.normalization import BatchNorm, LayerNorm, Lrn
from cnncli.layers.pool import Pool
from cnncli.layers.rearrange import DepthToSpace, Shuffle, SpaceToDepth
from cnncli.layers.reshape import Flatten, Pad, Scale, Upsample
from cnncli.layers.softmax import Softmax
from tests.layers.contract import check_layer
from tests.layers.conv_cases import CONV_CASES

E = Extent
SAME = "same"

CASES = [
    (Input(), Volume(5, 4, 3)),
    (Relu(), Volume(5, 4, 3)),
    (Relu(), Volume(1, 1, 1)),
    (Fc(K=4), Volume(5, 3, 2)),
    (Fc(K=1), Volume(1, 1, 7)),
    (Fc(K=3, bias=False), Volume(1, 1, 7)),
    (Dropout(rate=0.4), Volume(5, 4, 3)),
    (Dropout(rate=0), Volume(5, 4, 3)),
    (Softmax(), Volume(1, 1, 6)),
    (Softmax(), Volume(1, 1, 1)),
    # pooling: tiles, overlaps, gaps, paddings, rests
    (Pool(), Volume(6, 4, 3)),
    (Pool(), Volume(2, 2, 1)),
    (Pool(F=E(1, 1), S=E(1, 1)), Volume(3, 2, 2)),
    (Pool(F=E(3, 3)), Volume(7, 5, 2)),
    (Pool(F=E(3, 2), S=E(1, 2)), Volume(5, 6, 2)),
    (Pool(F=E(2, 2), S=E(3, 3)), Volume(8, 5, 2)),
    (Pool(F=E(3, 3), S=E(2, 2), P=Padding(1, 1, 1, 1)), Volume(7, 5, 2)),
    (Pool(F=E(3, 3), S=E(2, 2), P=Padding(2, 0, 0, 2)), Volume(7, 5, 2)),
    (Pool(F=E(3, 3), S=E(1, 1), P=SAME), Volume(4, 5, 2)),
    (Pool(fit="crop"), Volume(7, 5, 2)),
    (Pool(fit="pad"), Volume(7, 5, 2)),
    (Pool(F=E(7, 5), S=E(1, 1)), Volume(7, 5, 2)),
    (Pool(F=E(3, 3), S=E(2, 2), fit="pad"), Volume(6, 8, 2)),
    (Pool(F="global"), Volume(7, 5, 3)),
    (Pool(F="global"), Volume(1, 1, 2)),
    (Pool(F="global", P=Padding(9, 9, 9, 9)), Volume(1, 4, 1)),
    *(
        (AdaptivePool(places=places, mode=mode), volume)
        for places, volume in (
            (E(2, 3), Volume(7, 5, 3)),
            (E(1, 1), Volume(7, 5, 2)),
            (E(3, 2), Volume(6, 8, 2)),
            (E(4, 1), Volume(5, 1, 2)),
            (E(5, 4), Volume(5, 4, 1)),
        )
        for mode in ("max", "average", "L2")
    ),
    # normalisation: one channel, fewer channels than neighbours, even and single neighbourhoods
    (Lrn(alpha=0.3), Volume(5, 4, 7)),
    (Lrn(alpha=0.3), Volume(1, 1, 1)),
    (Lrn(n=1, alpha=0.5, beta=2.0), Volume(3, 1, 4)),
    (Lrn(n=4, k=0.5, alpha=2.0, beta=0.5), Volume(3, 2, 11)),
    (Lrn(n=9, alpha=1.0), Volume(2, 3, 5)),
    (LayerNorm(), Volume(5, 4, 7)),
    (LayerNorm(), Volume(1, 1, 2)),
    (LayerNorm(), Volume(3, 2, 1)),
    (LayerNorm(over="volume"), Volume(5, 4, 7)),
    (LayerNorm(over="volume", eps=0.5), Volume(1, 3, 1)),
    (LayerNorm(over="volume"), Volume(1, 1, 1)),
    (GroupNorm(groups=2), Volume(5, 4, 6)),
    (GroupNorm(groups=1, eps=0.5), Volume(3, 2, 5)),
    (GroupNorm(groups=4), Volume(1, 1, 8)),
    (InstanceNorm(), Volume(5, 4, 3)),
    # the same numbers at other places, and parts of a volume
    (Shuffle(), Volume(5, 4, 6)),
    (Shuffle(groups=3), Volume(2, 1, 12)),
    (DepthToSpace(), Volume(3, 2, 8)),
    (DepthToSpace(S=E(3, 2), order="channels"), Volume(1, 2, 12)),
    (SpaceToDepth(), Volume(6, 4, 3)),
    (SpaceToDepth(S=E(3, 2), order="channels"), Volume(3, 4, 2)),
    (Split(part=Share(1, 2)), Volume(3, 2, 6)),
    (Split(part=Share(3, 3)), Volume(1, 1, 6)),
    (Split(channels=Channels(1, 1)), Volume(3, 2, 5)),
    (Crop(P=Padding(1, 0, 0, 2)), Volume(5, 4, 3)),
    (Crop(size=E(2, 3)), Volume(5, 4, 3)),
    (Crop(size=E(2, 3), offset=E(3, 1)), Volume(5, 4, 3)),
    (DropPath(rate=0.4), Volume(5, 4, 3)),
    (DropPath(rate=0), Volume(1, 1, 3)),
    # other sizes
    (Flatten(), Volume(5, 3, 2)),
    (Flatten(), Volume(1, 1, 1)),
    (Pad(), Volume(5, 4, 3)),
    (Pad(P=Padding()), Volume(1, 1, 1)),
    (Pad(P=Padding(1, 0, 2, 3)), Volume(3, 1, 2)),
    (Pad(P=Padding(0, 1, 0, 0), front=2, back=3), Volume(3, 1, 2)),
    (Upsample(), Volume(5, 4, 3)),
    (Upsample(S=E(1, 1)), Volume(3, 2, 1)),
    (Upsample(S=E(2, 3)), Volume(3, 1, 2)),
    (Upsample(S=E(5, 1)), Volume(1, 1, 1)),
    *(
        (Upsample(S=S, mode="bilinear"), Volume(5, 4, 3))
        for S in (E(2, 2), E(1, 1), E(3, 1), E(1, 4), E(5, 3))
    ),
    (Upsample(S=E(3, 2), mode="bilinear"), Volume(1, 1, 2)),
    *((Pad(P=Padding(2, 1, 0, 3), mode=mode), Volume(5, 4, 3)) for mode in ("reflect", "edge")),
    (Pad(P=Padding(2, 1, 1, 2), front=1, back=2, mode="reflect"), Volume(3, 3, 2)),
    (Pad(P=Padding(4, 3, 2, 2), mode="edge"), Volume(1, 1, 2)),
    # joins
    (Add(), (Volume(5, 4, 3),) * 2),
    (Add(), (Volume(1, 1, 1),) * 3),
    (Add(), (Volume(3, 7, 2),) * 5),
    (Mul(), (Volume(5, 4, 3),) * 2),
    (Mul(), (Volume(5, 4, 3), Volume(1, 1, 3))),
    (Mul(), (Volume(1, 1, 3), Volume(5, 4, 3), Volume(5, 4, 3), Volume(1, 1, 3))),
    (Mul(), (Volume(1, 1, 3),) * 3),
    (Concat(), (Volume(5, 4, 3), Volume(5, 4, 1))),
    (Concat(), (Volume(1, 1, 1), Volume(1, 1, 7), Volume(1, 1, 2))),
]
CASES += CONV_CASES
CASES += [
    (replace(layer, mode=mode), volume)
    for layer, volume in CASES
    if isinstance(layer, Pool)
    for mode in ("average", "L2")
]
CASES += [
    (scale, volume)
    for scale in (Scale(by=0.3), Scale(by=-2.0), Scale(by=1.0, trained=True))
    for volume in (Volume(5, 4, 3), Volume(1, 1, 1))
]
CASES += [(Scale(by=1e-6, trained=True, shift=False), Volume(5, 4, 3))]
CASES += [
    (layer, volume)
    for layer in (
        *(Sigmoid(), Tanh(), Silu(), Gelu(), LeakyRelu(), LeakyRelu(slope=0.0), Relu6()),
        *(Elu(), Elu(alpha=0.0), Softplus(), HardSigmoid(), HardSwish(), Mish()),
        *(Prelu(), Prelu(slopes="one")),
    )
    for volume in (Volume(5, 4, 3), Volume(1, 1, 1), Volume(3, 1, 7))
]


@pytest.mark.parametrize(("layer", "volume"), CASES, ids=lambda value: str(value))
def test_contract(layer, volume):
    check_layer(layer, volume)


@pytest.mark.parametrize("volume", [Volume(5, 4, 3), Volume(1, 1, 4), Volume(3, 1, 1)], ids=str)
def test_contract_of_batchnorm(volume):
    check_layer(BatchNorm(), volume, couples_images=True)
    check_layer(BatchNorm(scale=False), volume, couples_images=True)


def test_every_family_is_checked():
    """Here, or by the cases of a test file of its own."""
    checked = {type(layer) for layer, _ in CASES} | {BatchNorm}
    for family in set(families().values()) - checked:
        own = import_module(f"tests.layers.test_{family.__module__.rpartition('.')[2]}")
        assert family in {type(layer) for layer, _ in own.CASES}


class _WrongConv(Conv):
    spelling = Spelling("WRONG")

    def backward(self, run, params, cache, dy):
        (dx,) = super().backward(run, params, cache, dy)
        return (1.001 * dx,)


class _LopsidedAdd(Add):
    spelling = Spelling("LOPSIDED")

    def backward(self, run, params, cache, dy):
        return (dy, 1.001 * dy)


class _LazyConcat(Concat):
    spelling = Spelling("LAZY")

    def backward(self, run, params, cache, dy):
        return super().backward(run, params, cache, dy)[:1]


class _ImpureRelu(Relu):
    spelling = Spelling("IMPURE")

    def backward(self, run, params, cache, dy):
        dy *= cache > 0
        return (dy,)


@pytest.mark.parametrize(
    ("layer", "volume", "error", "match"),
    [
        (_WrongConv(K=4), Volume(7, 5, 3), AssertionError, None),
        (_LopsidedAdd(), (Volume(5, 4, 3),) * 2, AssertionError, None),
        (_LazyConcat(), (Volume(5, 4, 3),) * 2, ValueError, "shorter"),
        (_ImpureRelu(), Volume(5, 4, 3), ValueError, "read-only"),
    ],
    ids=["wrong", "wrong_of_a_second_input", "missing", "changed_input"],
)
def test_the_harness_finds_faults(layer, volume, error, match):
    with pytest.raises(error, match=match):
        check_layer(layer, volume)

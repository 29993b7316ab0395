"""Layers by themselves: right ones of every family pass, and a wrong gradient is found by place."""

import numpy as np
import pytest

from cnncli.engine.differences.central import TOLERANCE
from cnncli.engine.differences.layer_check import check_layer
from cnncli.engine.lone_layer import LoneLayer
from cnncli.geometry import Extent, Padding, Volume
from cnncli.layers.activations import LeakyRelu, Relu
from cnncli.layers.base import Context
from cnncli.layers.conv import Conv
from cnncli.layers.fc import Fc
from cnncli.layers.merge import Add
from cnncli.layers.normalization import BatchNorm
from cnncli.layers.pool import Pool
from tests.layers.test_contract import CASES


def lone(layer, *volumes):
    return LoneLayer(layer.complete(Context(image=volumes[0])), volumes)


def volumes_of(volume):
    return (volume,) if isinstance(volume, Volume) else volume


@pytest.mark.parametrize(
    ("layer", "volume"), [*CASES, (BatchNorm(), Volume(3, 2, 4))], ids=lambda value: str(value)
)
def test_right_layers_pass(layer, volume):
    if layer.kind == "INPUT":
        pytest.skip("it computes nothing")
    found = check_layer(lone(layer, *volumes_of(volume)), 5, seed=0)
    assert found.compared > 0
    assert found.error < TOLERANCE / 10
    assert found.kinks == 0  # no number that was drawn is at one


class FlippedConv(Conv):
    """dx is that of a convolution whose filters are not turned: a common mistake."""

    spelling = Conv.spelling

    def backward(self, run, params, cache, dy):
        flipped = {**params, "W": params["W"][::-1, ::-1]}
        return super().backward(run, flipped, cache, dy)


class BiasOfOnePlace(Conv):
    """db is not summed over the places."""

    spelling = Conv.spelling

    def backward(self, run, params, cache, dy):
        dxs = super().backward(run, params, cache, dy)
        run.grads["b"][:] = dy[:, 0, 0].sum(axis=0)
        return dxs


class OneWrongWeight(Conv):
    """A single number is off by a thousandth."""

    spelling = Conv.spelling

    def backward(self, run, params, cache, dy):
        dxs = super().backward(run, params, cache, dy)
        dW = run.grads["W"]
        dW[1, 0, 2, 3] += 1e-3 * np.abs(dW).max()
        return dxs


class LastRowForgotten(Pool):
    spelling = Pool.spelling

    def backward(self, run, params, cache, dy):
        (dx,) = super().backward(run, params, cache, dy)
        dx = dx.copy()
        dx[:, -1] = 0
        return (dx,)


class LopsidedAdd(Add):
    spelling = Add.spelling

    def backward(self, run, params, cache, dy):
        return (dy, 1.00001 * dy)


class NoMeans(BatchNorm):
    """dx without the part that the mean and the variance have."""

    spelling = BatchNorm.spelling

    def backward(self, run, params, cache, dy):
        super().backward(run, params, cache, dy)
        _, _, _, inverse_std = cache
        return (params["gamma"] * inverse_std * dy,)


@pytest.mark.parametrize(
    ("layer", "volumes", "place"),
    [
        (FlippedConv(K=4), [Volume(7, 5, 3)], "x["),
        (BiasOfOnePlace(K=4), [Volume(7, 5, 3)], "b["),
        (OneWrongWeight(K=4), [Volume(7, 5, 3)], "W[1,0,2,3]"),
        (LastRowForgotten(mode="average"), [Volume(6, 4, 3)], "x["),
        (LopsidedAdd(), [Volume(5, 4, 3)] * 2, "x1["),
        (NoMeans(), [Volume(3, 2, 4)], "x["),
    ],
    ids=lambda value: type(value).__name__,
)
def test_a_wrong_gradient_is_found(layer, volumes, place):
    found = check_layer(lone(layer, *volumes), None, seed=0)
    assert found.error > TOLERANCE
    assert found.place.startswith(place)


@pytest.mark.parametrize(
    "layer", [FlippedConv(K=4), BiasOfOnePlace(K=4), NoMeans()], ids=lambda value: repr(value)[:9]
)
def test_some_numbers_are_enough_for_most_mistakes(layer):
    assert check_layer(lone(layer, Volume(7, 5, 3)), 5, seed=0).error > 1e-3


def test_numbers_at_a_kink_are_left_out_and_counted(monkeypatch):
    """Where all that is drawn is 0, RELU has no derivative, and neither has a maximum."""

    class Zeros:
        def __init__(self, seed):
            self._rng = np.random.Generator(np.random.PCG64(seed))
            self.integers = self._rng.integers
            self._drawn = 0

        def standard_normal(self, shape):
            self._drawn += 1
            return np.zeros(shape) if self._drawn == 1 else self._rng.standard_normal(shape)

    monkeypatch.setattr(np.random, "default_rng", Zeros)
    for layer in (Relu(), LeakyRelu(), Pool(F=Extent(2, 2), P=Padding())):
        found = check_layer(lone(layer, Volume(4, 4, 1)), None, seed=0)
        assert (found.error, found.compared, found.kinks) == (None, 0, 48)
    found = check_layer(lone(Fc(K=2), Volume(1, 1, 3)), None, seed=0)
    assert (found.error is not None, found.kinks) == (True, 0)

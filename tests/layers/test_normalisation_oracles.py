"""LRN, LAYERNORM and BATCHNORM against their definitions and PyTorch."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cnncli.geometry import Volume
from cnncli.layers.base import LayerError
from cnncli.layers.group_normalization import GroupNorm, InstanceNorm
from cnncli.layers.normalization import BatchNorm, LayerNorm, Lrn
from cnncli.layers.pool import Pool
from tests.layers import definitions
from tests.layers.contract import Bench, check_with_pytorch

volumes = st.builds(Volume, st.integers(1, 4), st.integers(1, 4), st.integers(1, 12))


@settings(max_examples=40)
@given(volumes, st.integers(1, 9), st.floats(0.1, 4), st.floats(0, 3), st.floats(0.1, 2))
def test_lrn_is_its_definition(volume, n, k, alpha, beta):
    bench = Bench(Lrn(n=n, k=k, alpha=alpha, beta=beta), volume, n=2)
    expected = definitions.response(bench.x, n, k, alpha, beta)
    np.testing.assert_allclose(bench.forward(), expected, rtol=1e-12)


def test_lrn_by_hand():
    """Three channels 1, 2, 3 with n=3, k=1, alpha=1, beta=1: 1/(1+5), 2/(1+14), 3/(1+13)."""
    bench = Bench(Lrn(n=3, k=1.0, alpha=1.0, beta=1.0), Volume(1, 1, 3), n=1)
    bench.x = np.array([1.0, 2.0, 3.0]).reshape(1, 1, 1, 3)
    np.testing.assert_allclose(bench.forward().ravel(), [1 / 6, 2 / 15, 3 / 14], rtol=1e-14)


@pytest.mark.parametrize("n", [1, 2, 3, 5, 8])
def test_lrn_agrees_with_pytorch(n):
    """PyTorch divides alpha by n, the paper does not."""
    bench = Bench(Lrn(n=n, k=1.5, alpha=0.2, beta=0.75), Volume(5, 3, 7))

    def theirs(F, x):
        return F.local_response_norm(x, n, alpha=0.2 * n, beta=0.75, k=1.5)

    check_with_pytorch(bench, theirs, atol=1e-12)


@settings(max_examples=40)
@given(volumes, st.sampled_from(["depth", "volume"]), st.floats(1e-5, 1))
def test_layernorm_is_its_definition(volume, over, eps):
    bench = Bench(LayerNorm(over=over, eps=eps), volume, n=2)
    gamma, beta = bench.params["gamma"], bench.params["beta"]
    expected = definitions.layer_norm(bench.x, gamma, beta, over, eps)
    np.testing.assert_allclose(bench.forward(), expected, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("over", ["depth", "volume"])
def test_layernorm_agrees_with_pytorch(over):
    """A volume as a whole with a scale for each channel is their group norm with one group."""

    def theirs(F, x, gamma, beta):
        if over == "volume":
            return F.group_norm(x, 1, gamma, beta)
        return F.layer_norm(x.permute(0, 2, 3, 1), (7,), gamma, beta).permute(0, 3, 1, 2)

    check_with_pytorch(Bench(LayerNorm(over=over), Volume(5, 3, 7)), theirs, atol=1e-12)


@pytest.mark.parametrize("groups", [1, 2, 3, 6])
def test_groupnorm_agrees_with_pytorch(groups):
    bench = Bench(GroupNorm(groups=groups, eps=1e-3), Volume(5, 3, 6))
    check_with_pytorch(
        bench, lambda F, x, gamma, beta: F.group_norm(x, groups, gamma, beta, 1e-3), atol=1e-12
    )


def test_instancenorm_agrees_with_pytorch():
    bench = Bench(InstanceNorm(), Volume(5, 3, 6))
    check_with_pytorch(
        bench, lambda F, x, gamma, beta: F.instance_norm(x, None, None, gamma, beta), atol=1e-12
    )


def test_groups_that_do_not_divide_the_channels():
    with pytest.raises(LayerError) as caught:
        GroupNorm().out_shape([Volume(5, 3, 24)])
    assert str(caught.value) == (
        "24 channels cannot be cut into 32 equal groups.\nSet groups to 24."
    )
    assert caught.value.field == "groups"


def test_groupnorm_of_a_large_mean_keeps_its_digits():
    bench = Bench(GroupNorm(groups=1), Volume(9, 7, 5), n=2, dtype=np.float32)
    bench.x = (bench.x + 1000).astype(np.float32)
    bench.params = {"gamma": np.ones(5, np.float32), "beta": np.zeros(5, np.float32)}
    y = bench.forward().reshape(2, -1).astype(np.float64)
    np.testing.assert_allclose(y.std(axis=1), 1, rtol=1e-3)
    np.testing.assert_allclose(y.mean(axis=1), 0, atol=1e-3)


@pytest.mark.parametrize(
    "layer",
    [Lrn(), LayerNorm(), LayerNorm(over="volume"), GroupNorm(groups=1), InstanceNorm()],
    ids=str,
)
def test_in_float32_and_larger_than_a_piece_in_cache(layer):
    volume = Volume(37, 29, 61)
    single, double = (Bench(layer, volume, n=17, dtype=d) for d in (np.float32, np.float64))
    double.x, double.dy = single.x.astype(np.float64), single.dy.astype(np.float64)
    double.params = {name: p.astype(np.float64) for name, p in single.params.items()}
    np.testing.assert_allclose(single.forward(), double.forward(), rtol=1e-5, atol=3e-6)
    (dx, grads), (dx64, grads64) = single.backward(), double.backward()
    np.testing.assert_allclose(dx, dx64, rtol=1e-4, atol=1e-5)
    for name in grads:
        np.testing.assert_allclose(grads[name], grads64[name], rtol=1e-4, atol=2e-3)


def test_layernorm_of_a_large_mean_keeps_its_digits():
    bench = Bench(LayerNorm(over="volume"), Volume(9, 7, 5), n=2, dtype=np.float32)
    bench.x = (bench.x + 1000).astype(np.float32)
    bench.params = {"gamma": np.ones(5, np.float32), "beta": np.zeros(5, np.float32)}
    y = bench.forward().reshape(2, -1).astype(np.float64)
    np.testing.assert_allclose(y.std(axis=1), 1, rtol=1e-3)
    np.testing.assert_allclose(y.mean(axis=1), 0, atol=1e-3)


BATCHES = (6, 1, 4, 9, 3)
"""Images of each training step: of other lengths, as the last batch of an epoch is."""


def _steps(bench, momentum):
    """Batches with means and deviations of their own, and the state after each."""
    rng = np.random.default_rng(5)
    state = bench.state
    for n in BATCHES:
        x = rng.standard_normal((n, *bench.x.shape[1:])) * rng.uniform(0.1, 4) + rng.normal()
        run = bench.run(x, state=state)
        y, _ = bench.layer.forward(run, bench.params, x)
        state = run.new_state
        assert state.keys() == {"mean", "var"}
        yield x, y, state


@pytest.mark.parametrize("momentum", [0.1, 0.37, 1.0])
def test_batchnorm_over_several_steps_is_its_definition(momentum):
    bench = Bench(BatchNorm(momentum=momentum, eps=1e-3), Volume(3, 2, 4), n=1)
    gamma, beta = bench.params["gamma"], bench.params["beta"]
    mean, var = np.zeros(4), np.ones(4)
    for x, y, new in _steps(bench, momentum):
        count, means, variances = definitions.channel_moments(x)
        expected = (x - means) / np.sqrt(np.array(variances) + 1e-3) * gamma + beta
        np.testing.assert_allclose(y, expected, rtol=1e-10, atol=1e-10)
        unbiased = np.array(variances) * count / (count - 1)
        mean = (1 - momentum) * mean + momentum * np.array(means)
        var = (1 - momentum) * var + momentum * unbiased
        np.testing.assert_allclose(new["mean"], mean, rtol=1e-10, atol=1e-12)
        np.testing.assert_allclose(new["var"], var, rtol=1e-10)
    x = np.random.default_rng(6).standard_normal((5, *bench.x.shape[1:]))
    run = bench.run(x, training=False, state=new)
    y, _ = bench.layer.forward(run, bench.params, x)
    expected = (x - mean) / np.sqrt(var + 1e-3) * gamma + beta
    np.testing.assert_allclose(y, expected, rtol=1e-10, atol=1e-10)
    assert run.new_state == {}


@pytest.mark.parametrize("momentum", [0.1, 0.37, 1.0])
def test_batchnorm_over_several_steps_agrees_with_pytorch(momentum):
    torch = pytest.importorskip("torch")
    bench = Bench(BatchNorm(momentum=momentum), Volume(3, 2, 4), n=1)
    theirs = torch.nn.BatchNorm2d(4, momentum=momentum).double()
    theirs.weight.data = torch.tensor(bench.params["gamma"])
    theirs.bias.data = torch.tensor(bench.params["beta"])
    for x, y, new in _steps(bench, momentum):
        out = theirs(torch.tensor(x).permute(0, 3, 1, 2)).detach().permute(0, 2, 3, 1)
        np.testing.assert_allclose(y, out, atol=1e-10)
        np.testing.assert_allclose(new["mean"], theirs.running_mean, atol=1e-12)
        np.testing.assert_allclose(new["var"], theirs.running_var, rtol=1e-11)
    theirs.eval()
    x = np.random.default_rng(6).standard_normal((5, *bench.x.shape[1:]))
    y, _ = bench.layer.forward(bench.run(x, training=False, state=new), bench.params, x)
    out = theirs(torch.tensor(x).permute(0, 3, 1, 2)).detach().permute(0, 2, 3, 1)
    np.testing.assert_allclose(y, out, atol=1e-10)


def test_batchnorm_of_one_number_has_variance_zero():
    """One image of 1x1: y is beta, and the unbiased variance counts as 0 and not as infinite."""
    bench = Bench(BatchNorm(), Volume(1, 1, 3), n=1)
    run = bench.run()
    y, _ = bench.layer.forward(run, bench.params, bench.x)
    np.testing.assert_allclose(y.ravel(), bench.params["beta"], atol=1e-12)
    np.testing.assert_allclose(run.new_state["var"], 0.9)


@pytest.mark.parametrize(
    "layer",
    [LayerNorm(), LayerNorm(over="volume"), BatchNorm(), Lrn(), Pool(mode="L2")],
    ids=str,
)
@pytest.mark.parametrize("value", [1e25, 1e37, np.inf])
def test_a_sum_that_overflows_is_seen_in_the_output(layer, value):
    """So that the layer is named: its shift alone would be an output like any other."""
    bench = Bench(layer, Volume(4, 4, 6), dtype=np.float32)
    bench.x[1, :2, :2] *= np.float32(value)
    if layer.kind == "POOL":
        bench.x[1, :2, :2] = np.float32(3e38)
    with np.errstate(all="ignore"):
        y = bench.forward()
    assert not np.isfinite(y[1, 0, 0]).any()
    if layer.kind != "BATCHNORM":
        assert np.isfinite(y[[0, 2]]).all()


def test_a_running_variance_that_has_overflowed_is_seen_in_evaluation():
    bench = Bench(BatchNorm(), Volume(4, 4, 2), dtype=np.float32)
    bench.state["var"] = np.array([np.inf, 1], np.float32)
    y = bench.forward(training=False)
    assert np.isnan(y[..., 0]).all()
    assert np.isfinite(y[..., 1]).all()


def test_a_power_that_vanishes_is_no_overflow():
    """LRN with so large an exponent gives 0, as it should."""
    bench = Bench(Lrn(beta=40.0, k=100.0), Volume(2, 2, 3), dtype=np.float32)
    with np.errstate(all="ignore"):
        assert not bench.forward().any()

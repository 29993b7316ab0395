"""Schedules: their ends, their shape, values worked out by hand, and PyTorch's."""

import itertools
import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cnncli.optim.schedules import (
    Constant,
    Cosine,
    Exponential,
    MultiStep,
    OneCycle,
    Step,
)

SPECS = [
    Constant(),
    Step(every=2.0),
    MultiStep(at=(1.0, 3.5)),
    Exponential(factor=0.5),
    Cosine(),
    Cosine(end=0.1),
    OneCycle(),
    OneCycle(start=0.1, end=0.01),
]


def rates(spec, steps_per_epoch, total_steps, lr=1.0):
    return [spec.rate(lr, i, steps_per_epoch, total_steps) for i in range(total_steps)]


def with_warmup(spec, warmup):
    return type(spec)(**{**vars(spec), "warmup": warmup})


def test_constant():
    assert rates(Constant(), 4, 9, lr=0.3) == [0.3] * 9


def test_step():
    assert rates(Step(every=2.0, factor=0.5), 2, 10) == [1] * 4 + [0.5] * 4 + [0.25] * 2


def test_step_with_a_part_of_an_epoch():
    """0.3 epochs of 10 steps are 3 steps, though 0.9 / 0.3 is below 3 in floating point."""
    assert rates(Step(every=0.3, factor=0.5), 10, 10) == [1] * 3 + [0.5] * 3 + [0.25] * 3 + [0.125]


def test_multistep():
    expected = [1, 1, 0.5, 0.5, 0.5, 0.25, 0.25, 0.25]
    assert rates(MultiStep(at=(1.0, 2.5), factor=0.5), 2, 8) == expected
    assert rates(MultiStep(at=(2.5, 1.0), factor=0.5), 2, 8) == expected


@pytest.mark.parametrize("at", [0.07, 0.29, 0.57])
def test_multistep_at_a_part_of_an_epoch(at):
    """These times 100 are not whole in floating point."""
    drop = round(100 * at)
    assert rates(MultiStep(at=(at,)), 100, 100).index(0.1) == drop


def test_exponential():
    assert rates(Exponential(factor=0.25), 2, 5) == [1, 0.5, 0.25, 0.125, 0.0625]


def test_cosine():
    expected = [0.5 * (1 + math.cos(math.pi * i / 8)) for i in range(9)]
    assert rates(Cosine(), 3, 9) == pytest.approx(expected, abs=1e-15)
    assert rates(Cosine(end=0.2), 3, 9)[4] == pytest.approx(0.6)


def test_cosine_after_a_warmup():
    """Up in 4 steps, then from the full rate down to the last step."""
    found = rates(Cosine(warmup=0.4), 3, 10, lr=2.0)
    assert found[:5] == [0.5, 1, 1.5, 2, 2]
    expected = [1 + math.cos(math.pi * i / 5) for i in range(6)]
    assert found[4:] == pytest.approx(expected, abs=1e-15)


def test_one_cycle():
    spec = OneCycle(warmup=0.4, start=0.2, end=0.1)
    assert rates(spec, 3, 11) == pytest.approx(
        [0.2, 0.4, 0.6, 0.8, 1, 0.85, 0.7, 0.55, 0.4, 0.25, 0.1]
    )


def test_warmup_multiplies_the_curve():
    spec = Exponential(factor=0.5, warmup=0.5)
    assert rates(spec, 1, 8) == [0.25, 0.5 * 0.5, 0.75 * 0.25, *(0.5**i for i in range(3, 8))]
    assert rates(Constant(warmup=0.5), 1, 4) == [0.5, 1, 1, 1]


@pytest.mark.parametrize("total", [3, 10, 391])
@pytest.mark.parametrize("end", [0.0, 0.01, 0.1, 0.3, 1.0])
@pytest.mark.parametrize("warmup", [0.0, 0.05, 0.3])
def test_the_ends_are_exact(total, end, warmup):
    """The last rate is `end` times lr to the bit, and the peak is lr."""
    for spec in (Cosine(end=end, warmup=warmup), OneCycle(end=end, warmup=warmup)):
        found = rates(spec, 7, total, lr=0.1)
        assert found[-1] == 0.1 * end
        assert max(found) == 0.1
    assert rates(OneCycle(start=0.3, warmup=0.5), 7, total, lr=0.1)[0] == 0.1 * 0.3


@pytest.mark.parametrize("spec", SPECS, ids=repr)
@pytest.mark.parametrize("warmup", [0.0, 0.25, 0.9])
def test_one_step_is_trained_at_the_full_rate(spec, warmup):
    assert rates(with_warmup(spec, warmup), 1, 1, lr=0.1) == [0.1]


def test_a_warmup_of_all_steps_ends_at_the_peak():
    for spec in (Cosine(warmup=0.9), OneCycle(warmup=0.9)):
        assert rates(spec, 1, 2)[-1] == 1


@pytest.mark.parametrize("spec", SPECS, ids=repr)
@settings(deadline=None)
@given(
    warmup=st.floats(0, 0.999),
    steps_per_epoch=st.integers(1, 50),
    total=st.integers(1, 120),
)
def test_rates_stay_between_0_and_lr(spec, warmup, steps_per_epoch, total):
    """And after the warm-up they never rise."""
    spec = with_warmup(spec, warmup)
    found = rates(spec, steps_per_epoch, total, lr=0.1)
    assert all(0 <= rate <= 0.1 for rate in found)
    after = found[round(warmup * total) :]
    assert all(late <= early + 1e-15 for early, late in itertools.pairwise(after))


@pytest.mark.parametrize(
    "spec", [Step(every=5e-324), MultiStep(at=(5e-324, 1e308)), Step(every=1e308)]
)
def test_extreme_numbers(spec):
    assert all(0 <= spec.curve(step, 10, 20) <= 1 for step in range(20))


def test_pytorch():
    torch = pytest.importorskip("torch")
    schedulers = torch.optim.lr_scheduler
    total = 12
    cases = [
        (Step(every=3.0, factor=0.5), lambda o: schedulers.StepLR(o, 3, 0.5)),
        (MultiStep(at=(2.0, 7.0)), lambda o: schedulers.MultiStepLR(o, [2, 7])),
        (Exponential(factor=0.9), lambda o: schedulers.ExponentialLR(o, 0.9)),
        (Cosine(end=0.05), lambda o: schedulers.CosineAnnealingLR(o, total - 1, eta_min=0.005)),
    ]
    for spec, scheduler in cases:
        optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=0.1)
        theirs, clock = [], scheduler(optimizer)
        for _ in range(total):
            theirs.append(optimizer.param_groups[0]["lr"])
            optimizer.step()
            clock.step()
        assert rates(spec, 1, total, lr=0.1) == pytest.approx(theirs, rel=1e-12)

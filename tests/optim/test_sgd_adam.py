"""Update rules against float64 loops from their papers, and against PyTorch."""

import itertools
import math
import tracemalloc
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cnncli.optim import base
from cnncli.optim.base import CHUNK, OptimizerState, Segment
from cnncli.optim.sgd_adam import Adam, AdamW, Sgd

SPECS = [
    Sgd(lr=0.1),
    Sgd(lr=0.1, weight_decay=0.05),
    Sgd(lr=0.1, momentum=0.9),
    Sgd(lr=0.1, momentum=0.9, weight_decay=0.05),
    Sgd(lr=0.1, momentum=0.9, nesterov=True, weight_decay=0.05),
    Adam(lr=0.01),
    Adam(lr=0.01, beta1=0.8, beta2=0.95, eps=1e-3, weight_decay=0.05),
    Adam(lr=0.01, beta1=0.0, beta2=0.0),
    AdamW(lr=0.01),
    AdamW(lr=0.01, weight_decay=0.3),
]


def sgd_loop(spec, w, gradients, decayed, rates):
    v = 0.0
    for g, lr in zip(gradients, rates, strict=True):
        g += spec.weight_decay * w * decayed
        v = spec.momentum * v + g
        w -= lr * (g + spec.momentum * v if spec.nesterov else v)
    return w


def adam_loop(spec, w, gradients, decayed, rates):
    m = s = 0.0
    for t, (g, lr) in enumerate(zip(gradients, rates, strict=True), start=1):
        if isinstance(spec, AdamW):
            w -= lr * spec.weight_decay * w * decayed
        else:
            g += spec.weight_decay * w * decayed
        m = spec.beta1 * m + (1 - spec.beta1) * g
        s = spec.beta2 * s + (1 - spec.beta2) * g**2
        corrected = m / (1 - spec.beta1**t), s / (1 - spec.beta2**t)
        w -= lr * corrected[0] / (math.sqrt(corrected[1]) + spec.eps)
    return w


def problem(size, steps=6, seed=0):
    rng = np.random.default_rng(seed)
    w = rng.standard_normal(size).astype(np.float32)
    gradients = rng.standard_normal((steps, size)).astype(np.float32)
    decays = np.repeat([True, False, True, True, False, False, True], -(-size // 7))
    return w, gradients, decays[:size]


def segments_of(decay, spec):
    """One for each run of numbers that decay, or do not."""
    starts = [0, *(np.flatnonzero(np.diff(decay)) + 1), len(decay)]
    return [
        Segment(slice(a, b), 1.0, spec.weight_decay if decay[a] else 0.0)
        for a, b in itertools.pairwise(starts)
    ]


def run(spec, w, gradients, decay, cuts=(), rates=None):
    """Parameters and optimizer after all steps, each step part by part."""
    optimizer = OptimizerState(spec, w.size)
    segments = segments_of(decay, spec)
    w = w.copy()
    bounds = [0, *cuts, w.size]
    for step, gradient in enumerate(gradients, start=1):
        lr = spec.lr if rates is None else rates[step - 1]
        for first, last in itertools.pairwise(bounds):
            optimizer.update(w, gradient, segments, slice(first, last), lr, step)
    return w, optimizer


@pytest.mark.parametrize("spec", SPECS, ids=repr)
@pytest.mark.parametrize("size", [1, 37])
def test_the_papers(spec, size):
    w, gradients, decay = problem(size)
    rates = [spec.lr * factor for factor in (0.1, 1, 0.8, 0.6, 0.3, 0)]
    loop = sgd_loop if isinstance(spec, Sgd) else adam_loop
    expected = [
        loop(spec, float(w[i]), gradients[:, i].astype(float).tolist(), bool(decay[i]), rates)
        for i in range(size)
    ]
    ours, _ = run(spec, w, gradients, decay, rates=rates)
    np.testing.assert_allclose(ours, expected, rtol=1e-5, atol=2e-6)


@pytest.mark.parametrize("spec", SPECS, ids=repr)
@pytest.mark.parametrize("decayed", [True, False])
def test_pytorch(spec, decayed):
    torch = pytest.importorskip("torch")
    w, gradients, _ = problem(1000, steps=20)
    theirs = torch.nn.Parameter(torch.tensor(w))
    options = {"lr": spec.lr, "weight_decay": spec.weight_decay if decayed else 0.0}
    if isinstance(spec, Sgd):
        options |= {"momentum": spec.momentum, "nesterov": spec.nesterov}
    else:
        options |= {"betas": (spec.beta1, spec.beta2), "eps": spec.eps}
    rule = {"sgd": torch.optim.SGD, "adam": torch.optim.Adam, "adamw": torch.optim.AdamW}
    optimizer = rule[spec.name]([theirs], **options)
    for gradient in gradients:
        theirs.grad = torch.tensor(gradient)
        optimizer.step()
    ours, _ = run(spec, w, gradients, np.full(1000, decayed))
    np.testing.assert_allclose(ours, theirs.detach().numpy(), rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("spec", SPECS, ids=repr)
def test_chunks_change_nothing(spec, monkeypatch):
    """A size that is no multiple of the chunk, against one chunk for all of it."""
    inputs = problem(2 * CHUNK + 5, steps=2)
    chunked, _ = run(spec, *inputs)
    monkeypatch.setattr(base, "CHUNK", 1 << 20)
    whole, _ = run(spec, *inputs)
    np.testing.assert_array_equal(chunked, whole)


@pytest.mark.parametrize("spec", SPECS, ids=repr)
@settings(deadline=None, max_examples=20)
@given(size=st.integers(1, 400), data=st.data())
def test_parts_change_nothing(spec, size, data):
    """Any cut into parts, empty ones too, gives the bits of one part."""
    cuts = sorted(data.draw(st.lists(st.integers(0, size), max_size=4)))
    inputs = problem(size, steps=3)
    one, of_one = run(spec, *inputs)
    several, of_several = run(spec, *inputs, cuts=cuts)
    np.testing.assert_array_equal(several, one)
    for name, slot in of_one.slots.items():
        np.testing.assert_array_equal(of_several.slots[name], slot)


@pytest.mark.parametrize("spec", SPECS, ids=repr)
def test_threads_on_disjoint_parts(spec):
    w, gradients, decay = problem(3 * CHUNK + 1, steps=2)
    one, _ = run(spec, w, gradients, decay)
    optimizer = OptimizerState(spec, w.size)
    parts = [slice(first, min(first + 20_000, w.size)) for first in range(0, w.size, 20_000)]
    with ThreadPoolExecutor(4) as pool:
        for step, gradient in enumerate(gradients, start=1):
            arguments = w, gradient, segments_of(decay, spec)
            for future in [
                pool.submit(optimizer.update, *arguments, part, spec.lr, step) for part in parts
            ]:
                future.result()
    np.testing.assert_array_equal(w, one)


@pytest.mark.parametrize("spec", SPECS, ids=repr)
def test_only_the_part_is_touched(spec):
    w, gradients, decay = problem(100)
    before = w.copy()
    optimizer = OptimizerState(spec, 100)
    kept = gradients[0].copy()
    optimizer.update(w, gradients[0], segments_of(decay, spec), slice(30, 70), spec.lr, 1)
    outside = np.r_[0:30, 70:100]
    np.testing.assert_array_equal(w[outside], before[outside])
    assert (w[30:70] != before[30:70]).all()
    for slot in optimizer.slots.values():
        assert not slot[outside].any()
        assert slot[30:70].all()
    np.testing.assert_array_equal(gradients[0], kept)


@pytest.mark.parametrize("spec", [spec for spec in SPECS if spec.weight_decay], ids=repr)
def test_decay_where_the_mask_is_true(spec):
    """Without a gradient only decay moves parameters, towards 0."""
    w, _, decay = problem(64)
    ours, _ = run(spec, w, np.zeros((3, 64), np.float32), decay)
    np.testing.assert_array_equal(ours[~decay], w[~decay])
    assert (np.abs(ours - w)[decay] > 0).all()
    assert (np.sign(w - ours) == np.sign(w))[decay].all()


@pytest.mark.parametrize(
    ("spec", "names"),
    [
        (Sgd(), set()),
        (Sgd(nesterov=True), set()),
        (Sgd(momentum=0.9), {"velocity"}),
        (Adam(), {"mean", "square"}),
        (AdamW(), {"mean", "square"}),
    ],
)
def test_slots(spec, names):
    slots = OptimizerState(spec, 7).slots
    assert set(slots) == names
    for slot in slots.values():
        assert (slot.dtype, slot.shape) == (np.float32, (7,))
        assert not slot.any()


def test_the_first_steps_of_adam_have_the_size_of_the_rate():
    """Kingma and Ba 2015, section 2.1: the step is about lr, whatever the gradient's scale."""
    for scale in (1e-3, 1.0, 1e6):
        w, _ = run(Adam(lr=0.01), np.zeros(2, np.float32), scale * np.array([[1, -1]]), np.ones(2))
        np.testing.assert_allclose(w, [-0.01, 0.01], rtol=2e-5)


@pytest.mark.parametrize("spec", SPECS, ids=repr)
def test_a_run_can_go_on_from_its_slots(spec):
    w, gradients, decay = problem(50)
    through, _ = run(spec, w, gradients, decay)
    half, first = run(spec, w, gradients[:3], decay)
    second = OptimizerState(spec, 50)
    for name, slot in first.slots.items():
        second.slots[name][...] = slot
    for step, gradient in enumerate(gradients[3:], start=4):
        second.update(half, gradient, segments_of(decay, spec), slice(0, 50), spec.lr, step)
    np.testing.assert_array_equal(half, through)


@pytest.mark.parametrize("spec", SPECS, ids=repr)
def test_no_large_allocation(spec):
    w, gradients, decay = problem(1 << 20, steps=1)
    optimizer = OptimizerState(spec, w.size)
    segments = segments_of(decay, spec)
    optimizer.update(w, gradients[0], segments, slice(0, w.size), spec.lr, 1)
    tracemalloc.start()
    try:
        optimizer.update(w, gradients[0], segments, slice(0, w.size), spec.lr, 2)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 1 << 16  # NumPy's own buffers included, of 8,192 numbers


@pytest.mark.parametrize("spec", SPECS, ids=repr)
@pytest.mark.parametrize("broken", [np.nan, np.inf, 3e38])
def test_what_is_not_finite_gives_no_warning(spec, broken):
    with np.errstate(all="raise"):
        run(spec, np.ones(3, np.float32), np.full((3, 3), broken, np.float32), np.ones(3, bool))

"""The layer contract, checked for any layer: one harness for all families.

`check_layer` runs a layer on random data and asserts shapes, purity, the gradient along random
directions in float64, and that a batch gives what its halves give.
"""

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from cnncli.engine.comm import Solo
from cnncli.kernels import random
from cnncli.kernels.workspace import Workspace
from cnncli.layers.base import Context, Layer
from cnncli.layers.hyperparameters import Volume


@dataclass
class FakeRun:
    """The engine's `run`, for one layer on its own."""

    training: bool = True
    workspace: Workspace = field(default_factory=Workspace)
    comm: Solo = field(default_factory=Solo)
    grads: dict[str, Any] = field(default_factory=dict)
    needs_dx: bool = True
    positions: Any = None

    def keys(self) -> Any:
        return random.keys(random.key(7), self.positions)


@dataclass
class Bench:
    """A completed layer with random parameters and inputs."""

    layer: Layer
    volume: Volume
    n: int = 3
    dtype: Any = np.float64
    seed: int = 0

    def __post_init__(self) -> None:
        rng = np.random.default_rng(self.seed)
        self.layer = self.layer.complete(Context(image=self.volume))
        shapes = [self.volume] if self.layer.kind != "INPUT" else []
        self.out = self.layer.out_shape(shapes)
        self.x = rng.standard_normal((self.n, self.volume.H, self.volume.W, self.volume.D))
        self.x = self.x.astype(self.dtype)
        self.params = {
            name: rng.standard_normal(p.shape).astype(self.dtype)
            for name, p in self.layer.param_shapes(shapes).items()
        }
        self.state = {
            name: np.full(s.shape, s.start, self.dtype)
            for name, s in self.layer.state_shapes(shapes).items()
        }
        self.dy = rng.standard_normal((self.n, self.out.H, self.out.W, self.out.D))
        self.dy = self.dy.astype(self.dtype)

    def run(self, first: int = 0, n: int | None = None, training: bool = True) -> FakeRun:
        grads = {name: np.full_like(p, np.nan) for name, p in self.params.items()}
        positions = np.arange(first, first + (self.n if n is None else n))
        return FakeRun(training=training, grads=grads, positions=positions)

    def forward(self, x: Any = None, params: Any = None, training: bool = True) -> Any:
        x = self.x if x is None else x
        run = self.run(n=len(x), training=training)
        return self.layer.forward(run, params or self.params, self.state, x)[0]

    def backward(self) -> tuple[Any, dict[str, Any]]:
        run = self.run()
        _, cache, _ = self.layer.forward(run, self.params, self.state, self.x)
        (dx,), grads = self.layer.backward(run, self.params, cache, self.dy)
        return dx, dict(grads)


def check_layer(layer: Layer, volume: Volume, *, couples_images: bool = False) -> None:
    """Asserts the whole contract."""
    bench = Bench(layer, volume)
    check_shapes(bench)
    check_purity(bench)
    check_gradient(bench)
    if not couples_images:
        check_additivity(bench)


def check_shapes(bench: Bench) -> None:
    for dtype in (np.float32, np.float64):
        same = Bench(bench.layer, bench.volume, dtype=dtype)
        y = same.forward()
        dx, grads = same.backward()
        assert y.shape == (same.n, same.out.H, same.out.W, same.out.D)
        assert y.dtype == dtype
        assert dx.shape == same.x.shape
        assert dx.dtype == dtype
        assert grads.keys() == same.params.keys()
        for name, grad in grads.items():
            assert grad.shape == same.params[name].shape
            assert np.isfinite(grad).all()


def check_purity(bench: Bench) -> None:
    run = bench.run()
    inputs = [bench.x, bench.dy, *bench.params.values(), *bench.state.values()]
    before = [array.copy() for array in inputs]
    for array in inputs:
        array.flags.writeable = False
    y, cache, _ = bench.layer.forward(run, bench.params, bench.state, bench.x)
    kept = y.copy()
    bench.layer.backward(run, bench.params, cache, bench.dy)
    for array in inputs:
        array.flags.writeable = True
    for array, copy in zip(inputs, before, strict=True):
        np.testing.assert_array_equal(array, copy)
    np.testing.assert_array_equal(y, kept)


def check_gradient(bench: Bench, tolerance: float = 1e-6) -> None:
    """<dy, (f(x + h v) - f(x - h v)) / 2h> against <dx, v> + <dparams, v_params>."""
    rng = np.random.default_rng(1)
    dx, grads = bench.backward()
    h = 1e-6
    for _ in range(3):
        v = rng.standard_normal(bench.x.shape)
        v_params = {name: rng.standard_normal(p.shape) for name, p in bench.params.items()}
        moved = [
            bench.forward(
                bench.x + sign * h * v,
                {name: p + sign * h * v_params[name] for name, p in bench.params.items()},
            )
            for sign in (1, -1)
        ]
        numeric = float(np.sum(bench.dy * (moved[0] - moved[1])) / (2 * h))
        analytic = float(np.sum(dx * v))
        analytic += sum(float(np.sum(grads[name] * v_params[name])) for name in grads)
        scale = np.sqrt(np.sum(bench.dy**2)) * np.sqrt(np.sum(moved[0] ** 2)) + 1
        assert abs(numeric - analytic) <= tolerance * scale, (numeric, analytic)


def check_additivity(bench: Bench) -> None:
    """A batch in two halves: the same outputs and dx, and gradients that add up."""
    y = bench.forward()
    dx, grads = bench.backward()
    summed: dict[str, Any] = dict.fromkeys(grads, 0.0)
    for first, last in ((0, 1), (1, bench.n)):
        run = bench.run(first, last - first)
        part, cache, _ = bench.layer.forward(run, bench.params, bench.state, bench.x[first:last])
        np.testing.assert_allclose(part, y[first:last], rtol=1e-10, atol=1e-10)
        (dpart,), more = bench.layer.backward(run, bench.params, cache, bench.dy[first:last])
        np.testing.assert_allclose(dpart, dx[first:last], rtol=1e-10, atol=1e-10)
        for name in more:
            summed[name] = summed[name] + more[name]
    for name, grad in grads.items():
        np.testing.assert_allclose(summed[name], grad, rtol=1e-10, atol=1e-10)

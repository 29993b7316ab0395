"""The layer contract, checked for any layer: one harness for all families.

`check_layer` runs a layer on random data and asserts shapes, purity, the gradient along random
directions of all inputs and parameters in float64, and that a batch gives what its halves give.
"""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest

from cnncli.engine.parallel.comm import Solo
from cnncli.geometry import Volume
from cnncli.kernels import random_streams
from cnncli.kernels.conv.profiles import SMALL_KERNELS
from cnncli.kernels.epilogue import PLAIN, Epilogue
from cnncli.kernels.workspace import Workspace
from cnncli.layers.base import Context, Layer
from cnncli.layers.reading import Reads


@dataclass
class FakeRun:
    """The engine's `run`, for one layer on its own."""

    training: bool = True
    workspace: Workspace = field(default_factory=Workspace)
    comm: Solo = field(default_factory=Solo)
    grads: dict[str, Any] = field(default_factory=dict)
    needs_dx: bool = True
    positions: Any = None
    plan: Any = None
    epilogue: Epilogue = PLAIN
    prologue: Epilogue = PLAIN
    leaves_biases: bool = False
    left_biases: Any = None
    room: Any = None
    state: dict[str, Any] = field(default_factory=dict)
    new_state: dict[str, Any] = field(default_factory=dict)
    rectified: Any = None

    def moments(self, x: Any, compute: Any) -> Any:
        return compute(x)

    def keys(self) -> Any:
        return random_streams.keys(random_streams.key(7), self.positions)

    @classmethod
    def of(cls, layer: Layer, *xs: Any, algorithm: str | None = None, **given: Any) -> "FakeRun":
        """For a layer on these inputs."""
        shapes = [Volume(x.shape[2], x.shape[1], x.shape[3]) for x in xs]
        ways = layer.algorithms(shapes, len(xs[0]), SMALL_KERNELS)
        return cls(
            plan=layer.plan(shapes, len(xs[0]), algorithm or next(iter(ways), None)), **given
        )


@dataclass
class Bench:
    """A completed layer with random parameters and inputs: a volume, or several for a join."""

    layer: Layer
    volume: Volume | tuple[Volume, ...]
    n: int = 3
    dtype: Any = np.float64
    seed: int = 0

    def __post_init__(self) -> None:
        rng = np.random.default_rng(self.seed)
        volumes = (self.volume,) if isinstance(self.volume, Volume) else self.volume
        self.layer = self.layer.complete(Context(image=volumes[0]))
        shapes = volumes if self.layer.kind != "INPUT" else ()
        self.out = self.layer.out_shape(shapes)
        self.xs = [
            rng.standard_normal((self.n, volume.H, volume.W, volume.D)).astype(self.dtype)
            for volume in volumes
        ]
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

    @property
    def x(self) -> Any:
        """The input of a layer that has one."""
        (x,) = self.xs
        return x

    @x.setter
    def x(self, value: Any) -> None:
        self.xs = [value]

    def run(self, *xs: Any, first: int = 0, training: bool = True, state: Any = None) -> FakeRun:
        """For these inputs, or its own."""
        inputs = xs or self.xs
        return FakeRun.of(
            self.layer,
            *inputs,
            training=training,
            state=state or self.state,
            grads={name: np.full_like(p, np.nan) for name, p in self.params.items()},
            positions=np.arange(first, first + len(inputs[0])),
        )

    def forward(self, *xs: Any, params: Any = None, training: bool = True) -> Any:
        """y, of these inputs or its own."""
        inputs = xs or self.xs
        run = self.run(*inputs, training=training)
        return self.layer.forward(run, params or self.params, *inputs)[0]

    def gradients(self) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """The gradient of each input, and of each parameter."""
        run = self.run()
        _, cache = self.layer.forward(run, self.params, *self.xs)
        dxs = self.layer.backward(run, self.params, cache, self.dy)
        return dxs, dict(run.grads)

    def backward(self) -> tuple[Any, dict[str, Any]]:
        """The gradient of the only input, and of each parameter."""
        (dx,), grads = self.gradients()
        return dx, grads


def check_layer(
    layer: Layer, volume: Volume | tuple[Volume, ...], *, couples_images: bool = False
) -> None:
    """Asserts the whole contract."""
    bench = Bench(layer, volume)
    check_shapes(bench)
    check_purity(bench)
    check_gradient(bench)
    check_reads(bench)
    if not couples_images:
        check_additivity(bench)


def check_shapes(bench: Bench) -> None:
    for dtype in (np.float32, np.float64):
        same = Bench(bench.layer, bench.volume, dtype=dtype)
        y = same.forward()
        dxs, grads = same.gradients()
        assert y.shape == (same.n, same.out.H, same.out.W, same.out.D)
        assert y.dtype == dtype
        for x, dx in zip(same.xs, dxs, strict=True):
            assert dx.shape == x.shape
            assert dx.dtype == dtype
            assert dx.flags.c_contiguous
            assert np.isfinite(dx).all()
        assert grads.keys() == same.params.keys()
        for name, grad in grads.items():
            assert grad.shape == same.params[name].shape
            assert np.isfinite(grad).all()


def check_reads(bench: Bench) -> None:
    """Numbers of the inputs are changed one by one: only what is said to read them changes."""
    if bench.layer.kind == "INPUT":
        return
    rng, shapes = np.random.default_rng(0), [Volume(*x.shape[2:0:-1], x.shape[3]) for x in bench.xs]
    for source, x in enumerate(bench.xs):
        _, H, W, D = x.shape
        numbers = [(rng.integers(H), rng.integers(W), rng.integers(D)) for _ in range(6)]
        xs = [np.repeat(each[:1], len(numbers) + 1, axis=0) for each in bench.xs]
        for image, number in enumerate(numbers, 1):
            xs[source][image, *number] += 1
        y = bench.forward(*xs, training=False)
        changed = np.abs(y[1:] - y[0]) > 1e-9 * (1 + np.abs(y[0]))
        for number, *place in np.argwhere(changed):
            parts = bench.layer.reads(shapes)
            assert any(
                _reads(each, shapes[source], bench.out.D, place, numbers[number])
                for each in parts
                if each.of == source
            ), (numbers[number], place)


def _reads(reads: Reads, size: Volume, depth: int, place: Any, number: Any) -> bool:
    """Whether a place (y, x, channel) of the output is said to read a number of the input."""
    axes = zip((reads.down, reads.across), (size.H, size.W), place, number, strict=False)
    if any(at not in [axis.on_map(i, n) for i in axis.at(out)] for axis, n, out, at in axes):
        return False
    to, channels = reads.to or range(depth), reads.channels or range(size.D)
    if place[2] not in to:
        return False
    at = to.index(place[2])
    if not reads.groups:
        return bool(channels[at] == number[2])
    share = len(channels) // reads.groups
    first = at * reads.groups // len(to) * share
    return number[2] in channels[first : first + share]


def check_purity(bench: Bench) -> None:
    run = bench.run()
    inputs = [*bench.xs, bench.dy, *bench.params.values(), *bench.state.values()]
    before = [array.copy() for array in inputs]
    for array in inputs:
        array.flags.writeable = False
    y, cache = bench.layer.forward(run, bench.params, *bench.xs)
    kept = y.copy()
    dxs = bench.layer.backward(run, bench.params, cache, bench.dy)
    given = [dx.copy() for dx in dxs]
    bench.layer.forward(run, bench.params, *bench.xs)
    for array in inputs:
        array.flags.writeable = True
    for array, copy in zip([*inputs, *dxs], [*before, *given], strict=True):
        np.testing.assert_array_equal(array, copy)
    np.testing.assert_array_equal(y, kept)


def check_gradient(bench: Bench, tolerance: float = 1e-6) -> None:
    """<dy, (f(x + h v) - f(x - h v)) / 2h> against <dx, v> + <dparams, v_params>, all inputs."""
    rng = np.random.default_rng(1)
    dxs, grads = bench.gradients()
    h = 1e-6
    for _ in range(3):
        vs = [rng.standard_normal(x.shape) for x in bench.xs]
        v_params = {name: rng.standard_normal(p.shape) for name, p in bench.params.items()}
        moved = [
            bench.forward(
                *(x + sign * h * v for x, v in zip(bench.xs, vs, strict=True)),
                params={name: p + sign * h * v_params[name] for name, p in bench.params.items()},
            )
            for sign in (1, -1)
        ]
        numeric = float(np.sum(bench.dy * (moved[0] - moved[1])) / (2 * h))
        analytic = sum(float(np.sum(dx * v)) for dx, v in zip(dxs, vs, strict=True))
        analytic += sum(float(np.sum(grads[name] * v_params[name])) for name in grads)
        scale = np.sqrt(np.sum(bench.dy**2)) * np.sqrt(np.sum(moved[0] ** 2)) + 1
        assert abs(numeric - analytic) <= tolerance * scale, (numeric, analytic)


def check_additivity(bench: Bench) -> None:
    """A batch in two halves: the same outputs and dx, and gradients that add up."""
    y = bench.forward()
    dxs, grads = bench.gradients()
    summed: dict[str, Any] = dict.fromkeys(grads, 0.0)
    for first, last in ((0, 1), (1, bench.n)):
        xs = [x[first:last] for x in bench.xs]
        run = bench.run(*xs, first=first)
        part, cache = bench.layer.forward(run, bench.params, *xs)
        np.testing.assert_allclose(part, y[first:last], rtol=1e-10, atol=1e-10)
        parts = bench.layer.backward(run, bench.params, cache, bench.dy[first:last])
        for dpart, dx in zip(parts, dxs, strict=True):
            np.testing.assert_allclose(dpart, dx[first:last], rtol=1e-10, atol=1e-10)
        for name, grad in run.grads.items():
            summed[name] = summed[name] + grad
    for name, grad in grads.items():
        np.testing.assert_allclose(summed[name], grad, rtol=1e-10, atol=1e-10)


def check_with_pytorch(bench: Bench, function: Any, atol: float, rtol: float = 1e-7) -> Any:
    """y and all gradients against function(torch.nn.functional, x, **params); returns its y.

    x and what the function gives are (N, C, H, W), the parameters are as in the layer.
    """
    torch = pytest.importorskip("torch")
    leaves = {name: torch.tensor(p).requires_grad_() for name, p in bench.params.items()}
    x = torch.tensor(bench.x).requires_grad_()
    y = function(torch.nn.functional, x.permute(0, 3, 1, 2), **leaves).permute(0, 2, 3, 1)
    y.backward(torch.tensor(bench.dy))
    dx, grads = bench.backward()
    assert grads.keys() == leaves.keys()
    np.testing.assert_allclose(bench.forward(), y.detach(), rtol, atol)
    np.testing.assert_allclose(dx, x.grad, rtol, atol)
    for name, leaf in leaves.items():
        np.testing.assert_allclose(grads[name], leaf.grad, rtol, atol, err_msg=name)
    return y.detach()

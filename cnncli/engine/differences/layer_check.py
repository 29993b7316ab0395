"""A layer's gradients by itself: of its inputs, and of what it trains."""

import numpy as np

from cnncli.engine.lone_layer import Arrays, LoneLayer

from .central import Change, Index, Suspect, Worst, change_at, compare, sample

IMAGES = 3
"""Of a batch: with fewer, a BATCHNORM of a vector has nothing to normalise."""


def check_layer(lone: LoneLayer, count: int | None, seed: int) -> Worst:
    """On inputs, parameters and a gradient of the output that are drawn, all standard normal.

    count: numbers of each array; None: all. Arrays are called as they are in the layer, the input
    x, and those of a join x0, x1, and so on.
    """
    rng = np.random.default_rng(seed)
    shapes = lone.in_shapes
    xs = [rng.standard_normal((IMAGES, v.H, v.W, v.D)) for v in shapes]
    params: Arrays = {
        name: rng.standard_normal(param.shape)
        for name, param in lone.layer.param_shapes(shapes).items()
    }
    state: Arrays = {
        name: np.full(running.shape, running.start)
        for name, running in lone.layer.state_shapes(shapes).items()
    }
    y, cache, _ = lone.forward(params, state, *xs)
    y = y.copy()
    dy = rng.standard_normal(y.shape)
    dxs, grads = lone.backward(params, cache, dy)
    names = ["x"] if len(xs) == 1 else [f"x{number}" for number in range(len(xs))]
    arrays = {**dict(zip(names, xs, strict=True)), **params}
    gradients = {**dict(zip(names, dxs, strict=True)), **grads}
    suspects = {
        name: Suspect(array, gradient)
        for name, array in arrays.items()
        if (gradient := gradients[name]) is not None
    }

    def value() -> float:
        """Of <dy, y>, by how much it has changed: little is subtracted from little."""
        return float(np.vdot(dy, lone.forward(params, state, *xs)[0] - y))

    def change_of(name: str, index: Index) -> Change:
        return change_at(suspects[name].array, index, value)

    return compare(suspects, change_of, sample(suspects, count, seed))

"""A small network whose arrays are named like those of torchvision's ResNets, and its scores."""

import numpy as np
from safetensors.numpy import save_file

CONFIG = "architecture: INPUT(6x5x3) -> CONV3-4(bias=false) -> BN -> RELU -> FC-5\n"
SHAPES = {
    "conv1.weight": (4, 3, 3, 3),
    **dict.fromkeys(("bn1.weight", "bn1.bias", "bn1.running_mean", "bn1.running_var"), (4,)),
    "fc.weight": (5, 4 * 5 * 6),
    "fc.bias": (5,),
}
NOT_BELOW_HALF = ("bn1.weight", "bn1.running_var")


def write(folder, **changes):
    """The configuration, and a file of weights; changes: arrays by their names, None: not there."""
    config = folder / "tiny.yaml"
    config.write_text(CONFIG)
    rng = np.random.default_rng(0)
    state = {name: rng.normal(size=shape) for name, shape in SHAPES.items()}
    state |= {name: np.abs(state[name]) + 0.5 for name in NOT_BELOW_HALF}
    state = {name: array.astype(np.float32) for name, array in state.items()}
    state = {name: array for name, array in (state | changes).items() if array is not None}
    weights = folder / "tiny.safetensors"
    save_file(state, weights)
    return config, weights, state


def scores(state, x):
    """Of images (N, 3, H, W), from the definitions, in float64."""
    w, x = state["conv1.weight"], np.pad(x, ((0, 0), (0, 0), (1, 1), (1, 1)))
    y = np.zeros((len(x), 4, 5, 6))
    for i in range(5):
        for j in range(6):
            y[:, :, i, j] = np.einsum("nchw,kchw->nk", x[:, :, i : i + 3, j : j + 3], w)
    gamma, beta, mean, var = (
        state[f"bn1.{name}"][:, None, None]
        for name in ("weight", "bias", "running_mean", "running_var")
    )
    y = np.maximum((y - mean) / np.sqrt(var + 1e-5) * gamma + beta, 0)
    return y.reshape(len(y), -1) @ state["fc.weight"].T + state["fc.bias"]

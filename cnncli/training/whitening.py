"""Whitening filters: convolutions whose outputs are uncorrelated over patches of the images.

Their patches' covariance has eigenvectors v and eigenvalues l: the filters are v / sqrt(l), the
largest l first, and the same with the other sign, so that RELU loses nothing (Page 2018, "How to
train your ResNet"; Jordan 2024, "94% on CIFAR-10 in 3.29 seconds on a single GPU").
"""

import math

import numpy as np
from numpy.typing import NDArray

from cnncli.data.pipeline import Pipeline
from cnncli.datasets.dataset import Split, Stored
from cnncli.engine.engine import Engine
from cnncli.kernels.workspace import Workspace
from cnncli.layers.conv import Conv

_IMAGES = 5000
"""How many images are looked at, spread over the set."""
_BLOCK = 250 * 32 * 32
"""Pixels that are looked at in one piece."""
_LEAST = 5e-4
"""Added to the eigenvalues, so that no filter is made of noise alone."""


def whiten(engine: Engine, split: Split, pipeline: Pipeline) -> None:
    """Sets the weights of all convolutions that start so."""
    for node in engine.graph.nodes:
        layer = node.layer
        if isinstance(layer, Conv) and layer.init and layer.init.name == "whitening":
            W = engine.parameters.of(node.name)["W"]
            W[...] = filters(_sample(split.images), pipeline, W.shape)


def filters(images: Stored, pipeline: Pipeline, shape: tuple[int, ...]) -> NDArray[np.float64]:
    """W of that shape (F, F, C, K)."""
    F_H, F_W, C, K = shape
    axes = F_H * F_W * C
    total, patches = np.zeros((axes, axes)), 0
    workspace = Workspace()
    block = max(1, _BLOCK // math.prod(images.shape[1:3]))
    for start in range(0, len(images), block):
        prepared = pipeline.plain(workspace, np.asarray(images[start : start + block]))
        windows = np.lib.stride_tricks.sliding_window_view(prepared, (F_H, F_W), axis=(1, 2))
        rows = windows.transpose(0, 1, 2, 4, 5, 3).reshape(-1, axes).astype(np.float64)
        total += rows.T @ rows
        patches += len(rows)
    values, vectors = np.linalg.eigh(total / patches)
    values, vectors = values[::-1], vectors[:, ::-1]
    vectors = vectors * np.sign(vectors[np.abs(vectors).argmax(axis=0), np.arange(axes)])
    one_sign = vectors / np.sqrt(values + _LEAST)
    both = np.concatenate((one_sign, -one_sign), axis=1)[:, :K]
    W: NDArray[np.float64] = both.reshape(shape)
    return W


def _sample(images: Stored) -> Stored:
    count = min(len(images), _IMAGES)
    return images[np.arange(count) * len(images) // count]

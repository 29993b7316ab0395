"""Images of random bytes."""

import numpy as np


def images_of(n, height, width, channels, seed=0):
    shape = (n, height, width, channels)
    return np.random.default_rng(seed).integers(0, 256, shape, dtype=np.uint8)

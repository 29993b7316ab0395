"""Sets that are there, as they are read, and what is said of those that cannot be."""

from fractions import Fraction
from functools import partial

import numpy as np
import pytest

from cnncli.config.data import DataSpec
from cnncli.data.load import load
from cnncli.errors import DataError
from cnncli.kernels import random_streams
from cnncli.kernels.random_streams import Stream
from tests.messages import error_text

REMEDY = (
    "write it with numpy.savez_compressed(file, x_train=..., y_train=..., x_test=..., y_test=...)"
)
fault = partial(error_text, DataError)


def expect_little(text):
    """Of small sets nothing but that classes are absent is worth saying."""
    if not text.startswith("warning: no image of "):
        pytest.fail(text)


def no_test(drawn, of, seed=0):
    """What is said of a set without a part to test on."""
    return (
        f"no part to test on: {drawn} of {of} images are taken for it, drawn by class with "
        f"data.split_seed {seed}"
    )


def to_test(labels, seed=0):
    """Which of some images are drawn to test on, as booleans, if each class gives some.

    A fifth of them by the largest remainders, of each class the first in the order of the draw.
    """
    labels = list(labels)
    order = random_streams.permutation(random_streams.key(seed, Stream.TEST_PART), len(labels))
    total = round(len(labels) / 5)
    shares = {k: Fraction(total * labels.count(k), len(labels)) for k in sorted(set(labels))}
    counts = {k: int(share) for k, share in shares.items()}
    for k in sorted(shares, key=lambda k: counts[k] - shares[k])[: total - sum(counts.values())]:
        counts[k] += 1
    assert all(0 < counts[k] < labels.count(k) for k in counts)
    chosen = [p for k in shares for p in [p for p in order if labels[p] == k][: counts[k]]]
    return np.isin(np.arange(len(labels)), chosen)


def get(name, root, **more):
    """The set of a configuration; nothing is fetched, and nothing is to be told."""
    return load(DataSpec(name=name, root=root, **more), download=False, notify=expect_little)

"""Products that several threads take at once have the bits that each has alone."""

from functools import cache
from itertools import product

import numpy as np
import pytest
from threadpoolctl import threadpool_info

from cnncli.engine.parallel import blas
from cnncli.engine.parallel.blas import core_type, hold_blas_to_one_thread, machine_profile
from cnncli.engine.parallel.threads import Team
from cnncli.kernels.conv.gemm import by_group
from cnncli.kernels.conv.profiles import PACKING, SMALL_KERNELS

AT_ONCE = 12_000
SMALL = 10**6
"""Multiply-adds up to which OpenBLAS takes its kernels for small matrices."""
SIZES = [
    (1, 1, 1), (3, 5, 7), (17, 33, 9), (1, 999, 10), (1000, 1, 3), (128, 27, 32), (257, 75, 31),
    (64, 64, 64), (99, 101, 97), (101, 101, 101), (513, 144, 17), (301, 129, 64), (160, 160, 160),
]  # fmt: skip
"""Rows, depth and columns."""


def numbers(seed, *shape, dtype=np.float32):
    return np.random.default_rng(seed).standard_normal(shape).astype(dtype)


def one(M, K, N, of_a, of_b, dtype):
    """A product of two matrices, each as it lies in memory or transposed."""
    a = numbers(1, M, K, dtype=dtype) if of_a == "N" else numbers(1, K, M, dtype=dtype).T
    b = numbers(2, K, N, dtype=dtype) if of_b == "N" else numbers(2, N, K, dtype=dtype).T
    return a, b, lambda: np.empty((M, N), dtype)


def grouped(places, groups, depth, filters, backward):
    """Stacks of columns of matrices, and into such: a convolution in groups."""
    x, y = (by_group(numbers(i, places, groups * d), groups) for i, d in ((3, depth), (4, filters)))
    if backward:
        return (
            x.swapaxes(1, 2),
            y,
            lambda: by_group(np.empty((depth, groups * filters), "f"), groups),
        )
    W = by_group(numbers(5, depth, groups * filters), groups)
    return x, W, lambda: by_group(np.empty((places, groups * filters), np.float32), groups)


def tiled(tiles, C, K, backward):
    """Stacks that lie across the first two axes: Winograd's products over the depth."""
    V, M = numbers(6, tiles, 36, C), numbers(7, tiles, 36, K)
    if backward:
        return V.transpose(1, 2, 0), M.transpose(1, 0, 2), lambda: np.empty((36, C, K), np.float32)
    out = lambda: np.empty((tiles, 36, K), np.float32).transpose(1, 0, 2)  # noqa: E731
    return V.transpose(1, 0, 2), numbers(8, 36, C, K), out


def transform(tiles, K):
    """One matrix times each of a stack."""
    return numbers(9, 16, 36), numbers(10, tiles, 36, K), lambda: np.empty((tiles, 16, K), "f")


def row_sums(rows, length, dtype):
    """A vector of ones times a matrix."""
    return (
        np.ones(rows, dtype),
        numbers(11, rows, length, dtype=dtype),
        lambda: np.empty(length, dtype),
    )


@cache
def cases():
    """(name, a, b, a new array for the product)."""
    found = {
        f"{size} {of_a}{of_b} {np.dtype(dtype)}": one(*size, of_a, of_b, dtype)
        for size, of_a, of_b, dtype in product(SIZES, "NT", "NT", (np.float32, np.float64))
    }
    for backward in (False, True):
        for size in ((200, 2, 36, 24), (333, 3, 9, 11), (65, 8, 16, 16)):
            found[f"groups {size} {backward}"] = grouped(*size, backward)
        for size in ((49, 3, 16), (64, 32, 32), (37, 65, 31)):
            found[f"tiles {size} {backward}"] = tiled(*size, backward)
    for size in ((64, 32), (31, 65)):
        found[f"transform {size}"] = transform(*size)
    for rows, length, dtype in (
        (8, 16384, np.float32),
        (77, 1001, np.float32),
        (256, 64, np.float64),
    ):
        found[f"row sums {rows, length}"] = row_sums(rows, length, dtype)
    return [(name, *case) for name, case in found.items()]


def bits(a, b, out):
    np.matmul(a, b, out=out)
    return out.tobytes()


def test_the_sizes_lie_on_both_sides_of_the_limit():
    work = [M * K * N for M, K, N in SIZES]
    assert min(work) < SMALL < max(work)
    assert any(0.9 * SMALL < one < SMALL for one in work)
    assert any(SMALL < one < 1.1 * SMALL for one in work)


@pytest.mark.parametrize("threads", [2, 4])
def test_products_at_once(threads):
    hold_blas_to_one_thread()
    alone = {name: bits(a, b, out()) for name, a, b, out in cases()}
    team = Team(threads)

    def task(comm):
        """The products in an order of its own; every one is written to memory of its own."""
        order = np.random.default_rng(comm.rank).integers(0, len(alone), AT_ONCE // threads)
        comm.sum(np.zeros(1))  # all begin together
        taken, wrong = 0, set()
        for name, a, b, out in (cases()[i] for i in order):
            taken += 1
            if bits(a, b, out()) != alone[name]:
                wrong.add(name)
        return taken, wrong

    results = team.run(task)
    team.close()
    assert sum(taken for taken, _ in results) == AT_ONCE
    assert set().union(*(wrong for _, wrong in results)) == set()


def test_blas_is_held_to_one_thread():
    hold_blas_to_one_thread()
    pools = [pool for pool in threadpool_info() if pool["user_api"] == "blas"]
    assert pools
    assert {pool["num_threads"] for pool in pools} == {1}


LIBRARIES = {
    "own": ("/env/lib/python3.11/site-packages/numpy.libs/libscipy_openblas64_.so", "SkylakeX"),
    "scipy": ("/env/lib/python3.11/site-packages/scipy.libs/libscipy_openblas.so", "Haswell"),
    "system": ("/usr/lib/numpy/libopenblas.so", "Zen"),
    "same": ("/opt/lib/libopenblas.so", "Zen"),
    "mkl": ("/opt/lib/libmkl_rt.so", None),
}


@pytest.mark.parametrize(
    ("loaded", "name"),
    [
        (["own"], "SkylakeX"),
        (["scipy", "own", "mkl"], "SkylakeX"),  # NumPy's own, whatever else is there
        (["system"], "Zen"),
        (["system", "same"], "Zen"),
        (["system", "scipy"], None),  # which of them is not known
        (["mkl"], None),
        ([], None),
    ],
)
def test_the_core_type_is_that_of_the_blas_of_numpy(monkeypatch, loaded, name):
    found = [
        {"user_api": "blas", "filepath": path} | ({"architecture": core} if core else {})
        for path, core in map(LIBRARIES.__getitem__, loaded)
    ]
    other = {"user_api": "openmp", "filepath": "/usr/lib/numpy.libs/libgomp.so"}
    monkeypatch.setattr(blas, "threadpool_info", lambda: [other, *found])
    core_type.cache_clear()
    try:
        assert core_type() == name
        assert machine_profile() == (SMALL_KERNELS if name == "SkylakeX" else PACKING)
    finally:
        core_type.cache_clear()

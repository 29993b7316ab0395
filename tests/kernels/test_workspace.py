"""Memory comes back when the last array over it dies, and only then."""

import threading

import numpy as np

from cnncli.kernels.workspace import Workspace


def test_memory_is_used_again():
    workspace = Workspace()
    first = workspace.empty((10, 100), np.float32)
    address = first.ctypes.data
    del first
    again = workspace.empty((1000,), np.float32)
    assert again.ctypes.data == address
    assert workspace.allocated == 4032


def test_a_view_keeps_the_memory():
    workspace = Workspace()
    array = workspace.empty((10, 100), np.float32)
    address = array.ctypes.data
    view = array[3:].reshape(-1)[5:]
    del array
    other = workspace.empty((10, 100), np.float32)
    assert other.ctypes.data != address
    del view
    assert workspace.empty((10, 100), np.float32).ctypes.data == address


def test_arrays_alive_do_not_overlap():
    workspace = Workspace()
    rng = np.random.default_rng(0)
    alive = []
    for i in range(2000):
        array = workspace.empty((int(rng.integers(1, 5000)),), np.float64)
        array.fill(i)
        alive.append((i, array))
        if len(alive) > 20:
            alive.pop(int(rng.integers(20)))
    for i, array in alive:
        assert (array == i).all()
        assert array.ctypes.data % 64 == 0


def test_a_large_buffer_does_not_serve_small_requests():
    workspace = Workspace()
    large = workspace.empty((10_000,), np.float64)
    address = large.ctypes.data
    del large
    assert workspace.empty((10,), np.float64).ctypes.data != address
    assert workspace.empty((6_000,), np.float64).ctypes.data == address


def test_empty_arrays_are_fine():
    assert Workspace().empty((0, 3), np.float32).shape == (0, 3)


def test_arrays_may_die_in_other_threads():
    workspace = Workspace()
    for _ in range(50):
        arrays = [workspace.zeros((100,), np.float32) for _ in range(8)]
        threads = [threading.Thread(target=arrays.pop) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert workspace.allocated <= 16 * 448

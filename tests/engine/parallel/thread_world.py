"""A world whose ranks are threads of one process, each with an engine of its own."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import numpy as np

from cnncli.engine.parallel.world import ALONE


class Table:
    """What the ranks lay their values on. Each takes all of them before any lays the next."""

    def __init__(self, size):
        self.values = [None] * size
        self.barrier = Barrier(size, timeout=30)


class ThreadWorld:
    """One rank; sums and agreements are all made of gathering."""

    def __init__(self, rank, size, table, tables=None):
        self.rank, self.size, self.neighbours = rank, size, size
        self.hosts = [f"host{each // 2}" for each in range(size)]
        self._table = table
        self._tables = {} if tables is None else tables

    def gather(self, value):
        self._table.values[self.rank] = value
        self._table.barrier.wait()
        found = list(self._table.values)
        self._table.barrier.wait()
        return found

    def first(self, work):
        return self.gather(work() if self.rank == 0 else None)[0]

    def largest(self, number):
        return max(self.gather(number))

    def sum(self, array):
        first, *others = self.gather(array.copy())
        total = first.copy()
        for other in others:
            total += other
        return total

    def average(self, vector, spans, scale):
        spans = list(spans)
        covered = np.concatenate([np.arange(span.start, span.stop) for span in spans])
        assert np.array_equal(covered, np.arange(vector.size))
        for span in spans:
            total = self.sum(vector[span])
            total *= scale
            vector[span] = total

    def equalise(self, arrays):
        for array in arrays:
            array[...] = self.gather(array.copy())[0]

    def among(self, ranks):
        if ranks == self.size:
            return self
        if self.rank >= ranks:
            return None
        if ranks == 1:
            return ALONE
        table = self._tables.setdefault(ranks, Table(ranks))
        return ThreadWorld(self.rank, ranks, table, self._tables)


def on_ranks(size, work):
    """What the work(world) gives on each of so many ranks."""
    table, tables = Table(size), {}
    worlds = [ThreadWorld(rank, size, table, tables) for rank in range(size)]
    with ThreadPoolExecutor(size) as pool:
        return list(pool.map(work, worlds))

"""One BLAS thread for each of our threads.

Several threads that call a multi-threaded OpenBLAS at once can get wrong results without a word
(OpenBLAS issue 5836, NumPy issue 31618), and a product of the size of our blocks is too small to
be worth cutting up. So BLAS is held to one thread and the shards are the only parallelism.
"""

from functools import cache

from threadpoolctl import threadpool_limits


@cache
def hold_blas_to_one_thread() -> None:
    """Takes effect once and for the life of the process."""
    threadpool_limits(limits=1, user_api="blas")

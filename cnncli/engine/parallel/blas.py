"""One BLAS thread for each of our threads.

Several threads that call a multi-threaded OpenBLAS at once can get wrong results without a word
(OpenBLAS issue 5836, NumPy issue 31618), and a product of the size of our blocks is too small to
be worth cutting up. So BLAS is held to one thread and the shards are the only parallelism.

Which BLAS it is, and for which processor, says what is fast here.
"""

import os
from functools import cache
from typing import Any

from threadpoolctl import threadpool_info, threadpool_limits

from cnncli.kernels.conv.profiles import Profile, profile_of

_OWN = ("numpy.libs", os.path.join("numpy", ".dylibs"))
"""Folders of the libraries that NumPy brings along."""


@cache
def hold_blas_to_one_thread() -> None:
    """Takes effect once and for the life of the process."""
    threadpool_limits(limits=1, user_api="blas")


def libraries() -> list[dict[str, Any]]:
    """All that multiply matrices, as threadpoolctl describes them; some are of other packages."""
    return [library for library in threadpool_info() if library.get("user_api") == "blas"]


@cache
def core_type() -> str | None:
    """What OpenBLAS calls this processor; None: NumPy has another BLAS, or which is not known."""
    found = libraries()
    own = [one for one in found if os.path.dirname(one["filepath"]).endswith(_OWN)]
    names = {library.get("architecture") for library in own or found}
    return names.pop() if len(names) == 1 else None


def machine_profile() -> Profile:
    """Of this machine."""
    return profile_of(core_type())

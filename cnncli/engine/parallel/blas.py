"""One BLAS thread for each of our threads.

Several threads that call a multi-threaded OpenBLAS at once can get wrong results without a word
(OpenBLAS issue 5836, NumPy issue 31618), and a product of the size of our blocks is too small to
be worth cutting up. So BLAS is held to one thread and the shards are the only parallelism.

Which BLAS it is, and for which processor, says what is fast here.
"""

from functools import cache
from pathlib import Path
from typing import Any

from threadpoolctl import threadpool_info, threadpool_limits

from cnncli.kernels.conv.profiles import Profile, profile_of


@cache
def hold_blas_to_one_thread() -> None:
    """Takes effect once and for the life of the process."""
    threadpool_limits(limits=1, user_api="blas")


def libraries() -> list[dict[str, Any]]:
    """The libraries that multiply matrices, as threadpoolctl describes them: NumPy's own, if known.

    Other packages may have loaded one of their own.
    """
    found = [library for library in threadpool_info() if library.get("user_api") == "blas"]
    own = [
        one for one in found if any("numpy" in part for part in Path(one["filepath"]).parts[-3:])
    ]
    return own or found


@cache
def core_type() -> str | None:
    """What OpenBLAS calls this processor; None: NumPy has another BLAS."""
    names = {library.get("architecture") for library in libraries()}
    return names.pop() if len(names) == 1 else None


def machine_profile() -> Profile:
    """Of this machine."""
    return profile_of(core_type())

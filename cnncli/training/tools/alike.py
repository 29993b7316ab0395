"""Whether all ranks are of one kind: the same program, libraries and images on every host."""

import hashlib
import sys
from collections.abc import Callable

from cnncli.datasets.dataset import Split
from cnncli.engine.parallel.world import World, check_alike
from cnncli.errors import DataError, UsageError
from cnncli.text import printable
from cnncli.training.storage.environment import versions


def check_programs(world: World, warn: Callable[[str], None]) -> None:
    """Raises UsageError where ranks were told to do different things, or run different versions.

    Warns of processors for which BLAS computes otherwise.
    """
    if world.size == 1:
        return
    found = versions()
    libraries = [f"{blas['internal_api']} {blas['version']}" for blas in found["blas"]]
    kinds = [str(blas["architecture"]) for blas in found["blas"]]
    for what, value, remedy in (
        (
            "the commands",
            printable(" ".join(sys.argv[1:])),
            "Runs of their own are started one by one; ranks of one run get the same options.",
        ),
        ("versions of cnncli", found["cnncli"], "Install the same on all hosts."),
        ("versions of Python", found["python"], "Install the same on all hosts."),
        ("versions of NumPy", found["numpy"], "Install the same on all hosts."),
        ("NumPy's BLAS libraries", ", ".join(libraries), "Install the same on all hosts."),
    ):
        if differences := check_alike(world, what, value, remedy):
            raise UsageError(differences)
    remedy = (
        "Results may have other bits than on one kind of processor; where the BLAS is OpenBLAS, "
        "OPENBLAS_CORETYPE=Haswell, exported to all ranks, makes them compute alike."
    )
    if differences := check_alike(world, "the kinds of processor", ", ".join(kinds), remedy):
        warn(f"warning: {differences}")


def check_images(world: World, name: str, images: str | Split) -> None:
    """Raises DataError where ranks have different images, by their digest or their labels."""
    if world.size == 1:
        return
    if isinstance(images, Split):
        shown = f"{images.images.shape}, {images.labels.tolist()}"
        images = hashlib.sha256(shown.encode()).hexdigest()
    differences = check_alike(
        world,
        f"the images of {name}",
        f"SHA-256 {images[:16]}...",
        "Let data.root be the same data on all hosts.",
    )
    if differences:
        raise DataError(differences)

"""Ranks that were told different things, or have different programs or images."""

import sys

import numpy as np
import pytest

from cnncli.datasets.dataset import Split
from cnncli.engine.parallel.world import ALONE
from cnncli.errors import DataError, UsageError
from cnncli.training.tools import alike
from tests.engine.parallel.thread_world import on_ranks


def told(world, value):
    """What a rank is told of a check, and what it warns of."""
    warned = []
    try:
        value(world, warned.append)
    except (UsageError, DataError) as error:
        return str(error)
    return "".join(warned)


def different(monkeypatch, **changes):
    """Lets the third of four ranks have other versions; what all are told."""
    usual = alike.versions()

    def work(world):
        def check(world, warn):
            alike.check_programs(world, warn)

        return told(world, check)

    ranks = iter([usual, usual, usual | changes, usual])
    monkeypatch.setattr(alike, "versions", lambda: next(ranks))
    first, *others = on_ranks(4, work)
    assert others == [first] * 3
    return first


def test_the_same(monkeypatch):
    monkeypatch.setattr(sys, "argv", ["cnn", "train", "digits"])
    assert different(monkeypatch) == ""


@pytest.mark.parametrize("name", ["cnncli", "python", "numpy"])
def test_versions(monkeypatch, name):
    message = different(monkeypatch, **{name: "0.0.1"})
    shown = {"cnncli": "cnncli", "python": "Python", "numpy": "NumPy"}[name]
    assert message.startswith(f"versions of {shown} differ between the ranks:\n  ")
    assert message.endswith("\nInstall the same on all hosts.")
    assert "0.0.1: rank " in message


def test_kinds_of_processor(monkeypatch):
    libraries = [each | {"architecture": "Zen"} for each in alike.versions()["blas"]]
    message = different(monkeypatch, blas=libraries)
    assert message.startswith("warning: the kinds of processor differ between the ranks:\n  ")
    assert "OPENBLAS_CORETYPE=Haswell" in message


def test_alone_nothing_is_compared(monkeypatch):
    monkeypatch.setattr(alike, "versions", None)
    alike.check_programs(ALONE, pytest.fail)
    alike.check_images(ALONE, "digits", "")


def test_images():
    def by_digest(world):
        digest = f"{int(world.rank == 1)}" * 64
        return told(world, lambda world, warn: alike.check_images(world, "flowers", digest))

    text = (
        "the images of flowers differ between the ranks:\n"
        "  SHA-256 0000000000000000...: ranks 0, 2 on host0, host1\n"
        "  SHA-256 1111111111111111...: rank 1 on host0\n"
        "Let data.root be the same data on all hosts."
    )
    assert on_ranks(3, by_digest) == [text] * 3


def test_labels():
    def by_labels(world):
        split = Split(np.zeros((2, 4, 4, 1), np.uint8), np.array([0, world.rank]))
        return told(world, lambda world, warn: alike.check_images(world, "flowers", split))

    assert all("differ between the ranks" in text for text in on_ranks(2, by_labels))

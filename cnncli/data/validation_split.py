"""The validation split, and the use of only a part of the training images."""

import hashlib
from typing import NamedTuple

import numpy as np

from cnncli.datasets.dataset import Draw
from cnncli.datasets.problems import section_problem
from cnncli.kernels import random_streams
from cnncli.kernels.random_streams import Stream

from .draw import Integers, draw, groups_of


class HeldOut(NamedTuple):
    """The places of images to train on and of those to validate with, ascending, and the draw."""

    training: Integers
    validating: Integers
    draw: Draw | None


def hold_out(
    labels: Integers,
    validation: float,
    limit: int | None,
    seed: int | None,
) -> HeldOut:
    """Holds out `validation` of the images, below 1 that share, of which the classes are given.

    They are drawn class by class, in shares like the whole set's. With `limit`, only so many of the
    others are kept, drawn likewise. seed: of the draw; None: the draw of earlier versions, without
    regard to classes, of which nothing was recorded. Raises ConfigError where the set has not
    enough images.
    """
    count = len(labels)
    held = _held_count(validation, count)
    left = count - held
    if limit is not None and limit > left:
        raise section_problem(
            "limit",
            f"{limit:,} training images asked for, {left:,} are there "
            f"({count:,} less {held:,} for validation); ask for at most {left:,}",
        )
    if seed is None:
        order = random_streams.permutation(random_streams.key(Stream.VALIDATION_SPLIT), count)
        kept = left if limit is None else limit
        return HeldOut(np.sort(order[held : held + kept]), np.sort(order[:held]), None)
    key = random_streams.key(seed, Stream.VALIDATION_SPLIT)
    validating, training = draw(groups_of(labels, None), held, key).pick(limit)
    return HeldOut(training, validating, record(validating, seed))


def record(places: Integers, seed: int) -> Draw:
    """What is recorded of images that were drawn."""
    return Draw("by class", seed, hashlib.sha256(places.astype("<i8").data).hexdigest())


def _held_count(validation: float, count: int) -> int:
    held = round(validation * count) if validation < 1 else round(validation)
    if validation >= 1 and held != validation:
        raise section_problem(
            "validation", f"{validation:g} is neither a share below 1 nor a whole number"
        )
    if validation and not 0 < held < count:
        raise section_problem(
            "validation",
            f"{validation:g} holds out {held:,} of {count:,} training images; "
            f"hold out from 1 to {count - 1:,}",
        )
    return held

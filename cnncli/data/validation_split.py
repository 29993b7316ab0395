"""The validation split or fold, and the use of only a part of the training images."""

import hashlib
from typing import Literal, NamedTuple

import numpy as np

from cnncli.config.data import DataSpec
from cnncli.datasets.dataset import Draw
from cnncli.datasets.problems import section_problem
from cnncli.kernels import random_streams
from cnncli.kernels.random_streams import Stream

from .draw import Integers, draw, groups_of
from .folds import check_folds, draw_fold, fold_size


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
    groups: Integers | None = None,
    fold: str | None = None,
) -> HeldOut:
    """Holds out `validation` of the images, below 1 that share, of which the classes are given.

    They are drawn class by class, in shares like the whole set's. With `limit`, only so many of the
    others are kept, drawn likewise. seed: of the draw; None: the draw of earlier versions, without
    regard to classes, of which nothing was recorded. groups: the number of each image's own, (N,),
    which are held out as a whole, as near to `validation` as they allow; of those that `limit`
    keeps the last one of a class may be cut. fold: to hold out instead, such as `2/5`. Raises
    ConfigError where the set has not enough images or groups.
    """
    count = len(labels)
    held = _held_count(validation, count)
    if seed is None:
        _check_limit(limit, count, held)
        order = random_streams.permutation(random_streams.key(Stream.VALIDATION_SPLIT), count)
        last = count if limit is None else held + limit
        return HeldOut(np.sort(order[held:last]), np.sort(order[:held]), None)
    if fold:
        drawn = draw_fold(groups_of(labels, groups), fold, seed)
    else:
        key = random_streams.key(seed, Stream.VALIDATION_SPLIT)
        drawn = draw(groups_of(labels, groups), held, key)
    if held and not drawn.held.any():
        raise section_problem(
            "validation",
            f"{validation:g} holds out whole groups (data.group), and no class has two; set it to "
            "0, or let data.group find more of them",
        )
    _check_limit(limit, count, int(drawn.held.sum()))
    validating, training = drawn.pick(limit)
    return HeldOut(training, validating, record(validating, seed, groups, fold))


def split_counts(spec: DataSpec, count: int) -> tuple[int, int]:
    """(training, validation): how many of so many images are for each, where none are in groups.

    Raises as `hold_out` does.
    """
    limit = spec.limit
    if spec.fold:
        check_folds(spec.fold, count, "image")
        held = fold_size(spec.fold, count)
    else:
        held = _held_count(spec.validation, count)
    _check_limit(limit, count, held)
    return count - held if limit is None else limit, held


def record(places: Integers, seed: int, groups: Integers | None, fold: str | None = None) -> Draw:
    """What is recorded of images that were drawn, with their groups if they have any."""
    rule: Literal["by class", "by class and group"] = (
        "by class" if groups is None else "by class and group"
    )
    return Draw(rule, seed, hashlib.sha256(places.astype("<i8").data).hexdigest(), fold)


def _check_limit(limit: int | None, count: int, held: int) -> None:
    left = count - held
    if limit is not None and limit > left:
        raise section_problem(
            "limit",
            f"{limit:,} training images asked for, {left:,} are there "
            f"({count:,} less {held:,} for validation); ask for at most {left:,}",
        )


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

"""The validation split, and the use of only a part of the training images."""

import hashlib
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from cnncli.datasets.dataset import Draw, Split
from cnncli.datasets.problems import section_problem
from cnncli.kernels import random_streams
from cnncli.kernels.random_streams import Stream

Integers: TypeAlias = "NDArray[np.int64]"


def hold_out(
    train: Split, validation: float, limit: int | None, seed: int | None
) -> tuple[Split, Split | None, Draw | None]:
    """(training, validation, how it was drawn): `validation` images, below 1 that share, of train.

    They are drawn class by class, in shares like the whole set's. With `limit`, only so many of the
    others are kept, drawn likewise. Both splits keep the order of the files. seed: of the draw;
    None: the draw of earlier versions, without regard to classes, of which nothing was recorded.
    Raises ConfigError where the set has not enough images.
    """
    count = len(train.labels)
    kept, held = split_counts(count, validation, limit)
    if seed is None:
        order = random_streams.permutation(random_streams.key(Stream.VALIDATION_SPLIT), count)
        validating, training = order[:held], order[held : held + kept]
    else:
        order = random_streams.permutation(random_streams.key(seed, Stream.VALIDATION_SPLIT), count)
        validating, training = _draw_by_class(train.labels, order, held, kept)
    validating, training = np.sort(validating), np.sort(training)
    draw = None if seed is None else Draw("by class", seed, _digest(validating))
    return (
        train if len(training) == count else train.part(training),
        train.part(validating) if held else None,
        draw,
    )


def split_counts(count: int, validation: float, limit: int | None) -> tuple[int, int]:
    """(training, validation): how many of so many images are for each; raises as `hold_out`."""
    held = _held_count(validation, count)
    left = count - held
    if limit is not None and limit > left:
        raise section_problem(
            "limit",
            f"{limit:,} training images asked for, {left:,} are there "
            f"({count:,} less {held:,} for validation); ask for at most {left:,}",
        )
    return left if limit is None else limit, held


def _digest(places: Integers) -> str:
    return hashlib.sha256(places.astype("<i8").data).hexdigest()


def _draw_by_class(
    labels: Integers, order: Integers, held: int, kept: int
) -> tuple[Integers, Integers]:
    """The places of `held` images and of `kept` others: of each class its first ones in the order.

    A class of two images or more has one in both, if so many are asked for.
    """
    sizes = np.bincount(labels)
    to_hold = apportion(held, sizes, (sizes > 1).astype(np.int64), np.maximum(sizes - 1, 0))
    rest = sizes - to_hold
    to_keep = apportion(kept, rest, np.minimum(rest, 1), rest)
    grouped = order[np.argsort(labels[order], kind="stable")]
    of_class = labels[grouped]
    rank = np.arange(len(labels)) - (np.cumsum(sizes) - sizes)[of_class]
    first, last = to_hold[of_class], (to_hold + to_keep)[of_class]
    return grouped[rank < first], grouped[(rank >= first) & (rank < last)]


def apportion(total: int, sizes: Integers, least: Integers, most: Integers) -> Integers:
    """`total` in parts for classes of these sizes (k,), by the rule of the largest remainder.

    Each part is total * size / sum of sizes, rounded down; the largest remainders get one more, of
    equal ones the first class. Then parts are moved within `least` and `most` (k,) at the smallest
    cost, as far as the total allows them.
    """
    everything = int(sizes.sum())
    if least.sum() > total:
        least = np.zeros_like(sizes)
    if most.sum() < total:
        most = sizes
    parts, remainders = np.divmod(total * sizes, max(everything, 1))
    parts[np.argsort(-remainders, kind="stable")[: total - int(parts.sum())]] += 1
    parts = np.clip(parts, least, most)
    while missing := total - int(parts.sum()):
        lacking = (total * sizes - parts * everything) * np.sign(missing)
        can_move = parts < most if missing > 0 else parts > least
        parts[np.argmax(np.where(can_move, lacking, np.iinfo(np.int64).min))] += np.sign(missing)
    return parts


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

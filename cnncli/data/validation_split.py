"""The validation split, and the use of only a part of the training images."""

import numpy as np

from cnncli.datasets.dataset import Split
from cnncli.datasets.problems import section_problem
from cnncli.kernels import random_streams
from cnncli.kernels.random_streams import Stream


def hold_out(train: Split, validation: float, limit: int | None) -> tuple[Split, Split | None]:
    """(training, validation): `validation` images (below 1: that share) are held out at random.

    With `limit`, only so many of the others are kept, by the same random order: a set that is
    stored class by class keeps all its classes. Both splits keep the order of the files.
    Raises ConfigError where the set has not enough images.
    """
    count = len(train.labels)
    held = _held_count(validation, count)
    left = count - held
    if limit is not None and limit > left:
        raise section_problem(
            "limit",
            f"{limit:,} training images asked for, {left:,} are there "
            f"({count:,} less {held:,} for validation); ask for at most {left:,}",
        )
    if not held and limit is None:
        return train, None
    order = random_streams.permutation(random_streams.key(Stream.VALIDATION_SPLIT), count)
    kept = order[held:] if limit is None else order[held : held + limit]
    validating = train.part(np.sort(order[:held])) if held else None
    return train.part(np.sort(kept)), validating


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

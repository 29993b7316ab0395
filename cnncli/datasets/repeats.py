"""The same image more than once: in two classes, or in two parts of a set."""

import hashlib
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from cnncli.lazy import Images

from .dataset import Parts, Stored, chunks


class Fingerprints:
    """A number for each image, to be made as they pass by: equal where images are.

    They are sums of the images' words with random weights, which costs a tenth of a digest. Images
    that differ may have the same number too, as may be wanted by whoever made them.
    """

    def __init__(self) -> None:
        self._found: list[NDArray[np.uint64]] = []
        self._weights: NDArray[np.uint64] | None = None

    def see(self, images: Images) -> None:
        """Adds some images, (n, H, W, C)."""
        flat = images.reshape(len(images), -1)
        words = flat.shape[1] // 8 * 8
        if self._weights is None:
            drawn = hashlib.shake_128(b"weights").digest(words + 64)
            self._weights = np.frombuffer(drawn, np.uint64) | np.uint64(1)
        sums = _sums(flat[:, :words].view(np.uint64), self._weights[: words // 8])
        if words < flat.shape[1]:
            rest = flat[:, words:].astype(np.uint64)
            sums += _sums(rest, self._weights[words // 8 :][: rest.shape[1]])
        self._found.append(sums)

    def all(self) -> NDArray[np.uint64]:
        """(N,)."""
        return np.concatenate(self._found)


def _sums(words: NDArray[np.uint64], weights: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Modulo 2**64; of whole numbers einsum is faster than a product of matrices."""
    sums: NDArray[np.uint64] = np.einsum("ij,j->i", words, weights)
    return sums


def remarks(parts: Parts, numbers: NDArray[np.uint64]) -> Iterator[str]:
    """What is doubtful in a set: one class only, all images alike, or repeats.

    numbers: of each image of all splits. What has the same number is compared by its digest.
    """
    names = sorted({parts.classes[k] for k in np.unique(parts.train.labels)[:2]})
    if len(names) == 1:
        yield f"warning: all images to train on are of one class, {names[0]}"
    seen, splits = _Seen(parts), parts.splits
    doubtful = _doubtful(parts, numbers)
    start = 0
    for split, (images, labels, _) in splits.items():
        places = doubtful[start : start + len(labels)].nonzero()[0]
        start += len(labels)
        for place, image in zip(places.tolist(), _one_by_one(images, places), strict=True):
            seen.add(image, split, place, int(labels[place]))
    if len(seen.first) == 1 and doubtful.all():
        yield f"warning: all {len(numbers):,} images are alike"
        return
    for repeats, where in (
        (seen.in_classes, "two classes or more"),
        (seen.in_splits, "two or more of train, validation and test"),
    ):
        if repeats:
            first, again = next(iter(repeats.values()))
            are = "image is" if len(repeats) == 1 else "images are"
            yield f"warning: {len(repeats):,} {are} in {where}: {first} is {again} too"


def _doubtful(parts: Parts, numbers: NDArray[np.uint64]) -> NDArray[np.bool_]:
    """Which images may be in another class or split too: (N,)."""
    splits = [labels for _, labels, _ in parts.splits.values()]
    labels = np.concatenate(splits)
    split = np.repeat(np.arange(len(splits)), [len(each) for each in splits])
    order = np.argsort(numbers)
    ends = np.flatnonzero(np.diff(numbers[order])) + 1
    starts = np.concatenate([[0], ends])
    differ = np.zeros(len(starts), np.bool_)
    for values in (labels[order], split[order]):
        differ |= np.minimum.reduceat(values, starts) != np.maximum.reduceat(values, starts)
    doubtful = np.empty(len(numbers), np.bool_)
    doubtful[order] = np.repeat(differ, np.diff([*starts.tolist(), len(numbers)]))
    return doubtful


class _Seen:
    """Images by their digests, and each first pair of places of those that are in several."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self.first: dict[bytes, tuple[str, int, int]] = {}
        self.in_classes: dict[bytes, tuple[str, str]] = {}
        self.in_splits: dict[bytes, tuple[str, str]] = {}

    def add(self, image: Images, split: str, place: int, label: int) -> None:
        key = hashlib.blake2b(np.ascontiguousarray(image).data, digest_size=16).digest()
        first, number, own = self.first.setdefault(key, (split, place, label))
        for is_other, repeats in (
            (own != label, self.in_classes),
            (first != split, self.in_splits),
        ):
            if is_other:
                repeats.setdefault(
                    key, (self._name(first, number, own), self._name(split, place, label))
                )

    def _name(self, split: str, place: int, label: int) -> str:
        files = self._parts.files.get(split)
        own = str(files[place]) if files else f"image {place} of {split}"
        return f"{own} ({self._parts.classes[label]})"


def _one_by_one(images: Stored, places: NDArray[np.int64]) -> Iterator[Images]:
    for chunk in chunks(images[places]):
        yield from chunk

"""Image files that are decoded when they are needed. Only this module needs Pillow."""

from __future__ import annotations

import mmap
import os
import re
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cnncli.bounds import MAX_PIXELS, MAX_SCANS, MAX_WEBP_PIXELS
from cnncli.datasets.problems import problem
from cnncli.errors import DataError
from cnncli.geometry import Volume
from cnncli.lazy import Images, np

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from PIL.Image import Image

FORMATS = {
    ".png": "PNG",
    ".jpg": "JPEG",
    ".jpeg": "JPEG",
    ".bmp": "BMP",
    ".gif": "GIF",
    ".tif": "TIFF",
    ".tiff": "TIFF",
    ".webp": "WEBP",
}
"""The formats that are read, by the ending of the file's name."""
_RUN_LENGTHS = (1, 2)
"""Of a BMP, which Pillow reads number by number, in Python."""

_GREY = ("1", "L", "LA")
_COLOUR = ("P", "RGB", "RGBA", "CMYK", "YCbCr")
_NAMES = {"MPO": "JPEG"}
"""What Pillow calls some files of a format: a JPEG with a second picture."""


class FolderImages:
    """Images of the same size, (N, H, W, C): an index picks files, and numpy.asarray reads them.

    volume: of each image. size: to which all are scaled, if they are. Reading raises DataError
    for a file that is not an image, or of another size.
    """

    def __init__(self, files: Sequence[Path], volume: Volume, size: Volume | None) -> None:
        self._files, self._volume, self._size = files, volume, size

    @property
    def shape(self) -> tuple[int, ...]:
        return (len(self._files), self._volume.H, self._volume.W, self._volume.D)

    def __len__(self) -> int:
        return len(self._files)

    def __getitem__(self, places: slice | NDArray[np.int64]) -> FolderImages:
        if isinstance(places, slice):
            files = self._files[places]
        else:
            files = [self._files[place] for place in places.tolist()]
        return FolderImages(files, self._volume, self._size)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Images:
        images = np.empty(self.shape, np.uint8)
        for image, file in zip(images, self._files, strict=True):
            read = decode(file, self._size, self._volume)
            if volume_of(read) != self._volume:
                raise _unlike(file, self._volume, str(volume_of(read)))
            image[...] = read
        return images


def volume_of(image: Images) -> Volume:
    """The size of an image (H, W, C)."""
    height, width, depth = image.shape
    return Volume(width, height, depth)


def _unlike(file: Path, volume: Volume, found: str) -> DataError:
    expected = f"{volume} like the first image"
    return problem(file, expected, found, "make them alike, or set data.size to scale all")


def decode(file: Path, size: Volume | None, like: Volume | None = None) -> Images:
    """The image as (H, W, C): C is 1 for grey and 3 for colour; scaled if a size is given.

    Raises DataError for what is not an image of the format that its name says, or not of 8 bits a
    channel; and, before its pixels are read, for one that is not to be scaled, and cannot have
    the volume that it should be `like`.
    """
    if not os.path.isfile(file):
        found = (
            "a folder" if os.path.isdir(file) else "a device" if os.path.exists(file) else "none"
        )
        raise problem(file, "a file", found, "replace or remove it")
    try:
        from PIL import Image, ImageOps
    except ImportError:
        raise DataError(
            f"{file}: Pillow is needed to read images; install it: pip install 'cnncli[images]'"
        ) from None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # such as those of damaged remarks beside the pixels
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(file, formats=sorted(set(FORMATS.values()))) as opened:
                _check(file, opened)
                # An image that lies on its side is turned after this.
                if like and not size and sorted(opened.size) != sorted((like.W, like.H)):
                    raise _unlike(file, like, f"{opened.width}x{opened.height}")
                mode = opened.mode
                ImageOps.exif_transpose(opened, in_place=True)
                image = _convert(opened, size)
    except (DataError, MemoryError):
        raise
    except Exception as error:  # Pillow may fail in any way at a damaged file
        raise problem(file, "an image", f"damage ({error})", "replace or remove it") from None
    if image is None:
        raise problem(file, "8 bits a channel", f"mode {mode}", "convert it to grey or RGB")
    array = np.asarray(image)
    return array if array.ndim == 3 else array[..., None]


def _check(file: Path, image: Image) -> None:
    """Looks at what the file's first bytes tell, before memory is taken for its pixels."""
    expected, found = FORMATS[file.suffix.lower()], _NAMES.get(str(image.format), str(image.format))
    if found != expected:
        ending = next(ending for ending, form in FORMATS.items() if form == found)
        raise problem(file, f"a {expected} image", found, f"call it {file.stem}{ending}")
    most = MAX_WEBP_PIXELS if found == "WEBP" else MAX_PIXELS
    if image.width * image.height > most:
        size = f"{image.width}x{image.height}"
        raise problem(file, f"at most {most:,} pixels", size, "make it smaller, or remove it")
    if image.info.get("compression") in _RUN_LENGTHS and found == "BMP":
        raise problem(file, "a BMP without compression", "run lengths", "save it as PNG")
    if found == "JPEG" and has_more_scans(file, MAX_SCANS):
        raise problem(file, f"at most {MAX_SCANS} scans", "more", "save it again")


def _convert(image: Image, size: Volume | None) -> Image | None:
    """As grey (L) or RGB, by the size's depth or else the image's own; None for other modes."""
    if image.mode not in _GREY + _COLOUR:
        return None
    grey = image.mode in _GREY if size is None else size.D == 1
    if image.mode == "P" and "transparency" in image.info:
        image = image.convert("RGBA")
    mode = "L" if grey else "RGB"
    image = image if image.mode == mode else image.convert(mode)  # which would copy it
    return image.resize((size.W, size.H)) if size else image


_MARKER = re.compile(rb"\xff+([^\x00\x01\xd0-\xd8\xff])")
"""The beginning of a segment that has a length; those without one, and bytes of pixels, are not."""
_SCAN, _END = b"\xda", b"\xd9"
_LIKE_A_SCAN = re.compile(rb"\xff\xda")
"""Such bytes may also stand in remarks, or after the end; they are found much faster."""


def has_more_scans(path: Path, most: int) -> bool:
    """Whether the picture is made of more passes over its pixels than that.

    Raises OSError, and ValueError for an empty file.
    """
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        if len(_LIKE_A_SCAN.findall(content)) <= most:
            return False
        at = count = 0
        while (marker := _MARKER.search(content, at)) and marker[1] != _END:
            count += marker[1] == _SCAN
            at = marker.end() + int.from_bytes(content[marker.end() : marker.end() + 2], "big")
        return count > most

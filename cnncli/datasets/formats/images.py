"""Image files that are decoded when they are needed. Only this module needs Pillow."""

from __future__ import annotations

import os
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from cnncli.bounds import MAX_PIXELS, MAX_SCANS, MAX_WEBP_PIXELS
from cnncli.datasets.base import Reading
from cnncli.datasets.problems import problem
from cnncli.errors import DataError
from cnncli.geometry import Volume
from cnncli.lazy import Images, np

from . import ppm
from .jpeg import has_more_scans

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from PIL.Image import Image

FORMATS = {
    ".png": "PNG",
    ".jpg": "JPEG",
    ".jpeg": "JPEG",
    ".jfif": "JPEG",
    ".jpe": "JPEG",
    ".bmp": "BMP",
    ".gif": "GIF",
    ".tif": "TIFF",
    ".tiff": "TIFF",
    ".webp": "WEBP",
    ".ppm": "PPM",
    ".pgm": "PPM",
}
"""The formats that are read, by the ending of the file's name."""
_RUN_LENGTHS = (1, 2)
"""Of a BMP, which Pillow reads number by number, in Python."""
_SIXTEEN = ("I", "I;16", "I;16L", "I;16B")
"""Grey of 16 bits, or of 32 that are not needed."""
_GREY = ("1", "L", "LA", *_SIXTEEN)
_COLOUR = ("P", "PA", "RGB", "RGBA", "CMYK", "YCbCr")
_ALPHA = ("LA", "PA", "RGBA")
_DONE = {"stretch": "stretched", "crop": "cropped", "pad": "padded"}
_STRIP = 256
"""Rows of an image that are laid on its background at a time."""
_NAMES = {"MPO": "JPEG"}
"""What Pillow calls some files of a format: a JPEG with a second picture."""


class DamagedFile(DataError):
    """A file in the place of an image cannot be read as one."""


class FolderImages:
    """Images of the same size, (N, H, W, C): an index picks files, and numpy.asarray reads them.

    volume: of each image, and first: the file that it was found in. remarks: takes by its topic
    what is noticed as they are read. Reading raises DataError for a file that is of another size,
    and DamagedFile for one that is not an image.
    """

    def __init__(
        self,
        files: Sequence[Path],
        volume: Volume,
        reading: Reading,
        first: Path,
        remarks: dict[str, str],
    ) -> None:
        self.files, self._volume, self._reading = files, volume, reading
        self._first, self._remarks = first, remarks

    @property
    def shape(self) -> tuple[int, ...]:
        return (len(self.files), self._volume.H, self._volume.W, self._volume.D)

    def __len__(self) -> int:
        return len(self.files)

    def __getitem__(self, places: slice | NDArray[np.int64]) -> FolderImages:
        if isinstance(places, slice):
            files = self.files[places]
        else:
            files = [self.files[place] for place in places.tolist()]
        return FolderImages(files, self._volume, self._reading, self._first, self._remarks)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Images:
        images = np.empty(self.shape, np.uint8)
        like = Like(self._volume, self._first)
        for image, file in zip(images, self.files, strict=True):
            read = decode(file, self._reading, like, self._remarks)
            if volume_of(read) != self._volume:
                raise _unlike(file, like, str(volume_of(read)))
            image[...] = read
        return images


class Like(NamedTuple):
    """The size that all images have, and the file that it was found in."""

    volume: Volume
    first: Path


def volume_of(image: Images) -> Volume:
    """The size of an image (H, W, C)."""
    height, width, depth = image.shape
    return Volume(width, height, depth)


def _unlike(file: Path, like: Like, found: str) -> DataError:
    expected = f"{like.volume}, the size of {like.first}"
    return problem(file, expected, found, "set data.size to scale all, or make them alike")


def _damaged(file: Path, expected: str, found: str, remedy: str) -> DamagedFile:
    return DamagedFile(str(problem(file, expected, found, remedy)))


def decode(
    file: Path, reading: Reading, like: Like | None = None, remarks: dict[str, str] | None = None
) -> Images:
    """The image as (H, W, C): C is 1 for grey and 3 for colour; scaled if a size is given.

    remarks: is told if the scale changes the image's proportions. Raises DamagedFile for what is
    not an image of the format that its name says, or not of 8 bits a channel; and DataError,
    before its pixels are read, for one that is not to be scaled, and cannot have the volume that
    it should be `like`.
    """
    if not os.path.isfile(file):
        found = (
            "a folder" if os.path.isdir(file) else "a device" if os.path.exists(file) else "none"
        )
        raise _damaged(file, "a file", found, "replace or remove it")
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
            if header := ppm.read_header(file):
                _check(file, "PPM", header.size, reading, like)
                return _as_array(file, Image.fromarray(ppm.read(file, header)), reading, remarks)
            formats = sorted(set(FORMATS.values()) - {"PPM"})
            with Image.open(file, formats=formats) as opened:
                _check(file, str(opened.format), opened.size, reading, like)
                _check_cost(file, opened)
                ImageOps.exif_transpose(opened, in_place=True)
                return _as_array(file, opened, reading, remarks)
    except (DataError, MemoryError):
        raise
    except Exception as error:  # Pillow may fail in any way at a damaged file
        raise _damaged(file, "an image", f"damage ({error})", "replace or remove it") from None


def _check(
    file: Path, form: str, size: tuple[int, int], reading: Reading, like: Like | None
) -> None:
    """Looks at what the file's first bytes tell, before memory is taken for its pixels."""
    expected, found = FORMATS[file.suffix.lower()], _NAMES.get(form, form)
    width, height = size
    if found != expected:
        ending = next(ending for ending, form in FORMATS.items() if form == found)
        raise _damaged(file, f"a {expected} image", found, f"call it {file.stem}{ending}")
    most = MAX_WEBP_PIXELS if found == "WEBP" else MAX_PIXELS
    if width * height > most:
        remedy = "make it smaller, or remove it"
        raise _damaged(file, f"at most {most:,} pixels", f"{width}x{height}", remedy)
    # An image that lies on its side is turned after this.
    if like and not reading.size and sorted(size) != sorted((like.volume.W, like.volume.H)):
        raise _unlike(file, like, f"{width}x{height}")


def _check_cost(file: Path, image: Image) -> None:
    """Refuses what takes long to read."""
    if image.info.get("compression") in _RUN_LENGTHS and image.format == "BMP":
        raise _damaged(file, "a BMP without compression", "run lengths", "save it as PNG")
    if FORMATS[file.suffix.lower()] == "JPEG" and has_more_scans(file, MAX_SCANS):
        raise _damaged(file, f"at most {MAX_SCANS} scans", "more", "save it again")


def _as_array(file: Path, image: Image, reading: Reading, remarks: dict[str, str] | None) -> Images:
    """As grey (L) or RGB, by the size's depth or else the image's own."""
    mode, size = image.mode, reading.size
    mode_wanted = "L" if (mode in _GREY if size is None else size.D == 1) else "RGB"
    if mode in _SIXTEEN:
        converted = _eight_bits(image, reading)
    elif mode in _GREY + _COLOUR:
        converted = _on_background(image, reading)
    else:
        converted = None
    if converted is None:
        expected = "8 bits a channel, or 16 of grey"
        raise _damaged(file, expected, f"mode {mode}", "convert it to grey or RGB")
    image = converted if converted.mode == mode_wanted else converted.convert(mode_wanted)
    del converted  # its pixels, before those of an array are added
    if size:
        if remarks is not None and _has_other_proportions(image, size):
            sizes = f"{image.width}x{image.height} is {_DONE[reading.resize]} to {size.W}x{size.H}"
            text = f"{file}: {sizes}, and so are others (data.resize: {reading.resize})"
            remarks.setdefault("resize", text)
        image = _scale(image, size, reading)
    array = np.asarray(image)
    return array if array.ndim == 3 else array[..., None]


def _eight_bits(image: Image, reading: Reading) -> Image | None:
    """Grey of 16 bits as grey of 8; None where it has values beyond that."""
    from PIL import Image as images
    from PIL import ImageColor

    transparent = image.info.get("transparency")
    if image.mode == "I":
        low, high = image.getextrema()
        if not 0 <= low <= high < 2**16:  # type: ignore[operator]
            return None
        image = image.convert("I;16")
    values = np.asarray(image)
    grey = ppm.eight_bits(values, 2**16 - 1)
    if isinstance(transparent, int):
        grey[values == transparent] = ImageColor.getcolor(reading.background, "L")
    return images.fromarray(grey)


def _on_background(image: Image, reading: Reading) -> Image:
    """The image with its background behind what is transparent, and as it is if nothing is."""
    if image.mode not in _ALPHA and "transparency" not in image.info:
        return image
    from PIL import Image as images
    from PIL import ImageColor

    whole = images.new("RGB", image.size, ImageColor.getrgb(reading.background))
    is_opaque = True
    for top in range(0, image.height, _STRIP):  # as all at once would take more memory
        box = (0, top, image.width, min(top + _STRIP, image.height))
        part = image.crop(box).convert("RGBA")
        alpha = part.getchannel("A")
        is_opaque = is_opaque and alpha.getextrema()[0] == 255
        whole.paste(part, box, alpha)
    return image if is_opaque and image.mode != "P" else whole


def _has_other_proportions(image: Image, size: Volume) -> bool:
    """But for a pixel of the image, or half of one of its size, which is rounded."""
    width, height = image.size
    most = max(size.W, size.H, width / 2, height / 2)
    return abs(width * size.H - height * size.W) > most


def _scale(image: Image, size: Volume, reading: Reading) -> Image:
    from PIL import Image as images
    from PIL import ImageColor

    (width, height), whole, mode = image.size, (size.W, size.H), image.mode
    is_larger = width >= size.W and height >= size.H
    how = images.Resampling.BOX if reading.shrink == "mean" and is_larger else None
    match reading.resize:
        case "crop":
            scale = min(width / size.W, height / size.H)
            left, top = (width - scale * size.W) / 2, (height - scale * size.H) / 2
            box = (max(left, 0), max(top, 0), min(width - left, width), min(height - top, height))
            return image.resize(whole, how, box=box)
        case "pad":
            scale = min(size.W / width, size.H / height)
            inner = max(1, round(width * scale)), max(1, round(height * scale))
            padded = images.new(mode, whole, ImageColor.getcolor(reading.background, mode))
            left, top = (size.W - inner[0]) // 2, (size.H - inner[1]) // 2
            padded.paste(image.resize(inner, how), (left, top))
            return padded
    return image.resize(whole, how)

"""Images by class: train/CLASS/*.png and test/CLASS/*.png, or CLASS/*.png alone.

Without folders of that name every fifth file of a class, sorted by name, is to test on. The
folders' names are the classes' names, in alphabetical order. Only this module needs Pillow.
"""

import warnings
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from cnncli.errors import DataError
from cnncli.layers.hyperparameters import Volume

from .dataset import Images, Parts, Split
from .faults import fault, unreadable

if TYPE_CHECKING:
    from PIL.Image import Image

ENDINGS = (".png", ".jpg", ".jpeg", ".bmp", ".gif", ".tif", ".tiff", ".webp")
_GREY = ("1", "L", "LA")
_COLOUR = ("P", "RGB", "RGBA", "CMYK", "YCbCr")
_REMEDY = "put the images into a folder for each class"

Files = dict[str, list[Path]]


def describe(root: Path, size: Volume | None) -> tuple[Volume, tuple[str, ...]]:
    """Image size (of the first image, unless given) and classes."""
    train, _ = _files(root)
    classes = tuple(train)
    return size or _volume(_decode(train[classes[0]][0], None)), classes


def load(root: Path, size: Volume | None) -> Parts:
    """All images; those of another size than the first are an error unless `size` is given."""
    train, test = _files(root)
    classes = tuple(train)
    volume, _ = describe(root, size)
    return Parts(classes, *(_read(part, classes, volume, size) for part in (train, test)))


def _files(root: Path) -> tuple[Files, Files]:
    """The files of each class, to train and to test on."""
    try:
        folders = _subfolders(root)
        if "train" in folders or "test" in folders:
            parts = [_by_class(root / part) for part in ("train", "test")]
            strangers = sorted(set(parts[1]) - set(parts[0]))
            if strangers:
                expected = f"the classes of {root / 'train'}"
                raise fault(root / "test", expected, strangers[0], "name the folders alike")
            return parts[0], parts[1]
        whole = _by_class(root)
    except OSError as error:
        raise unreadable(error.filename or root, error) from None
    test = {name: files[4::5] for name, files in whole.items()}
    train = {name: [f for i, f in enumerate(files) if i % 5 != 4] for name, files in whole.items()}
    if not any(test.values()):
        raise fault(root, "5 images or more in a class", "fewer", "add some, or train/ and test/")
    return train, test


def _subfolders(folder: Path) -> list[str]:
    if not folder.is_dir():
        raise fault(folder, "a folder", "a file" if folder.exists() else "none", _REMEDY)
    return sorted(p.name for p in folder.iterdir() if p.is_dir() and not p.name.startswith("."))


def _by_class(folder: Path) -> Files:
    classes = _subfolders(folder)
    if len(classes) < 2:
        raise fault(folder, "two folders of classes or more", str(len(classes)), _REMEDY)
    return {name: _images_in(folder / name) for name in classes}


def _images_in(folder: Path) -> list[Path]:
    files = sorted(p for p in folder.iterdir() if p.suffix.lower() in ENDINGS)
    if not files:
        raise fault(folder, f"images ({', '.join(ENDINGS)})", "none", _REMEDY)
    return files


def _read(part: Files, classes: tuple[str, ...], volume: Volume, size: Volume | None) -> Split:
    labelled = [(file, classes.index(name)) for name, files in part.items() for file in files]
    images = np.empty((len(labelled), volume.H, volume.W, volume.D), np.uint8)
    for image, (file, _) in zip(images, labelled, strict=True):
        decoded = _decode(file, size)
        if _volume(decoded) != volume:
            raise fault(
                file,
                f"{volume} like the first image",
                str(_volume(decoded)),
                "make them alike, or set data.size to scale all",
            )
        image[...] = decoded
    return Split(images, np.array([label for _, label in labelled], np.int64))


def _volume(image: Images) -> Volume:
    height, width, depth = image.shape
    return Volume(width, height, depth)


def _decode(file: Path, size: Volume | None) -> Images:
    """The image as (H, W, C): C is 1 for grey and 3 for colour; scaled if a size is given."""
    try:
        from PIL import Image, ImageOps
    except ImportError:
        raise DataError(
            f"{file}: Pillow is needed to read images; install it: pip install 'cnncli[images]'"
        ) from None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(file) as opened:
                mode = opened.mode
                image = _converted(ImageOps.exif_transpose(opened), size)
    except (OSError, SyntaxError, ValueError, Warning, Image.DecompressionBombError) as error:
        raise fault(file, "an image", f"damage ({error})", "replace or remove it") from None
    if image is None:
        raise fault(file, "8 bits a channel", f"mode {mode}", "convert it to grey or RGB")
    array = np.asarray(image)
    return array if array.ndim == 3 else array[..., None]


def _converted(image: "Image", size: Volume | None) -> "Image | None":
    """As grey (L) or RGB, by the size's depth or else the image's own; None for other modes."""
    if image.mode not in _GREY + _COLOUR:
        return None
    grey = image.mode in _GREY if size is None else size.D == 1
    if image.mode == "P":
        image = image.convert("RGBA")
    image = image.convert("L" if grey else "RGB")
    return image.resize((size.W, size.H)) if size else image

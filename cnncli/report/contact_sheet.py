"""A picture of a data set: some images of each class in a row after its name. It needs Pillow."""

from collections.abc import Sequence
from io import BytesIO
from typing import Any

import numpy as np

from cnncli.datasets.dataset import Dataset
from cnncli.errors import DataError

_SIDE = 64
"""Pixels of an image on the sheet, across or down."""
_SHOWN = 10
"""Images of a class."""
_GAP = 4
_LETTERS = 14
_PAPER, _INK = "white", "black"


def contact_sheet(dataset: Dataset, limits: Sequence[int]) -> bytes:
    """A PNG of the first images to train on of each class. Raises DataError without Pillow.

    limits: the least and the largest value, which are shown as black and white.
    """
    try:
        from PIL import Image, ImageDraw, ImageFont
    except ImportError:
        raise DataError(
            "Pillow is needed to draw a contact sheet; install it: pip install 'cnncli[images]'"
        ) from None
    images, labels, _ = dataset.train
    low, high = limits
    shown = (np.arange(256) - low).clip(0, high - low) * 255 // max(high - low, 1)
    levels = (shown if high > low else np.arange(256)).astype(np.uint8)
    rows = [
        (name, levels[np.asarray(images[np.flatnonzero(labels == k)[:_SHOWN]])])
        for k, name in enumerate(dataset.classes)
    ]
    font: Any = ImageFont.load_default(_LETTERS)
    margin = 2 * _GAP + int(max(font.getlength(name) for name, _ in rows)) + 1
    most = max(len(images) for _, images in rows)
    pitch = _SIDE + _GAP
    sheet = Image.new("RGB", (margin + most * pitch, _GAP + len(rows) * pitch), _PAPER)
    draw = ImageDraw.Draw(sheet)
    for row, (name, images) in enumerate(rows):
        top = _GAP + row * pitch
        draw.text((_GAP, top + _SIDE // 2), name, _INK, font, anchor="lm")
        for column, array in enumerate(images):
            grey = array.shape[2] == 1
            image = Image.fromarray(array[..., 0] if grey else array).convert("RGB")
            scale = _SIDE / max(image.size)
            width, height = (max(1, round(scale * side)) for side in image.size)
            # small images show their pixels, large ones are averaged
            way = Image.Resampling.NEAREST if scale >= 1 else Image.Resampling.BOX
            left, above = (_SIDE - width) // 2, (_SIDE - height) // 2
            place = (margin + column * pitch + left, top + above)
            sheet.paste(image.resize((width, height), way), place)
    stream = BytesIO()
    sheet.save(stream, "PNG", optimize=True)
    return stream.getvalue()

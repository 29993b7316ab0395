"""Values as other programs write them, and what they mean here.

Keras, PyTorch, Caffe and TensorFlow give the height first, this program the width.
"""

import json
import re
from collections.abc import Mapping
from typing import Any

from cnncli.bounds import MAX_SHOWN_VALUE
from cnncli.geometry import Extent, Padding, Volume

_TUPLE = re.compile(r"(?!.*[0-9]{19})[0-9\s,()\[\]]+")
_BATCH = re.compile(r"\s*([(\[])\s*(?:None|-1)\s*,")
"""In front of the sizes of an image, how many there are."""
_WxH = re.compile(r"\s*([0-9]{1,18})\s*[xX×]\s*([0-9]{1,18})\s*")
_LARGE = 10**18
_NORMAL, _UNIFORM = "he is drawn from a normal distribution", "xavier is drawn uniformly"
_INITS = {
    **dict.fromkeys(("henormal", "kaimingnormal", "msra"), ("he", "")),
    **dict.fromkeys(("heuniform", "kaiminguniform"), ("he", _NORMAL)),
    **dict.fromkeys(("glorotuniform", "xavieruniform"), ("xavier", "")),
    **dict.fromkeys(("glorotnormal", "xaviernormal"), ("xavier", _UNIFORM)),
}
_FEW_CHANNELS = 4
"""As deep as images are: grey, colours, and one more."""


class Meant(ValueError):
    """A value in another program's form: `value` is what it means, `note` what was assumed.

    Without a message, what its field accepts is told.
    """

    def __init__(self, message: str, value: Any, note: str = "") -> None:
        super().__init__(message)
        self.value = value
        self.note = note


def check_words(words: Mapping[str, str], value: Any) -> Any:
    """The value itself. Raises Meant for one of the words, in any case, with what it stands for."""
    meant = words.get(value.strip().lower()) if isinstance(value, str) else None
    if meant is not None:
        raise Meant("", meant)
    return value


def check_whole(value: Any) -> Any:
    """The value itself. Raises Meant for a whole number that is written with a point."""
    if isinstance(value, float) and value.is_integer() and 1 <= value < _LARGE:
        raise Meant("", int(value))
    return value


def meant_init(value: Any) -> tuple[str, str] | None:
    """The name of an `init` as Keras, PyTorch and Caffe call it."""
    name = re.sub(r"[\W_]", "", value).lower() if isinstance(value, str) else ""
    return _INITS.get(name)


def meant_extent(value: Any) -> tuple[Extent, str] | None:
    """Height and width in a list, a tuple or TensorFlow's four; a whole number with a point."""
    if isinstance(value, float) and value.is_integer() and abs(value) < _LARGE:
        return Extent(int(value), int(value)), ""
    match _as_list(value):
        case [int(side)]:
            return Extent(side, side), ""
        case [int(height), int(width)]:
            return Extent(width, height), _in_order(height, width)
        case [1, int(height), int(width), 1]:
            return Extent(width, height), _in_order(height, width) or "of the map"
    return None


def meant_padding(value: Any) -> tuple[Padding, str] | None:
    """The same, `valid`, and four sides in the order of Keras or of PyTorch."""
    if isinstance(value, str) and value.strip().lower() in ("valid", "none", "no"):
        return Padding(), "without padding"
    match _as_list(value):
        case [[int(top), int(bottom)], [int(left), int(right)]]:
            return Padding(left, right, top, bottom), "top and bottom first, as in Keras"
        case [int(left), int(right), int(top), int(bottom)]:
            return Padding(left, right, top, bottom), "left, right, top, bottom, as in PyTorch"
    if found := meant_extent(value):
        (across, down), note = found
        return Padding(across, across, down, down), note
    return None


def meant_volume(value: Any) -> tuple[Volume, str] | None:
    """Height, width and depth in a list or a tuple, or the depth first; or without a depth.

    The first of four is the number of images.
    """
    if isinstance(value, str) and (found := _WxH.fullmatch(value)):
        return Volume(int(found[1]), int(found[2]), 1), "the depth 1 is assumed"
    note = ""
    if isinstance(value, str) and (batch := _BATCH.match(value)):
        value, note = batch[1] + value[batch.end() :], ", without the number of images"
    numbers = _as_list(value)
    if isinstance(value, list) and len(value) == 4 and value[0] in (None, "None", -1):
        numbers = value
    if numbers and len(numbers) == 4:
        numbers, note = numbers[1:], ", without the number of images"
    match numbers:
        case [int(height), int(width)]:
            order = f"{_in_order(height, width)}, " if height != width else ""
            return Volume(width, height, 1), f"{order}the depth 1 is assumed"
        case [int(depth), int(height), int(width)] if _is_depth_first(depth, height, width):
            return Volume(width, height, depth), f"depth, height, width{note}"
        case [int(height), int(width), int(depth)]:
            return Volume(width, height, depth), f"height, width, depth{note}"
    return None


def _is_depth_first(first: int, second: int, third: int) -> bool:
    """Whether three numbers are rather depth, height and width than height, width and depth."""
    if min(first, third) <= _FEW_CHANNELS:
        return third > _FEW_CHANNELS
    return second == third != first


def _in_order(height: int, width: int) -> str:
    return "" if height == width else f"height {height}, width {width}: lists have the height first"


def _as_list(value: Any) -> list[Any] | None:
    """A list of numbers, or of such lists, that is written as one or as a tuple."""
    if isinstance(value, str):
        text = value.strip()
        if len(text) > MAX_SHOWN_VALUE or not _TUPLE.fullmatch(text) or "," not in text:
            return None
        text = text.translate(str.maketrans("()", "[]"))
        text = re.sub(r",\s*\]", "]", text)
        try:
            value = json.loads(text if text.startswith("[") else f"[{text}]")
        except ValueError:
            return None
    whole = (int, list)
    if not isinstance(value, list) or not all(type(element) in whole for element in value):
        return None
    return value

"""The stand-in: ten figures, drawn with chance position, size, turn, colours, ground and noise.

The colours of figure and ground come from one distribution for all classes, and either may be the
lighter: no weighing of single pixels tells the classes apart. The images depend on nothing but
their place in the set.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from cnncli.datasets.dataset import Split
from cnncli.kernels import random_streams
from cnncli.kernels.random_streams import Stream
from cnncli.lazy import Images

from .figures import FIGURES, Field

_SIDE = 32
_BLOCK = 100
_CONTRAST = 55.0
"""The least difference in lightness between a figure and its ground, of 255."""
_LIGHTNESS = np.array([0.299, 0.587, 0.114])
"""The share of red, green and blue in lightness (ITU-R BT.601)."""

Draws = NDArray[np.float64]


def draw(count: int, part: int, classes: Sequence[str]) -> Split:
    """`count` images, whose classes take turns; another part of the set is another number."""
    labels = np.arange(count) % len(classes)
    images = np.empty((count, _SIDE, _SIDE, 3), np.uint8)
    base = random_streams.key(Stream.PATTERNS, part)
    for label, name in enumerate(classes):
        members = np.arange(label, count, len(classes))
        for start in range(0, len(members), _BLOCK):
            block = members[start : start + _BLOCK]
            images[block] = _paint(name, random_streams.keys(base, block))
    return Split(images, labels)


class _Scene(NamedTuple):
    """What is chosen at random for each image: (n, 1, 1) for its pixels, colours (n, 1, 1, 3)."""

    centre: tuple[Field, Field]
    radius: Field
    turn: tuple[Field, Field]
    ground_turn: tuple[Field, Field]
    ground_offset: Field
    ground_softness: Field
    figure: Field
    grounds: tuple[Field, Field]
    noise: Field


def _scene(keys: NDArray[np.uint64]) -> _Scene:
    u = random_streams.uniform(keys, 20)
    radius = 7.0 + 6.0 * u[:, 0]
    # The whole figure, or nearly, stays on the image.
    reach = _SIDE + 2 - 2 * radius
    lightness = 255.0 * u[:, 3]
    return _Scene(
        centre=(_each(16 + reach * (u[:, 1] - 0.5)), _each(16 + reach * (u[:, 2] - 0.5))),
        radius=_each(radius),
        turn=_direction(u[:, 4]),
        ground_turn=_direction(u[:, 5]),
        ground_offset=_each(_SIDE * (u[:, 6] - 0.5)),
        ground_softness=_each(1.0 + _SIDE * u[:, 7]),
        figure=_colour(lightness, u[:, 8:11]),
        grounds=(
            _colour(_apart(lightness, u[:, 11]), u[:, 12:15]),
            _colour(_apart(lightness, u[:, 15]), u[:, 16:19]),
        ),
        noise=_each(8.0 + 32.0 * u[:, 19]),
    )


def _each(values: Draws) -> Field:
    """One number for each image, (n, 1, 1)."""
    return values.astype(np.float32)[:, None, None]


def _direction(u: Draws) -> tuple[Field, Field]:
    """Cosine and sine of a share of the full turn."""
    return _each(np.cos(2 * np.pi * u)), _each(np.sin(2 * np.pi * u))


def _apart(lightness: Draws, u: Draws) -> Draws:
    """Another lightness, even over all that differ by the contrast or more."""
    below = np.maximum(lightness - _CONTRAST, 0)
    above = np.maximum(255 - _CONTRAST - lightness, 0)
    other: Draws = u * (below + above)
    other[other >= below] += (lightness - below + _CONTRAST)[other >= below]
    return other


def _colour(lightness: Draws, u: Draws) -> Field:
    """A colour (n, 1, 1, 3) of that lightness; its hue and its strength are chance."""
    tint = 140.0 * (u - 0.5)
    tint -= (tint * _LIGHTNESS).sum(axis=1, keepdims=True)
    return np.clip(lightness[:, None] + tint, 0, 255).astype(np.float32)[:, None, None, :]


def _paint(name: str, keys: NDArray[np.uint64]) -> Images:
    """One image for each key, (n, 32, 32, 3): ground, figure, noise."""
    scene = _scene(keys)
    middle = np.float32(_SIDE / 2)
    across, _ = _rotate((middle, middle), scene.ground_turn)
    blend = np.clip(0.5 + (across - scene.ground_offset) / scene.ground_softness, 0, 1)
    x, y = _rotate(scene.centre, scene.turn)
    distance = FIGURES[name](x / scene.radius, y / scene.radius) * scene.radius
    # Pixels within half a pixel of the edge are shaded.
    inside = np.clip(0.5 - distance, 0, 1)
    canvas = _mix(*scene.grounds, blend)
    canvas = _mix(canvas, scene.figure, inside)
    canvas += _noise(keys) * scene.noise[..., None]
    painted: Images = np.clip(canvas + 0.5, 0, 255).astype(np.uint8)
    return painted


def _rotate(
    centre: tuple[Field | np.float32, Field | np.float32], turn: tuple[Field, Field]
) -> tuple[Field, Field]:
    """Each pixel's coordinates (n, 32, 32) about a centre (x, y), in turned axes."""
    pixels = np.arange(_SIDE, dtype=np.float32) + np.float32(0.5)
    x, y = pixels - centre[0], pixels[:, None] - centre[1]
    cos, sin = turn
    return x * cos + y * sin, y * cos - x * sin


def _mix(first: Field, second: Field, share: Field) -> Field:
    """From the first colour (share 0) to the second (share 1), (n, 32, 32, 3)."""
    return first + (second - first) * share[..., None]


def _noise(keys: NDArray[np.uint64]) -> Field:
    """Even noise in [-0.5, 0.5) for each pixel and channel: a byte of random words each."""
    words = random_streams.integers(
        random_streams.keys(np.uint64(1), keys.view(np.int64)), _SIDE * _SIDE, 2**24
    )
    octets = words.astype("<u4").view(np.uint8).reshape(-1, _SIDE, _SIDE, 4)[..., :3]
    noise: Field = octets.astype(np.float32) / np.float32(256) - np.float32(0.5)
    return noise

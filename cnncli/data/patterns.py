"""The stand-in: ten figures, drawn with chance position, size, turn, colours, ground and noise.

The colours of figure and ground come from one distribution for all classes, and either may be the
lighter: no weighing of single pixels tells the classes apart. The images depend on nothing but
their place in the set.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from cnncli.kernels import random

from .catalogue import NAMED
from .dataset import Images, Parts, Split
from .shapes import FIGURES, Field

TRAIN, TEST = 10_000, 2_000
_SIDE = 32
_BLOCK = 100
_CONTRAST = 55.0
"""The least difference in lightness between a figure and its ground, of 255."""
_LIGHTNESS = np.array([0.299, 0.587, 0.114])
"""The share of red, green and blue in lightness (ITU-R BT.601)."""

Draws = NDArray[np.float64]


def load() -> Parts:
    """The whole set, 12,000 images of 32x32x3; the classes take turns."""
    return Parts(NAMED["patterns"].classes, draw(TRAIN, 0), draw(TEST, 1))


def draw(count: int, part: int) -> Split:
    """`count` images; another part of the set is another number."""
    classes = NAMED["patterns"].classes
    labels = np.arange(count) % len(classes)
    images = np.empty((count, _SIDE, _SIDE, 3), np.uint8)
    base = random.key(_SIDE, part)
    for label, name in enumerate(classes):
        members = np.arange(label, count, len(classes))
        for start in range(0, len(members), _BLOCK):
            block = members[start : start + _BLOCK]
            images[block] = _paint(name, random.keys(base, block))
    return Split(images, labels)


class _Scene(NamedTuple):
    """What is chosen at random for each image, (n,) or (n, 3)."""

    centre: Draws
    radius: Draws
    turn: Draws
    ground_turn: Draws
    ground_offset: Draws
    ground_softness: Draws
    figure: Draws
    grounds: tuple[Draws, Draws]
    noise: Draws


def _scene(keys: NDArray[np.uint64]) -> _Scene:
    u = random.uniform(keys, 20)
    radius = 7.0 + 6.0 * u[:, 0]
    # The whole figure, or nearly, stays on the image.
    centre = _SIDE / 2 + (u[:, 1:3] - 0.5) * 2 * (_SIDE / 2 + 1 - radius)[:, None]
    lightness = 255.0 * u[:, 3]
    return _Scene(
        centre=centre,
        radius=radius,
        turn=2 * np.pi * u[:, 4],
        ground_turn=2 * np.pi * u[:, 5],
        ground_offset=(u[:, 6] - 0.5) * _SIDE,
        ground_softness=1.0 + _SIDE * u[:, 7],
        figure=_colour(lightness, u[:, 8:11]),
        grounds=(
            _colour(_apart(lightness, u[:, 11]), u[:, 12:15]),
            _colour(_apart(lightness, u[:, 15]), u[:, 16:19]),
        ),
        noise=8.0 + 32.0 * u[:, 19],
    )


def _apart(lightness: Draws, u: Draws) -> Draws:
    """Another lightness, even over all that differ by the contrast or more."""
    below = np.maximum(lightness - _CONTRAST, 0)
    above = np.maximum(255 - _CONTRAST - lightness, 0)
    place = u * (below + above)
    return np.where(place < below, place, place - below + lightness + _CONTRAST)


def _colour(lightness: Draws, u: Draws) -> Draws:
    """A colour (n, 3) of that lightness; its hue and its strength are chance."""
    tint = 140.0 * (u - 0.5)
    tint -= (tint * _LIGHTNESS).sum(axis=1, keepdims=True)
    return np.clip(lightness[:, None] + tint, 0, 255)


def _paint(name: str, keys: NDArray[np.uint64]) -> Images:
    scene = _scene(keys)
    x, y = _turned(scene.turn, scene.centre)
    scale = scene.radius.astype(np.float32)[:, None, None]
    # Pixels within half a pixel of the edge are shaded.
    inside = np.clip(0.5 - FIGURES[name](x / scale, y / scale) * scale, 0, 1)
    across, _ = _turned(scene.ground_turn, np.full_like(scene.centre, _SIDE / 2))
    across -= scene.ground_offset.astype(np.float32)[:, None, None]
    blend = np.clip(0.5 + across / scene.ground_softness.astype(np.float32)[:, None, None], 0, 1)
    canvas = _mix(*(colour.astype(np.float32) for colour in scene.grounds), blend[..., None])
    canvas = _mix(canvas, scene.figure.astype(np.float32), inside[..., None])
    canvas += _noise(keys) * scene.noise.astype(np.float32)[:, None, None, None]
    return np.clip(canvas + 0.5, 0, 255).astype(np.uint8)


def _turned(angle: Draws, centre: Draws) -> tuple[Field, Field]:
    """Each pixel's coordinates (n, 32, 32) about a centre (x, y), in axes turned by the angle."""
    pixels = np.arange(_SIDE, dtype=np.float32) + 0.5
    x = (pixels - centre[:, :1].astype(np.float32))[:, None, :]
    y = (pixels - centre[:, 1:].astype(np.float32))[:, :, None]
    cos, sin = (f(angle).astype(np.float32)[:, None, None] for f in (np.cos, np.sin))
    return x * cos + y * sin, y * cos - x * sin


def _mix(first: Field, second: Field, share: Field) -> Field:
    """From the first colour (share 0) to the second (share 1), (n, 32, 32, 3)."""
    first, second = (c if c.ndim == 4 else c[:, None, None, :] for c in (first, second))
    return first + (second - first) * share


def _noise(keys: NDArray[np.uint64]) -> Field:
    """Even noise in [-0.5, 0.5) for each pixel and channel: a byte of random words each."""
    words = random.integers(random.keys(np.uint64(1), keys.view(np.int64)), _SIDE * _SIDE, 2**24)
    octets = words.astype("<u4").view(np.uint8).reshape(-1, _SIDE, _SIDE, 4)[..., :3]
    return octets.astype(np.float32) / 256 - 0.5

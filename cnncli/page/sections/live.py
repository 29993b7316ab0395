"""The network itself: it computes in the browser what it makes of an image that is drawn."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from cnncli.bounds import MAX_PAGE_LAYERS
from cnncli.datasets.base import PLAIN
from cnncli.inference.preparation import reading_of
from cnncli.page.elements import element, scrolling
from cnncli.page.material.live_plan import check_live, live_plan, packed_bytes
from cnncli.page.section import Section
from cnncli.page.subject import Subject
from cnncli.training.storage.checkpoint import NOISE, WHITE, white_of
from cnncli.training.storage.resume import SavedRun

TITLE = "Try it: the network in this page"
_SCRIPTS = (
    "live_products.js",
    "live_places.js",
    "live_layers.js",
    "live_network.js",
    "live_paper.js",
)
IMAGE_BYTES = 100_000
"""Of the pixels of test images."""
_CLASSES = 12
"""Of which the first image is among those to choose from."""


def live(subject: Subject) -> Section:
    """An image to draw, drop or choose, the maps of every layer, and the sorted class scores.

    Raises UsageError where the network is to be in the page, and does not fit into it.
    """
    saved = subject.saved
    if not subject.is_live or saved is None:
        return Section.absent(
            "live", TITLE,
            "The network is not in this page. cnn report RUN --live puts that of a run into it: it "
            "then computes here what it makes of an image that you draw.",
        )  # fmt: skip
    check_live(saved)
    numbers, pixels = _pictures(subject)
    about = _about(saved)
    data = {
        "plan": live_plan(saved),
        "drawn": MAX_PAGE_LAYERS,
        "about": about,
        "classes": list(subject.classes),
        "pictures": numbers,
        "pixels": packed_bytes(pixels),
    }
    without = "" if numbers else subject.without_images or "The test images are too large for it."
    body = _body(subject, without, can_draw=about["paints"])
    return Section("live", TITLE, body, data, scripts=_SCRIPTS)


def _about(saved: SavedRun) -> dict[str, Any]:
    """Which values the pixels of the set have, and how an image file is made like them."""
    data, depth = saved.checkpoint.data, saved.graph.image.D
    reading = PLAIN if data.name == NOISE or saved.spec.data is None else reading_of(saved)
    tones, white = data.tones, white_of(data.name, data.tones)
    low, high = (tones.low, tones.high) if tones else (0, WHITE)
    learned = tones.ground if tones else None
    return {
        "white": white,
        "ground": high if learned == "light" else low,
        "ink": low if learned == "light" else high,
        "learned": learned,
        "paints": depth in (1, 3),
        "resize": reading.resize,
        "background": reading.background,
    }


def _pictures(subject: Subject) -> tuple[list[int], NDArray[np.uint8]]:
    """Numbers of test images in the album, and their pixels (n, H, W, C) as they are in the set."""
    W, H, D = subject.graph.image
    if not subject.judgement:
        return [], np.zeros((0, H, W, D), np.uint8)
    labels = subject.judgement.judged.split.labels
    for place in np.sort(np.unique(labels, return_index=True)[1])[:_CLASSES].tolist():
        subject.show(place)
    places = dict(list(subject.album.places.items())[: IMAGE_BYTES // (W * H * D)])
    images = [subject.image(place) for place in places.values()]
    return list(places), np.array(images, np.uint8).reshape(-1, H, W, D)


def _body(subject: Subject, without: str, *, can_draw: bool) -> list[Any]:
    """without: why there are no test images to choose from; empty where there are some."""
    size = f"{subject.graph.image.W}x{subject.graph.image.H}"
    what = "Draw, drop an image file here, or choose an image" if can_draw else "Choose an image"
    intro = (
        f"The trained network is in this page, and computes in your browser; nothing leaves it. "
        f"{what}: the maps of every layer follow, and the class scores are sorted."
    )
    return [
        element("p", intro),
        element(
            "p",
            "It needs JavaScript, and a browser of 2023 or later.",
            class_="absent live-without moves",
        ),
        element(
            "div",
            element(
                "div",
                element("div", *_side(size, can_draw), class_="live-side"),
                element("div", *_result(without), class_="live-result"),
                class_="row",
            ),
            _columns(len(subject.graph.nodes)),
            class_="live-app moves",
            hidden=True,
        ),
        element("p", _about_files(size), class_="note moves") if can_draw else None,
    ]


def _side(size: str, can_draw: bool) -> list[Any]:
    """The image with its buttons."""
    keys = "Arrow keys move the cursor on the image, and the space bar paints."
    label = f"The image, {size} pixels"
    drawn = {"tabindex": "0", "role": "application", "aria_describedby": "live-keys"}
    paper = element(
        "canvas", class_="live-paper", aria_label=label,
        **(drawn if can_draw else {"role": "img"}),
    )  # fmt: skip
    if not can_draw:
        return [paper, element("div", _button("Clear"), _button("Invert"), class_="live-buttons")]
    eraser = _button("Eraser", aria_pressed="false")
    return [
        paper,
        element("div", _button("Clear"), eraser, _button("Invert"), class_="live-buttons"),
        element(
            "label", "Image file: ",
            element("input", type="file", accept="image/*", class_="live-file"),
        ),
        element("p", keys, class_="note", id="live-keys"),
        element("p", class_="live-cursor note", aria_live="polite"),
    ]  # fmt: skip


def _button(name: str, **more: str) -> Any:
    return element("button", name, type="button", class_=f"live-{name.lower()}", **more)


def _result(without: str) -> list[Any]:
    """The class scores, and test images."""
    pictures = element("div", class_="live-pictures", role="group", aria_label="Test images")
    return [
        element("h3", "Class scores"),
        element("ol", class_="live-scores", aria_hidden="true"),
        element("p", class_="live-status note", role="status"),
        element("p", class_="live-note"),
        element("h3", "Test images"),
        element("p", without, class_="absent") if without else pictures,
        element("p", class_="live-time note"),
    ]


def _columns(layers: int) -> Any:
    columns = element("div", class_="live-columns")
    frame = scrolling(columns, "The activation maps of every layer")
    first = (
        f"The first {MAX_PAGE_LAYERS} of {layers} layers"
        if layers > MAX_PAGE_LAYERS
        else "Every layer"
    )
    caption = (
        f"{first} from left to right, with its activation maps: at most 16 of each, or 256 "
        "neurons. Black is the least number of a layer, white the largest; point at a map to read "
        "its numbers. The bars are probabilities, with the class scores beside them."
    )
    return element("figure", frame, element("figcaption", caption))


def _about_files(size: str) -> str:
    return (
        f"An image file of {size} pixels has the same scores as with cnn predict. Others are "
        "scaled by the browser, and by Pillow in cnn predict, and half-transparent pixels are "
        "rounded in other ways: their scores may differ a little. A drawing is best as large, and "
        "as much in the middle, as the images that the network learned from."
    )

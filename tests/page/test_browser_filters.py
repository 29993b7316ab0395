"""Figure 9 in Chromium: a filter that is pressed shows itself, its map and its patches."""

import io
from base64 import b64decode

import numpy as np
import pytest
from PIL import Image

from cnncli.page.subject import Subject

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def report(digits_run, tmp_path_factory):
    return digits_run.report(tmp_path_factory.mktemp("page") / "report.html")


@pytest.fixture(scope="module")
def subject(digits_run):
    return Subject(digits_run._checked, digits_run.saved, notify=pytest.fail)


def cut_out(picture):
    """The pixels that an element shows of its sheet."""
    x, y, w, h = (int(float(each)) for each in picture.get_attribute("viewBox").split())
    src = picture.locator("image").get_attribute("href")
    sheet = np.asarray(Image.open(io.BytesIO(b64decode(src.partition(",")[2]))))
    return sheet[y : y + h, x : x + w]


def test_a_filter_its_map_and_its_patches(report, open_page, subject, digits_run):
    page = open_page(report)
    figure = page.locator('#filters figure[data-layer="conv1"]')
    figure.locator(".filter").nth(4).click()
    k = subject.filters["conv1"][4]
    detail = page.locator("#filters .detail").first
    assert detail.locator("h3").inner_text() == f"conv1, filter {k}"
    weights = digits_run.filters("conv1")[k, :, :, 0]
    shown = cut_out(detail.locator("svg").first)
    assert np.abs(shown - (127.5 + 127.5 * weights / np.abs(weights).max())).max() <= 0.51
    for place in (0, 2):
        page.locator("#columns .choice").nth(place).click()
        number = page.locator("#columns .choice").nth(place).get_attribute("aria-pressed")
        assert number == "true"
        maps = subject.journey.outputs["conv1"][place][:, :, subject.filters["conv1"]]
        low, high = min(0, maps.min()), max(0, maps.max())
        grey = cut_out(detail.locator("svg").nth(1))
        assert np.abs(grey / 255 * (high - low) + low - maps[:, :, 4]).max() < (high - low) / 500
    peaks = subject.observation.peaks["conv1"]
    patches = detail.locator(".patches svg")
    assert patches.count() == 9
    for place in range(9):
        image, y, x = (int(each[4, place]) for each in peaks[:3])
        padded = np.pad(subject.image(image)[..., 0] * (255 / 16), 1, constant_values=127)
        expected = padded[y : y + 3, x : x + 3]
        assert np.abs(cut_out(patches.nth(place)) - expected).max() <= 0.5
        label = patches.nth(place).get_attribute("aria-label")
        assert label.endswith(f"test image {image}, {subject.answer(image).true}, at x {x}, y {y}")


def test_slices_by_the_keyboard(report, open_page, subject):
    page = open_page(report)
    figure = page.locator('#filters figure[data-layer="conv2"]')
    figure.locator(".filter").first.focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press(" ")
    detail = page.locator("#filters .detail").nth(1)
    assert detail.locator("h3").inner_text() == f"conv2, filter {subject.filters['conv2'][1]}"
    assert detail.locator(".slices svg").count() == 16
    assert figure.locator('.filter[aria-pressed="true"]').count() == 1

"""Figure 5 in Chromium: choosing images and maps, numbers under the cursor, what a neuron sees."""

import re

import numpy as np
import pytest

import cnncli
from cnncli.inference.layer_outputs import activations
from cnncli.page.material.journey import chosen_images
from cnncli.page.subject import Subject
from tests.cli.commands import DATA

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def report(digits_run, tmp_path_factory):
    return digits_run.report(tmp_path_factory.mktemp("page") / "report.html")


@pytest.fixture(scope="module")
def images(digits_run):
    subject = Subject(digits_run._checked, digits_run.saved, notify=pytest.fail)
    return [subject.image(place) for place, _ in chosen_images(subject.selection)]


@pytest.fixture
def page(report, open_page):
    return open_page(report)


def columns_of(page):
    """The numbers of the maps of each layer, from the labels in the drawing."""
    labels = page.locator("#columns .map").evaluate_all("all => all.map(e => e.ariaLabel)")
    found = {}
    for label in labels:
        layer, number = label.split(", map ")
        found.setdefault(layer, []).append(int(number))
    return found


def told(page):
    """(x, y, number) of the cursor."""
    page.wait_for_function(r"/: -?\d/.test(document.querySelector('.detail .number').textContent)")
    x, y, value = re.fullmatch(
        r"x (\d+), y (\d+): (\S+)", page.inner_text("#columns .detail .number")
    ).groups()
    return int(x), int(y), float(value)


def press(page, layer, number):
    page.locator(f'#columns .map[aria-label="{layer}, map {number}"]').click()
    page.wait_for_selector("#columns .detail h3")
    assert page.inner_text("#columns .detail h3") == f"{layer}, map {number}"


def test_numbers_under_the_cursor(page, images, digits_run):
    """By the arrow keys and by the pointer, within half a step of grey."""
    for place in (0, 5):
        page.locator("#columns .choice").nth(place).click()
        outputs = digits_run.activations(images[place])
        for layer in ("conv1", "relu2", "pool2"):
            number = columns_of(page)[layer][3]
            press(page, layer, number)
            maps = outputs[layer]
            step = float(max(0, maps.max()) - min(0, maps.min())) / 255
            enlarged = page.locator("#columns .detail svg").first
            size = maps.shape[0]
            enlarged.focus()
            for key in ("ArrowLeft", "ArrowUp", "ArrowUp", "ArrowRight"):
                page.keyboard.press(key)
                x, y, value = told(page)
                assert value == pytest.approx(maps[y, x, number], abs=0.51 * step + 1e-3)
            box = enlarged.bounding_box()
            page.mouse.move(box["x"] + box["width"] - 3, box["y"] + 3)
            x, y, value = told(page)
            assert (x, y) == (size - 1, 0)
            assert value == pytest.approx(maps[0, -1, number], abs=0.51 * step + 1e-3)


@pytest.mark.parametrize(
    ("layer", "keys"), [("conv1", ""), ("conv2", "LLLLUUUU"), ("conv3", "RRD")]
)
def test_the_field_is_what_changes_the_neuron(page, digits_run, layer, keys):
    """Each pixel is changed in turn: those that change the neuron fill the rectangle."""
    press(page, layer, columns_of(page)[layer][0])
    page.locator("#columns .detail svg").first.focus()
    names = {"L": "Left", "U": "Up", "R": "Right", "D": "Down"}
    for key in keys:
        page.keyboard.press(f"Arrow{names[key]}")
    x, y, _ = told(page)
    image = np.full((1, 8, 8, 1), 8, np.uint8)
    changed = np.repeat(image, 64, axis=0)
    changed.reshape(64, 64)[np.arange(64), np.arange(64)] = 16
    maps = activations(digits_run.saved, np.concatenate([image, changed]))[layer]
    moved = (np.abs(maps[1:, y, x] - maps[0, y, x]).max(axis=-1) > 1e-4).reshape(8, 8)
    ys, xs = np.nonzero(moved)
    field = page.locator("#columns .sight")
    left, top, width, height = (
        float(field.get_attribute(key)) for key in ("x", "y", "width", "height")
    )
    assert (left, top) == (xs.min(), ys.min())
    assert (width, height) == (np.ptp(xs) + 1, np.ptp(ys) + 1)
    text = page.inner_text("#columns .detail")
    seen = {"conv1": 9, "conv2": 25, "conv3": 100}[layer]
    padding = seen - int(width * height)
    assert (f"{padding} of {seen} lie outside, in the padding" in text) == (padding > 0)


def test_choosing_an_image_changes_all(page, images, digits_run):
    sheet = page.locator("#columns image[data-column]").first
    before = sheet.get_attribute("href")
    press(page, "conv1", columns_of(page)["conv1"][0])
    page.locator("#columns .choice").nth(3).click()
    assert page.locator('#columns .choice[aria-pressed="true"]').count() == 1
    assert sheet.get_attribute("href") != before
    titles = page.locator("#columns .map").evaluate_all("all => all.map(e => e.textContent)")
    assert titles == page.locator("#columns .map").evaluate_all("all => all.map(e => e.ariaLabel)")
    shares = page.locator("#columns [data-share]").all_text_contents()
    expected = np.sort(digits_run.probabilities(images[3])[0])[::-1]
    assert [float(share) for share in shares] == pytest.approx(expected, abs=6e-4)
    page.locator("#columns .choice").first.click()
    assert sheet.get_attribute("href") == before


def test_every_map_keeps_its_own_title(page):
    page.locator("#columns .choice").nth(2).click()
    maps = page.locator("#columns .map")
    titles = maps.evaluate_all("all => all.map(e => e.querySelector('title').textContent)")
    assert titles == maps.evaluate_all("all => all.map(e => e.ariaLabel)")


def test_a_network_whose_scores_follow_the_image(open_page, tmp_path):
    """There is no column at all between them."""
    network = cnncli.Network(
        {"data": {"name": "digits", "root": str(DATA)}, "architecture": "INPUT -> FC"}
    )
    run = network.train(out=tmp_path / "run", epochs=10, threads=1, bar=False)
    page = open_page(run.report(tmp_path / "report.html"))
    before = page.locator("#columns [data-score]").all_text_contents()
    page.locator("#columns .choice").nth(1).click()
    assert page.locator("#columns [data-score]").all_text_contents() != before


def test_maps_by_the_keyboard(page):
    """One stop of the tabulator; arrow keys go from map to map, Enter opens one."""
    assert page.locator('#columns .map[tabindex="0"]').count() == 1
    page.locator("#columns .map").first.focus()
    for key in ("ArrowRight", "ArrowDown", "ArrowDown", "Enter"):
        page.keyboard.press(key)
    found = columns_of(page)
    second = list(found)[1]
    assert page.inner_text("#columns .detail h3") == f"{second}, map {found[second][2]}"
    assert page.locator('#columns .map[tabindex="0"]').count() == 1


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_details_keep_the_rules_of_accessibility(report, open_page, dark):
    from axe_playwright_python.sync_playwright import Axe

    page = open_page(report, dark=dark)
    press(page, "conv1", columns_of(page)["conv1"][0])
    for each in page.locator("#filters figure[data-layer]").all():
        each.locator(".filter").first.click()
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()


@pytest.mark.parametrize("width", [400, 1600])
def test_details_fit(report, open_page, width):
    page = open_page(report, width=width)
    press(page, "conv1", columns_of(page)["conv1"][0])
    page.locator("#filters .filter").first.click()
    assert page.evaluate("document.documentElement.scrollWidth") <= width

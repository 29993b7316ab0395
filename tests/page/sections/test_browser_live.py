"""The network in the page computes what `Run.scores` does."""

import io
import json

import numpy as np
import pytest
from PIL import Image

import cnncli
from cnncli.page.png import png

from .live_networks import EVERY_KIND, SHIPPED, VIEWS, random_network, saved

pytestmark = pytest.mark.browser

TOLERANCE = 1e-4
NOTE = (
    "This image is dark on light, and those that the network learned from are light on dark: "
    "press Invert."
)
SHOWN = "#live[data-shown='{}']"


def _written(text, tmp_path):
    file = tmp_path / "net.yaml"
    file.write_text(text)
    return cnncli.Network(file)


def _take(page, name, content, form="image/png"):
    """Gives the page an image file, and waits for its scores."""
    file = {"name": name, "mimeType": form, "buffer": content}
    page.set_input_files(".live-file", [file])
    page.wait_for_selector(SHOWN.format(name))


def _found(page, what):
    return np.array(json.loads(page.get_attribute("#live", f"data-{what}")))


def _check(network, tmp_path, open_page, seed):
    run = saved(network, tmp_path / "net.safetensors", seed)
    page = open_page(run.report(tmp_path / "report.html", live=True))
    volume = run.saved.graph.image
    images = np.random.default_rng(seed).integers(0, 256, (2, volume.H, volume.W, volume.D))
    images = images.astype(np.uint8)
    scores, probabilities = run.scores(images), run.probabilities(images)
    assert np.abs(scores).max() > 0.01
    for number, image in enumerate(images):
        _take(page, f"{number}.png", png(image))
        np.testing.assert_allclose(_found(page, "scores"), scores[number], 0, TOLERANCE)
        np.testing.assert_allclose(
            _found(page, "probabilities"), probabilities[number], 0, TOLERANCE
        )
    return page


@pytest.mark.parametrize("name", SHIPPED)
def test_the_scores_of_shipped_networks(name, tmp_path, open_page):
    _check(cnncli.Network(name), tmp_path, open_page, SHIPPED.index(name))


@pytest.mark.parametrize("seed", range(3))
def test_the_scores_with_every_kind_of_layer(seed, tmp_path, open_page):
    _check(_written(EVERY_KIND, tmp_path), tmp_path, open_page, seed)


def test_the_mean_over_views(tmp_path, open_page):
    _check(_written(VIEWS, tmp_path), tmp_path, open_page, 5)


@pytest.mark.parametrize("seed", range(30))
def test_the_scores_of_random_networks(seed, tmp_path, open_page):
    _check(random_network(seed), tmp_path, open_page, seed)


def test_images_of_other_depths_than_files_have(tmp_path, open_page):
    """They can be looked at, not drawn: a blank one here."""
    network = _written("architecture: INPUT(6x5x5)-CONV3-4-RELU-FC-3\n", tmp_path)
    run = saved(network, tmp_path / "net.safetensors", 1)
    page = open_page(run.report(tmp_path / "report.html", live=True))
    page.wait_for_selector(SHOWN.format("a blank image"))
    expected = run.scores(np.zeros((5, 6, 5), np.uint8))[0]
    np.testing.assert_allclose(_found(page, "scores"), expected, 0, TOLERANCE)
    assert page.inner_text(".live-result .absent") == (
        "The test images are not there, or damaged, or do not fit to this run any more; `cnn eval` "
        "says which."
    )
    assert page.locator(".live-file").count() == page.locator(".live-eraser").count() == 0


def test_a_pass_of_the_largest_network_takes_a_moment(tmp_path, open_page):
    """0.05 to 0.15 s where the processor is free."""
    text = "architecture: INPUT(32x32x3)-CONV3-64-RELU-CONV3-78-RELU-POOL-FC-46-FC-10\n"
    network = _written(text, tmp_path)
    assert 40_000_000 < network.total.macs <= 50_000_000
    assert 900_000 < network.total.parameters <= 1_000_000
    page = _check(network, tmp_path, open_page, 0)
    times = []
    for _ in range(4):
        page.click(".live-invert")
        _settle(page)
        times.append(float(page.get_attribute("#live", "data-milliseconds")))
    assert min(times) < 600


@pytest.fixture(scope="module")
def live_page(digits_run, tmp_path_factory):
    return digits_run.report(tmp_path_factory.mktemp("live") / "report.html", live=True)


@pytest.fixture
def page(live_page, open_page):
    page = open_page(live_page)
    page.wait_for_selector("#live[data-shown]")
    return page


def _pixels(page):
    """What is on the paper, as the set has it."""
    grey = page.evaluate(
        """() => {
          const canvas = document.querySelector(".live-paper"), zoom = canvas.width / 8;
          const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
          return Array.from({ length: 64 }, (_, place) => {
            const [row, column] = [Math.floor(place / 8), place % 8];
            const y = Math.floor((row + 0.5) * zoom), x = Math.floor((column + 0.5) * zoom);
            return data[4 * (y * canvas.width + x)];
          });
        }"""
    )
    return np.rint(np.array(grey).reshape(8, 8, 1) * 16 / 255).astype(np.uint8)


def _settle(page):
    """Two frames: what has changed is computed."""
    page.evaluate("() => new Promise((done) => requestAnimationFrame("
                  "() => requestAnimationFrame(() => done())))")  # fmt: skip


def _agrees(page, run):
    _settle(page)
    pixels = _pixels(page)
    expected = run.scores(pixels)[0]
    np.testing.assert_allclose(_found(page, "scores"), expected, 0, TOLERANCE)
    return pixels[..., 0]


def test_test_images(page, digits_run):
    images = np.asarray(digits_run.judge(None, "test").judged.split.images)
    buttons = page.locator(".live-pictures button")
    assert buttons.count() >= 10
    for k in range(buttons.count()):
        buttons.nth(k).click()
        page.wait_for_selector(SHOWN.format(buttons.nth(k).get_attribute("title")))
        assert (images == _agrees(page, digits_run)[..., None]).all(axis=(1, 2, 3)).any()


def test_the_sorted_scores(page):
    page.wait_for_timeout(400)
    rows = page.locator(".live-scores li:visible").all()
    rows.sort(key=lambda row: row.bounding_box()["y"])
    scores, probabilities = _found(page, "scores"), _found(page, "probabilities")
    order = np.argsort(-scores, kind="stable")
    shown = [row.locator("span").first.inner_text() for row in rows]
    assert shown == [str(k) for k in order]
    share = 100 * probabilities[order[0]]
    assert f"{share:.1f} %" in rows[0].inner_text()
    tops = np.diff([row.bounding_box()["y"] for row in rows])
    np.testing.assert_allclose(tops, 28, atol=0.5)


def test_drawing_with_the_pointer(page, digits_run):
    page.click(".live-clear")
    assert not _agrees(page, digits_run).any()
    box = page.locator(".live-paper").bounding_box()
    side = box["width"] / 8
    page.mouse.move(box["x"] + 4.5 * side, box["y"] + 1.5 * side)
    page.mouse.down()
    page.mouse.move(box["x"] + 4.5 * side, box["y"] + 6.5 * side, steps=4)
    page.mouse.up()
    page.mouse.move(box["x"] + side, box["y"] + side)
    drawn = _agrees(page, digits_run)
    assert (drawn[1:7, 4] == 16).all()
    assert not drawn[:, :3].any()
    assert not drawn[:, 6:].any()
    assert drawn[2:6, [3, 5]].min() > 0
    assert drawn[2:6, [3, 5]].max() < 16

    page.click(".live-eraser")
    assert page.get_attribute(".live-eraser", "aria-pressed") == "true"
    page.mouse.click(box["x"] + 4.5 * side, box["y"] + 2.5 * side)
    erased = _agrees(page, digits_run)
    assert erased[2, 4] == 0
    assert (erased[5:7, 4] == 16).all()

    page.click(".live-invert")
    np.testing.assert_array_equal(_agrees(page, digits_run), 16 - erased)
    assert page.inner_text(".live-note") == NOTE
    page.click(".live-invert")
    _settle(page)
    assert page.inner_text(".live-note") == ""


def test_drawing_with_keys(page, digits_run):
    page.click(".live-clear")
    page.focus(".live-paper")
    for _ in range(6):
        page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowLeft")
    assert page.inner_text(".live-cursor") == "column 4, row 1"
    page.keyboard.press("Space")
    page.keyboard.press("Tab")
    drawn = _agrees(page, digits_run)
    assert drawn[0, 3] == 16
    assert not drawn[3:].any()
    assert page.evaluate("document.activeElement.className") == "live-clear"


def test_what_is_said_aloud_waits_until_the_drawing_rests(page):
    before = page.inner_text(".live-status")
    page.click(".live-invert")
    page.click(".live-invert")
    page.click(".live-clear")
    _settle(page)
    assert page.inner_text(".live-status") == before
    probabilities = _found(page, "probabilities")
    best = np.argsort(-_found(page, "scores"), kind="stable")[:3]
    expected = ", ".join(f"{k} {100 * probabilities[k]:.1f} %" for k in best)
    page.locator(".live-status", has_text=expected).wait_for()


def _predicts(page, run, file):
    """The probabilities are those of `cnn predict` for the file."""
    (answer,) = run.predict(file, top=len(run.classes))
    expected = {each["class"]: each["probability"] for each in answer["top"]}
    found = _found(page, "probabilities")
    np.testing.assert_allclose(found, [expected[name] for name in run.classes], 0, TOLERANCE)


def _as_png(image):
    content = io.BytesIO()
    image.save(content, "PNG")
    return content.getvalue()


def test_a_file_with_transparent_pixels_as_cnn_predict_reads_it(page, digits_run, tmp_path):
    pixels = np.random.default_rng(0).integers(0, 256, (8, 8, 4)).astype(np.uint8)
    pixels[..., 3] = np.where(pixels[..., 3] < 128, 0, 255)
    content = _as_png(Image.fromarray(pixels, "RGBA"))
    file = tmp_path / "a.png"
    file.write_bytes(content)
    _take(page, "a.png", content)
    said = []
    run = cnncli.Run(digits_run.path, threads=1, notify=said.append)
    _predicts(page, run, file)
    assert said == [
        f"warning: {file}: is dark on light, and the images that the network learned from are "
        "light on dark; invert such images",
        "white, 255 in images, is 16 in digits: scaled",
    ]
    assert page.inner_text(".live-note") == NOTE


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(("resize", "size"), [("pad", (4, 8)), ("pad", (8, 5)), ("crop", (12, 8))])
def test_other_proportions_as_cnn_predict_takes_them(resize, size, tmp_path, open_page):
    """Where nothing is scaled they are the same: the rest is background, or left out."""
    rng = np.random.default_rng(2)
    for number in range(24):
        folder = tmp_path / "set" / f"class {number % 2}"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{number}.png").write_bytes(png(rng.integers(0, 255, (8, 8, 3), np.uint8)))
    data = {"name": "folder", "root": str(tmp_path / "set"), "size": "8x8x3", "validation": 0,
            "resize": resize, "background": "#2060a0"}  # fmt: skip
    network = cnncli.Network({"architecture": "INPUT-CONV3-4-RELU-FC", "data": data})
    run = network.train(out=tmp_path / "run", max_steps=2, threads=1, bar=False)
    page = open_page(run.report(tmp_path / "report.html", live=True))
    content = png(rng.integers(0, 256, (size[1], size[0], 3), np.uint8))
    (tmp_path / "a.png").write_bytes(content)
    _take(page, "a.png", content)
    _predicts(page, run, tmp_path / "a.png")


def test_a_larger_file_is_scaled(page, digits_run):
    image = np.zeros((80, 80, 1), np.uint8)
    image[:, 30:40] = 255
    _take(page, "large.png", png(image))
    drawn = _agrees(page, digits_run)
    assert (drawn[:, 3] > 12).all()
    assert not drawn[:, :2].any()
    assert not drawn[:, 6:].any()


def test_a_dropped_file(page, digits_run):
    pixels = np.random.default_rng(1).integers(0, 256, (8, 8, 1)).astype(np.uint8)
    page.evaluate(
        """(bytes) => {
          const name = "<b>dropped</b>.png", type = "image/png";
          const file = new File([new Uint8Array(bytes)], name, { type });
          const dataTransfer = new DataTransfer();
          dataTransfer.items.add(file);
          const options = { bubbles: true, cancelable: true, dataTransfer };
          document.querySelector(".live-paper").dispatchEvent(new DragEvent("drop", options));
        }""",
        list(png(pixels)),
    )
    page.wait_for_selector(SHOWN.format("<b>dropped</b>.png"))
    np.testing.assert_array_equal(_agrees(page, digits_run), np.rint(pixels[..., 0] * (16 / 255)))


def test_what_is_no_image(page):
    before = _found(page, "scores")
    file = {"name": "<i>a</i>.txt", "mimeType": "text/plain", "buffer": b"text"}
    page.set_input_files(".live-file", [file])
    page.locator(".live-note", has_text="cannot").wait_for()
    said = page.inner_text(".live-note")
    assert said == "The browser cannot read <i>a</i>.txt as an image."
    np.testing.assert_array_equal(_found(page, "scores"), before)


def test_the_maps_of_a_layer(page, digits_run):
    """Their grey, and the number under the pointer, against those that Python computes."""
    outputs = digits_run.activations(_pixels(page))
    layer = page.locator(".live-layer", has_text="conv1")
    canvas = layer.locator("canvas")
    assert canvas.get_attribute("aria-label") == "conv1: 16 of 32 maps"
    maps, k = outputs["conv1"], 11
    expected = (maps[..., k] - maps.min()) / (maps.max() - maps.min()) * 255
    grey = canvas.evaluate(
        """(canvas) => {
          const { data } = canvas.getContext("2d").getImageData(52, 3 * 52, 48, 48);
          return Array.from({ length: 64 }, (_, place) =>
            data[4 * ((6 * Math.floor(place / 8) + 3) * 48 + 6 * (place % 8) + 3)]);
        }"""
    )
    np.testing.assert_allclose(np.array(grey).reshape(8, 8), expected, atol=1)
    canvas.hover(position={"x": 52 + 6 * 2 + 3, "y": 3 * 52 + 6 * 5 + 3})
    name, value = page.inner_text(".tip").split(": ")
    assert name == "map 12, row 6, column 3"
    assert abs(float(value) - maps[5, 2, 11]) < 1e-3


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_the_rules_of_accessibility(live_page, open_page, dark):
    from axe_playwright_python.sync_playwright import Axe

    page = open_page(live_page, width=400, dark=dark)
    page.wait_for_selector("#live[data-shown]")
    assert page.evaluate("document.documentElement.scrollWidth") <= 400
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()


def test_printed_there_is_nothing_to_press(page):
    page.emulate_media(media="print")
    assert not page.locator(".live-app").is_visible()
    assert page.locator("#live p").first.is_visible()

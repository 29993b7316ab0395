"""The cells of the confusion matrix, pressed; pictures are the pixels of the test set."""

from urllib.request import urlopen

import numpy as np
import pytest

from cnncli.page.html_document import Document
from cnncli.page.sections.confusion import confusion
from cnncli.page.sections.mistakes import mistakes

pytestmark = pytest.mark.browser

PIXELS = """image => {
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [image.naturalWidth, image.naturalHeight];
  const context = canvas.getContext("2d");
  context.drawImage(image, 0, 0);
  return [...context.getImageData(0, 0, canvas.width, canvas.height).data];
}"""


def page_of(subject, path):
    """A page with nothing but the answers of a network."""
    sections = [confusion(subject), mistakes(subject)]
    pictures = [picture._asdict() for picture in subject.album.pictures]
    path.write_text(Document("answers", sections, pictures).text)
    return path


def is_pixels(page, image, expected):
    shown = np.array(image.evaluate(PIXELS)).reshape(*expected.shape[:2], 4)
    return np.array_equal(shown[..., :3], expected)


def test_a_cell_shows_its_images(judged, open_page, tmp_path):
    subject = judged(10, 400)
    answers = subject.judgement.answers
    page = open_page(page_of(subject, tmp_path / "page.html"))
    cells = page.locator("#confusion svg .cell")
    data = confusion(subject).data["cells"]
    assert not page.is_visible("#confusion .images")
    for i in range(0, cells.count(), 17):
        cell = cells.nth(i)
        found = data[int(cell.get_attribute("data-cell"))]
        cell.click()
        says = page.inner_text("#confusion .images h3")
        assert says == cell.get_attribute("aria-label")
        assert says.startswith(f"{found['images']} image")
        assert found["true"] in says
        assert found["taken"] in says or "recognised" in says
        images = page.locator("#confusion .images img")
        assert images.count() == len(found["pictures"])
        for number, image in zip(found["pictures"], images.all(), strict=True):
            place = int(subject.album.pictures[number].name)
            assert answers[place].predicted == found["taken"]
            assert is_pixels(page, image, subject.image(place))
        rest = found["images"] - len(found["pictures"]) - len(found["names"])
        notes = page.locator("#confusion .images .note").all_inner_texts()
        assert len(notes) == bool(found["names"])
        for note in notes:
            assert (
                note.split(": ")[1].rstrip(".").split(", ")[: len(found["names"])]
                == (found["names"])
            )
            assert (f"{rest} more." in note) == bool(rest)
        assert page.locator("#confusion .cell.chosen").count() == 1


def test_the_keyboard_goes_from_cell_to_cell(judged, open_page, tmp_path):
    subject = judged(4, 4_000)  # no cell is empty
    page = open_page(page_of(subject, tmp_path / "page.html"))
    names = subject.classes

    def focused():
        number = page.evaluate("Number(document.activeElement.dataset.cell)")
        cell = confusion(subject).data["cells"][number]
        return names.index(cell["true"]), names.index(cell["taken"])

    assert page.locator("#confusion svg .cell[tabindex='0']").count() == 1
    page.locator("#confusion svg .cell[tabindex='0']").focus()
    assert focused() == (0, 0)
    for key, place in [("ArrowRight", (0, 1)), ("ArrowDown", (1, 1)), ("ArrowDown", (2, 1)),
                       ("ArrowLeft", (2, 0)), ("ArrowLeft", (2, 0)),
                       ("ArrowUp", (1, 0))]:  # fmt: skip
        page.keyboard.press(key)
        assert focused() == place
    for key in ("Enter", " "):
        page.evaluate("document.querySelector('#confusion .images').hidden = true")
        page.keyboard.press(key)
        assert page.inner_text("#confusion .images h3").endswith("taken for class 0")


def test_of_many_classes_the_numbers_of_the_table_are_pressed(judged, open_page, tmp_path):
    subject = judged(30, 2_000)
    page = open_page(page_of(subject, tmp_path / "page.html"))
    buttons = page.locator("#confusion button.cell")
    assert buttons.count() == 20
    buttons.nth(2).focus()
    page.keyboard.press("Enter")
    found = confusion(subject).data["cells"][2]
    assert page.inner_text("#confusion .images h3") == (
        f"{found['images']} images of {found['true']} taken for {found['taken']}"
    )
    assert page.locator("#confusion .images img").count() == len(found["pictures"]) > 0


def test_the_galleries_show_the_pixels(judged, open_page, tmp_path):
    subject = judged(10, 300)
    page = open_page(page_of(subject, tmp_path / "page.html"))
    images = page.locator("#mistakes img").all()
    assert len(images) == 26
    for image in images:
        picture = subject.album.pictures[int(image.get_attribute("data-picture"))]
        assert is_pixels(page, image, subject.image(int(picture.name)))
        with urlopen(image.get_attribute("src")) as file:
            assert file.read(4) == b"\x89PNG"


def test_images_of_few_shades_are_shown_bright(digits_run, open_page, tmp_path):
    page = open_page(digits_run.report(tmp_path / "report.html"))
    image = page.locator("#mistakes img").first
    assert max(np.array(image.evaluate(PIXELS)).reshape(-1, 4)[:, 0]) == 255


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("classes", [2, 20, 40])
def test_it_keeps_the_rules_of_accessibility(judged, open_page, tmp_path, classes, dark):
    from axe_playwright_python.sync_playwright import Axe

    subject = judged(classes, 500)
    page = open_page(page_of(subject, tmp_path / "page.html"), width=400, dark=dark)
    page.locator("#confusion .cell").first.click()
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    assert page.evaluate("document.documentElement.scrollWidth") <= 400


def test_hostile_names_are_text(judged, open_page, tmp_path):
    names = [
        "<img src=x onerror=alert(1)>",
        "</script><script>alert(2)</script>",
        "a\u202eb",
        "d" * 250,
    ]
    subject = judged(names, 80, name=lambda i: f"/home/anna/<b>{i}</b>\u202e.png")
    path = page_of(subject, tmp_path / "page.html")
    assert "/home/anna" not in path.read_text()
    page = open_page(path, width=400)
    for cell in page.locator("#confusion svg .cell").all():
        cell.click()
        assert "\u202e" not in page.inner_text("#confusion")
    assert page.locator("#confusion b, #mistakes b, #confusion img[src=x]").count() == 0
    assert page.evaluate("document.documentElement.scrollWidth") <= 400

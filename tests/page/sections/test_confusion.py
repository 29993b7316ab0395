"""What was taken for what: numbers, shades, names and pictures are those of the answers."""

import json
from base64 import b64decode

import numpy as np
import pytest
from PIL import Image

import cnncli
from cnncli.bounds import MAX_PAGE_PICTURES
from cnncli.page.elements import html
from cnncli.page.figures.matrix import draw_picture, shares
from cnncli.page.sections.confusion import confusion
from cnncli.page.subject import Subject


def cells_of(section):
    """Of each cell of the matrix that can be pressed: its number, its shade, and its data."""
    (drawing,) = section.figures.values()
    for cell in drawing.iter("g"):
        field, number = cell
        yield (
            int(number.text), float(field.get("fill-opacity")),
            section.data["cells"][int(cell.get("data-cell"))],
        )  # fmt: skip


def tables_of(section):
    for table in section.markup.iter("table"):
        yield [["".join(cell.itertext()) for cell in row] for row in table.iter("tr")]


@pytest.mark.parametrize("classes", [2, 10, 20])
def test_the_matrix_is_that_of_the_answers(judged, classes):
    subject = judged(classes, 400)
    answers, names = subject.judgement.answers, subject.classes
    section = confusion(subject)
    counted = np.zeros((classes, classes), int)
    for each in answers:
        counted[names.index(each.true), names.index(each.predicted)] += 1
    found = list(cells_of(section))
    assert len(found) == np.count_nonzero(counted)
    for number, shade, data in found:
        row, column = names.index(data["true"]), names.index(data["taken"])
        assert number == counted[row, column] == data["images"]
        share = counted[row, column] / counted[row].sum()
        assert shade == pytest.approx(0.55 * np.sqrt(share), abs=1e-3)
    texts = [text.text for text in section.figures["confusion"].iter("text")]
    assert sum(int(text) for text in texts if text.isdigit()) == 400


def test_each_class_has_its_measures(judged):
    subject = judged(5, 200)
    names = subject.classes
    true = np.array([names.index(each.true) for each in subject.judgement.answers])
    taken = np.array([names.index(each.predicted) for each in subject.judgement.answers])
    (head, *rows, foot) = list(tables_of(confusion(subject)))[-1]
    assert head == ["class", "images", "precision", "recall", "F1", "most often taken for"]
    for k, (name, images, *measures, wrong) in enumerate(rows):
        hits = np.sum((true == k) & (taken == k))
        precision, recall = hits / np.sum(taken == k), hits / np.sum(true == k)
        f1 = 2 * precision * recall / (precision + recall)
        assert (name, int(images)) == (names[k], np.sum(true == k))
        assert measures == [f"{value:.4f}" for value in (precision, recall, f1)]
        others = [np.sum((true == k) & (taken == p)) * (p != k) for p in range(5)]
        assert wrong == f"{names[int(np.argmax(others))]} ({max(others)})"
    means = np.array([[float(value) for value in row[2:5]] for row in rows]).mean(axis=0)
    assert [float(value) for value in foot[2:5]] == pytest.approx(means, abs=1e-4)


@pytest.mark.parametrize("classes", [10, 60])
def test_a_cell_has_pictures_or_names_of_its_own_images(judged, classes):
    subject = judged(classes, 900)
    section = confusion(subject)
    answers, album = subject.judgement.answers, subject.album.pictures
    assert len(album) == MAX_PAGE_PICTURES
    seen = []
    for data in section.data["cells"]:
        own = {
            str(i) for i, each in enumerate(answers)
            if (each.true, each.predicted) == (data["true"], data["taken"])
        }  # fmt: skip
        pictures = [album[number].name for number in data["pictures"]]
        assert len(own) == data["images"]
        assert {*pictures, *data["names"]} <= own
        assert not {*pictures} & {*data["names"]}
        assert len(data["names"]) == min(20, len(own) - len(pictures))
        seen += pictures
    assert len(seen) == len(set(seen))
    if classes == 10:  # every picture stands in its cell
        assert sorted(seen) == sorted(picture.name for picture in album)


def test_many_classes_are_a_picture_and_their_largest_confusions(judged):
    subject = judged(60, 3_000)
    section = confusion(subject)
    names, matrix = subject.classes, subject.judgement.evaluation.confusion
    pairs = sorted(
        (-matrix[t, p], names[t], names[p]) for t in range(60) for p in range(60) if t != p
    )
    largest, classes = tables_of(section)
    rows = [(true, taken, int(times)) for true, taken, times in largest[1:-1]]
    assert rows == [(true, taken, -times) for times, true, taken in pairs[:20]]
    wrong = int(matrix.sum() - matrix.trace())
    assert largest[-1] == ["others", f"{wrong - sum(times for *_, times in rows):,}"]
    f1 = [float(row[4]) for row in classes[1:-1]]
    assert len(f1) == 50
    assert f1 == sorted(f1)
    assert [each["images"] for each in section.data["cells"]] == [times for *_, times in rows]


@pytest.mark.parametrize("classes", [21, 250, 251, 700])
def test_the_picture_has_the_shares(tmp_path, classes):
    matrix = np.random.default_rng(1).integers(50, size=(classes, classes))
    matrix[3] = 0
    (image,) = draw_picture(matrix, "all").iter("image")
    (tmp_path / "matrix.png").write_bytes(b64decode(image.get("href").partition(",")[2]))
    pixels = np.asarray(Image.open(tmp_path / "matrix.png"))
    step = -(-classes // 250)
    assert pixels.shape == (-(-classes // step),) * 2
    share = shares(matrix)
    for row, column in np.ndindex(pixels.shape):
        block = share[row * step : (row + 1) * step, column * step : (column + 1) * step]
        assert pixels[row, column] == round(255 * (1 - block.max()))


def test_ten_thousand_classes_with_long_names_stay_small(judged):
    names = [f"{k}-<b>{'x' * 240}" for k in range(2_000)]
    subject = judged(names, 4_000, name=lambda i: f"/home/anna/photos/{'y' * 200}/{i}.png")
    section = confusion(subject)
    text = html(section.markup) + json.dumps(section.data)
    assert len(text.encode()) < 400_000
    assert "/home/anna" not in text
    assert "<b>" not in html(section.markup)
    assert "Of 2,000 classes the 50 with the smallest F1." in text


def test_without_a_mistake_and_without_a_run(judged):
    subject = judged(25, 100, right=1.0)
    assert "No image is taken for another class." in html(confusion(subject).markup)
    alone = confusion(Subject(cnncli.Network("configs/digits.yaml").checked))
    assert "nothing has been trained yet" in html(alone.markup)
    assert alone.data is None

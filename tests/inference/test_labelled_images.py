"""Networks are judged on any labelled images; the oracle is what is predicted of each."""

import csv
import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from cnncli.errors import UsageError
from cnncli.inference.judge import judge
from cnncli.training.storage.checkpoint import Checkpoint
from cnncli.training.storage.resume import open_run
from tests.cli.commands import refusal, succeed
from tests.inference.pictures import CLASSES, digits, enlarged, picture, train, write_folder


def judged(run, data=None, split="test"):
    """(judgement, notes)."""
    notes = []
    return judge(
        open_run(run), split, data=data, threads=1, keeps_answers=True, notify=notes.append
    ), notes  # fmt: skip


def answers(judgement):
    """(true, predicted) of each image by its file's last names."""
    return {"/".join(a.name.split("/")[-2:]): (a.true, a.predicted) for a in judgement.answers}


@pytest.fixture
def test_set(on_pictures):
    return on_pictures.parent / "set" / "test"


def test_the_part_to_test_on_of_any_folder(on_pictures, tmp_path):
    """Is the same as those images alone, whatever else is there and whatever it is called."""
    own, notes = judged(on_pictures)
    assert notes == []
    shutil.copytree(on_pictures.parent / "set" / "test", tmp_path / "other" / "Testing")
    other, notes = judged(on_pictures, tmp_path / "other")
    assert notes == []
    assert (own.judged.name, other.judged.name) == ("folder", str(tmp_path / "other"))
    assert other.judged.part == "test"
    assert other.evaluation.loss == own.evaluation.loss
    assert answers(other) == answers(own)
    alone, notes = judged(on_pictures, tmp_path / "other" / "Testing")
    assert notes == [f"{tmp_path}/other/Testing: is in no parts: all images are judged"]
    assert alone.judged.part is None
    assert answers(alone) == answers(own)


def test_answers_are_those_of_predict(on_pictures, test_set):
    """Image by image, within 1e-4."""
    found, _ = judged(on_pictures)
    text = succeed("predict", on_pictures, test_set, "--json").stdout
    predictions = {each["file"]: each for each in json.loads(text)["predictions"]}
    assert len(predictions) == len(found.answers) == 30
    for answer in found.answers:
        assert answer.predicted == predictions[answer.name]["predicted"]
        share = predictions[answer.name]["probability"]
        assert answer.probability == pytest.approx(share, abs=1e-4)
        assert answer.true == Path(answer.name).parent.name


def test_classes_are_found_by_their_names(on_pictures, tmp_path):
    """In another order, with one that is missing and one that is unknown."""
    whole, _ = judged(on_pictures)
    shutil.copytree(on_pictures.parent / "set" / "test", tmp_path / "set")
    (tmp_path / "set" / "blue").rename(tmp_path / "set" / "azure")
    found, notes = judged(on_pictures, tmp_path / "set")
    assert notes == [
        f"warning: {tmp_path}/set: left out, as the network does not know them: azure (10 images)",
        f"warning: {tmp_path}/set: no image of blue",
        f"{tmp_path}/set: is in no parts: all images are judged",
    ]
    assert found.judged.left_out == {"azure": 10}
    assert answers(found) == {k: v for k, v in answers(whole).items() if not k.startswith("blue")}
    assert found.evaluation.confusion.tolist() == [
        row if name != "blue" else [0] * 3
        for name, row in zip(sorted(CLASSES), whole.evaluation.confusion.tolist(), strict=True)
    ]


def test_no_class_that_the_network_knows(on_pictures, tmp_path):
    write_folder(tmp_path / "set", count=2, parts=("",), classes=("cat", "dog"))
    text = refusal("eval", on_pictures, "--data", tmp_path / "set", status=3)
    assert text == (
        f"{tmp_path}/set: expected images of the network's classes, found cat and dog; the network "
        "knows blue, green and red\n"
    )


def test_one_class_alone(on_pictures, tmp_path):
    shutil.copytree(on_pictures.parent / "set" / "test" / "red", tmp_path / "set" / "red")
    found, notes = judged(on_pictures, tmp_path / "set")
    assert notes[0] == f"warning: {tmp_path}/set: no image of blue and green"
    assert found.evaluation.images == 10


@pytest.fixture
def arrays(test_set):
    """The test images of 8 rows and 7 columns scaled by hand to 6x6, and their classes' names."""
    files = sorted(test_set.glob("*/*.png"))
    images = np.stack([np.asarray(Image.open(f).resize((6, 6))) for f in files])
    return images, np.array([file.parent.name for file in files])


def confusion(run, data, *options):
    found = json.loads(succeed("eval", run, "--data", data, "--json", *options).stdout)
    return found["confusion"]


def test_an_archive(on_pictures, arrays, tmp_path):
    own, _ = judged(on_pictures)
    images, names = arrays
    np.savez(tmp_path / "named.npz", x_test=images, y_test=names)
    found, notes = judged(on_pictures, tmp_path / "named.npz")
    assert (notes, found.judged.part) == ([], "test")
    assert found.evaluation.confusion.tolist() == own.evaluation.confusion.tolist()
    assert found.answers[7].name == "7"
    numbers = np.searchsorted(sorted(CLASSES), names)
    np.savez(tmp_path / "numbers.npz", images=images, labels=numbers)
    found, notes = judged(on_pictures, tmp_path / "numbers.npz")
    assert notes[0] == (
        f"{tmp_path}/numbers.npz: its classes are numbers, of the network's in their order: 0 is "
        "blue"
    )
    assert found.evaluation.confusion.tolist() == own.evaluation.confusion.tolist()


def test_numbers_that_may_be_anything(on_pictures, arrays, tmp_path):
    """Unless a configuration names them, as the message says."""
    images, names = arrays
    numbers = np.array([{"red": 1, "blue": 0}.get(name, 2) for name in names])
    two = numbers < 2
    np.savez(tmp_path / "two.npz", images=images[two], labels=numbers[two])
    text = refusal("eval", on_pictures, "--data", tmp_path / "two.npz", status=3)
    assert text == (
        f"{tmp_path}/two.npz: expected names of classes, or numbers up to 2, found numbers up to "
        "1; name them with data.classes in a configuration, and give that as --data\n"
    )
    config = tmp_path / "two.yaml"
    config.write_text(
        f"data: {{name: npz, root: {tmp_path}/two.npz, classes: [blue, red]}}\n"
        "architecture: INPUT-FC\n"
    )
    table = confusion(on_pictures, config)
    whole, _ = judged(on_pictures)
    expected = whole.evaluation.confusion.tolist()
    expected[1] = [0, 0, 0]
    assert table == expected


def test_a_table_of_files(on_pictures, test_set, tmp_path):
    own, _ = judged(on_pictures)
    shutil.copytree(test_set, tmp_path / "files")
    files = sorted((tmp_path / "files").glob("*/*.png"))
    lines = [f"{each.relative_to(tmp_path)},{each.parent.name},test" for each in files]
    (tmp_path / "own.csv").write_text("\n".join(["path,class,split", *lines]))
    found, notes = judged(on_pictures, tmp_path / "own.csv")
    assert (notes, found.judged.part) == ([], "test")
    assert answers(found) == answers(own)


def test_a_table_of_pixels(on_digits, on_pictures, tmp_path):
    """Whose values are those of the set, and whose rows are in no parts."""
    images, labels = digits()
    own, _ = judged(on_digits)
    with (tmp_path / "own.csv").open("w") as file:
        write = csv.writer(file)
        write.writerow(["label", *(f"pixel{i}" for i in range(64))])
        write.writerows([k, *image.ravel()] for k, image in zip(labels, images, strict=True))
    found, notes = judged(on_digits, tmp_path / "own.csv")
    assert notes == [f"{tmp_path}/own.csv: is in no parts: all images are judged"]
    assert found.evaluation.confusion.tolist() == own.evaluation.confusion.tolist()
    text = refusal("eval", on_pictures, "--data", tmp_path / "own.csv", status=3)
    assert "expected images of the network's classes, found 0, 1, 2, 3" in text


def test_images_of_another_size(on_pictures, tmp_path):
    np.savez(tmp_path / "own.npz", images=np.zeros((2, 6, 6), np.uint8), labels=["red", "blue"])
    text = refusal("eval", on_pictures, "--data", tmp_path / "own.npz", status=3)
    assert text.splitlines()[-1] == (
        f"{tmp_path}/own.npz: expected images of 6x6x3, found 6x6x1; write them in that size, or "
        "as image files, which are scaled"
    )


def write_idx(folder, part, images, labels):
    for kind, array in (("images-idx3", images), ("labels-idx1", labels)):
        head = bytes([0, 0, 8, array.ndim]) + b"".join(n.to_bytes(4, "big") for n in array.shape)
        (folder / f"{part}-{kind}-ubyte").write_bytes(head + array.astype(np.uint8).tobytes())


def test_idx(on_digits, tmp_path):
    """A folder with the files to test on alone, and a file by its name."""
    images, labels = digits()
    own, _ = judged(on_digits)
    write_idx(tmp_path, "t10k", images, labels)
    write_idx(tmp_path, "mine", images[:50], labels[:50])
    found, notes = judged(on_digits, tmp_path)
    assert (notes, found.judged.part) == ([], "test")
    assert found.evaluation.confusion.tolist() == own.evaluation.confusion.tolist()
    file = tmp_path / "mine-images-idx3-ubyte"
    found, notes = judged(on_digits, file)
    assert notes == [f"{file}: is in no parts: all images are judged"]
    assert [a.predicted for a in found.answers] == [a.predicted for a in own.answers[:50]]


@pytest.mark.parametrize("is_inverted", [False, True])
def test_digits_as_image_files(on_digits, tmp_path, is_inverted):
    """White is brought to 16 as in `cnn predict`, and a dark figure warned of."""
    own, _ = judged(on_digits)
    images, labels = digits()
    for place, (image, label) in enumerate(zip(images[:60], labels, strict=False)):
        (tmp_path / str(label)).mkdir(exist_ok=True)
        enlarged(image, is_inverted).save(tmp_path / str(label) / f"{place}.png")
    found, notes = judged(on_digits, tmp_path)
    assert "white, 255 in images, is 16 in digits: scaled" in notes
    assert any("is dark on light" in note for note in notes) == is_inverted
    if not is_inverted:
        for answer in found.answers:
            assert answer.predicted == own.answers[int(Path(answer.name).stem)].predicted


@pytest.fixture
def moved(on_pictures, tmp_path):
    """A copy of the run, and of its set, which it names."""
    write_folder(tmp_path / "set")
    return train(tmp_path, f"{{name: folder, root: {tmp_path / 'set'}, size: 6x6x3}}")


def test_an_enlarged_test_set_is_judged_with_a_warning(moved, tmp_path):
    before, _ = judged(moved)
    rng = np.random.default_rng(1)
    for name in ("x1", "x2"):
        Image.fromarray(picture(0, rng)).save(tmp_path / "set" / "test" / "red" / f"{name}.png")
    after, notes = judged(moved)
    assert notes[0].startswith("warning: folder: the images are not those of the checkpoint: ")
    assert notes[1] == (
        "warning: judged all the same, on the 32 images that are there now: the test split"
    )
    assert (before.judged.is_changed, after.judged.is_changed) == (False, True)
    assert after.evaluation.images == 32
    assert answers(before).items() <= answers(after).items()
    told = succeed("eval", moved)
    assert told.stdout.startswith("folder, test split, 32 images: ")


def test_the_images_to_train_on_need_not_be_there(moved, tmp_path):
    before, _ = judged(moved)
    shutil.rmtree(tmp_path / "set" / "train")
    after, notes = judged(moved)
    assert len(notes) == 2
    assert notes[0].startswith(f"warning: {tmp_path}/set/train: expected a folder, found none")
    assert answers(after) == answers(before)
    text = refusal("eval", moved, "--split", "train", status=3)
    assert text.startswith(f"{tmp_path}/set/train: expected a folder, found none")


def test_a_set_without_parts(tmp_path):
    """Where it was moved, its drawn part is judged; where it was changed, all images are."""
    write_folder(tmp_path / "set", parts=("",))
    run = train(tmp_path, f"{{name: folder, root: {tmp_path / 'set'}, size: 6x6x3, validation: 3}}")
    before, _ = judged(run)
    (tmp_path / "set").rename(tmp_path / "there")
    refusal("eval", run, status=3)
    after, notes = judged(run, tmp_path / "there")
    assert (notes, after.evaluation.images) == ([], 6)
    assert answers(after) == answers(before)
    held, _ = judged(run, tmp_path / "there", "validation")
    assert held.evaluation.images == 3
    (tmp_path / "there" / "red" / "0.png").unlink()
    changed, notes = judged(run, tmp_path / "there")
    assert notes == [f"{tmp_path}/there: is in no parts: all images are judged"]
    assert changed.evaluation.images == 29
    (tmp_path / "there").rename(tmp_path / "set")
    changed, notes = judged(run)
    assert notes[1] == (
        "warning: judged all the same, on the 29 images that are there now: all, those of the "
        "training too"
    )


@pytest.mark.parametrize(
    ("name", "says"),
    [
        (
            "none",
            "expected a folder of classes, an .npz, .csv or IDX file, or a configuration, found "
            "none; check the name",
        ),
        (
            "x.txt",
            "expected a folder, found a file; put the images into a folder for each class",
        ),
        ("empty", "expected folders of classes, found 0; put the images into a folder for each "
                  "class"),
    ],
)  # fmt: skip
def test_what_is_no_set(on_pictures, tmp_path, name, says):
    (tmp_path / "x.txt").touch()
    (tmp_path / "empty").mkdir()
    text = refusal("eval", on_pictures, "--data", tmp_path / name, status=3)
    assert text == f"{tmp_path}/{name}: {says}\n"


def test_parts_that_are_not_there(on_pictures, tmp_path):
    write_folder(tmp_path / "set", count=2, parts=("train", "val"))
    text = refusal("eval", on_pictures, "--data", tmp_path / "set", status=3)
    assert text == (
        f"{tmp_path}/set: expected a part for test, found train and validation; judge it on "
        "another --split\n"
    )
    for split in ("train", "validation"):
        found, _ = judged(on_pictures, tmp_path / "set", split)
        assert (found.judged.part, found.evaluation.images) == (split, 6)


def test_a_split_of_no_name(on_pictures, test_set, tmp_path):
    """Refused also where the images are in no parts, which are judged whatever the split."""
    write_folder(tmp_path / "set", count=2, parts=("",))
    for data in (None, tmp_path / "set"):
        with pytest.raises(UsageError, match=r"^no split is called 'tets'; there are train, "):
            judged(on_pictures, data, "tets")


def test_predictions_are_written(on_pictures, tmp_path):
    out = tmp_path / "found.csv"
    text = succeed("eval", on_pictures, "--json", "--predictions", out).stdout
    values = json.loads(text)
    rows = list(csv.DictReader(out.read_text().splitlines()))
    assert len(rows) == values["images"] == 30
    mean = sum(float(row["loss"]) for row in rows) / len(rows)
    assert mean == pytest.approx(values["loss"], abs=1e-5)
    hits = [row["true"] == row["predicted"] for row in rows]
    assert sum(hits) / len(hits) == pytest.approx(values["accuracy"])
    assert hits == sorted(hits), "mistakes come first"
    losses = [float(row["loss"]) for row, hit in zip(rows, hits, strict=True) if not hit]
    assert losses == sorted(losses, reverse=True)
    for row in rows:
        assert Path(row["file"]).parent.name == row["true"]


def test_answers_are_kept_only_when_they_are_asked_for(on_pictures):
    found = judge(open_run(on_pictures), "test", notify=lambda text: None)
    assert found.answers == ()


def test_a_network_that_has_diverged(on_digits, tmp_path):
    """Also where what it says of each image is asked for: nothing is written."""
    kept = Checkpoint.load(on_digits / "last.safetensors")
    weights = np.full_like(kept.arrays["parameters/fc1.W"], np.inf)
    path, out = tmp_path / "x.safetensors", tmp_path / "found.csv"
    replace(kept, arrays=dict(kept.arrays) | {"parameters/fc1.W": weights}).save(path)
    text = refusal("eval", path, "--predictions", out, status=5)
    assert text.startswith("the loss of the test split is nan, first in fc1.W: ")
    assert not out.exists()


def test_a_network_that_gives_a_map(on_digits, tmp_path):
    large = tmp_path / "large.safetensors"
    succeed("convert", on_digits, "--fc-to-conv", "--image", "12x12", "--out", large)
    np.savez(tmp_path / "own.npz", images=np.zeros((2, 12, 12), np.uint8), labels=[0, 1])
    text = refusal("eval", large, "--data", tmp_path / "own.npz", status=2)
    assert text.splitlines()[-1] == "Use the checkpoint that it was converted from."


def test_a_network_on_a_stand_in(tmp_path):
    """Has the classes of the stand-in."""
    data = f"{{name: cifar10, root: {tmp_path}, stand_in: patterns, limit: 64}}"
    run = train(tmp_path, data, "INPUT-POOL(F=8,S=8)-FC", "epochs: 1")
    images = np.zeros((3, 32, 32, 3), np.uint8)
    np.savez(tmp_path / "own.npz", images=images, labels=["disc", "ring", "airplane"])
    found, notes = judged(run, tmp_path / "own.npz")
    assert found.judged.left_out == {"airplane": 1}
    assert found.evaluation.images == 2
    assert any("own.npz: no image of" in note for note in notes)

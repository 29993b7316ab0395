"""What is predicted of images is what evaluation finds of the same images."""

import json
import shutil
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from cnncli.errors import DataError, DivergedError, UsageError
from cnncli.inference.classifier import Classifier
from cnncli.inference.image_paths import files_of
from cnncli.inference.judge import judge
from cnncli.inference.predictor import Predictor
from cnncli.training.storage.checkpoint import Checkpoint
from cnncli.training.storage.resume import open_run
from tests.cli.commands import succeed
from tests.inference.pictures import digits, enlarged, train, write_folder


def predicted(run, *paths, plain=False):
    """(predictions, messages of what could not be read, notes)."""
    errors, notes = [], []
    with Classifier.open(open_run(run), threads=2, plain=plain, notify=notes.append) as classifier:
        predictor = Predictor(classifier, errors.append, notes.append)
        found = list(predictor.predict(files_of(paths)))
    return found, [str(error) for error in errors], notes


def confusion(run, *options):
    return json.loads(succeed("eval", run, "--json", *options).stdout)["confusion"]


@pytest.fixture(scope="module")
def digit_files(tmp_path_factory):
    """All 359 test digits, as image files of 80x80."""
    folder = tmp_path_factory.mktemp("digits")
    for place, digit in enumerate(digits()[0]):
        enlarged(digit).save(folder / f"{place}.png")
    return folder


def test_digits_from_files_get_the_classes_of_the_set(on_digits, digit_files):
    """They are white in files where the set has 16, and 80 pixels wide where it has 8."""
    _, labels = digits()
    found, errors, notes = predicted(on_digits, digit_files)
    assert (len(found), errors) == (359, [])
    assert notes == ["white, 255 in images, is 16 in digits: scaled"]
    table = np.zeros((10, 10), int)
    for name, shares in found:
        assert shares.sum() == pytest.approx(1)
        table[labels[int(name.removesuffix(".png").rpartition("/")[2])], shares.argmax()] += 1
    assert table.tolist() == confusion(on_digits)


@pytest.mark.parametrize(
    ("more", "settings", "kept"),
    [
        ("", "epochs: 2", "last"),
        (", views: [flip, {shift: 1}]", "epochs: 2, average: ema", "last"),
        (", validation: 6, resize: crop", "epochs: 3, average: lookahead", "best"),
        (", validation: 6, resize: pad", "epochs: 3", "last"),
    ],
)
def test_images_are_judged_as_in_evaluation(tmp_path, more, settings, kept):
    """Image by image: class, probability and true class are those of `cnn eval`."""
    write_folder(tmp_path / "set")
    data = f"{{name: folder, root: {tmp_path / 'set'}, size: 6x6x3{more}}}"
    checkpoint = train(tmp_path, data, settings=settings) / f"{kept}.safetensors"
    saved = open_run(checkpoint)
    for plain in (False, True):
        found, _, _ = predicted(checkpoint, tmp_path / "set" / "test", plain=plain)
        shares = {each.name: each.probabilities for each in found}
        judged = judge(saved, "test", plain=plain, keeps_answers=True, notify=print)
        assert len(judged.answers) == len(shares) == 30
        for answer in judged.answers:
            own = shares[answer.name]
            assert saved.checkpoint.data.classes[own.argmax()] == answer.predicted
            assert own.max() == pytest.approx(answer.probability, abs=1e-4)


def test_damaged_files_are_reported_and_the_others_go_on(on_pictures, tmp_path):
    folder = write_folder(tmp_path / "some", parts=("",))
    whole, _, _ = predicted(on_pictures, folder)
    broken = folder / "green" / "4.png"
    content = broken.read_bytes()
    broken.write_bytes(content[: len(content) // 2])
    (folder / "red" / "2.png").write_bytes(b"no image")
    found, errors, _ = predicted(on_pictures, folder, tmp_path / "none.png", tmp_path / "x.txt")
    lost = {str(broken), str(folder / "red" / "2.png")}
    assert [each.name for each in found] == [p.name for p in whole if p.name not in lost]
    for each in found:
        (same,) = (p for p in whole if p.name == each.name)
        np.testing.assert_allclose(each.probabilities, same.probabilities, atol=1e-6)
    assert [message.split(": ")[0] for message in errors] == [
        str(broken), str(folder / "red" / "2.png"), str(tmp_path / "none.png"),
        str(tmp_path / "x.txt"),
    ]  # fmt: skip
    assert errors[3] == (
        f"{tmp_path}/x.txt: expected an image (.png, .jpg, .jpeg, .jfif, .jpe, .bmp, .gif, .tif, "
        ".tiff, .webp, .ppm, .pgm), an .npz file or a folder, found none; check the name"
    )


def test_all_damaged(on_pictures, tmp_path):
    for i in range(20):
        (tmp_path / f"{i}.png").write_bytes(b"no image")
    found, errors, _ = predicted(on_pictures, tmp_path)
    assert (found, len(errors)) == ([], 20)


def test_a_picture_that_lies_on_its_side(on_pictures, tmp_path):
    """Is turned as its file says, as in training."""
    upright = Image.fromarray(np.arange(9 * 6 * 3, dtype=np.uint8).reshape(9, 6, 3))
    upright.save(tmp_path / "a.png")
    exif = Image.Exif()
    exif[0x0112] = 6
    upright.rotate(90, expand=True).save(tmp_path / "b.png", exif=exif)
    (first, second), errors, _ = predicted(on_pictures, tmp_path)
    assert errors == []
    np.testing.assert_array_equal(first.probabilities, second.probabilities)


def test_grey_pictures_for_a_network_of_colours_and_colours_for_grey(
    on_pictures, on_digits, tmp_path
):
    grey = enlarged(digits()[0][3])
    grey.save(tmp_path / "grey.png")
    grey.convert("RGB").save(tmp_path / "colour.png")
    for run in (on_pictures, on_digits):
        (first, second), errors, _ = predicted(run, tmp_path)
        assert errors == []
        np.testing.assert_allclose(first.probabilities, second.probabilities, atol=1e-6)


@pytest.mark.parametrize("is_inverted", [False, True])
def test_dark_figures_where_the_network_learned_light_ones(on_digits, tmp_path, is_inverted):
    file = tmp_path / "a.png"
    enlarged(digits()[0][0], is_inverted).save(file)
    _, _, notes = predicted(on_digits, file)
    assert notes[:-1] == [
        f"warning: {file}: is dark on light, and the images that the network learned from are "
        "light on dark; invert such images"
    ] * is_inverted  # fmt: skip


def test_an_archive_of_the_set_itself_needs_no_scaling(on_digits, tmp_path):
    images, _ = digits()
    np.savez(tmp_path / "own.npz", images=images, x_test=images[:5], other=np.zeros(3))
    np.savez(tmp_path / "white.npz", images / 16)
    own, errors, notes = predicted(on_digits, tmp_path / "own.npz")
    assert (errors, notes, len(own)) == ([], [], 364)
    assert own[0].name == f"{tmp_path}/own.npz:images[0]"
    assert own[-1].name == f"{tmp_path}/own.npz:x_test[4]"
    white, errors, notes = predicted(on_digits, tmp_path / "white.npz")
    assert notes == ["white, 255 in images, is 16 in digits: scaled"]
    for first, second in zip(own, white, strict=False):
        np.testing.assert_allclose(first.probabilities, second.probabilities, atol=1e-6)


@pytest.mark.parametrize(
    ("arrays", "says"),
    [
        (
            {"images": np.zeros((2, 5, 5), np.uint8)},
            ": images: expected images of 8x8x1, found 5x5x1; write them in that size, or as "
            "image files, which are scaled",
        ),
        (
            {"a": np.zeros((2, 8, 8), np.uint8), "b": np.zeros(2)},
            ": expected images, an array of images, found a and b; write it with "
            "numpy.savez_compressed(file, images=...)",
        ),
    ],
)
def test_archives_that_do_not_fit(on_digits, tmp_path, arrays, says):
    np.savez(tmp_path / "own.npz", **arrays)
    enlarged(digits()[0][0]).save(tmp_path / "a.png")
    found, errors, _ = predicted(on_digits, tmp_path / "own.npz", tmp_path / "a.png")
    assert (len(found), errors) == (1, [f"{tmp_path}/own.npz{says}"])


def test_a_damaged_archive(on_digits, tmp_path):
    file = tmp_path / "own.npz"
    np.savez(file, images=digits()[0])
    file.write_bytes(file.read_bytes()[:-30])
    found, (error,), _ = predicted(on_digits, file)
    assert found == []
    assert error.startswith(f"{file}: expected a whole .npz file, found damage")


@pytest.fixture
def changed(on_digits, tmp_path):
    """changed(part=value...) -> the run's checkpoint with other parts."""
    path = tmp_path / "changed.safetensors"

    def save(**parts):
        replace(Checkpoint.load(on_digits / "last.safetensors"), **parts).save(path)
        return path

    return save


def test_a_checkpoint_of_a_version_that_kept_no_tones(on_digits, changed, tmp_path):
    data = Checkpoint.load(on_digits / "last.safetensors").data
    path, file = changed(data=replace(data, tones=None)), tmp_path / "a.png"
    enlarged(digits()[0][0], is_inverted=True).save(file)
    found, errors, notes = predicted(path, file)
    assert (len(found), errors) == (1, [])
    assert notes == [
        f"warning: {path}: does not say which values the images of digits have; white is taken "
        "for 255"
    ]


def test_image_files_have_the_white_of_image_files(tmp_path):
    """Also those of a dark set."""
    for part in ("train", "test"):
        for k, name in enumerate("ab"):
            (tmp_path / "set" / part / name).mkdir(parents=True)
            pixels = np.full((6, 6), 9 * k, np.uint8)
            Image.fromarray(pixels).save(tmp_path / "set" / part / name / "0.png")
    run = train(tmp_path, f"{{name: folder, root: {tmp_path / 'set'}, normalise: false}}")
    _, errors, notes = predicted(run, tmp_path / "set")
    assert (errors, notes) == ([], [])


def test_numbers_that_are_not_finite(changed, on_digits, tmp_path):
    arrays = dict(Checkpoint.load(on_digits / "last.safetensors").arrays)
    arrays["parameters/fc1.W"] = np.full_like(arrays["parameters/fc1.W"], np.nan)
    path, file = changed(arrays=arrays), tmp_path / "a.png"
    enlarged(digits()[0][0]).save(file)
    with pytest.raises(DivergedError, match=r"^.*: the network's scores are not finite\.\n"):
        predicted(path, file)


def test_a_network_that_gives_a_map(on_digits, tmp_path):
    large = tmp_path / "large.safetensors"
    succeed("convert", on_digits, "--fc-to-conv", "--image", "12x12", "--out", large)
    with pytest.raises(UsageError) as raised:
        predicted(large, tmp_path)
    assert str(raised.value) == (
        f"{large}: the network gives 3x3 places of 10 scores, stride 2, no class for an image.\n"
        "Use the checkpoint that it was converted from."
    )
    same = tmp_path / "same.safetensors"
    succeed("convert", on_digits, "--fc-to-conv", "--out", same)
    enlarged(digits()[0][0]).save(tmp_path / "a.png")
    (first,), (second,) = (predicted(run, tmp_path / "a.png")[0] for run in (on_digits, same))
    np.testing.assert_allclose(first.probabilities, second.probabilities, atol=1e-6)


def test_a_network_that_learned_from_noise(tmp_path):
    config, out = tmp_path / "net.yaml", tmp_path / "run"
    config.write_text("architecture: INPUT(4x4x1)-FC-3\n")
    succeed("train", config, "--smoke", "--out", out)
    with pytest.raises(DataError) as raised:
        predicted(out, tmp_path)
    assert str(raised.value) == (
        f"{out}/best.safetensors: learned from noise in a smoke run; there is nothing to judge "
        "it on"
    )


def test_images_of_two_channels_are_no_files(tmp_path):
    images = np.random.default_rng(0).integers(0, 256, (24, 4, 4, 2), np.uint8)
    labels = np.arange(24) % 3
    file = tmp_path / "own.npz"
    np.savez(file, x_train=images, y_train=labels, x_test=images, y_test=labels)
    run = train(tmp_path, f"{{name: npz, root: {file}}}", "INPUT-FC")
    enlarged(digits()[0][0]).save(tmp_path / "a.png")
    found, errors, _ = predicted(run, tmp_path / "a.png", file)
    assert len(found) == 48
    assert errors == [
        f"{tmp_path}/a.png: expected an image of 4x4x2, found grey or colour; write the images to "
        "an .npz file"
    ]


def test_without_pillow(on_pictures, tmp_path, monkeypatch):
    shutil.copytree(on_pictures.parent / "set" / "test" / "red", tmp_path / "red")
    monkeypatch.setitem(__import__("sys").modules, "PIL", None)
    with pytest.raises(DataError) as raised:
        predicted(on_pictures, tmp_path)
    assert str(raised.value) == (
        f"{tmp_path}/red/0.png: Pillow is needed to read images; install it: pip install "
        "'cnncli[images]'"
    )


def test_noise_in_the_place_of_a_set(tmp_path):
    """As in a smoke run where the set is not there."""
    config, out = tmp_path / "net.yaml", tmp_path / "run"
    config.write_text(
        f"data: {{name: cifar10, root: {tmp_path}}}\narchitecture: INPUT-POOL(F=8,S=8)-FC\n"
    )
    succeed("train", config, "--smoke", "--out", out)
    with pytest.raises(DataError, match="learned from noise in a smoke run; there is nothing"):
        predicted(out, tmp_path)

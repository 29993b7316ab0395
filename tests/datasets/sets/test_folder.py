import sys

import numpy as np
import pytest
from PIL import Image

from cnncli.config.data import DataSpec
from cnncli.data.catalogue import describe
from cnncli.datasets.formats import folder_files
from cnncli.geometry import Volume
from tests.datasets.reading import fault, get, no_test, to_test

BY_CLASS = "put the images into a folder for each class"


def save(path, array, **options):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(array).save(path, **options)


@pytest.fixture
def whole(tmp_path, rng):
    """CLASS/*.png: seven images of cats and five of dogs, 6 wide and 4 high."""
    images = {}
    for name, count in (("dog", 5), ("cat", 7)):
        for i in range(count):
            images[name, i] = rng.integers(0, 256, (4, 6, 3), dtype=np.uint8)
            save(tmp_path / name / f"{i}.png", images[name, i])
    return tmp_path, images


def test_a_fifth_is_drawn_to_test_on(whole):
    root, images = whole
    (root / "cat" / "notes.txt").write_text("ignored")
    (root / ".git").mkdir()
    dataset = get("folder", root)
    assert dataset.remarks == (
        f"{root}: left aside: .txt (1)",
        no_test(2, 12),
    )
    assert dataset.classes == ("cat", "dog")
    order = [("cat", i) for i in range(7)] + [("dog", i) for i in range(5)]
    in_order = np.array([images[k] for k in order])
    test = to_test([0] * 7 + [1] * 5)
    np.testing.assert_array_equal(dataset.train.images, in_order[~test])
    np.testing.assert_array_equal(dataset.train.labels, [0] * 6 + [1] * 4)
    np.testing.assert_array_equal(dataset.test.images, in_order[test])
    np.testing.assert_array_equal(dataset.test.labels, [0, 1])
    assert describe(DataSpec(name="folder", root=root)) == (Volume(6, 4, 3), ("cat", "dog"), False)


def test_train_and_test(tmp_path, rng):
    images = {}
    for part in ("train", "test"):
        for name in ("a", "b"):
            images[part, name] = rng.integers(0, 256, (2, 3), dtype=np.uint8)
            save(tmp_path / part / name / "x.PNG", images[part, name])
    dataset = get("folder", tmp_path)
    for split, part in ((dataset.train, "train"), (dataset.test, "test")):
        assert split.images.shape == (2, 2, 3, 1)
        np.testing.assert_array_equal(split.images[1, ..., 0], images[part, "b"])
    assert dataset.classes == ("a", "b")


def test_sizes_differ(whole, rng):
    root, _ = whole
    odd = root / "dog" / "2.png"
    save(odd, rng.integers(0, 256, (6, 4, 3), dtype=np.uint8))
    expected = f"{odd}: expected 6x4x3, the size of {root / 'cat' / '0.png'}, found"
    remedy = "set data.size to scale all, or make them alike"
    assert fault(get, "folder", root) == f"{expected} 4x6x3; {remedy}"
    save(odd, rng.integers(0, 256, (5, 6, 3), dtype=np.uint8))
    assert fault(get, "folder", root) == f"{expected} 6x5; {remedy}"
    assert get("folder", root, size=Volume(3, 2, 3)).train.images.shape == (10, 2, 3, 3)


def test_depth_by_size(whole):
    root, images = whole
    grey = get("folder", root, size=Volume(6, 4, 1)).train.images
    expected = np.asarray(Image.fromarray(images["cat", 0]).convert("L"))
    np.testing.assert_array_equal(grey[0, ..., 0], expected)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA"])
def test_opaque_images_of_all_modes(whole, mode):
    root, images = whole
    original = Image.fromarray(images["cat", 0]).convert(mode)
    original.save(root / "cat" / "0.png")
    converted = get("folder", root, size=Volume(6, 4, 3)).train.images[0]
    np.testing.assert_array_equal(converted, np.asarray(original.convert("RGB")))


def test_fractions_are_not_clipped_in_silence(whole):
    root, _ = whole
    path = root / "cat" / "0.tif"
    save(path, np.full((4, 6), 0.5, np.float32))
    assert fault(get, "folder", root) == (
        f"{path}: expected 8 bits a channel, or 16 of grey, found mode F; convert it to grey or RGB"
    )


def test_photographs_stand_upright(whole):
    root, images = whole
    exif = Image.Exif()
    exif[0x0112] = 3  # turned by half
    save(root / "cat" / "0.png", images["cat", 0][::-1, ::-1], exif=exif)
    np.testing.assert_array_equal(get("folder", root).train.images[0], images["cat", 0])


@pytest.mark.parametrize("keep", [0, 30, 60])
def test_damaged_image(whole, keep):
    root, _ = whole
    path = root / "dog" / "1.png"
    path.write_bytes(path.read_bytes()[:keep])
    text = fault(get, "folder", root)
    assert text.startswith(f"{path}: expected an image, found damage (")
    assert text.endswith("); replace or remove it")


def test_missing_folders(tmp_path):
    nowhere = tmp_path / "nowhere"
    assert fault(get, "folder", nowhere) == f"{nowhere}: expected a folder, found none; {BY_CLASS}"
    (tmp_path / "one").mkdir()
    text = f"expected two folders of classes or more, found 1; {BY_CLASS}"
    assert fault(get, "folder", tmp_path) == f"{tmp_path}: {text}"
    (tmp_path / "two").mkdir()
    endings = ".png, .jpg, .jpeg, .jfif, .jpe, .bmp, .gif, .tif, .tiff, .webp, .ppm, .pgm"
    assert fault(get, "folder", tmp_path) == (
        f"{tmp_path / 'one'}: expected images ({endings}), found none; {BY_CLASS}"
    )


def test_train_without_test(whole):
    root, _ = whole
    (root / "train").mkdir()
    text = fault(get, "folder", root)
    assert text == f"{root / 'train'}: expected two folders of classes or more, found 0; {BY_CLASS}"
    for name in ("cat", "dog"):
        (root / name).rename(root / "train" / name)
    assert get("folder", root).remarks == (no_test(2, 12),)


def test_an_unknown_class_in_test(tmp_path):
    image = np.zeros((2, 2), np.uint8)
    for path in ("train/a", "train/b", "test/a", "test/c"):
        save(tmp_path / path / "x.png", image)
    assert fault(get, "folder", tmp_path) == (
        f"{tmp_path / 'test'}: expected the classes of {tmp_path / 'train'}, found c; "
        "name the folders alike"
    )


def test_too_few_images(tmp_path):
    for name in ("a", "b"):
        save(tmp_path / name / "x.png", np.zeros((2, 2), np.uint8))
    assert fault(get, "folder", tmp_path) == (
        f"{tmp_path}: expected 2 images or more in a class, found a (1 image) and "
        "b (1 image); add some, or a part to test on"
    )


def test_without_pillow(whole, monkeypatch):
    root, _ = whole
    monkeypatch.setitem(sys.modules, "PIL", None)
    assert fault(get, "folder", root) == (
        f"{root / 'cat' / '0.png'}: Pillow is needed to read images; install it: "
        "pip install 'cnncli[images]'"
    )


@pytest.mark.parametrize("ending", ["png", "jpg", "tif", "webp"])
def test_a_photograph_on_its_side_is_like_the_others(whole, ending):
    root, images = whole
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned by a quarter
    save(root / "cat" / f"0.{ending}", np.rot90(images["cat", 0]).copy(), exif=exif)
    dataset = get("folder", root)
    assert dataset.train.images.shape == (10, 4, 6, 3)
    assert len(dataset.test.labels) == (3 if ending != "png" else 2)


def test_too_many_classes(whole, monkeypatch):
    root, _ = whole
    monkeypatch.setattr(folder_files, "MAX_CLASSES", 1)
    assert fault(get, "folder", root) == f"{root}: expected at most 1 classes, found 2; {BY_CLASS}"

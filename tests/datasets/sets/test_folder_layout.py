"""Folders as people have them: names of parts, sub-folders, and what is left aside."""

import os

import numpy as np
import pytest
from PIL import Image

from cnncli.check.check import check
from cnncli.config.data import DataSpec
from cnncli.data.catalogue import describe
from cnncli.problems import ConfigError
from tests.datasets.reading import fault, get, no_test
from tests.messages import error_text

BY_CLASS = "put the images into a folder for each class"


@pytest.fixture
def put(tmp_path, rng):
    """put(FOLDER, NAME, ...): images of 4x4, each another; `count` of them where none is named."""

    def put(folder, *names, count=1, root=tmp_path):
        for name in names or [f"{i}.png" for i in range(count)]:
            path = root / folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            Image.fromarray(rng.integers(0, 256, (4, 4, 3), dtype=np.uint8)).save(path)

    return put


def counts(dataset):
    splits = (dataset.train, dataset.validation, dataset.test)
    return [split and len(split.labels) for split in splits]


@pytest.mark.parametrize("ending", ["jfif", "jpe", "JFIF", "ppm", "pgm"])
def test_more_endings(tmp_path, put, ending):
    put("a", *(f"{i}.{ending}" for i in range(5)))
    put("b", count=5)
    assert counts(get("folder", tmp_path)) == [8, None, 2]


def test_what_is_left_aside_is_counted(tmp_path, put):
    put("a", count=5)
    put("b", count=5)
    put(".", "loose.png")
    for name in ("1.svg", "2.SVG", "notes.txt", "README"):
        (tmp_path / "a" / name).touch()
    for name in ("._0.png", ".hidden.png", "Thumbs.db", ".DS_Store", "desktop.ini"):
        (tmp_path / "b" / name).touch()
    for name in ("__MACOSX", ".git", "b/__MACOSX", "b/.thumbs"):
        put(name, "0.png")
    (tmp_path / "b" / "there").symlink_to(tmp_path / "a")
    dataset = get("folder", tmp_path)
    assert dataset.classes == ("a", "b")
    assert dataset.remarks[0] == (
        f"{tmp_path}: left aside: .svg (2), .png outside of classes (1), .txt (1), linked folders "
        "(1) and no ending (1)"
    )
    assert counts(dataset) == [8, None, 2]
    for i in range(3):
        (tmp_path / "a" / f"x.{i}").touch()
    assert (
        get("folder", tmp_path)
        .remarks[0]
        .endswith(".svg (2), .0 (1), .1 (1), .2 (1), .png outside of classes (1) and others (3)")
    )


@pytest.mark.parametrize("train", ["train", "Training", "TRAINING_SET"])
@pytest.mark.parametrize("validation", ["val", "Valid", "validation"])
@pytest.mark.parametrize("test", ["test", "TESTING", "Test_Set"])
def test_names_of_parts(tmp_path, put, train, validation, test):
    for part, count in ((train, 4), (validation, 3), (test, 2)):
        for name in ("a", "b"):
            put(f"{part}/{name}", count=count)
    dataset = get("folder", tmp_path)
    assert counts(dataset) == [8, 6, 4]
    assert dataset.remarks == ()
    np.testing.assert_array_equal(dataset.validation.labels, [0, 0, 0, 1, 1, 1])
    assert error_text(ConfigError, get, "folder", tmp_path, validation=2) == (
        "configuration: data.validation: folder has 6 images of its own for validation; "
        "leave it out"
    )
    config = tmp_path / "c.yaml"
    config.write_text(
        f"data: {{name: folder, root: {tmp_path}}}\narchitecture: INPUT-FC\n"
        "train: {early_stopping: {metric: validation_loss}}\n"
    )
    assert check(config).valid
    (tmp_path / validation).rename(tmp_path / "away")
    assert "no epoch records 'validation_loss'" in str(check(config).problems[0])
    assert get("folder", tmp_path).remarks == (f"{tmp_path}: left aside: folder away/ (1)",)


def test_two_folders_for_one_part(tmp_path, put):
    for part in ("train", "Training", "test"):
        put(f"{part}/a")
        put(f"{part}/b")
    assert fault(get, "folder", tmp_path) == (
        f"{tmp_path}: expected one folder of train, training or training_set, found Training "
        "and train; put all that they hold into one"
    )
    (tmp_path / "Training").rename(tmp_path / "val")
    (tmp_path / "train").rename(tmp_path / "valid")
    assert fault(get, "folder", tmp_path).startswith(
        f"{tmp_path}: expected one folder of val, valid or validation, found val and valid; "
    )


def test_validation_without_a_test_part(tmp_path, put):
    for name in ("a", "b"):
        put(f"train/{name}", count=10)
        put(f"val/{name}", count=3)
    dataset = get("folder", tmp_path)
    assert counts(dataset) == [16, 6, 4]
    assert dataset.remarks == (no_test(4, 20),)


def test_an_unknown_class_in_validation(tmp_path, put):
    for name in ("train/a", "train/b", "val/a", "val/c"):
        put(name, count=5)
    assert fault(get, "folder", tmp_path) == (
        f"{tmp_path / 'val'}: expected the classes of {tmp_path / 'train'}, found c; "
        "name the folders alike"
    )


def test_a_class_may_be_called_train(tmp_path, put):
    for name in ("bus", "train"):
        put(name, count=5)
    assert get("folder", tmp_path).classes == ("bus", "train")


@pytest.mark.parametrize("around", ["set", "set/inner"])
@pytest.mark.parametrize("inside", [("train/a", "train/b"), ("a", "b")])
def test_a_lone_folder_around_the_set(tmp_path, put, around, inside):
    for name in inside:
        put(f"{around}/{name}", count=5)
    put("__MACOSX/set", "0.png")
    text = fault(get, "folder", tmp_path)
    expected = "expected folders of classes, or train/ and test/, found one folder around them, set"
    assert text == f"{tmp_path}: {expected}; set data.root, or --data, to {tmp_path / around}"
    assert counts(get("folder", tmp_path / around)) == [8, None, 2]


def test_a_whole_set_is_no_class(tmp_path, put):
    for name in ("set/train/a", "set/train/b", "set/test/a", "set/test/b", "more/a", "more/b"):
        put(name, count=5)
    assert fault(get, "folder", tmp_path) == (
        f"{tmp_path / 'set'}: expected images of one class, found folders to train and test on; "
        f"set data.root, or --data, to {tmp_path / 'set'}"
    )
    assert counts(get("folder", tmp_path / "set")) == [10, None, 10]


def test_sub_folders_of_a_class(tmp_path, put):
    put("a", count=3)
    put("a/more", count=2)
    put("a/more/deep", count=1)
    put("b/only", count=6)
    dataset = get("folder", tmp_path)
    assert counts(dataset) == [10, None, 2]
    np.testing.assert_array_equal(dataset.train.labels, [0] * 5 + [1] * 5)


def test_a_linked_class_is_read_without_sub_folders(tmp_path, put):
    put("away/x", count=5)
    put("away/x/more", count=5)
    put("set/b", count=5)
    (tmp_path / "set" / "a").symlink_to(tmp_path / "away" / "x")
    dataset = get("folder", tmp_path / "set")
    assert counts(dataset) == [8, None, 2]
    assert dataset.remarks[0].endswith("left aside: linked folders (1)")


def test_natural_order(tmp_path, put):
    for name in ("10", "9", "2", "a10", "a9", "01", "1", "b"):
        put(name, count=5)
    order = ("01", "1", "2", "9", "10", "a9", "a10", "b")
    assert describe(DataSpec(name="folder", root=tmp_path)).classes == order
    dataset = get("folder", tmp_path)
    assert dataset.classes == order
    np.testing.assert_array_equal(dataset.test.labels, range(8))


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads every folder")
def test_a_folder_that_cannot_be_read(tmp_path, put):
    put("a/more", count=5)
    put("b", count=5)
    (tmp_path / "a" / "more").chmod(0)
    try:
        assert fault(get, "folder", tmp_path) == (
            f"{tmp_path / 'a' / 'more'}: cannot be read: Permission denied; check the path and its "
            "permissions"
        )
    finally:
        (tmp_path / "a" / "more").chmod(0o700)

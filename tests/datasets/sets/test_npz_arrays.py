"""Which arrays of an archive are read, and labels as people have them."""

import numpy as np
import pytest

from cnncli.bounds import MAX_CLASSES
from cnncli.config.data import DataSpec
from cnncli.data.catalogue import describe
from cnncli.problems import ConfigError
from tests.datasets.reading import REMEDY, fault, get, no_test, to_test
from tests.datasets.sets.test_npz_values import with_warnings
from tests.messages import error_text


@pytest.fixture
def save(tmp_path):
    """save(*arrays, **arrays): the path of an archive of these."""

    def write(*unnamed, **named):
        np.savez(tmp_path / "set.npz", *unnamed, **named)
        return tmp_path / "set.npz"

    return write


@pytest.fixture
def whole(rng):
    """Twelve images, of which one of each class is to test on."""
    return rng.integers(0, 256, (12, 4, 6), dtype=np.uint8), np.array([0, 1] * 6)


@pytest.mark.parametrize("names", [("x", "y"), ("X", "Y"), ("images", "labels"),
                                   ("data", "targets"), ("x_train", "labels_TRAIN"),
                                   ("train_images", "train_labels"), ()])  # fmt: skip
def test_arrays_alone(save, whole, names):
    images, labels = whole
    path = save(**dict(zip(names, whole, strict=True))) if names else save(*whole)
    dataset = get("npz", path)
    test = to_test(labels)
    np.testing.assert_array_equal(dataset.test.images[..., 0], images[test])
    np.testing.assert_array_equal(dataset.train.images[..., 0], images[~test])
    np.testing.assert_array_equal(dataset.train.labels, labels[~test])
    assert dataset.remarks[1] == no_test(2, 12)


@pytest.mark.parametrize(
    "names",
    [
        ("x_train", "y_train", "x_test", "y_test", "x_val", "y_val"),
        ("train_images", "train_labels", "test_images", "test_labels", "val_images", "val_labels"),
        ("X_train", "y_train", "X_test", "y_test", "X_valid", "y_valid"),
        ("data", "targets", "data_test", "targets_test", "data_validation", "targets_validation"),
    ],
)
def test_parts(save, arrays, names):
    values = (*arrays.values(), arrays["x_test"][:1], arrays["y_test"][:1])
    path = save(**dict(zip(names, values, strict=True)))
    assert describe(DataSpec(name="npz", root=path)).has_validation
    dataset = get("npz", path)
    for split, part in ((dataset.train, "train"), (dataset.test, "test")):
        np.testing.assert_array_equal(split.images, arrays[f"x_{part}"])
    np.testing.assert_array_equal(dataset.validation.images, arrays["x_test"][:1])
    text = error_text(ConfigError, get, "npz", path, validation=2)
    assert text == (
        "configuration: data.validation: npz has 1 image of its own for validation; leave it out"
    )


def test_the_digest_tells_validation_images(save, arrays):
    """Without any, it is that of versions that knew only of two parts."""
    without = get("npz", save(**arrays)).digest
    more = {"x_val": arrays["x_test"], "y_val": arrays["y_test"]}
    own = get("npz", save(**arrays, **more)).digest
    more["x_val"] = 255 - more["x_val"]
    assert len({without, own, get("npz", save(**arrays, **more)).digest}) == 3


@pytest.mark.parametrize(
    ("names", "text"),
    [
        (
            ("x", "X", "y"),
            "expected one array of images of the part 'train', found x and X; "
            "leave out all but one",
        ),
        (
            ("images", "x_train", "y_train"),
            "expected one array of images of the part 'train', found images and x_train; "
            "leave out all but one",
        ),
        (
            ("x", "labels_test", "test_targets"),
            "expected one array of labels of the part 'test', found labels_test and test_targets; "
            "leave out all but one",
        ),
        (
            ("pictures", "species"),
            f"expected x_train, an array of images, found pictures and species; {REMEDY}",
        ),
        (("x", "z"), f"expected y_train, an array of labels, found x and z; {REMEDY}"),
        (
            ("x", "y", "x_val"),
            f"expected y_val, an array of labels, found x, y and x_val; {REMEDY}",
        ),
        (
            ("x_test", "y_test"),
            f"expected x_train, an array of images, found x_test and y_test; {REMEDY}",
        ),
        (
            ("arr_0", "arr_1", "arr_2"),
            f"expected names for more than two arrays, found arr_0, arr_1 and arr_2; {REMEDY}",
        ),
        ((), f"expected x_train, an array of images, found no arrays; {REMEDY}"),
    ],
)
def test_names_that_do_not_say_which(save, names, text):
    path = save(**dict.fromkeys(names, np.zeros(3)))
    assert fault(get, "npz", path) == f"{path}: {text}"


def test_what_is_left_aside_is_told(save, arrays):
    """Of an archive with the four names of ever, other names change nothing."""
    plain = get("npz", save(**arrays))
    found = get("npz", save(labels=["cat", "dog"], x=np.zeros(3), **arrays))
    assert found.digest == plain.digest
    assert found.remarks == (*plain.remarks[:2], "left aside: labels and x", *plain.remarks[2:])


@pytest.mark.parametrize("kind", [np.uint8, np.int64, np.float32, np.float64, bool])
@pytest.mark.parametrize("order", "CF")
def test_one_hot(save, arrays, kind, order):
    rows = {
        part: np.asarray(np.eye(6)[arrays[f"y_{part}"]], kind, order=order)
        for part in ("train", "test")
    }
    path = save(**arrays | {f"y_{part}": row for part, row in rows.items()})
    dataset = get("npz", path)
    np.testing.assert_array_equal(dataset.train.labels, arrays["y_train"])
    np.testing.assert_array_equal(dataset.test.labels, arrays["y_test"])
    assert len(dataset.classes) == 6


@pytest.mark.parametrize("row", [(0, 0), (1, 1), (2, 0), (0.5, 0.5), (np.nan, 1), (1, -1)])
def test_rows_that_are_no_labels(save, whole, row):
    rows = np.eye(2)[whole[1]]
    rows[7] = row
    path = save(x=whole[0], y=rows)
    text = fault(get, "npz", path)
    assert text == (
        f"{path}: y: expected rows with a single 1, and 0 else, found another at record 7; "
        "give one label for each image, such as rows.argmax(axis=1)"
    )
    get("npz", save(x=whole[0], y=rows.argmax(axis=1)))


def test_labels_in_a_column(save, whole, arrays):
    columns = {f"y_{part}": arrays[f"y_{part}"][:, None] for part in ("train", "test")}
    dataset = get("npz", save(**arrays | columns))
    assert dataset.digest == get("npz", save(**arrays)).digest


@pytest.mark.parametrize("kind", ["U", "S", ">U20"])
@pytest.mark.parametrize("is_column", [False, True])
def test_names(save, arrays, kind, is_column):
    """In natural order."""
    names = np.array(["dog 10", "äpfel", "dog 2", "cat"])
    spelled = names if kind != "S" else np.char.encode(names, "utf-8")
    texts = {f"y_{part}": spelled[arrays[f"y_{part}"]].astype(kind) for part in ("train", "test")}
    if is_column:
        texts = {name: text[:, None] for name, text in texts.items()}
    path = save(**arrays | texts)
    dataset = get("npz", path)
    assert dataset.classes == ("cat", "dog 2", "dog 10", "äpfel")
    for split, part in ((dataset.train, "train"), (dataset.test, "test")):
        own = [dataset.classes[label] for label in split.labels]
        assert own == names[arrays[f"y_{part}"]].tolist()
    text = error_text(ConfigError, get, "npz", path, classes=("a", "b", "c", "d"))
    assert text == (
        "configuration: data.classes: those of npz have their names already; leave it out"
    )


@pytest.mark.parametrize(
    ("train", "test", "text"),
    [
        (["a", "b"], ["b", "c"], "y_test: expected names of y_train, found c; y_train decides"),
        (["a", "b"], [0, 1], "y_test: expected names of classes, found numbers; write them as in"),
        ([0, 1], ["0", "2"], "y_test: expected names of y_train, found 2; y_train decides"),
        (["a", " "], ["a", "a"], "y_train: expected a name for each image, found an empty one;"),
        (
            ["a", "b"],
            [b"a", b"\xff"],
            "y_test: expected names in UTF-8, found others; write them as text",
        ),
        (
            ["a", "\ud800"],
            ["a", "a"],
            "y_train: expected names in UTF-8, found others; write them as text",
        ),
    ],
)
def test_names_that_do_not_fit(save, whole, train, test, text):
    path = save(x_train=whole[0][:2], y_train=train, x_test=whole[0][:2], y_test=test)
    assert fault(get, "npz", path).startswith(f"{path}: {text}")


def test_labels_that_begin_at_1(save, arrays):
    images, labels = arrays["x_train"], np.array([1, 2, 3, 1, 2])
    path = save(x_train=images, y_train=labels, x_test=images, y_test=labels)
    _, told = with_warnings(path)
    assert told == [
        f"warning: {path}: y_train: the labels begin at 1, and classes at 0; "
        "write labels - 1 in y_train and y_test"
    ]
    dataset = get("npz", save(x_train=images, y_train=labels - 1, x_test=images, y_test=labels - 1))
    assert len(dataset.classes) == 3


def test_labels_with_gaps(save, arrays):
    images, y_train = arrays["x_train"], np.array([0, 3, 500, 3, 0])
    path = save(x_train=images, y_train=y_train, x_test=images[:2], y_test=y_train[:2])
    _, (text,) = with_warnings(path)
    assert text == (
        f"warning: {path}: y_train: no image has the label 1, 2, 4, 5, 6, 7, 8, 9, 10, 11 or 488 "
        "more; write numpy.searchsorted(numpy.unique(y_train), labels) in y_train and y_test"
    )
    advice = text.split("; write ")[1].split(" in ")[0]
    train, test = (
        eval(advice, {"numpy": np, "y_train": y_train, "labels": labels})
        for labels in (y_train, y_train[:2])
    )
    dataset = get("npz", save(x_train=images, y_train=train, x_test=images[:2], y_test=test))
    assert dataset.train.labels.tolist() == [0, 1, 2, 1, 0]


@pytest.mark.parametrize("labels", [np.arange(12) + MAX_CLASSES - 11,
                                    np.eye(MAX_CLASSES + 1, dtype=bool)[:12]])  # fmt: skip
def test_too_many_classes(save, whole, labels):
    """As many as there may be can be counted by pairs."""
    path = save(x=whole[0], y=labels)
    assert fault(get, "npz", path).startswith(f"{path}: y: expected ")
    dataset, _ = with_warnings(save(x=whole[0], y=np.array([0, 1] * 5 + [0, MAX_CLASSES - 1])))
    assert len(dataset.classes) == MAX_CLASSES
    assert MAX_CLASSES**2 * 8 < 2**30


def test_no_class_of_two(save, whole):
    path = save(x=whole[0][:2], y=whole[1][:2])
    assert fault(get, "npz", path) == (
        f"{path}: expected 2 images or more in a class, found 0 (1 image) and 1 (1 image); "
        "add some, or a part to test on"
    )
    assert len(get("npz", save(x=whole[0][:3], y=whole[1][:3])).test.labels) == 1
    parts = {"x_train": whole[0][:2], "y_train": whole[1][:2]}
    assert get("npz", save(**parts, x_test=whole[0][2:], y_test=whole[1][2:])).test_draw is None

"""Tables of files and of pixels, as people have them, and hostile ones."""

import os

import numpy as np
import pytest
from PIL import Image

from cnncli.config.data import DataSpec
from cnncli.data.catalogue import describe
from cnncli.datasets.formats import csv_images, csv_table
from cnncli.geometry import Volume
from cnncli.problems import ConfigError
from tests.datasets.reading import fault, get, no_test, to_test
from tests.messages import error_text

BELOW = "give paths below the table's folder, with / between folders"
REMEDY = "write it as CSV in UTF-8, with a line of columns first"


@pytest.fixture
def images(tmp_path, rng):
    """Twelve images, 6 wide and 4 high, in a folder beside the table."""
    (tmp_path / "all").mkdir()
    found = rng.integers(0, 256, (12, 4, 6, 3), dtype=np.uint8)
    for number, image in enumerate(found):
        Image.fromarray(image).save(tmp_path / "all" / f"{number}.png")
    return found


@pytest.fixture
def table(tmp_path):
    """table(*lines, encoding): the path of a table of these lines."""

    def write(*lines, encoding="utf-8", end="\n"):
        path = tmp_path / "labels.csv"
        path.write_bytes(end.join([*lines, ""]).encode(encoding))
        return path

    return write


def test_a_split_column(table, images):
    parts = ["train"] * 8 + ["Val", "TEST", "test", "validation"]
    names = ["cat 10", "cat 2"] * 6
    rows = [f"all/{i}.png,{names[i]},{parts[i]}" for i in range(12)]
    path = table("file,label,split", *rows)
    dataset = get("csv", path)
    assert dataset.classes == ("cat 2", "cat 10")
    for split, places in (
        (dataset.train, [1, 3, 5, 7, 0, 2, 4, 6]),
        (dataset.test, [9, 10]),
        (dataset.validation, [11, 8]),
    ):
        np.testing.assert_array_equal(split.images, images[places])
        assert split.labels.tolist() == [int(place % 2 == 0) for place in places]
    description = describe(DataSpec(name="csv", root=path))
    assert description == (Volume(6, 4, 3), ("cat 2", "cat 10"), True)
    assert get("csv", path, size=Volume(3, 2, 1)).train.images.shape == (8, 2, 3, 1)


def test_files_are_read_as_a_folders_are(tmp_path, table, images):
    """Damaged ones left out before the draw, a background, and what is told of them by name."""
    rows = [f"all/{i}.png,{'ab'[i % 2]}" for i in range(12)]
    path = table("file,label", *rows)
    (tmp_path / "all" / "0.png").write_bytes(b"no image")
    (tmp_path / "all" / "8.png").write_bytes((tmp_path / "all" / "1.png").read_bytes())
    Image.new("RGBA", (6, 4), (9, 9, 9, 0)).save(tmp_path / "all" / "2.png")
    options = {"damaged": "skip", "background": "blue"}
    assert describe(DataSpec(name="csv", root=path, **options)).size == Volume(6, 4, 3)
    assert fault(get, "csv", path).startswith(f"{tmp_path / 'all' / '0.png'}: expected an image, ")
    dataset = get("csv", path, **options)
    assert len(dataset.damaged) == 1
    assert dataset.remarks[0].startswith(f"warning: {path}: 1 damaged file left out, the first: ")
    assert dataset.remarks[1] == no_test(2, 11)
    first = f"{tmp_path / 'all' / '8.png'} (a) is {tmp_path / 'all' / '1.png'} (b) too"
    assert dataset.remarks[2] == f"warning: 1 image is in two classes or more: {first}"
    images[[2, 8]] = np.full((4, 6, 3), (0, 0, 255)), images[1]
    in_order = images[[2, 4, 6, 8, 10, 1, 3, 5, 7, 9, 11]]
    test = to_test([0] * 5 + [1] * 6)
    np.testing.assert_array_equal(dataset.train.images, in_order[~test])
    np.testing.assert_array_equal(dataset.test.images, in_order[test])


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_without_a_split_column(table, images, delimiter, encoding, end):
    """A fifth is drawn to test on; columns that say nothing of classes are left aside."""
    rows = [delimiter.join(["7", f'"all/{i}.png"', "äb"[i % 2]]) for i in range(12)]
    header = delimiter.join(["Age", "File Name", "Class"])
    dataset = get("csv", table(header, *rows, "", encoding=encoding, end=end))
    assert dataset.classes == ("b", "ä")
    in_order = images[[*range(1, 12, 2), *range(0, 12, 2)]]
    test = to_test([0] * 6 + [1] * 6)
    np.testing.assert_array_equal(dataset.train.images, in_order[~test])
    np.testing.assert_array_equal(dataset.test.images, in_order[test])
    assert dataset.validation is None


def test_columns_that_are_given(table, images):
    rows = [f"all/{i}.png,x,{i % 2}" for i in range(12)]
    path = table("who,label,what", *rows)
    assert fault(get, "csv", path) == (
        f"{path}: expected a column 'file', found who, label and what; set data.file_column to one"
    )
    dataset = get("csv", path, file_column="who", label_column="what")
    assert dataset.classes == ("0", "1")
    assert get("csv", path, file_column="who", label_column="what", classes=("a", "b")).classes == (
        "a",
        "b",
    )
    assert fault(get, "csv", path, file_column="whom") == (
        f"{path}: expected a column 'whom', found who, label and what; set data.file_column to one"
    )


@pytest.mark.parametrize("first", [0, 1])
@pytest.mark.parametrize("word", ["pixel", "px_"])
def test_pixels_of_a_grey_square(table, rng, first, word):
    pixels = rng.integers(0, 256, (12, 49))
    names = ",".join(f"{word}{first + i}" for i in range(49))
    rows = [f"{i % 2}," + ",".join(map(str, row)) for i, row in enumerate(pixels)]
    path = table(f"label,{names}", *rows)
    dataset = get("csv", path)
    test = to_test([0, 1] * 6)
    np.testing.assert_array_equal(dataset.train.images.reshape(-1, 49), pixels[~test])
    np.testing.assert_array_equal(dataset.test.images.reshape(-1, 49), pixels[test])
    assert describe(DataSpec(name="csv", root=path)) == (Volume(7, 7, 1), ("0", "1"), False)
    assert get("csv", path, layout="nchw").digest == dataset.digest


def test_pixels_of_three_colours(table, rng):
    """In which order they stand cannot be seen."""
    images = rng.integers(0, 256, (2, 4, 4, 3))
    names = ",".join(f"pixel{i}" for i in range(48))

    def write(pixels):
        ends = (["a", "train"], ["a", "test"])
        rows = [[*image.reshape(-1), *end] for image, end in zip(pixels, ends, strict=True)]
        return table(f"{names},label,split", *(",".join(map(str, row)) for row in rows))

    path = write(images)
    assert fault(get, "csv", path) == (
        f"{path}: expected pixels of a grey square, found 48 columns, which are 4x4x3 in either "
        "order; set data.layout: nhwc if the three colours of a pixel stand together, or nchw if "
        "not"
    )
    dataset = get("csv", path, layout="nhwc")
    np.testing.assert_array_equal(dataset.train.images, images[:1])
    assert describe(DataSpec(name="csv", root=path, layout="nchw")).size == Volume(4, 4, 3)
    dataset = get("csv", write(images.transpose(0, 3, 1, 2)), layout="nchw")
    np.testing.assert_array_equal(dataset.test.images, images[1:])


@pytest.mark.parametrize(
    ("lines", "text"),
    [
        ((), ": expected a line of columns, found nothing; " + REMEDY),
        (("file,label,file",), ": expected columns of different names, found two 'file'; rename "
                               "one"),
        (("file,path,label",), ": expected one column like 'file', found file and path; set "
                               "data.file_column to one of them"),
        (("file,label,split,subset",), ": expected one column like 'split', found split and "
                                       "subset; leave out all but one"),
        (("file,kind",), ": expected a column 'label', found file and kind; set data.label_column "
                         "to one"),
        (("file,label",), ": expected rows to train on, found none; add some"),
        (("file,label", "all/0.png"), ":2: expected 2 values, as there are columns, found 1; mend "
                                      "the line"),
        (("file,label", "all/0.png, "), ":2: expected a class of 1 to 1,000 characters, found 0; "
                                        "give each image its class"),
        (("file,label,split", "all/0.png,a,dev"), ":2: expected train, val or test, found 'dev'; "
                                                  "write it in the column 'split'"),
        (("file,label,split", "all/0.png,a,train", "all/1.png,b,test"),
         ": expected in test the classes of train, found b; train on some of them"),
        (("file,label", '"all/0.png,a'), ":2: expected a row, found damage (unexpected end of "
                                         "data); " + REMEDY),
        (("label,pixel0,pixel1", "a,1,2"), ": expected pixels of a square, grey or of three "
         "colours, found 2 columns; write the images to an npz file, which has their shape"),
        (("label,pixel0", "a,256"), ":2: expected whole numbers from 0 to 255, found '256'; write "
                                    "pixels as such numbers"),
        (("label,pixel0", "a,0.5"), ":2: expected whole numbers from 0 to 255, found '0.5'; write "
                                    "pixels as such numbers"),
        (("label,pixel0", "a," + "9" * 5_000), ":2: expected whole numbers from 0 to 255, found '"
         + "9" * 199 + " ...; write pixels as such numbers"),
        (("file,label", "all/0.png,a", "all/1.png,b"),
         ": expected 2 images or more in a class, found a (1 image) and b (1 image); add some, or "
         "a part to test on"),
    ],
)  # fmt: skip
def test_tables_that_do_not_fit(table, images, lines, text):
    path = table(*lines)
    assert fault(get, "csv", path) == f"{path}{text}"


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("/etc/passwd", "a path below the table's folder, found /etc/passwd; " + BELOW),
        ("all/../../x.png", "a path below the table's folder, found all/../../x.png; " + BELOW),
        ("", "a path, found nothing; " + BELOW),
        ("none.png", "a file, found none: none.png; " + BELOW),
        ("all/0.png/1.png", "a file, found none: all/0.png/1.png; " + BELOW),
        ("folder.png", "a file, found a folder: folder.png; take the row out"),
        ("pipe.png", "a file, found a pipe or a device: pipe.png; take the row out"),
        ("out.png", "a file below the table's folder, found a link: out.png; " + BELOW),
        ("out/x.png", "a file below the table's folder, found a link: out/x.png; " + BELOW),
        ("all/0.txt", "a file of .png, .jpg, .jpeg, .jfif, .jpe, .bmp, .gif, .tif, .tiff, .webp, "
                      ".ppm or .pgm, found all/0.txt; give the names with their endings"),
        ("a" * 5_000, f"a path, found '{'a' * 20}'; {BELOW}"),
        ("a\0b.png", "a path, found 'a\\x00b.png'; " + BELOW),
    ],
)  # fmt: skip
def test_files_that_are_none_of_the_tables(tmp_path, table, images, name, text):
    (tmp_path / "folder.png").mkdir()
    os.mkfifo(tmp_path / "pipe.png")
    outside = tmp_path.parent / f"{tmp_path.name}-outside"
    outside.mkdir()
    (outside / "x.png").write_bytes((tmp_path / "all" / "0.png").read_bytes())
    (tmp_path / "out.png").symlink_to(outside / "x.png")
    (tmp_path / "out").symlink_to(outside)
    path = table("file,label", "all/0.png,a", f"{name},a")
    assert fault(get, "csv", path) == f"{path}:3: expected {text}"


def test_links_inside(tmp_path, table, images):
    """Also where the table's own folder is a link."""
    (tmp_path / "all" / "link.png").symlink_to("0.png")
    path = table("file,label", *["all/link.png,a"] * 5)
    link = tmp_path.parent / f"{tmp_path.name}-link"
    link.symlink_to(tmp_path)
    dataset = get("csv", link / path.name)
    np.testing.assert_array_equal(dataset.test.images, images[:1])


def test_a_loop_of_links(tmp_path, table):
    (tmp_path / "loop.png").symlink_to("loop.png")
    text = fault(get, "csv", table("file,label", "loop.png,a"))
    assert text == (
        f"{tmp_path}/loop.png: cannot be read: Too many levels of symbolic links; "
        "check the path and its permissions"
    )


def test_no_table(tmp_path, table):
    path = tmp_path / "labels.csv"
    remedy = "set data.root to the file"
    assert fault(get, "csv", path) == f"{path}: expected a CSV file, found none; {remedy}"
    assert fault(get, "csv", tmp_path) == (
        f"{tmp_path}: expected a CSV file, found a folder; {remedy}"
    )
    os.mkfifo(path)
    assert fault(get, "csv", path) == (
        f"{path}: expected a CSV file, found a pipe or a device; {remedy}"
    )
    path.unlink()
    path = table("file,label", "äöü,a", encoding="latin1")
    assert fault(get, "csv", path) == f"{path}: expected text in UTF-8, found other bytes; {REMEDY}"


def test_bounds(table, images, monkeypatch):
    path = table("file,label", *["all/0.png,a"] * 5)
    monkeypatch.setattr(csv_table, "MAX_TABLE_BYTES", 70)
    assert fault(get, "csv", path) == (
        f"{path}: expected at most 70 bytes, found 71; write the images to an npz file"
    )
    monkeypatch.undo()
    monkeypatch.setattr(csv_images, "MAX_TABLE_ROWS", 4)
    assert fault(get, "csv", path) == (
        f"{path}: expected at most 4 rows, found more; write the images to an npz file"
    )
    monkeypatch.undo()
    monkeypatch.setattr(csv_images, "MAX_CLASSES", 1)
    path = table("file,label", "all/0.png,a", "all/0.png,b")
    assert fault(get, "csv", path) == (
        f"{path}: expected at most 1 classes, found more; give fewer"
    )


@pytest.mark.parametrize("row", ["x" * 2**20, '"\n",' * 300_000, "," * 2**20, '"' + "x\n" * 2**17])
def test_rows_without_an_end(table, row):
    path = table("file,label", row)
    text = fault(get, "csv", path)
    assert text.startswith(f"{path}")
    assert text.endswith(f"; {REMEDY}")


@pytest.mark.parametrize(
    ("key", "value", "text"),
    [
        ("size", Volume(2, 2, 1), "holds pixels and no files; leave it out"),
        ("memory", 5, "holds pixels and no files; leave it out"),
        ("background", "black", "holds pixels and no files; leave it out"),
    ],
)
def test_keys_of_the_other_form(table, key, value, text):
    path = table("label,pixel0", "a,1")
    error = error_text(ConfigError, get, "csv", path, **{key: value})
    assert error == f"configuration: data.{key}: {path} {text}"


def test_keys_that_only_tables_have(table, images):
    path = table("file,label", "all/0.png,a")
    error = error_text(ConfigError, get, "csv", path, layout="nchw")
    assert error == f"configuration: data.layout: {path} holds no pixels; leave it out"
    error = error_text(ConfigError, get, "npz", path, label_column="x")
    assert error == "configuration: data.label_column: only csv takes it, not npz; leave it out"

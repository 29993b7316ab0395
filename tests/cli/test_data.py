import gzip
import json
import sys
from io import BytesIO

import numpy as np
import pytest

from cnncli.cli.main import cli
from cnncli.datasets.base import NamedSet
from cnncli.datasets.sets import data_sets
from tests.cli.commands import DATA, call, refusal, succeed
from tests.datasets.data_files import write_idx
from tests.datasets.reading import no_test

KNOWN = "`cnn data fetch mnist`"


def lines(*arguments):
    result = succeed("data", *arguments)
    return result.stdout.splitlines()


def refused(*arguments, status):
    stderr = refusal("data", *arguments, status=status)
    return stderr.strip()


def test_list(small_mnist):
    shown = lines("list", "--root", small_mnist)
    assert shown[0].split() == [
        "set", "to", "train", "to", "test", "W", "x", "H", "x", "D", "classes", "download", "where",
    ]  # fmt: skip
    assert [line.split()[0] for line in shown[2:]] == [
        name for name, each in data_sets().items() if isinstance(each, NamedSet)
    ]
    rows = {line.split()[0]: line.split() for line in shown[2:]}
    assert rows["cifar10"][1:] == [
        "50,000", "10,000", "32x32x3", "10", "162.17", "MiB", "not", "there",
    ]  # fmt: skip
    assert rows["mnist"][1:3] == ["20", "10"]
    assert rows["mnist"][-1] == str(small_mnist / "mnist")
    assert rows["patterns"][-4:] == ["drawn", "by", "the", "program"]
    (digits,) = (line for line in lines("list", "--root", DATA) if line.startswith("digits "))
    assert digits.endswith(str(DATA / "digits"))


def test_list_for_programs(small_mnist):
    result = call("data", "list", "--root", small_mnist, "--json")
    sets = {known["name"]: known for known in json.loads(result.stdout)}
    assert sets["svhn"] == {
        "name": "svhn", "size": [32, 32, 3], "classes": 10, "train": 73257, "test": 26032,
        "download": 182_040_794 + 64_275_384, "place": None,
    }  # fmt: skip
    assert sets["digits"]["download"] is None


def test_info_of_what_is_there(small_mnist):
    shown = lines("info", "mnist", "--root", small_mnist)
    assert shown[0] == f"mnist: {small_mnist / 'mnist'}"
    assert "looked for: its four files in mnist/ or MNIST/raw/ or here" in shown
    assert "28x28x1, 10 classes: train 20 images, test 10 images; 22.97 KiB in memory" in shown
    assert shown[-10].split() == ["0", "2", "1"]


def test_info_of_what_is_not_there(tmp_path):
    shown = lines("info", "svhn", "--root", tmp_path)
    assert shown[:2] == ["svhn: not there", "from https://ufldl.stanford.edu/housenumbers/"]
    published = data_sets()["svhn"].files[1]
    assert f"  {published.base}{published.file}" in shown
    assert f"    64,275,384 bytes, SHA-256 {published.sha256}" in shown
    assert shown[-1] == (
        "32x32x3, 10 classes: train 73,257 images, test 26,032 images; "
        "`cnn data fetch svhn` gets it"
    )


def test_info_for_programs(small_mnist, tmp_path):
    result = call("data", "info", "mnist", "--root", small_mnist, "--json")
    values = json.loads(result.stdout)
    assert values["place"] == str(small_mnist / "mnist")
    assert values["contents"]["images"] == {"train": [2] * 10, "test": [1] * 10}
    published = data_sets()["mnist"].files[0]
    assert values["files"][0]["url"] == f"{published.base}train-images-idx3-ubyte.gz"
    absent = json.loads(call("data", "info", "svhn", "--root", tmp_path, "--json").stdout)
    assert (absent["place"], absent["contents"]) == (None, None)
    assert len(absent["files"]) == 2


def test_the_set_of_a_configuration(tmp_path):
    config = tmp_path / "mine.yaml"
    config.write_text(
        f"data: {{name: digits, root: {DATA}, validation: 100}}\narchitecture: INPUT-FC\n"
    )
    shown = lines("info", config)
    assert shown[1].startswith(
        "8x8x1, 10 classes: train 1,338 images, validation 100 images, test 359 images; "
    )
    assert lines("verify", config) == [
        f"digits: 1,438 images to train, 359 to test, all readable: {DATA / 'digits'}"
    ]
    config.write_text("architecture: FC\n")
    assert "names no data set; add data: cifar10 or another" in refused("info", config, status=2)


def test_contact_sheet(small_mnist, tmp_path):
    image = pytest.importorskip("PIL.Image")
    sheet = tmp_path / "sheet.png"
    result = call("data", "info", "mnist", "--root", small_mnist, "--sheet", sheet)
    assert result.stderr == f"written to {sheet}\n"
    drawn = np.asarray(image.open(BytesIO(sheet.read_bytes())))
    # ten rows of 64 pixels and gaps of 4; two images after each name
    assert drawn.shape[0] == 4 + 10 * 68
    with gzip.open(small_mnist / "mnist" / "train-images-idx3-ubyte.gz") as stream:
        images = np.frombuffer(stream.read()[16:], np.uint8).reshape(-1, 28, 28)
    margin = drawn.shape[1] - 2 * 68
    for place, index in ((0, 3), (1, 13)):  # both are threes
        left, top = margin + place * 68, 4 + 3 * 68
        places = ((np.arange(64) + 0.5) * 28 / 64).astype(int)
        nearest = images[index][np.ix_(places, places)]
        np.testing.assert_array_equal(drawn[top : top + 64, left : left + 64, 0], nearest)


def test_contact_sheet_of_what_is_not_there(tmp_path):
    sheet = tmp_path / "sheet.png"
    text = refused("info", "svhn", "--root", tmp_path, "--sheet", sheet, status=3)
    assert text.startswith(f"{tmp_path}: svhn is not there")
    assert not sheet.exists()


def test_contact_sheet_without_pillow(small_mnist, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "PIL", None)
    result = call("data", "info", "mnist", "--root", small_mnist, "--sheet", tmp_path / "sheet.png")
    assert result.exit_code == 3
    assert result.stderr == (
        "Pillow is needed to draw a contact sheet; install it: pip install 'cnncli[images]'\n"
    )


def test_verify(small_mnist):
    shown = lines("verify", "mnist", "--root", small_mnist)
    names = [each.file for each in data_sets()["mnist"].files]
    assert shown[:4] == [
        f"{small_mnist / 'mnist' / name}: size and SHA-256 as published" for name in names
    ]
    assert shown[4:] == [
        f"mnist: 20 images to train, 10 to test, all readable: {small_mnist / 'mnist'}"
    ]


def test_verify_what_was_changed(small_mnist):
    path = small_mnist / "mnist" / "t10k-labels-idx1-ubyte.gz"
    published = data_sets()["mnist"].files[3]
    write_idx(path, np.zeros(10, np.uint8))
    stderr = refusal("data", "verify", "mnist", "--root", small_mnist, status=3)
    assert stderr.startswith(
        f"{path}: expected {published.size:,} bytes with SHA-256 {published.sha256}, found "
    )
    assert stderr.endswith(f"; remove it, and run {KNOWN}\n")


def test_verify_what_is_too_small(small_mnist, publish):
    publish("mnist", counts=(60_000, 10_000))
    result = call("data", "verify", "mnist", "--root", small_mnist)
    assert result.stderr == (
        f"{small_mnist / 'mnist'}: expected 60,000 images to train and 10,000 to test, "
        "found 20 and 10; get the set again\n"
    )


def test_fetch(small_mnist, tmp_path):
    assert lines("fetch", "mnist", "--root", small_mnist) == [
        f"mnist: is there already: {small_mnist / 'mnist'}"
    ]
    mirror = ("--root", tmp_path / "new", "--mirror", "ftp://x")
    assert refused("fetch", "mnist", *mirror, status=2).endswith("file:///FOLDER, found 'ftp://x'")
    assert refused("fetch", "digits", status=2) == (
        "digits is not fetched; cifar10, cifar100, fashion_mnist, mnist and svhn are"
    )


def test_fetch_from_a_folder(small_mnist, tmp_path):
    mirror = ("--root", tmp_path / "new", "--no-progress", "--mirror", small_mnist.as_uri())
    result = call("data", "fetch", "mnist", *mirror)
    files = [each.file for each in data_sets()["mnist"].files]
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout.splitlines() == [
        f"mnist: {tmp_path / 'new' / 'mnist' / file}" for file in files
    ]
    assert lines("verify", "mnist", "--root", tmp_path / "new")


def test_unknown_sets():
    assert refused("info", "mnits", status=2) == (
        "no set and no file is called 'mnits'; did you mean mnist?"
    )
    assert refused("verify", "zzz", status=2).startswith(
        "no set and no file is called 'zzz'; the sets are cifar10, "
    )
    assert "no-such.yaml" in refused("verify", "no-such.yaml", status=2)


@pytest.mark.parametrize("option", ["debug", "color"])
def test_what_is_understood_everywhere(option):
    group = cli.get_command(None, "data")
    for command in (cli, group, *group.commands.values()):
        assert [p.name for p in command.params].count(option) == 1


def test_how_files_were_read_is_told(tmp_path):
    images = np.linspace(0, 1, 10 * 16).reshape(10, 4, 4)
    np.savez(tmp_path / "x.npz", data=images, targets=np.array(["cat", "dog"] * 5), ids=np.zeros(3))
    lines = succeed("data", "info", "npz", "--root", tmp_path / "x.npz").stdout.splitlines()
    told = [
        "data: float64 of 0 to 1, times 255 and rounded; labels from targets",
        "left aside: ids",
        no_test(2, 10),
    ]
    assert lines[4:7] == told
    result = succeed("data", "info", "npz", "--root", tmp_path / "x.npz", "--json")
    assert json.loads(result.stdout)["contents"]["remarks"][:3] == told

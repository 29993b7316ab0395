"""`cnn data verify` and `info` of a folder with faults, and what training says of them."""

import json

import numpy as np
import pytest
from PIL import Image

from cnncli.bounds import MAX_LISTED
from tests.cli.commands import call, refusal, succeed, write_config
from tests.datasets.reading import no_test, to_test
from tests.datasets.sets.test_folder import save


@pytest.fixture
def folder(tmp_path, rng):
    for name in ("cat", "dog"):
        for i in range(40):
            save(tmp_path / "set" / name / f"{i:02}.png", rng.integers(0, 256, (6, 6, 3), np.uint8))
    return tmp_path / "set"


def config_of(folder, more="", train=""):
    path = folder.parent / "c.yaml"
    path.write_text(
        f"data: {{name: folder, root: {folder}{more}}}\narchitecture: INPUT-CONV(K=4)-RELU-FC\n"
        f"train: {{epochs: 1, batch_size: 16, threads: 1{train}}}\n"
    )
    return path


def damage(folder, count):
    for i in range(count):
        (folder / "cat" / f"{i:02}.png").write_bytes(b"no image")


@pytest.mark.parametrize("damaged", [1, MAX_LISTED, MAX_LISTED + 3])
def test_verify_lists_damaged_files(folder, damaged):
    damage(folder, damaged)
    first, *lines = refusal("data", "verify", config_of(folder), status=3).splitlines()
    files = "1 file" if damaged == 1 else f"{damaged} files"
    assert first == (
        f"{folder}: {files} cannot be read; replace or remove them, or leave them out with "
        "data.damaged: skip"
    )
    for i, line in enumerate(lines[:MAX_LISTED]):
        assert line.startswith(f"{folder / 'cat' / f'{i:02}.png'}: expected an image, found damage")
    assert lines[MAX_LISTED:] == ([f"and {damaged - MAX_LISTED} more"] if damaged > 20 else [])


def test_files_that_are_left_out(folder):
    damage(folder, 3)
    (folder / "dog" / "07.png").write_bytes(b"")
    stderr = refusal("train", config_of(folder), "--out", folder.parent / "run", status=3)
    assert stderr.startswith(f"{folder / 'cat' / '00.png'}: expected an image, found damage")
    out = folder.parent / "run"
    result = succeed("train", config_of(folder, ", damaged: skip"), "--out", out, "--no-progress")
    assert (
        f"warning: {folder}: 4 damaged files left out, the first: {folder / 'cat' / '00.png'}: "
        in result.stderr
    )
    assert json.loads((out / "run.json").read_text())["data"]["damaged"] == 4
    assert json.loads((out / "metrics.jsonl").read_text().splitlines()[-1])["test_images"] == 15
    assert succeed("eval", out).stdout.startswith("folder, test split, 15 images: ")
    info = json.loads(
        succeed("data", "info", config_of(folder, ", damaged: skip"), "--json").stdout
    )["contents"]
    assert info["damaged"] == 4
    assert info["images"] == {"train": [30, 31], "test": [7, 8]}


def test_a_class_without_a_file_that_can_be_read(folder):
    damage(folder, 40)
    text = refusal("data", "info", config_of(folder, ", damaged: skip"), status=3)
    assert text.startswith(f"{folder}: 40 files cannot be read; replace or remove them, or ")
    assert text.endswith("; replace or remove it\nand 20 more\n")


def test_without_pillow_nothing_is_left_out(folder, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "PIL", None)
    text = refusal("data", "info", config_of(folder, ", damaged: skip"), status=3)
    assert "Pillow is needed to read images" in text


def test_other_sizes_are_no_damage(folder, rng):
    odd = folder / "dog" / "03.png"
    save(odd, rng.integers(0, 256, (5, 6, 3), np.uint8))
    text = refusal("data", "info", config_of(folder, ", damaged: skip"), status=3)
    assert text.startswith(f"{odd}: expected 6x6x3, the size of {folder / 'cat' / '00.png'}, found")
    succeed("data", "verify", config_of(folder, ", size: 6x6x3"))


def test_repeats_are_told(folder):
    test = to_test([0] * 40 + [1] * 40)
    cat, dog = (folder / name / f"{i:02}.png" for name, i in
                (("cat", test[:40].argmin()), ("dog", test[40:].argmax())))  # fmt: skip
    dog.write_bytes(cat.read_bytes())
    (folder / "dog" / "11.txt").touch()
    config = config_of(folder)
    first = f"{cat} (cat) is {dog} (dog) too"
    told = [
        f"{folder}: left aside: .txt (1)",
        no_test(16, 80),
        f"warning: 1 image is in two classes or more: {first}",
        f"warning: 1 image is in two or more of train, validation and test: {first}",
    ]
    assert succeed("data", "verify", config).stdout.splitlines()[:-1] == told
    assert succeed("data", "info", config).stdout.splitlines()[4:8] == told
    out = folder.parent / "run"
    result = succeed("train", config, "--out", out, "--no-progress", "--max-steps", "1")
    assert result.stderr.splitlines()[: len(told)] == told
    result = succeed("train", config, "--out", out, "--no-progress", "--resume")
    assert not set(told) & set(result.stderr.splitlines())


def test_true_deviations_and_the_range(tmp_path):
    images = np.zeros((8, 3, 3, 2), np.uint8)
    images[..., 0], images[::2, ..., 1] = 7, 3
    np.savez(
        tmp_path / "x.npz", x_train=images, y_train=[0, 1] * 4, x_test=images, y_test=[0, 1] * 4
    )
    config = write_config(tmp_path, data=f"{{name: npz, root: {tmp_path / 'x.npz'}}}")
    lines = succeed("data", "info", config).stdout.splitlines()
    assert lines[2] == "mean 7.00 1.50, deviation 0.00 1.50 (of 0 to 255), values 0 to 7"


def test_a_sheet_of_dark_images(tmp_path):
    sheet = tmp_path / "sheet.png"
    result = call("data", "info", "digits", "--root", "data", "--sheet", sheet)
    assert result.exit_code == 0
    drawn = np.asarray(Image.open(sheet).convert("L"))
    inside = drawn[4:68, -68:-4]
    assert (int(inside.min()), int(inside.max())) == (0, 255)

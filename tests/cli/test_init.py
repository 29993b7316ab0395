"""`cnn init`: the file that it writes trains as it is."""

import os
import shlex
from pathlib import Path

import pytest

from tests.cli.commands import call, refusal, succeed, write_npz
from tests.starter.test_starter import images


@pytest.fixture(autouse=True)
def _here(tmp_path, monkeypatch):
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")


def trains(file):
    """The file as it is; the run judges its network, and is gone on with."""
    options = ("--threads", 1, "--out", "run", "--no-progress")
    succeed("train", file, *options, "--max-steps", 2)
    succeed("train", file, *options, "--max-steps", 3, "--resume")
    return succeed("eval", "run", "--threads", 1).stdout


def test_without_anything():
    result = succeed("init")
    assert result.stdout == (
        "digits.yaml: 1,438 images of 8x8x1 in 10 classes, 66,026 parameters, 50 epochs\n"
    )
    assert result.stderr == "next: cnn train digits.yaml\n"
    assert "359 images" in trains("digits.yaml")


def test_the_next_command_can_be_typed():
    """Of a name with a blank too, on the screen and in the file."""
    *_, said = succeed("init", "my flowers").stderr.splitlines()
    (shown,) = (
        line for line in Path("my flowers.yaml").read_text().splitlines() if "shapes" in line
    )
    for line, command in ((said, "train"), (shown, "shapes")):
        assert shlex.split(line)[1:] == ["cnn", command, "my flowers.yaml"]


@pytest.mark.parametrize("mode", ["RGB", "L"])
def test_a_folder(mode):
    images(Path("..", "pictures"), {"cat": 10, "dog": 10}, size=(50, 70), mode=mode)
    os.mkdir("nets")
    succeed("init", "nets/pets", "--data", "../pictures")
    assert '  root: "../../pictures"' in Path("nets", "pets.yaml").read_text()
    assert "4 images" in trains("nets/pets.yaml")


@pytest.mark.parametrize("ending", ["npz", "NPZ"])
def test_an_archive(ending):
    write_npz(Path("own.npz"), count=60)
    os.rename("own.npz", f"own.{ending}")
    succeed("init", "--data", f"own.{ending}")
    trains("own.yaml")


def test_the_current_directory():
    images(Path(), {"cat": 5, "dog": 5})
    succeed("init", "--data", ".")
    assert sorted(os.listdir()) == ["cat", "dog", "here.yaml"]
    assert refusal("init", ".", status=2) == ".: names no file; give the configuration a name\n"


def test_a_set_that_is_fetched_later():
    assert succeed("init", "--data", "cifar10").stdout.startswith(
        "cifar10.yaml: 50,000 images of 32x"
    )
    succeed("shapes", "cifar10.yaml", "--warnings-as-errors")


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("it's $one", """'it'"'"'s $one.yaml'"""),
        ("-x", "./-x.yaml"),
    ],
)
def test_what_it_says_can_be_typed(name, words):
    result = succeed("init", "--", name)
    assert result.stderr == f"next: cnn train {words}\n"
    assert f"\n# cnn shapes {words}\n" in Path(f"{name}.yaml").read_text()
    (file,) = shlex.split(words)
    refused = refusal("shapes", file, "--explain", "nothing", status=2)
    assert refused.endswith(f"; `cnn shapes {words}` lists them\n")


def test_an_existing_file_stays():
    Path("digits.yaml").write_text("mine")
    assert refusal("init", status=2) == (
        "digits.yaml: exists already; give another name, or --force to replace it\n"
    )
    assert Path("digits.yaml").read_text() == "mine"
    succeed("init", "--force")
    assert "architecture" in Path("digits.yaml").read_text()


@pytest.mark.parametrize(
    ("data", "status", "expected"),
    [
        ("digts", 2, "no folder, no .npz file and no set is called 'digts'; did you mean "
         "digits?\n"),
        ("none.npz", 2, "no folder, no .npz file and no set is called 'none.npz'; the sets are "
         "cifar10, cifar100, fashion_mnist, mnist, svhn, digits and patterns\n"),
        ("empty", 3, "empty: expected two folders of classes or more, found 0; "),
        ("few", 3, "few: expected 2 images or more in a class, found cat (1 image) and dog "
         "(1 image); add some, or a part to test on\n"),
    ],
)  # fmt: skip
def test_what_is_no_set(data, status, expected):
    os.mkdir("empty")
    images(Path("few"), {"cat": 1, "dog": 1})
    assert refusal("init", "--data", data, status=status).startswith(expected)
    assert not [name for name in os.listdir() if name.endswith(".yaml")]


def test_a_folder_of_damaged_files():
    for name in ("cat", "dog"):
        Path("bad", name).mkdir(parents=True)
        for i in range(6):
            Path("bad", name, f"{i}.png").write_bytes(b"no image")
    assert "bad/dog/5.png: " in refusal("init", "--data", "bad", status=3)


def test_a_name_that_is_no_text():
    os.mkdir(b"caf\xe9")
    images(Path(os.fsdecode(b"caf\xe9")), {"cat": 5, "dog": 5})
    result = call("init", "x", "--data", os.fsdecode(b"caf\xe9"))
    assert (result.exit_code, "a name in UTF-8" in result.stderr) == (3, True)

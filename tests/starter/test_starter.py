"""What `cnn init` chooses and writes."""

import numpy as np
import pytest
import yaml
from PIL import Image

from cnncli.check.check import check, check_text
from cnncli.datasets.sets import data_sets
from cnncli.geometry import Volume
from cnncli.starter.choice import choose
from cnncli.starter.configuration import configuration
from cnncli.starter.survey import Survey, survey
from cnncli.text import ForeignPath


def images(folder, counts, size=(20, 12), mode="RGB"):
    """PNG files of noise, in a folder for each class."""
    rng = np.random.default_rng(0)
    for name, count in counts.items():
        (folder / name).mkdir(parents=True)
        for i in range(count):
            shape = (size[1], size[0], 3) if mode == "RGB" else (size[1], size[0])
            image = Image.fromarray(rng.integers(0, 256, shape, dtype=np.uint8))
            image.save(folder / name / f"{i:03d}.png")
    return folder


def found(size, count, **values):
    counts = {"cat": count // 2, "dog": count - count // 2}
    return Survey("folder", ForeignPath("pictures"), Volume(*size), count, counts, True, **values)


def test_a_folder_without_parts(tmp_path):
    folder = images(tmp_path / "all", {"cat": 10, "dog": 11})
    assert survey(str(folder), print) == Survey(
        "folder", folder, Volume(20, 12, 3), 17, {"cat": 8, "dog": 9}, True
    )


def test_a_folder_with_parts(tmp_path):
    images(tmp_path / "train", {"cat": 3, "dog": 2}, mode="L")
    images(tmp_path / "test", {"cat": 1, "dog": 1})
    images(tmp_path / "val", {"cat": 1, "dog": 1})
    assert survey(str(tmp_path), print) == Survey(
        "folder", tmp_path, Volume(20, 12, 1), 5, {"cat": 3, "dog": 2}, True, True
    )


def test_sizes_differ_and_a_file_is_damaged(tmp_path):
    images(tmp_path / "all", {"cat": 5}, size=(100, 50))
    images(tmp_path / "others", {"dog": 7}, size=(64, 48), mode="L")
    (tmp_path / "others" / "dog").rename(tmp_path / "all" / "dog")
    (tmp_path / "all" / "dog" / "003.png").write_bytes(b"no image")
    seen = survey(str(tmp_path / "all"), print)
    assert (seen.size, seen.is_damaged) == (Volume(64, 48, 3), True)
    assert "  damaged: skip" in configuration(seen, choose(seen), ForeignPath("x.yaml"))


def test_an_archive(tmp_path):
    labels = np.arange(20) % 2
    np.savez(tmp_path / "own.npz", x=np.zeros((20, 9, 7, 3), np.uint8), y=labels)
    seen = survey(str(tmp_path / "own.npz"), print)
    assert seen.size == Volume(7, 9, 3)
    assert (seen.images, list(seen.counts.values())) == (16, [8, 8])


@pytest.mark.parametrize("name", ["digits", "cifar10", "mnist", "patterns"])
def test_a_set_by_its_name(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    seen = survey(name, print)
    assert (seen.size, seen.images) == (
        data_sets()[name].description.size,
        data_sets()[name].counts[0],
    )


@pytest.mark.parametrize(
    ("size", "count", "expected"),
    [
        ((8, 8, 1), 1_438, ((8, 8), (32, 64), 0.1, 64, 50)),
        ((28, 28, 1), 60_000, ((28, 28), (32, 64, 128), 0.1, 64, 15)),
        ((32, 32, 3), 100, ((32, 32), (16, 32, 64), 0.0, 16, 80)),
        ((32, 32, 3), 5_000, ((32, 32), (16, 32, 64), 0.1, 64, 15)),
        ((96, 64, 3), 5_000, ((48, 32), (16, 32, 64), 0.1, 64, 15)),
        ((4_000, 3_000, 3), 1_000, ((48, 32), (16, 32, 64), 0.1, 64, 71)),
        ((4_000, 10, 3), 1_000, ((800, 8), (32, 64), 0.1, 64, 71)),
        ((3, 3, 1), 10, ((3, 3), (32,), 0.0, 16, 80)),
    ],
)
def test_the_choice(size, count, expected):
    chosen = choose(found(size, count))
    assert (
        (chosen.size.W, chosen.size.H), chosen.filters, chosen.validation, chosen.batch_size,
        chosen.epochs,
    ) == expected  # fmt: skip


@pytest.mark.parametrize("depth", [1, 3])
@pytest.mark.parametrize(("width", "height"), [(2, 2), (3, 9), (8, 8), (17, 31), (28, 28), (90, 7)])
@pytest.mark.parametrize("count", [10, 5_000])
def test_what_is_written_is_a_network(width, height, depth, count):
    """For images of any size, with no problem and no warning."""
    seen = found((width, height, depth), count)
    text = configuration(seen, choose(seen), ForeignPath("x.yaml"))
    content = yaml.safe_load(text)
    size = Volume(*map(int, content["data"]["size"].split("x")))
    del content["data"]
    content["architecture"] = content["architecture"].replace("INPUT", f"INPUT({size})")
    content["architecture"] = content["architecture"].replace("-> FC", "-> FC-2")
    checked = check_text(yaml.safe_dump(content), ForeignPath("x.yaml"))
    assert checked.problems == ()


def test_hostile_names_stay_in_their_comment(tmp_path):
    folder = images(tmp_path / "a: b #\n- c", {"x\nname: y": 6, "\u2028z\x1b[2J": 5})
    seen = survey(str(folder), print)
    file = ForeignPath(tmp_path / "x.yaml")
    file.write_text(configuration(seen, choose(seen), file))
    checked = check(file)
    assert checked.problems == ()
    assert checked.spec.name == "x"
    assert checked.spec.data.root == folder


def test_classes_of_unequal_sizes():
    seen = found((8, 8, 1), 100)._replace(counts={"cat": 90, "dog": 9, "none": 0})
    assert choose(seen).is_balanced
    assert "  sampler: balanced" in configuration(seen, choose(seen), ForeignPath("x.yaml"))
    assert not choose(seen._replace(counts={"cat": 80, "dog": 9})).is_balanced

"""Files of one object are kept together: which they are is found by a pattern in their names."""

import re
import sys
from dataclasses import replace

import numpy as np
import pytest

from cnncli.config.data import DataSpec
from cnncli.data import file_groups
from cnncli.data.load import load
from cnncli.errors import DataError
from cnncli.problems import ConfigError
from tests.cli.commands import refusal, succeed
from tests.datasets.reading import expect_little, get
from tests.messages import error_text

CLASSES = ("cat", "cow", "dog", "owl")
OBJECT = r"^(.*)_view"
NO_TEST = "no part to test on: 40 of 200 images are taken for it, drawn by class and group with "


def write(path, value):
    """A grey image of 4x4."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"P5 4 4 255\n" + bytes([value % 256, value // 256] * 8))


def object_of(image):
    """Its number of 0 to 19, and its view."""
    value = int(image[0, 0, 0]) + 256 * int(image[0, 1, 0])
    return value // 10


@pytest.fixture
def root(tmp_path):
    """Twenty objects, five of each class, and ten views of each one."""
    for number in range(20):
        for view in range(10):
            name = f"{CLASSES[number // 5]}/{number % 5}_view{view}.pgm"
            write(tmp_path / "set" / name, 10 * number + view)
    return tmp_path / "set"


def objects(split):
    return {object_of(image) for image in np.asarray(split.images)}


def wrong(root, name="folder", **more):
    return error_text(ConfigError, get, name, root, **more)


def test_views_of_an_object_are_on_one_side(root):
    """Without groups they are not: of every object there are views to train on and to test on."""
    torn = get("folder", root, validation=0.25)
    assert len(objects(torn.test) & objects(torn.train)) > 15
    for seed in range(5):
        whole = get("folder", root, group=OBJECT, validation=0.25, split_seed=seed)
        parts = [objects(split) for split in (whole.train, whole.validation, whole.test)]
        assert [len(part) for part in parts] == [12, 4, 4]
        assert set.union(*parts) == set(range(20))
        for split in (whole.train, whole.validation, whole.test):
            assert len(set(np.bincount(split.labels))) == 1
        assert {whole.draw.rule, whole.test_draw.rule} == {"by class and group"}
        assert whole.remarks[:2] == (
            "data.group: 200 files in 20 groups",
            f"{NO_TEST}data.split_seed {seed}",
        )


def test_a_limit_is_exact_and_takes_whole_groups_first(root):
    whole = get("folder", root, group=OBJECT, validation=0.25, split_seed=1)
    limited = get("folder", root, group=OBJECT, validation=0.25, limit=50, split_seed=1)
    assert len(limited.train.labels) == 50
    assert objects(limited.train) <= objects(whole.train)
    assert objects(limited.validation) == objects(whole.validation)
    assert len(objects(limited.train)) == 8
    text = wrong(root, group=OBJECT, validation=0.25, limit=121)
    assert text == (
        "configuration: data.limit: 121 training images asked for, 120 are there (160 less 40 for "
        "validation); ask for at most 120"
    )
    assert len(get("folder", root, group=OBJECT, validation=0.25, limit=120).train.labels) == 120


@pytest.mark.parametrize(
    ("pattern", "groups"),
    [
        (OBJECT, 20),
        (r"^[^_]*", 20),  # all that it matches
        (r"/(\d)_view(\d)", 5),  # the first in brackets; of all classes together
        (r"(?P<view>\d)\.pgm$", 10),
        (r"(cat)|dog", 151),  # files of dogs and others match, but not in brackets
    ],
)
def test_what_a_pattern_finds(root, pattern, groups):
    told = []
    spec = DataSpec(name="folder", root=root, group=pattern)
    dataset = load(spec, download=False, notify=told.append)
    assert dataset.remarks[0].startswith(f"data.group: 200 files in {groups} groups")
    found = [re.search(pattern, f"{CLASSES[n // 5]}/{n % 5}_view{v}.pgm")
             for n in range(20) for v in range(10)]  # fmt: skip
    keys = [m and m[m.re.groups and 1] for m in found]
    test = {tuple(image.ravel()) for image in np.asarray(dataset.test.images)}
    values = [tuple([v % 256, v // 256] * 8) for v in range(200)]
    sides = {}
    for key, value in zip(keys, values, strict=True):
        if key is not None:
            sides.setdefault(key, set()).add(value in test)
    assert all(len(side) == 1 for side in sides.values())


def test_files_in_which_nothing_is_found_are_alone(root):
    for i in range(7):
        write(root / "cat" / f"loose{i}.pgm", 300 + i)
    assert get("folder", root, group=OBJECT).remarks[0] == (
        "data.group: 207 files in 27 groups, 7 of which are single files in whose paths it finds "
        "nothing"
    )


def test_groups_of_several_classes_are_told(root):
    """As objects are numbered anew in each class, or a person is in two; they stay together."""
    dataset = get("folder", root, group=r"/(\d)_view")
    assert dataset.remarks[1] == (
        "warning: data.group: 5 groups are of several classes, the first '0' (cat, cow, dog and "
        "owl); each stays together. If these are different objects, let the pattern find the class "
        "too"
    )
    assert objects(dataset.test) in [{k, k + 5, k + 10, k + 15} for k in range(5)]
    assert not get("folder", root, group=r"^.*_view").remarks[1].startswith("warning")


def test_one_group_of_all_is_refused(root):
    assert wrong(root, group="view") == (
        "configuration: data.group: 'view' finds 'view' in the paths of all 200 files, so that "
        "none can be held out; write one that tells objects apart"
    )
    assert wrong(root, group="elephant") == (
        "configuration: data.group: 'elephant' finds nothing in the paths of all 200 files, such "
        "as 'cat/0_view0.pgm'; write one that finds what the files of an object share"
    )


def test_too_few_groups(root):
    """What the message says helps: more of them, a part to test on, or no groups."""
    text = error_text(DataError, get, "folder", root, group="^[^/]*")
    assert text == (
        f"{root}: expected 2 groups or more in a class, found cat (1 group), cow (1 group), dog (1 "
        "group) and owl (1 group); add some, or a part to test on, or leave out data.group"
    )
    assert len(get("folder", root).test.labels) == 40
    for name in CLASSES:
        (root / "train").mkdir(exist_ok=True)
        (root / name).rename(root / "train" / name)
        write(root / "test" / name / "0.pgm", 500)
    pattern = "^train/[^/]*"
    assert wrong(root, group=pattern, validation=0.1) == (
        "configuration: data.validation: 0.1 holds out whole groups (data.group), and no class has "
        "two; set it to 0, or let data.group find more of them"
    )
    assert get("folder", root, group=pattern, validation=0).validation is None
    assert len(get("folder", root, group="^[^_]*", validation=0.1).validation.labels) == 20


def test_one_group_at_least_is_held_out(root):
    """However few images are asked for."""
    assert len(get("folder", root, group=OBJECT, validation=1).validation.labels) == 10


def test_a_table_of_files(root):
    """Paths are below its folder; columns for parts are followed."""
    table = root / "labels.csv"
    files = sorted(root.rglob("*.pgm"))
    rows = [f"{file.relative_to(root).as_posix()},{file.parent.name}" for file in files]
    table.write_text("file,label\n" + "\n".join(rows))
    dataset = get("csv", table, group=OBJECT, validation=0.25)
    folder = get("folder", root, group=OBJECT, validation=0.25)
    assert (dataset.digest, dataset.draw, dataset.test_draw) == (
        folder.digest,
        folder.draw,
        folder.test_draw,
    )
    table.write_text("label,pixel0\n" + "a,1\nb,2\n" * 4)
    assert wrong(table, "csv", group=OBJECT) == (
        f"configuration: data.group: {table} holds pixels and no files; leave it out"
    )
    get("csv", table)
    assert wrong(root, "npz", group=OBJECT) == (
        "configuration: data.group: only csv and folder take it, not npz; leave it out"
    )


def test_a_pattern_that_takes_for_ever(root, monkeypatch):
    """It is ended; so is none that is written well."""
    write(root / "cat" / ("a" * 60 + ".pgm"), 300)
    monkeypatch.setattr(file_groups, "MAX_PATTERN_SECONDS", 1)
    assert wrong(root, group="(a+)+$") == (
        "configuration: data.group: '(a+)+$' takes more than 1 s to find in 201 paths; write one "
        "that repeats less"
    )
    monkeypatch.undo()
    monkeypatch.setattr(file_groups, "_SEARCH", "raise SystemExit(9)")
    assert wrong(root, group="a") == (
        "configuration: data.group: the search for 'a' ended with status 9; write a shorter one"
    )
    monkeypatch.undo()
    assert "finds nothing" not in get("folder", root, group="^(.{5})").remarks[0]


def test_without_a_second_process(root, monkeypatch):
    monkeypatch.setattr(sys, "executable", str(root / "none"))
    assert error_text(DataError, get, "folder", root, group=OBJECT) == (
        f"{root / 'none'}: cannot be read: No such file or directory; check the path and its "
        "permissions"
    )


@pytest.mark.skipif(sys.platform == "darwin", reason="names there are text")
def test_names_that_are_no_text(root):
    for view in range(3):
        write(root / "cat" / f"\udcff\x1b[31m_view{view}.pgm", 300 + view)
    told = get("folder", root, group=r"/(.)_view|/(?=(.*)_view)").remarks[0]
    assert told.startswith("data.group: 203 files in ")
    assert get("folder", root, group=OBJECT).remarks[0] == "data.group: 203 files in 21 groups"


CONFIG = (
    "data: {{name: folder, root: {}, validation: 0.25, group: '{}'}}\n"
    "architecture: INPUT-CONV(K=3)-RELU-FC\n"
    "train: {{epochs: 2, batch_size: 40, threads: 1}}\n"
)


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        ("(", " (missing ), unterminated subpattern at position 0), not '('"),
        ("a{99999999999}", " (the repetition number is too large), not 'a{99999999999}'"),
        ("[[a]", " (Possible nested set at position 1), not '[[a]'"),
        ("", " of 1 to 200 characters, not ''"),
    ],
)
def test_what_is_no_pattern(root, pattern, text):
    path = root.parent / "c.yaml"
    path.write_text(CONFIG.format(root, pattern))
    first = refusal("data", "info", path, status=2).splitlines()[0]
    assert re.sub(r":\d+:\d+:", "", first) == (
        f"{path} data.group: group must be a regular expression{text}"
    )
    path.write_text(CONFIG.format(root, "x" * 201))
    assert "of 1 to 200 characters" in refusal("data", "verify", path, status=2)


def test_a_run_keeps_its_groups(root, tmp_path):
    path, run = tmp_path / "c.yaml", tmp_path / "run"
    path.write_text(CONFIG.format(root, OBJECT))
    succeed("train", path, "--out", run, "--quiet", "--max-steps", "2")
    path.write_text(CONFIG.format(root, "^[^_]*_"))
    text = refusal("train", path, "--out", run, "--resume", status=2)
    assert "data.group: a run cannot change this when it is resumed: it was " in text
    path.write_text(CONFIG.format(root, OBJECT))
    succeed("train", path, "--out", run, "--resume", "--quiet")
    assert "40 images" in succeed("eval", run).stdout


def test_the_rule_is_the_configurations(root):
    """A group that is drawn is the same whatever the number of its run."""
    spec = DataSpec(name="folder", root=root, group=OBJECT, validation=0.25)
    first, second = (
        load(each, download=False, notify=expect_little) for each in (spec, replace(spec))
    )
    assert (first.draw, first.test_draw) == (second.draw, second.test_draw)

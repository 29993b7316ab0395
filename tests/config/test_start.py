"""`train.start`: how it is written, what is wrong with it, and what names become."""

import time
from pathlib import Path

import pytest

from cnncli.check.check import check, check_text
from cnncli.config.load import load_text
from cnncli.config.start import Start

NETWORK = "architecture: INPUT(8x8x1) -> CONV3-4(name=first) -> BN -> FC-3\n"


def start_of(text, *overrides, file="/nets/net.yaml"):
    spec = load_text(f"{NETWORK}train: {{start: {text}}}", Path(file), overrides)
    assert not spec.problems
    return spec.train.start


def problems_of(text, *overrides):
    found = check_text(f"{NETWORK}train:\n  start: {text}\n", Path("net.yaml"), overrides)
    return [str(problem) for problem in found.problems]


def test_a_path_alone_is_the_run():
    assert start_of("../runs/a-1") == Start(run=Path("/runs/a-1"))
    assert start_of("{run: ../runs/a-1}") == start_of("../runs/a-1")


def test_paths_are_those_of_the_file_or_of_the_current_directory(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    assert start_of("runs/a-1").run == Path("/nets/runs/a-1")
    assert start_of("x", "train.start=runs/a-1").run == tmp_path / "runs/a-1"
    changed = start_of("{run: x, skip: first}", "train.start.run=runs/a-1")
    assert (changed.run, changed.skip) == (tmp_path / "runs/a-1", ("first",))
    kept = start_of("runs/a-1", "train.start.skip=[first, BN]")
    assert (kept.run, kept.skip) == (Path("/nets/runs/a-1"), ("first", "BN"))
    assert start_of("x", "train.start=null") is None


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("3", "train.start: start must be a run, a checkpoint, or a mapping with the keys run, "
         "rename, skip and normalise, not 3"),
        ("''", "train.start.run: run must be a path that is not empty, not ''"),
        ("{skip: fc1}", "train.start: run is missing; it must be a path"),
        ("{run: a, rname: {}}", "train.start.rname: unknown key 'rname'; did you mean rename?"),
        ("{run: a, normalise: none}",
         "train.start.normalise: normalise must be start or data, not 'none'"),
        ("{run: a, rename: []}", "train.start.rename: rename must be names there and names here, "
         "like {'old.*': 'new.*'}, not []"),
        ("{run: a, rename: {b: 3}}", "train.start.rename: rename must be names there and names "
         "here, like {'old.*': 'new.*'}, not {'b': 3}"),
        ("{run: a, rename: {'b.*': fc1}}", "train.start.rename: rename is {'b.*': 'fc1'}: 'b.*' "
         "has 1 *, and 'fc1' has 0; what each * stands for there takes the place of one here"),
        ("{run: a, skip: [3]}",
         "train.start.skip[0]: skip[0] must be text, not 3"),
        (f"{{run: a, skip: [{', '.join(['fc1'] * 101)}]}}",
         "train.start.skip: skip is ['fc1', 'fc1', 'fc1', 'fc1', 'fc1', 'fc1', 'fc1', 'fc1', ...: "
         "101 names; at most 100 are allowed"),
        ("{run: a, skip: frist}", "train.start.skip[0]: no layer with arrays, nor an array, is "
         "called 'frist'; did you mean first?"),
        ("{run: a, rename: {'b.*': 'zz.*'}}", "train.start.rename.b.*: no layer with arrays, nor "
         "an array, is called 'zz.*'; there are first, batchnorm1 and fc1"),
    ],
)  # fmt: skip
def test_what_is_wrong(text, problem):
    (found, *more) = problems_of(text)
    assert found.partition(": ")[2].splitlines()[0] == problem
    assert not more


def test_what_is_right():
    assert not problems_of("{run: a, skip: [first, BN, 'f*.b', fc1.W], rename: {'c*': '*'}}")
    assert not problems_of("a")


@pytest.mark.parametrize(
    ("rename", "name", "here"),
    [
        ({}, "conv1.W", "conv1.W"),
        ({"conv1": "first"}, "conv1.W", "first.W"),
        ({"conv1": "first"}, "conv11.W", "conv11.W"),
        ({"old.*": "new.*"}, "old.W", "new.W"),
        ({"old.*": "new.*"}, "old.conv1.W", "new.conv1.W"),
        ({"old.*": "new.*"}, "older.W", "older.W"),
        ({"*_a": "b_*"}, "conv1_a.W", "b_conv1.W"),
        ({"a*.b*": "*x*"}, "a1.b2.W", "1x2.W"),
        ({"conv1.W": "fc1.W", "conv1": "first"}, "conv1.b", "first.b"),
        ({"conv1.W": "fc1.W", "conv1": "first"}, "conv1.W", "fc1.W"),
        ({"*.[W]": "x.*"}, "conv1.W", "conv1.W"),
    ],
)  # fmt: skip
def test_names_here(rename, name, here):
    assert Start(run=Path("a"), rename=rename).name_here(name)[0] == here


def test_a_pattern_of_many_stars_takes_no_long_time():
    start = Start(run=Path("a"), rename={"*a" * 100 + "*": "*b" * 100 + "*"})
    began = time.process_time()
    for _ in range(100):
        assert start.name_here("a" * 99 + "b" * 150 + ".W")[1] is None
    assert time.process_time() - began < 1


def test_shapes_does_not_need_the_file(tmp_path):
    file = tmp_path / "net.yaml"
    file.write_text(f"{NETWORK}train: {{start: nothing/there}}\n")
    assert check(file).valid


def test_keys_of_an_average_without_a_name_are_a_problem_of_the_file():
    spec = load_text(f"{NETWORK}train: {{average: {{decay: 0.5}}}}\n", Path("net.yaml"))
    (problem,) = spec.problems
    assert problem.message == "name is missing; it must be ema or lookahead"

"""What earlier commands have set holds for later ones, except where the file has changed since."""

import json
import os
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cnncli.bounds import MAX_OVERRIDES
from cnncli.config.specification import Override
from cnncli.errors import UsageError
from tests.messages import error_text

NET = "architecture: INPUT-CONV-FC\n"
TRAIN = f"{NET}train: {{epochs: 2, optimizer: {{lr: 0.05}}}}\n"


def kept(spec):
    """The overrides of a command as a later one finds them."""
    return [Override(this.text, this.file, "run.json") for this in spec.overrides]


@pytest.fixture
def goes_on(read):
    """goes_on(before, set, now, then...): as it is after another command; and its problems."""

    def go_on(before, texts, now, *then):
        spec = read(now, *kept(read(before, *texts)), *then)
        return spec, [str(problem).partition(": ")[2] for problem in spec.problems]

    return go_on


@pytest.mark.parametrize(
    ("text", "file"),
    [
        ("train.epochs=5", "2"), ("train.optimizer.lr=1", "0.05"), ("train.seed=1", None),
        ("Train.EPOCHS=5", "2"), ("train.optimizer=adam", '{"lr": 0.05}'), ("name=x", None),
        ("data.limit=5", None), ("architecture=INPUT-FC", '"INPUT-CONV-FC"'),
        ("architecture.1.conv.F=5", '"INPUT-CONV-FC"'),
    ],
)  # fmt: skip
def test_what_the_file_has_is_kept_beside_it(read, text, file):
    found = read(TRAIN, text).overrides
    assert [(this.text, this.file) for this in found] in ([(text, file)], [])
    assert found or text.startswith("architecture.")  # which sets nothing in a pattern


@pytest.mark.parametrize(
    ("override", "file"),
    [
        ("architecture.1.conv.K=7", "5"), ("architecture.1.conv.F=1", None),
        ("architecture.2.conv.K=7", "6"), ("architecture.2.conv.filters=7", "6"),
        ("data.name=mnist", '"digits"'), ("architecture.3.fc.bias=no", None),
        ("architecture.1=relu", '{"conv": 5}'), ("train.epochs=7", None),
    ],
)  # fmt: skip
def test_short_forms_are_seen_through(read, override, file):
    text = "data: digits\narchitecture: [input, conv: 5, {CONV: {filters: 6}}, FC]\n"
    assert [this.file for this in read(text, override).overrides] == [file]


def test_a_long_value_is_kept_as_a_digest(read):
    text = f"architecture: INPUT-{'RELU-' * 300}FC\n"
    (before,) = read(text, "architecture=INPUT-FC").overrides
    (other,) = read(text.replace("FC", "FC-3"), "architecture=INPUT-FC").overrides
    assert len(before.file) == len(other.file) == 64
    assert before.file != other.file


def test_of_several_the_one_that_covers_the_others_is_kept(read):
    texts = ("train.optimizer.lr=1", "train.epochs=3", "train.optimizer=adam", "train.epochs=4",
             "train.optimizer.beta1=0.5")  # fmt: skip
    kept_texts = [this.text for this in read(TRAIN, *texts).overrides]
    assert kept_texts == [texts[2], texts[3], texts[4]]


def test_it_holds_where_the_file_is_the_same(goes_on):
    now = f"{NET}train: {{optimizer: {{lr: 0.05, momentum: 0.5}}, epochs: 2.0, seed: 3}}\n"
    texts = ("train.epochs=5", "train.optimizer.lr=1", "train.batch_size=7")
    spec, problems = goes_on(TRAIN, texts, now.replace("2.0", "2"), "train.batch_size=8")
    assert problems == []
    train = spec.train
    assert (train.epochs, train.optimizer.lr, train.optimizer.momentum) == (5, 1, 0.5)
    assert (train.seed, train.batch_size) == (3, 8)


@pytest.mark.parametrize(
    ("override", "before", "now", "place", "why"),
    [
        ("train.epochs=5", "epochs: 2", "epochs: 3", "2:17: train.epochs",
         "the file had 2 here, and has 3 now"),
        ("train.epochs=5", "epochs: 2, ", "", "2:8: train.epochs",
         "the file had 2 here, and has nothing now"),
        ("train.seed=5", "epochs: 2", "epochs: 2, seed: 1", "2:26: train.seed",
         "the file had nothing here, and has 1 now"),
        ("train.optimizer=adam", "lr: 0.05", "lr: 0.1", "2:31: train.optimizer",
         'the file had {"lr": 0.05} here, and has {"lr": 0.1} now'),
    ],
)  # fmt: skip
def test_it_holds_no_longer_where_the_file_has_changed(
    goes_on, read, override, before, now, place, why
):
    spec, _ = goes_on(TRAIN, [override], TRAIN.replace(before, now))
    (problem,) = spec.problems
    assert (problem.severity, str(problem).split("f.yaml:")[1]) == (
        "warning",
        f"{place}: --set {override} of an earlier command holds no longer, as {why}.\n"
        "  Give it again if it is to hold.",
    )
    assert spec.train == read(TRAIN.replace(before, now)).train
    again, problems = goes_on(TRAIN, [override], TRAIN.replace(before, now), override)
    assert problems == []
    assert again.train == read(TRAIN.replace(before, now), override).train


@pytest.mark.parametrize(
    ("override", "now"),
    [
        ("train.epochs=5", TRAIN.replace("epochs: 2", "epochs: 5")),
        ("train.optimizer=adam", f"{NET}train: {{epochs: 2, optimizer: adam}}\n"),
        ("train.optimizer={name: adam, lr: 1}",
         f"{NET}train: {{epochs: 2, optimizer: {{lr: 1, name: adam}}}}\n"),
    ],
)  # fmt: skip
def test_nothing_is_said_where_the_file_itself_says_it_now(goes_on, read, override, now):
    spec, problems = goes_on(TRAIN, [override], now)
    assert (problems, spec.overrides) == ([], ())
    assert spec.train == read(now).train


def test_what_was_set_inside_it_goes_with_it(goes_on):
    texts = ["train.optimizer={name: adamw}", "train.optimizer.beta1=0.5"]
    spec, problems = goes_on(TRAIN, texts, TRAIN.replace("lr: 0.05", "lr: 0.1"))
    assert spec.train.optimizer.lr == 0.1
    assert [problem.split(" of an earlier command ")[1] for problem in problems] == [
        'holds no longer, as the file had {"lr": 0.05} here, and has {"lr": 0.1} now.\n'
        "  Give it again if it is to hold.",
        "holds no longer, as what it was set in does not either.\n"
        "  Give it again if it is to hold.",
    ]
    spec, problems = goes_on(
        TRAIN, texts, TRAIN.replace("lr: 0.05", "lr: 0.1"), "train.optimizer={name: adam}"
    )
    assert problems == []
    assert spec.train.optimizer.beta1 == 0.9


def test_a_layer_that_is_gone(goes_on):
    before = "architecture: [input, conv: 5, conv: 6, FC]\n"
    spec, (problem,) = goes_on(
        before, ["architecture.2.conv.K=9"], "architecture: [input, conv: 5]\n"
    )
    assert problem == (
        "architecture.2.conv.K: --set architecture.2.conv.K=9 of an earlier command holds no "
        'longer, as the file had 6 here, and has ["input", {"conv": 5}] now.\n'
        "  Give it again if it is to hold."
    )
    assert len(spec.layers) == 2


def test_what_does_not_fit_the_file_any_more_is_at_the_run(read):
    before = read(NET, "train.schedule.end=0.1")
    spec = read(f"{NET}train: {{schedule: constant}}\n", *kept(before))
    (problem,) = spec.problems
    assert str(problem).startswith(
        "run.json: --set train.schedule.end=0.1: train.schedule.end: unknown key 'end'"
    )
    read(NET, *kept(before), "train.schedule=constant").check()  # as this one covers it


def test_a_path_is_the_one_of_the_directory_that_it_was_given_in(read, monkeypatch, tmp_path):
    data = f"{NET}data: {{name: npz, root: x.npz}}\n"
    monkeypatch.chdir(tmp_path)
    for texts in (
        ["data.root=a b.npz"], ["data={name: npz, root: a b.npz}"], ["data.root=~/a b.npz"],
    ):  # fmt: skip
        spec = read(data, *texts)
        home = Path(os.path.expanduser("~")) if "~" in texts[0] else tmp_path
        assert spec.data.root == home / "a b.npz"
        found = kept(spec)
        assert found[-1].text == f'data.root="{home}/a b.npz"'
        with monkeypatch.context() as elsewhere:
            elsewhere.chdir("/")
            assert read(data, *found).data.root == home / "a b.npz"
            assert read(data.replace("x.", "y."), *found).data.root.name == "y.npz"


def test_too_many_of_them(read):
    texts = ["name=x"] * (MAX_OVERRIDES + 1)
    assert error_text(UsageError, read, NET, *texts) == (
        "more than 2,000 --set; write the values into the file"
    )


def test_many_aliases_in_many_of_them(read):
    texts = [f"v{i}=[&p [{'1, ' * 200}], {'*p, ' * 200}]" for i in range(500)]
    said = error_text(UsageError, read, NET, *texts)
    assert said.endswith(" ...: more than 50,000 values (in all --set together)")


PLACES = {
    ("name",): st.sampled_from("abc"),
    ("train", "epochs"): st.integers(1, 3),
    ("train", "seed"): st.integers(0, 2),
    ("train", "optimizer"): st.fixed_dictionaries({"lr": st.sampled_from([0.1, 0.2])}),
    ("train", "optimizer", "lr"): st.sampled_from([0.1, 0.2, 0.3]),
    ("train", "optimizer", "momentum"): st.sampled_from([0.0, 0.5]),
    ("train", "schedule"): st.sampled_from([{"name": "cosine"}, {"end": 0.1}]),
    ("train", "schedule", "end"): st.sampled_from([0.0, 0.1]),
}
SET = st.sampled_from(list(PLACES)).flatmap(
    lambda path: PLACES[path].map(lambda value: (path, value))
)


def put(tree, path, value):
    for key in path[:-1]:
        tree = tree.setdefault(key, {})
    tree[path[-1]] = value


def get(tree, path):
    for key in path:
        tree = tree.get(key, {}) if isinstance(tree, dict) else {}
    return None if tree == {} else tree


def tree_of(sets):
    tree = {"architecture": "INPUT-CONV-FC"}
    for path, value in sets:
        put(tree, path, json.loads(json.dumps(value)))
    return tree


def is_around(outer, path):
    return path[: len(outer)] == outer


class Definition:
    """The issue's sentence, in plain mappings: the file, then the earlier sets, then these."""

    def __init__(self):
        self.kept = []

    def command(self, file, sets):
        lapsed, held = [], []
        for path, value, was in self.kept:
            if get(file, path) != was or any(is_around(outer, path) for outer in lapsed):
                lapsed.append(path)
            else:
                held.append((path, value, was))
        held += [(path, value, get(file, path)) for path, value in sets]
        self.kept = [
            this for i, this in enumerate(held)
            if not any(is_around(later, this[0]) for later, _, _ in held[i + 1 :])
        ]  # fmt: skip
        result = json.loads(json.dumps(file))
        for path, value, _ in held:
            put(result, path, json.loads(json.dumps(value)))
        return result


COMMANDS = st.lists(st.tuples(st.lists(SET, max_size=3), st.lists(SET, max_size=3)), max_size=4)


@settings(max_examples=300, deadline=None)
@given(first=st.lists(SET, max_size=4), commands=COMMANDS)
def test_any_commands_in_turn(read, first, commands):
    """Each after some changes of the file, with sets of its own."""
    definition, earlier, file = Definition(), [], list(first)
    for edits, sets in commands:
        file += edits
        expected = definition.command(tree_of(file), sets)
        texts = [f"{'.'.join(path)}={json.dumps(value)}" for path, value in sets]
        spec = read(json.dumps(tree_of(file)), *earlier, *texts)
        wanted = read(json.dumps(expected))
        assert (spec.name, spec.train) == (wanted.name, wanted.train)
        assert all(problem.severity == "warning" for problem in spec.problems)
        earlier = [replace(this, record="run.json", path=()) for this in spec.overrides]

import pytest

from cnncli.datasets.sets import data_sets
from cnncli.errors import UsageError
from cnncli.geometry import Extent
from cnncli.optim.losses import Hinge
from cnncli.optim.schedules import OneCycle
from cnncli.optim.sgd_adam import Adam, Sgd
from cnncli.text import join_words
from tests.messages import error_text

NET = "architecture: INPUT-CONV-FC\n"


def test_values_are_typed(read):
    spec = read(
        f"{NET}data: cifar10\ntrain: {{optimizer: sgd, loss: svm}}\n",
        "train.epochs=3",
        "train.optimizer.lr=1e-3",
        "train.loss.margin=2",
        "train.schedule=one-cycle",
        "train.schedule.warmup=0.5",
        "data.limit=10",
        "fit=pad",
        "name=no",
        "defaults.conv.K=7",
    )
    assert spec.problems == ()
    assert spec.train.epochs == 3
    assert spec.train.optimizer == Sgd(lr=0.001)
    assert spec.train.loss == Hinge(margin=2)
    assert spec.train.schedule == OneCycle(warmup=0.5)
    assert (spec.data.name, spec.data.limit, spec.fit, spec.name) == ("cifar10", 10, "pad", "no")
    assert spec.layers[1].layer.K == 7


def test_the_last_one_counts(read):
    spec = read(NET, "train.optimizer.lr=1", "train.optimizer=adam", "train.optimizer.beta1=0.5")
    spec.check()
    assert spec.train.optimizer == Adam(beta1=0.5)


def test_a_section_of_its_own_name_is_found_in_any_case(read):
    spec = read(f"{NET}train: {{epochs: 3}}\n", "Train.Epochs=4")
    spec.check()
    assert spec.train.epochs == 4


def test_a_key_of_an_earlier_override_is_found_in_any_case(read):
    spec = read(NET.replace("FC", "[RELU]*Twice - FC"), "variables.Twice=1", "variables.TWICE=2")
    spec.check()
    assert [layer.kind for layer in spec.layers].count("RELU") == 2


def test_elements_of_lists(read):
    text = "architecture: [input, conv, conv: 5, {CONV: {filters: 6}}, conv: {}, FC]\n"
    spec = read(
        text,
        "architecture.1.conv.K=7",
        "architecture.2.conv.F=1",
        "architecture.3.conv.K=8",
        "architecture.4=conv3-9",
        "architecture.5.fc.bias=no",
    )
    spec.check()
    assert [layer.layer.K for layer in spec.layers[1:5]] == [7, 5, 8, 9]
    assert Extent(1, 1) == spec.layers[2].layer.F
    assert spec.layers[5].layer.bias is False


def test_a_new_architecture(read):
    spec = read("train: {}\n", "architecture=INPUT-CONV(K=0)-FC")
    (problem,) = spec.problems
    assert str(problem) == (
        "--set architecture=INPUT-CONV(K=0)-FC: architecture: conv1: K must be at least 1, not 0"
    )


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("train.epochs=x", "train.epochs: epochs must be a whole number of at least 1, not 'x'"),
        ("train.epoch=3", "train.epoch: unknown key 'epoch'; did you mean epochs?"),
        ("trian.epochs=3", "trian: unknown key 'trian'; did you mean train?"),
        (
            "data.limit=3",
            f"data: name is missing; it must be {join_words(data_sets(), 'or')}",
        ),
        ("fit.x=3", "fit is 'crop', which has no 'x' in it"),
        (
            "architecture.1.conv.K=3",
            "the architecture is a pattern, not a list; set defaults.conv.K instead",
        ),
        (
            "train.schedule={name: multistep, at: [0]}",
            "train.schedule.at[0]: at[0] must be greater than 0, not 0",
        ),
    ],
)
def test_problems_of_values(problems, text, problem):
    assert problems(f"{NET}fit: crop\n", text) == [f"--set {text}: {problem}"]


@pytest.mark.parametrize("index", ["2", "²", "١", "-1", "00000000001", "9" * 5_000])
def test_an_element_that_is_not_there(problems, index):
    (problem,) = problems("architecture: [input: 8x8x1, fc: 2]\n", f"architecture.{index}.fc.K=3")
    assert ": architecture has elements 0 to 1, there is no " in problem


def test_an_element_that_is_not_there_is_named(problems):
    assert problems("architecture: [input, fc]\n", "architecture.2.fc.K=3") == [
        "--set architecture.2.fc.K=3: architecture has elements 0 to 1, there is no '2'"
    ]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("train.epochs", "write --set key.path=value, like --set train.epochs=5"),
        ("=5", "write --set key.path=value, like --set train.epochs=5"),
        ("train..epochs=5", "write --set key.path=value, like --set train.epochs=5"),
        ("train.epochs=[", "a value is missing here, or a bracket is not closed"),
        (".".join("a" * 51) + "=1", "more than 50 levels inside each other; make it flatter"),
    ],
)
def test_what_is_no_override(read, text, message):
    assert error_text(UsageError, read, NET, text) == f"--set {text}: {message}"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("name=\x07", "name=?: the character U+0007 is not allowed in a text"),
        ("name=\udcff", "name=?: the character U+DCFF is not allowed in a text"),
        ("a\x1b[2J", "a?[2J: write --set key.path=value, like --set train.epochs=5"),
        (
            "name=[" + "x" * 999,
            f"name=[{'x' * 194} ...: this list is not closed: a ',' or a ']' is missing",
        ),
    ],
)
def test_text_that_can_not_be_shown(read, text, shown):
    assert error_text(UsageError, read, NET, text) == f"--set {shown}"

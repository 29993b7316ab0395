"""What runs are chosen by: what is understood, what is told of the remainder."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from cnncli.config.source_text.scalars import resolve
from cnncli.problems import ConfigError
from cnncli.runs.conditions import SIGNS, chosen, find_key, parse_conditions, select

ROWS = [
    {"name": "net-1", "state": "finished", "test_accuracy": 0.75, "started": "2026-11-27T10:00",
     "train.optimizer.lr": 0.1, "train.optimizer.nesterov": True, "data.augment": "[flip]",
     "train.clip_norm": 1.0},
    {"name": "net-2", "state": "going", "test_accuracy": None, "started": "2026-11-28T10:00",
     "train.optimizer.lr": 0.01, "train.optimizer.nesterov": False, "data.augment": "[]"},
    {"name": "other 3", "state": "diverged", "test_accuracy": None, "started": None,
     "train.optimizer.lr": 1, "data.augment": "[]"},
]  # fmt: skip
KNOWN = list(dict.fromkeys(key for row in ROWS for key in row))


def numbers_of(*texts):
    return [ROWS.index(row) + 1 for row in chosen(ROWS, texts, KNOWN)]


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("train.optimizer.lr > 0.01", [1, 3]),
        ("lr>0.01", [1, 3]),
        ("lr >= 1e-2", [1, 2, 3]),
        ("lr = 0.1", [1]),
        ("lr == .1", [1]),
        ("lr = 1.0", [3]),
        ("lr != 1", [1, 2]),
        ("lr < 0.1 and state = going", [2]),
        ("lr < 0.1 and state = finished", []),
        ("name ~ NET", [1, 2]),
        ("name = 'other 3'", [3]),
        ('name = "other 3"', [3]),
        ("name != net-1", [2, 3]),
        ("test_accuracy = null", [2, 3]),
        ("test_accuracy != null", [1]),
        ("test_accuracy <= 1", [1]),
        ("test_accuracy != 0.75", [2, 3]),
        ("nesterov = true", [1]),
        ("nesterov != true", [2, 3]),
        ("nesterov = 1", []),
        ("started >= 2026-11-28", [2]),
        ("augment ~ flip", [1]),
        ("augment = []", [2, 3]),
        ("clip_norm = null", [2, 3]),
        ("train.average = null", [1, 2, 3]),
        ("train.schedule.warmup > 1", []),
        ("warmup = null", [1, 2, 3]),
        ("state = 'and' and name ~ ''", []),
        ("state ~ nish", [1]),
        ("nesterov ~ TRUE", [1]),
        ("lr ~ 0.0", [2]),
    ],
)
def test_what_is_chosen(text, numbers):
    assert numbers_of(text) == numbers


@pytest.mark.parametrize(
    ("text", "column", "message"),
    [
        ("", 1, "expected a column or a key like train.optimizer.lr, found the end"),
        ("  ", 1, "expected a column or a key like train.optimizer.lr, found the end"),
        ("= 3", 1, "expected a column or a key like train.optimizer.lr, found '='"),
        ("'lr' = 3", 1, "expected a column or a key like train.optimizer.lr, found 'lr'"),
        ("lr", 3, "expected <, <=, >, >=, =, != or ~, found the end"),
        ("lr 3", 4, "expected <, <=, >, >=, =, != or ~, found '3'"),
        ("lr >", 5, "expected a number or a text, found the end"),
        ("lr >> 3", 5, "expected a number or a text, found '>'"),
        ("lr > 3 or lr < 2", 8, "expected `and`, or the end, found 'or'"),
        ("lr > 3 'and' lr < 2", 8, "expected `and`, or the end, found 'and'"),
        ("lr > 3 and", 11, "expected a column or a key like train.optimizer.lr, found the end"),
        ("lr > 'a", 6, "expected a word, a sign or a text in quotes, found a quote that is not "
         "closed"),
        ("lr ! 3", 4, "expected a word, a sign or a text in quotes, found '!'"),
        ("lrr > 3", 1, "no run has 'lrr'; did you mean lr?"),
        ("train.optimiser.lr > 3", 1, "no run has 'train.optimiser.lr'; did you mean "
         "train.optimizer.lr?"),
        ("lr > 3 and stat = going", 12, "no run has 'stat'; did you mean state?"),
        ("accuracy > 3", 1, "no run has 'accuracy'; did you mean test_accuracy?"),
        ("zzz = 3", 1, "no run has 'zzz'; there are name, state, test_accuracy and started, and "
         "the keys of configurations"),
        ("state > 3", 1, "state is a text, such as 'finished', which is not compared with a "
         "number by >; = and ~ compare all"),
        ("lr < x", 1, "train.optimizer.lr is a number, such as 0.1, which is not compared with a "
         "text by <; = and ~ compare all"),
        ("nesterov < 1", 1, "train.optimizer.nesterov is true or false, such as true, which is "
         "not compared with a number by <; = and ~ compare all"),
        ("lr < null", 1, "train.optimizer.lr is a number, such as 0.1, which is not compared "
         "with null by <; = and ~ compare all"),
    ],
)  # fmt: skip
def test_what_is_told(text, column, message):
    with pytest.raises(ConfigError) as caught:
        numbers_of("lr > 0", text)
    (problem,) = caught.value.problems
    assert str(problem) == f"--where:{column}: {message}"


def test_a_key_that_may_be_several():
    known = ["train.optimizer.lr", "train.groups.lr", "lrs"]
    with pytest.raises(LookupError) as caught:
        find_key("lr", known)
    assert caught.value.args == (
        "'lr' may be train.optimizer.lr or train.groups.lr; name one of them",
    )
    assert find_key("optimizer.lr", known) == "train.optimizer.lr"


WORDS = st.text(
    st.characters(exclude_characters="<>=!~'\" \t\n\r\x0b\x0c", exclude_categories=("Z", "C")),
    min_size=1,
)
NUMBERS = st.floats(allow_nan=False, allow_infinity=False) | st.integers(-(10**18), 10**18)
COMPARISONS = st.tuples(
    WORDS, st.sampled_from(SIGNS), NUMBERS.map(repr) | WORDS, st.sampled_from(["", " ", "  "])
)


@given(st.lists(COMPARISONS, min_size=1, max_size=5))
def test_what_is_written_is_read(comparisons):
    text = " and ".join(f"{key}{gap}{sign}{gap}{value}" for key, sign, value, gap in comparisons)
    found = parse_conditions(text)
    assert [(each.key, each.sign, each.written) for each in found] == [
        (key, sign, value) for key, sign, value, _ in comparisons
    ]
    assert [each.value for each in found] == [resolve(value) for _, _, value, _ in comparisons]


@given(st.text(), st.sampled_from("'\""))
def test_any_text_between_quotes(text, quote):
    value = text.replace(quote, "")
    (found,) = parse_conditions(f"name={quote}{value}{quote}")
    assert (found.value, found.holds({"name": value})) == (value, True)
    assert found.holds({"name": value + "x"}) is False


@given(
    st.text() | st.lists(st.sampled_from([*SIGNS, "and", "lr", "'", '"', "1", " "])).map("".join)
)
@example("\x00")
@example("\ud800")
def test_anything_is_understood_or_told(text):
    """With a place in it, and never by another error."""
    try:
        assert parse_conditions(text)
    except ConfigError as error:
        (problem,) = error.problems
        assert 1 <= problem.place.column <= len(text) + 1
        assert problem.full_text()


VALUES = st.none() | st.booleans() | NUMBERS | st.text(max_size=5)


@given(VALUES, NUMBERS)
def test_signs_agree_with_each_other(found, value):
    row = {"x": found}
    holds = {sign: parse_conditions(f"x {sign} {value!r}")[0].holds(row) for sign in SIGNS}
    assert holds["="] is not holds["!="]
    is_number = isinstance(found, int | float) and not isinstance(found, bool)
    assert (holds["<"] + holds[">"] + (holds["="] and is_number)) == is_number
    assert holds["<="] == (holds["<"] or (is_number and holds["="]))
    assert holds[">="] == (holds[">"] or (is_number and holds["="]))


@given(st.lists(VALUES, max_size=8), NUMBERS)
def test_runs_stay_in_order(values, bound):
    rows = [{"x": value, "number": number} for number, value in enumerate(values)]
    try:
        found = select(rows, parse_conditions(f"x <= {bound!r}"))
    except ConfigError:
        assert not any(isinstance(v, int | float) and not isinstance(v, bool) for v in values)
        return
    numbers = [row["number"] for row in found]
    assert numbers == sorted(numbers)

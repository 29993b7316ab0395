import pytest

from cnncli.report.table import Column, si, table

COLUMNS = (Column("name"), Column("output\nvolume", numeric=True), Column("n", numeric=True))


def test_numbers_stand_right_and_words_left():
    text = table(COLUMNS, [["a", "1x1x10", 5], ["longer", "32x32x3", 1234567]])
    assert text == (
        "         output\n"
        "name     volume          n\n"
        "------  -------  ---------\n"
        "a        1x1x10          5\n"
        "longer  32x32x3  1,234,567"
    )


def test_total_below_a_second_rule_and_unknown_cells():
    text = table(COLUMNS[::2], [["a", None]], ["total", 1000])
    assert text.splitlines()[2:] == ["a          ?", "-----  -----", "total  1,000"]


def test_no_rows():
    assert table(COLUMNS[:1], []) == "name\n----"


def test_a_cell_of_others_is_short_and_on_one_line():
    """A class may be called anything: its column pads every row."""
    text = table([Column("class")], [["x" * 10_000], ["a\n\x1b[2Jb"]])
    lines = text.splitlines()
    assert lines[2:] == [f"{'x' * 246} ...", "a??[2Jb"]


WIDE = (
    Column("layer", least=8),
    Column("kind", rank=1),
    Column("multiply-\nadds", numeric=True),
    Column("from", rank=2, least=11, way="list"),
)
ROWS = [["stage1.conv1", "CONV", 105_705_600, "input1, pool1"], ["fc1", "FC", 34_944, ""]]


def test_numbers_are_exact_where_they_fit_and_else_have_four_digits():
    made = table(WIDE, ROWS)
    assert made.fit(50) == made
    assert made.fit(43) == (
        "                    multiply-\n"
        "layer         kind       adds  from\n"
        "------------  ----  ---------  ------------\n"
        "stage1.conv1  CONV    105.7 M  input1, ...\n"
        "fc1           FC       34,944\n"
        "(cut: from; --wide shows all)"
    )


def test_columns_are_left_out_by_rank_and_it_is_said():
    assert table(WIDE, ROWS).fit(24) == (
        "              multiply-\n"
        "layer              adds\n"
        "------------  ---------\n"
        "stage1.conv1    105.7 M\n"
        "fc1              34,944\n"
        "(left out to fit 24\n"
        " columns: kind and from;\n"
        " --wide shows all)"
    )


def test_prose_goes_on_in_its_column():
    columns = (Column("name"), Column("what it is", least=10, way="prose"))
    assert table(columns, [["a", "some words of prose"], ["b", ""]]).fit(20) == (
        "name  what it is\n----  --------------\na     some words of\n      prose\nb"
    )


def test_wide_signs_are_aligned_in_a_terminal_only():
    made = table(COLUMNS[::2], [["層層", 5], ["abc", 10]])
    assert made.splitlines()[2:] == ["層層     5", "abc   10"]
    assert made.fit(80).splitlines()[2:] == ["層層   5", "abc   10"]


def test_what_is_shown_instead():
    small = table([Column("pair")], [["a, b"]])
    made = table([Column("x"), *[Column("yyyy", rank=1)] * 3], [["1"] * 4], instead=small)
    assert made.fit(80) == made
    assert made.fit(16) == f"{small}\n(the largest; --wide shows the whole table)"


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (0, "0"),
        (999_999, "999,999"),
        (1_000_000, "1.000 M"),
        (105_705_600, "105.7 M"),
        (999_949_999, "999.9 M"),
        (999_950_000, "1.000 G"),
        (-5_705_600, "-5.706 M"),
        (12_345_678_901_234, "12.35 T"),
        (10**40, f"{10**40:,}"),
    ],
)
def test_four_digits(number, text):
    assert si(number) == text

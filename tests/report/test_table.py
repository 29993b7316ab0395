from cnncli.report.table import Column, table

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

from cnncli.report.layout.fit import Need, allot

NAME = Need(30, 10, 0, True)
NUMBER = Need(12, 8, 1, False)
EXTRA = Need(20, 20, 2, False)


def test_all_as_they_are():
    assert allot([NAME, NUMBER, EXTRA], 100, 2) == [30, 12, 20]


def test_least_widths_come_before_leaving_out():
    assert allot([NAME, NUMBER, EXTRA], 42, 2) == [10, 8, 20]


def test_what_is_left_over_goes_to_the_most_important():
    assert allot([NAME, NUMBER, EXTRA], 50, 2) == [18, 8, 20]
    assert allot([Need(12, 10, 0, True), NUMBER, EXTRA], 48, 2) == [12, 12, 20]


def test_the_largest_rank_is_left_out_first():
    assert allot([NAME, NUMBER, EXTRA], 41, 2) == [30, 8, None]
    assert allot([NAME, NUMBER, EXTRA], 15, 2) == [15, None, None]


def test_a_number_takes_all_or_its_short_form():
    assert allot([NUMBER], 11, 2) == [8]
    assert allot([NUMBER], 12, 2) == [12]


def test_one_column_stays():
    assert allot([EXTRA, EXTRA], 5, 2) == [20, None]
    assert allot([Need(30, 30, 0, False)], 5, 2) == [30]


def test_prose_that_goes_on_below_is_served_last():
    prose = Need(100, 10, 0, True, True)
    assert allot([prose, NUMBER], 30, 2) == [16, 12]

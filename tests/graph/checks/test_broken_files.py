"""One value of a network replaced: the original is among the fixes, and mostly the first."""

import pytest

from .broken_files import FILES, Verdict, broken_files, figures, halves, judge, names


def check(verdicts: list[Verdict]) -> None:
    count = len(verdicts)
    assert sum(each.rank is not None for each in verdicts) >= 0.9 * count, figures(verdicts)
    assert sum(each.fair for each in verdicts) >= 0.6 * count, figures(verdicts)
    assert sum(each.rank == 0 for each in verdicts) >= 0.5 * count, figures(verdicts)


def test_a_few_broken_files():
    ranks = [judge(broken).rank for broken in broken_files(halves()[1], 20)]
    assert len(ranks) - ranks.count(None) >= 17
    assert ranks.count(0) >= 8


@pytest.mark.slow
def test_broken_files_of_networks_that_were_left_aside():
    check([judge(broken) for broken in broken_files(halves()[1], FILES)])


@pytest.mark.slow
def test_broken_files_of_all_networks():
    check([judge(broken) for broken in broken_files(names(), FILES)])

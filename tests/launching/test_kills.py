"""A run over ranks survives whatever ends them: its files are whole, and it goes on to the bit."""

import pytest

from tests.launching.kills import WAYS, Series

pytestmark = pytest.mark.mpi


def test_each_way_once(tmp_path):
    series = Series(tmp_path, seed=0)
    ends = series.run(len(WAYS))
    assert {end.way for end in ends} == set(WAYS)
    assert series.finished
    assert not any("Traceback" in end.printed for end in ends)


@pytest.mark.slow
def test_50_times(tmp_path):
    series = Series(tmp_path, seed=1)
    assert len(series.run(50)) == 50
    assert series.finished

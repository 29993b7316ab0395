"""Random search: a value depends on seed, number and key alone."""

from cnncli.sweep.domains import Choices, Interval
from cnncli.sweep.sampling.random_search import RandomSearch
from cnncli.sweep.space import Space


def test_a_value_depends_on_seed_number_and_key_alone():
    a, b = Interval((), 1e-3, 1.0, log=True), Choices((), (64, 128))
    one, other = Space({"a": a, "b": b}), Space({"c": b, "b": b, "a": a})
    search = RandomSearch(seed=3)
    for number in range(50):
        values = search.values(one, number)
        assert values == {key: search.values(other, number)[key] for key in values}
    assert search.values(one, 0) != search.values(one, 1) != RandomSearch(seed=4).values(one, 1)

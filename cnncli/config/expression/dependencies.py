"""Names in an order in which each comes after those that it needs."""

from collections.abc import Iterable, Iterator, Mapping


def in_order(needs: Mapping[str, Iterable[str]]) -> Iterator[tuple[str, list[str]]]:
    """Every name after those that it needs; one in a circle also with that, from itself to itself.

    Without calling itself, as a thousand names may need each other in a row.
    """
    done: set[str] = set()
    told: set[str] = set()
    for start in needs:
        way = {} if start in done else {start: iter(needs[start])}
        while way:
            name = next(reversed(way))
            for inner in way[name]:
                if inner in way and inner not in told:
                    told.add(inner)
                    names = list(way)
                    yield inner, [*names[names.index(inner) :], inner]
                elif inner in needs and inner not in done and inner not in way:
                    way[inner] = iter(needs[inner])
                    break
            else:
                del way[name]
                done.add(name)
                if name not in told:
                    yield name, []

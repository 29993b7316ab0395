"""Receptive fields of a volume whose channels see differently, as behind a CONCAT."""

from collections.abc import Iterable, Sequence
from functools import reduce
from itertools import accumulate, chain, groupby, repeat
from operator import itemgetter, or_
from typing import NamedTuple

from cnncli.bounds import MAX_CHANNELS
from cnncli.geometry import Extent, Volume
from cnncli.layers.reading import Reads

from .receptive_field import ReceptiveField, blind, look, of_all


class ChannelFields(NamedTuple):
    """The fields of a volume's channels.

    fields: the different ones. runs: of neighbours that have the same, how many, and which.
    all: what all channels see together.
    """

    fields: tuple[ReceptiveField, ...]
    runs: tuple[tuple[int, int], ...]
    all: ReceptiveField

    @classmethod
    def of(cls, runs: Iterable[tuple[int, ReceptiveField]]) -> "ChannelFields":
        """Of so many channels, and then of so many more."""
        counts, fields = zip(*runs, strict=True)
        objects = {id(field): field for field in fields}  # few, of which a hash takes long
        different = {field: which for which, field in enumerate(dict.fromkeys(objects.values()))}
        which = {key: different[field] for key, field in objects.items()}
        numbers = [which[id(field)] for field in fields]
        same = groupby(zip(counts, numbers, strict=True), key=itemgetter(1))
        joined = ((sum(channels for channels, _ in run), number) for number, run in same)
        return cls(tuple(different), tuple(joined), of_all(tuple(different)))

    @property
    def depth(self) -> int:
        """How many channels there are."""
        return sum(channels for channels, _ in self.runs)

    @property
    def of_each(self) -> list[int]:
        """Which field each channel has."""
        return list(chain.from_iterable(repeat(which, channels) for channels, which in self.runs))


def alike(volume: Volume, field: ReceptiveField) -> ChannelFields:
    """Those of a volume whose channels see the same."""
    return ChannelFields((field,), ((volume.D, 0),), field)


def look_at(sources: Sequence[ChannelFields], reads: Sequence[Reads], out: Volume) -> ChannelFields:
    """Those of a layer, from those of its inputs and from what its channels read of them."""
    places, first = Extent(out.W, out.H), reads[0]
    if len(reads) == 1 and first == Reads() and sources[0].all.places == places:
        return sources[0]
    parts = [each for each in reads if each.channels or each.to]
    mixes = not parts and all(each.groups == 1 for each in reads)
    same = all(len(source.runs) == 1 for source in sources) and not any(each.to for each in parts)
    deepest = max(out.D, *(source.depth for source in sources))
    if mixes or same or deepest > MAX_CHANNELS:
        return alike(out, look([sources[each.of].all for each in reads], reads, places))
    if _in_order(reads, out):
        runs = []
        for each in reads:
            seen = [look([field], [each], places) for field in sources[each.of].fields]
            runs += [(channels, seen[which]) for channels, which in sources[each.of].runs]
        return ChannelFields.of(runs)
    pairs = [(each, field) for each in reads for field in sources[each.of].fields]
    fields = {0: blind(sources[0].all, places)}
    masks = _masks(sources, reads, out)
    for mask in set(masks) - {0}:
        used = [pair for bit, pair in enumerate(pairs) if mask >> bit & 1]
        fields[mask] = look([field for _, field in used], [each for each, _ in used], places)
    return ChannelFields.of((len(list(run)), fields[mask]) for mask, run in groupby(masks))


def _in_order(reads: Sequence[Reads], out: Volume) -> bool:
    """Whether each channel reads one, first all of the first input, then of the next."""
    to = [each.to or range(out.D) for each in reads]
    ends = (0, *chain.from_iterable((each.start, each.stop) for each in to), out.D)
    follow = all(end == begin for end, begin in zip(ends[::2], ends[1::2], strict=True))
    return follow and not any(each.groups or each.channels for each in reads)


def _masks(sources: Sequence[ChannelFields], reads: Sequence[Reads], out: Volume) -> list[int]:
    """What each channel reads: a bit for each field of the source of each of `reads`."""
    masks = [0] * out.D
    firsts = accumulate((len(sources[each.of].fields) for each in reads), initial=0)
    for first, each in zip(firsts, reads, strict=False):
        bits = [1 << first + which for which in sources[each.of].of_each]
        if each.channels:
            bits = bits[each.channels.start : each.channels.stop : each.channels.step]
        to = slice(each.to.start, each.to.stop, each.to.step) if each.to else slice(None)
        before = masks[to]
        if each.groups:
            size, filters = len(bits) // each.groups, len(before) // each.groups
            groups = [
                reduce(or_, bits[begin : begin + size], 0)
                for begin in range(0, size * each.groups, size or 1)
            ]
            bits = [bit for bit in groups for _ in range(filters)]
        bits += [0] * (len(before) - len(bits))  # a layer that does not fit has other channels
        masks[to] = [old | new for old, new in zip(before, bits, strict=False)]
    return masks

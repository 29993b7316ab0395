"""Receptive fields of a volume whose channels see differently, as behind a CONCAT."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain, groupby, repeat
from operator import itemgetter
from typing import TypeAlias

from cnncli.bounds import MAX_CHANNELS
from cnncli.geometry import Extent, Volume
from cnncli.layers.reading import Reads

from .receptive_field import ReceptiveField, blind, look, of_all


@dataclass(frozen=True)
class ChannelFields:
    """The fields of a volume's channels: runs of neighbours, how many have which."""

    runs: tuple[tuple[int, ReceptiveField], ...]

    @classmethod
    def of(cls, runs: Iterable[tuple[int, ReceptiveField]]) -> "ChannelFields":
        """With neighbours that have the same put together."""
        same = groupby(runs, key=itemgetter(1))
        return cls(tuple((sum(channels for channels, _ in run), field) for field, run in same))

    @cached_property
    def all(self) -> ReceptiveField:
        """That of all channels together."""
        return of_all(list(dict.fromkeys(field for _, field in self.runs)))

    @property
    def depth(self) -> int:
        """How many channels there are."""
        return sum(channels for channels, _ in self.runs)

    @property
    def run_of_each(self) -> list[int]:
        """Of each channel, in which run it is."""
        runs = (repeat(run, channels) for run, (channels, _) in enumerate(self.runs))
        return list(chain.from_iterable(runs))


def alike(volume: Volume, field: ReceptiveField) -> ChannelFields:
    """Those of a volume whose channels see the same."""
    return ChannelFields(((volume.D, field),))


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
        runs = [
            (channels, look([field], [each], places))
            for each in reads
            for channels, field in sources[each.of].runs
        ]
        return ChannelFields.of(runs)
    fields: dict[frozenset[_Part], ReceptiveField] = {frozenset(): blind(sources[0].all, places)}
    seen = list(map(frozenset, _parts(sources, reads, out)))
    for part in set(seen) - set(fields):
        found = [sources[reads[number].of].runs[run][1] for number, run in part]
        fields[part] = look(found, [reads[number] for number, _ in part], places)
    return ChannelFields.of((1, fields[part]) for part in seen)


def _in_order(reads: Sequence[Reads], out: Volume) -> bool:
    """Whether each channel reads one, first all of the first input, then of the next."""
    to = [each.to or range(out.D) for each in reads]
    ends = (0, *chain.from_iterable((each.start, each.stop) for each in to), out.D)
    follow = all(end == begin for end, begin in zip(ends[::2], ends[1::2], strict=True))
    return follow and not any(each.groups or each.channels for each in reads)


_Part: TypeAlias = tuple[int, int]
"""Which of a layer's reads, and which run of channels of its source."""


def _parts(
    sources: Sequence[ChannelFields], reads: Sequence[Reads], out: Volume
) -> list[set[_Part]]:
    """What each channel of the output reads."""
    seen: list[set[_Part]] = [set() for _ in range(out.D)]
    for number, each in enumerate(reads):
        run_of = sources[each.of].run_of_each
        channels = each.channels or range(len(run_of))
        parts = [(number, run_of[channel]) for channel in channels if channel < len(run_of)]
        to = [seen[channel] for channel in each.to or range(out.D)]
        if not each.groups:
            for channel, part in zip(to, parts, strict=False):
                channel.add(part)
            continue
        size, filters = len(parts) // each.groups, len(to) // each.groups
        for group in range(each.groups):
            read = set(parts[group * size : (group + 1) * size])
            for channel in to[group * filters : (group + 1) * filters]:
                channel |= read
    return seen

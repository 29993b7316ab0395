"""Joined volumes that grow where they lie.

In a dense network (Huang et al. 2017) every volume is the one before it and some channels more.
Where there is memory for the last of them from the start, only the new channels are copied.
"""

from collections.abc import Mapping, Sequence

from cnncli.kernels.reshape import Room

from .fusion import Fused


def rooms(fused: Sequence[Fused]) -> dict[str, Room]:
    """The memory of each joined volume that grows, or has grown, in evaluation."""
    readers: dict[str, list[Fused]] = {one.output: [] for one in fused}
    for one in fused:
        for name in one.inputs:
            if name in readers:
                readers[name].append(one)
    found: dict[str, Room] = {}
    for one in reversed(fused):
        if not _joins(one):
            continue
        larger = _joined_next(one, readers)
        if larger:
            depth = found[larger.output].depth if larger.output in found else _depth(larger)
            found[larger.output] = Room(depth, is_there=True)
            found[one.output] = Room(depth, is_there=False)
    return found


def _joins(one: Fused) -> bool:
    return one.node.layer.fusion(training=False).joins_channels and not one.epilogue


def _depth(one: Fused) -> int:
    return one.node.out_shape.D


def _joined_next(one: Fused, readers: Mapping[str, Sequence[Fused]]) -> Fused | None:
    """The only one that joins more to this volume, where others read its pixels as they lie."""
    after = readers[one.output]
    larger = [by for by in after if _joins(by) and by.inputs[0] == one.output]
    others = [by for by in after if by not in larger]
    is_read_once = all(by.inputs.count(one.output) == 1 for by in larger)
    return (
        larger[0] if len(larger) == 1 and is_read_once and all(map(_reads_pixels, others)) else None
    )


def _reads_pixels(one: Fused) -> bool:
    fusion = one.node.layer.fusion(training=False)
    return bool(fusion.accepts_before) and not fusion.copies_input

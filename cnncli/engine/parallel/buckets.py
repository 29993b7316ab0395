"""In which pieces the ranks add up a gradient."""

from collections.abc import Mapping

_BYTES = 4 << 20
"""Of a bucket, at most: memory that each rank takes once more while it is added.

Of smaller ones there are more, and each takes some 0.1 ms beside its bytes.
"""


def buckets(slices: Mapping[str, slice], itemsize: int) -> list[slice]:
    """Parts of the flat vector: whole layers that follow each other; one that is larger is cut.

    slices: where the arrays lie, by names like `conv1.W`, in the order of the vector.
    """
    layers: dict[str, slice] = {}
    for name, one in slices.items():
        node = name.rpartition(".")[0]
        layers[node] = slice(layers.get(node, one).start, one.stop)
    most = _BYTES // itemsize
    found: list[slice] = []
    for layer in layers.values():
        if found and layer.stop - found[-1].start <= most:
            found[-1] = slice(found[-1].start, layer.stop)
            continue
        found += [
            slice(start, min(start + most, layer.stop))
            for start in range(layer.start, layer.stop, most)
        ]
    return found

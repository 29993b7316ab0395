"""Image sizes in words: `35x35, 67x67 and every 32 up to 451x451`."""

from cnncli.graph.costs.image_sizes import Sizes, runs
from cnncli.text import count


def sizes_text(sizes: Sizes) -> str:
    """The sizes that a network takes strictly, one line, or one for each axis."""
    if not sizes.widths or not sizes.heights:
        return f"no size up to {sizes.limit}x{sizes.limit} fits strictly"
    head = f"sizes up to {sizes.limit} that fit strictly"
    if sizes.widths == sizes.heights:
        return f"{head}, for width and height: {_listed(sizes.widths)}"
    return f"{head}:\n  width: {_listed(sizes.widths)}\n  height: {_listed(sizes.heights)}"


def _listed(sizes: tuple[int, ...]) -> str:
    parts = []
    for first, last, step in runs(sizes):
        if first == last:
            parts.append(str(first))
        elif last == first + step:
            parts += [str(first), str(last)]
        else:
            steps = f" in steps of {step}" if step > 1 else ""
            parts.append(f"{first} to {last}{steps}")
    return f"{', '.join(parts)} ({count(len(sizes), 'size')})"

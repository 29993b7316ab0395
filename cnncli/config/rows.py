"""Where layers stand among each other: what -1, -2, ... and names of other layers mean."""

from typing import Any, NamedTuple

from cnncli.problems import Place


class Row(NamedTuple):
    """Where a layer stands among those that -1, -2, ... may mean.

    scope: the network (0) or the use of a block. at: how many stand above it there. number: how
    many of its kind do, and itself. is_named: whether it has a name of its own.
    """

    scope: int
    at: int
    number: int
    is_named: bool


class Link(NamedTuple):
    """A `from:` of a layer or of a block's use: as it is written, and the layers that it means.

    site: that of the layer or of the use. at: how many layers stand above it in its scope; -1 is
    the last of these.
    """

    site: Any
    place: Place
    targets: tuple[str | int, ...]
    layers: tuple[str | None, ...]
    scope: int
    at: int

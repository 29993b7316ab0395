"""Zeros around the input of a transposed convolution, for output that no filter reaches."""

from cnncli.geometry import Geometry, Padding


def zeros_around(geometry: Geometry) -> Padding:
    """Pixels of zeros with which a CONVT has no negative padding, S less for each of them.

    geometry: of the convolution that it is the transpose of.
    """
    P, S = geometry.P, geometry.S
    steps = Padding(S.W, S.W, S.H, S.H)
    return Padding(*(-(min(side, 0) // step) for side, step in zip(P, steps, strict=True)))

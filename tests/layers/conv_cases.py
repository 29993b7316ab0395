"""Cases of the layers with filters, for the contract harness."""

from cnncli.kernels.geometry import Extent, Padding
from cnncli.layers.conv import Conv
from cnncli.layers.hyperparameters import Volume

E = Extent
SAME = "same"

CONV_CASES = [
    # stride 1: 3x3, even, rectangles, paddings, prime sizes, one pixel
    (Conv(K=4), Volume(7, 5, 3)),
    (Conv(K=2, bias=False), Volume(4, 6, 1)),
    (Conv(K=3, F=E(1, 1)), Volume(5, 4, 2)),
    (Conv(K=3, F=E(1, 1), P=Padding(1, 0, 0, 2)), Volume(5, 4, 2)),
    (Conv(K=3, F=E(2, 2), P=Padding()), Volume(5, 4, 2)),
    (Conv(K=3, F=E(3, 5)), Volume(7, 11, 2)),
    (Conv(K=3, F=E(5, 3), P=Padding(0, 0, 0, 0)), Volume(7, 11, 2)),
    (Conv(K=2, P=Padding(1, 2, 0, 1)), Volume(6, 5, 3)),
    (Conv(K=2, P=Padding(4, 3, 5, 0)), Volume(6, 5, 2)),
    (Conv(K=2), Volume(1, 1, 3)),
    (Conv(K=2, F=E(4, 4), P=SAME), Volume(7, 6, 2)),
    # larger strides, with and without a rest
    (Conv(K=3, S=E(2, 2), P=Padding(1, 1, 1, 1)), Volume(7, 5, 3)),
    (Conv(K=3, F=E(1, 1), S=E(2, 2)), Volume(7, 5, 3)),
    (Conv(K=3, S=E(2, 1), P=Padding(1, 0, 1, 1)), Volume(6, 5, 2)),
    (Conv(K=2, S=E(2, 2), P=Padding(), fit="crop"), Volume(8, 6, 2)),
    (Conv(K=2, S=E(2, 2), P=Padding(), fit="pad"), Volume(8, 6, 2)),
    (Conv(K=2, S=E(3, 3), P=Padding(), fit="pad"), Volume(7, 8, 2)),
    (Conv(K=2, F=E(2, 2), S=E(3, 3), P=Padding(), fit="crop"), Volume(10, 9, 2)),
    (Conv(K=2, F=E(5, 5), S=E(3, 2), P=SAME), Volume(11, 7, 2)),
]

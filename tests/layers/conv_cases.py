"""Cases of the layers with filters, for the contract harness."""

from cnncli.geometry import Extent, Padding, Volume
from cnncli.layers.conv import Conv
from cnncli.layers.local import Local
from cnncli.layers.transposed_conv import ConvT

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
    (Conv(K=3, F=E(1, 1), S=E(2, 3), fit="crop"), Volume(6, 6, 3)),
    (Conv(K=3, S=E(2, 1), P=Padding(1, 0, 1, 1)), Volume(6, 5, 2)),
    (Conv(K=2, S=E(2, 2), P=Padding(), fit="crop"), Volume(8, 6, 2)),
    (Conv(K=2, S=E(2, 2), P=Padding(), fit="pad"), Volume(8, 6, 2)),
    (Conv(K=2, S=E(2, 2), P=Padding(1, 0, 0, 0), fit="crop"), Volume(7, 6, 2)),
    (Conv(K=2, S=E(3, 3), P=Padding(), fit="pad"), Volume(7, 8, 2)),
    (Conv(K=2, F=E(2, 2), S=E(3, 3), P=Padding(), fit="crop"), Volume(10, 9, 2)),
    (Conv(K=2, F=E(5, 5), S=E(3, 2), P=SAME), Volume(11, 7, 2)),
    # groups
    (Conv(K=6, groups=3), Volume(7, 5, 6)),
    (Conv(K=4, groups=2, bias=False), Volume(5, 3, 2)),
    (Conv(K=4, F=E(1, 1), groups=2), Volume(5, 3, 6)),
    (Conv(K=4, F=E(1, 1), S=E(2, 2), groups=2), Volume(5, 3, 4)),
    (Conv(K=4, F=E(3, 2), groups=2, P=Padding(1, 2, 0, 1)), Volume(5, 6, 4)),
    (Conv(K=4, S=E(2, 2), groups=2), Volume(7, 5, 4)),
    (Conv(K=4, S=E(3, 2), groups=2, P=Padding(), fit="pad"), Volume(7, 6, 4)),
    (Conv(K=4, S=E(2, 2), groups=2, P=Padding(), fit="crop"), Volume(8, 6, 4)),
    (Conv(K=8, groups=4), Volume(4, 3, 8)),
    (Conv(K=12, S=E(2, 1), groups=12), Volume(5, 3, 24)),
    # depthwise
    (Conv(K=3, groups="depthwise"), Volume(7, 5, 3)),
    (Conv(K=3, groups=3, bias=False), Volume(1, 1, 3)),
    (Conv(K=6, groups="depthwise"), Volume(4, 5, 3)),
    (Conv(K=4, groups="depthwise"), Volume(4, 5, 1)),
    (Conv(K=2, F=E(1, 1), groups="depthwise"), Volume(4, 5, 2)),
    (Conv(K=2, F=E(5, 3), groups="depthwise", P=Padding(3, 0, 4, 1)), Volume(4, 5, 2)),
    (Conv(K=2, F=E(2, 2), groups="depthwise", P=SAME), Volume(4, 5, 2)),
    (Conv(K=3, S=E(2, 2), groups="depthwise"), Volume(7, 5, 3)),
    (Conv(K=4, S=E(1, 2), groups="depthwise"), Volume(4, 5, 2)),
    (Conv(K=4, S=E(2, 1), groups="depthwise"), Volume(7, 5, 2)),
    (Conv(K=2, S=E(2, 2), groups="depthwise", P=Padding(), fit="crop"), Volume(8, 6, 2)),
    (Conv(K=2, S=E(3, 2), groups="depthwise", P=Padding(), fit="pad"), Volume(7, 8, 2)),
    # dilation
    (Conv(K=2, dilation=E(2, 2)), Volume(7, 5, 3)),
    (Conv(K=2, dilation=E(3, 2), P=Padding(1, 2, 0, 3)), Volume(8, 7, 2)),
    (Conv(K=2, F=E(2, 2), dilation=E(2, 2)), Volume(5, 4, 2)),
    (Conv(K=2, F=E(2, 3), dilation=E(3, 1), P=SAME), Volume(5, 4, 2)),
    (Conv(K=2, F=E(1, 1), dilation=E(3, 3)), Volume(5, 4, 2)),
    (Conv(K=2, S=E(2, 2), dilation=E(2, 2)), Volume(7, 5, 2)),
    (Conv(K=2, S=E(2, 3), dilation=E(3, 2), fit="crop"), Volume(10, 9, 2)),
    (Conv(K=2, S=E(3, 2), dilation=E(2, 3), fit="pad"), Volume(9, 10, 2)),
    (Conv(K=4, dilation=E(2, 2), groups=2), Volume(7, 5, 4)),
    (Conv(K=4, dilation=E(2, 1), S=E(2, 2), groups=2), Volume(7, 5, 4)),
    (Conv(K=2, dilation=E(2, 3), groups="depthwise"), Volume(7, 5, 2)),
    (Conv(K=4, dilation=E(3, 2), S=E(2, 2), groups="depthwise"), Volume(7, 5, 2)),
    # transposed
    (ConvT(K=3), Volume(3, 2, 2)),
    (ConvT(K=2, bias=False), Volume(1, 1, 1)),
    (ConvT(K=3, F=E(4, 4), P=Padding(1, 1, 1, 1)), Volume(3, 4, 2)),
    (ConvT(K=2, F=E(3, 5), S=E(2, 3), P=Padding(1, 0, 2, 1)), Volume(4, 3, 2)),
    (ConvT(K=2, F=E(3, 3), S=E(1, 1)), Volume(4, 3, 2)),
    (ConvT(K=2, F=E(3, 3), S=E(1, 1), P=SAME), Volume(4, 3, 2)),
    (ConvT(K=2, F=E(2, 4), S=E(1, 2), P=Padding(2, 2, 0, 0)), Volume(7, 3, 2)),
    (ConvT(K=2, F=E(3, 3), P=SAME), Volume(4, 3, 2)),
    (ConvT(K=2, F=E(1, 2), S=E(3, 3)), Volume(4, 3, 2)),
    (ConvT(K=2, F=E(1, 1), S=E(2, 2), P=SAME), Volume(4, 3, 2)),
    (ConvT(K=2, F=E(1, 1), S=E(1, 1)), Volume(4, 3, 2)),
    (ConvT(K=4, F=E(3, 2), groups=2), Volume(3, 2, 6)),
    (ConvT(K=6, F=E(3, 3), S=E(1, 1), groups="depthwise"), Volume(3, 2, 6)),
    (ConvT(K=3, F=E(3, 2), S=E(2, 1), dilation=E(2, 3), P=Padding(1, 0, 2, 1)), Volume(3, 4, 2)),
    (ConvT(K=4, F=E(2, 2), S=E(3, 3), extra=E(2, 1), groups=2), Volume(3, 4, 2)),
    (ConvT(K=2, F=E(3, 3), dilation=E(2, 2), P=SAME), Volume(3, 4, 2)),
    # locally connected
    (Local(K=2), Volume(5, 4, 3)),
    (Local(K=3, bias=False), Volume(1, 1, 2)),
    (Local(K=2, F=E(1, 1)), Volume(3, 4, 2)),
    (Local(K=2, F=E(3, 2), P=Padding(1, 2, 0, 1)), Volume(5, 4, 2)),
    (Local(K=2, F=E(4, 4), P=SAME), Volume(5, 4, 1)),
    (Local(K=2, S=E(2, 2), P=Padding()), Volume(5, 7, 2)),
    (Local(K=2, S=E(2, 3), P=Padding(), fit="crop"), Volume(6, 7, 2)),
    (Local(K=2, S=E(2, 3), P=Padding(), fit="pad"), Volume(6, 7, 2)),
    # a stride larger than the padded map: the crop takes all that is behind the first window
    (Conv(K=2, F=E(1, 1), S=E(6, 6), P=Padding(2, 2, 2, 2), fit="crop"), Volume(1, 1, 2)),
    (Conv(K=2, S=E(7, 5), P=Padding(1, 1, 2, 2), fit="crop"), Volume(3, 2, 2)),
]

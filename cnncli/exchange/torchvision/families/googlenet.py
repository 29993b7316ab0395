"""GoogLeNet, whose weights torchvision uses with `transform_input`: normalised by 0.5 and 0.5.

x 0.229/0.5 + (0.485 - 0.5)/0.5 of an x that is (pixel - 0.485)/0.229 is (pixel - 0.5)/0.5, and
likewise for the other channels.
"""

from cnncli.exchange.torchvision.family import Family, Normal

GOOGLENET = Family(
    networks=("googlenet_torchvision",),
    modules=r"""
        (?: conv(\d) | inception(\d[a-e])\.branch(\d)(?:\.(\d))? )\. (?: (conv) | (bn) )
        | (fc)""",
    unused=("aux1", "aux2"),
    normal=Normal((0.5, 0.5, 0.5), (0.5, 0.5, 0.5)),
    remark="images are normalised by mean 0.5 and deviation 0.5, as torchvision does for its own "
    "weights (transform_input); --mean and --std say otherwise",
)

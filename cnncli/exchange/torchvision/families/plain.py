"""AlexNet and VGG: layer after layer, numbered."""

from cnncli.exchange.torchvision.family import Family

PLAIN = Family(
    networks=(
        "alexnet_torchvision",
        *("vgg11", "vgg13", "vgg16", "vgg19"),
        *("vgg11_bn", "vgg13_bn", "vgg16_bn", "vgg19_bn"),
    ),
    modules=r"features\.(\d+) | classifier\.(\d+)",
)

"""ResNet and ResNeXt, of basic blocks and of bottlenecks."""

from cnncli.exchange.torchvision.family import Family

RESNET = Family(
    networks=("resnet18", "resnet34", "resnet50", "resnet101", "resnext50_32x4d"),
    modules=r"""
        (conv1) | (bn1)
        | layer(\d)\.(\d+)\. (?:
            (conv1) | (bn1) | (conv2) | (bn2) | (conv3) | (bn3) | downsample\.(\d))
        | (fc)""",
)

"""MNASNet."""

from cnncli.exchange.torchvision.family import Family

MNASNET = Family(
    networks=("mnasnet1_0",),
    modules=r"layers\.(\d+) (?: \.(\d)\.layers\.(\d) )? | (classifier\.1)",
)

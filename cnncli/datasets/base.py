"""The data sets whose images and classes are fixed by their names."""

from typing import NamedTuple

from cnncli.geometry import Volume

CIFAR10 = "airplane automobile bird cat deer dog frog horse ship truck"
CIFAR100 = """
apple aquarium_fish baby bear beaver bed bee beetle bicycle bottle bowl boy bridge bus butterfly
camel can castle caterpillar cattle chair chimpanzee clock cloud cockroach couch crab crocodile
cup dinosaur dolphin elephant flatfish forest fox girl hamster house kangaroo keyboard lamp
lawn_mower leopard lion lizard lobster man maple_tree motorcycle mountain mouse mushroom oak_tree
orange orchid otter palm_tree pear pickup_truck pine_tree plain plate poppy porcupine possum
rabbit raccoon ray road rocket rose sea seal shark shrew skunk skyscraper snail snake spider
squirrel streetcar sunflower sweet_pepper table tank telephone television tiger tractor train
trout tulip turtle wardrobe whale willow_tree wolf woman worm
"""
PATTERNS = "disc ring square triangle star cross crescent stripes checker dots"
FASHION = "t-shirt trouser pullover dress coat sandal shirt sneaker bag ankle_boot"
FIGURES = "0 1 2 3 4 5 6 7 8 9"


class Description(NamedTuple):
    """What a network needs to know of a data set: the size of an image, and the classes."""

    size: Volume
    classes: tuple[str, ...]


NAMED = {
    "cifar10": Description(Volume(32, 32, 3), tuple(CIFAR10.split())),
    "cifar100": Description(Volume(32, 32, 3), tuple(CIFAR100.split())),
    "mnist": Description(Volume(28, 28, 1), tuple(FIGURES.split())),
    "fashion_mnist": Description(Volume(28, 28, 1), tuple(FASHION.split())),
    "svhn": Description(Volume(32, 32, 3), tuple(FIGURES.split())),
    "digits": Description(Volume(8, 8, 1), tuple(FIGURES.split())),
    "patterns": Description(Volume(32, 32, 3), tuple(PATTERNS.split())),
}
"""The sets whose images and classes are fixed by their names."""

COUNTS = {
    "cifar10": (50_000, 10_000),
    "cifar100": (50_000, 10_000),
    "mnist": (60_000, 10_000),
    "fashion_mnist": (60_000, 10_000),
    "svhn": (73_257, 26_032),
    "digits": (1_438, 359),
    "patterns": (10_000, 2_000),
}
"""Their images to train and to test on."""

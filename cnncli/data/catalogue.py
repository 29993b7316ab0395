"""The data sets known by name, and what their images are. NumPy is not needed to say it."""

from collections import Counter
from pathlib import Path
from typing import NamedTuple

from cnncli.config.data import DataSpec
from cnncli.datasets.problems import misfit
from cnncli.layers.fields import Volume

from .load import data_root

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


def describe(spec: DataSpec) -> Description:
    """The image size and the classes; files are opened only for one's own data.

    Raises DataError where those files are missing or damaged, and ConfigError where something is
    given for a set that can not have it.
    """
    check(spec)
    if spec.name in NAMED:
        return NAMED[spec.name]
    size, classes = _look(spec.name, data_root(spec.root), spec.size)
    return Description(size, names_of(spec, classes))


def names_of(spec: DataSpec, classes: tuple[str, ...]) -> tuple[str, ...]:
    """The names that the section gives to classes that have only numbers.

    Raises ConfigError unless there is one for each.
    """
    if spec.classes is None:
        return classes
    if len(spec.classes) != len(classes):
        raise misfit(
            "classes",
            f"{len(spec.classes)} names, but the labels go from 0 to {len(classes) - 1}; "
            f"give {len(classes)}",
        )
    return spec.classes


def check(spec: DataSpec) -> None:
    """Raises ConfigError where the section's values do not go together."""
    if spec.size is not None and spec.name != "folder":
        raise misfit("size", f"only a folder of images is scaled, not {spec.name}; leave it out")
    if spec.size is not None and spec.size.D not in (1, 3):
        raise misfit("size", f"images have depth 1 (grey) or 3 (colour), not {spec.size.D}")
    if spec.memory is not None and spec.name != "folder":
        raise misfit("memory", f"only a folder of images can stay on the disk, not {spec.name}")
    if spec.classes is not None:
        _check_names(spec.name, spec.classes)
    if spec.stand_in is not None and spec.name != "cifar10":
        raise misfit(
            "stand_in",
            f"{spec.stand_in} ({NAMED[spec.stand_in].size}, 10 classes) stands in for cifar10 "
            f"only, not for {spec.name}; leave it out",
        )


def _check_names(name: str, classes: tuple[str, ...]) -> None:
    if name not in ("idx", "npz"):
        raise misfit("classes", f"those of {name} have their names already; leave it out")
    name, count = Counter(classes).most_common(1)[0] if classes else ("", 0)
    if count > 1:
        raise misfit("classes", f"two are called {name!r}; give each its own name")


def _look(name: str, root: Path, size: Volume | None) -> Description:
    from cnncli.datasets.sets import folder, mnist, npz

    look = {
        "idx": lambda: mnist.describe(root),
        "npz": lambda: npz.describe(root),
        "folder": lambda: folder.describe(root, size),
    }
    return Description(*look[name]())

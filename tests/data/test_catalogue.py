from pathlib import Path

import pytest

from cnncli.config.data import DataSpec
from cnncli.data.catalogue import describe
from cnncli.datasets.figures import FIGURES
from cnncli.datasets.sets import data_sets
from cnncli.geometry import Volume
from cnncli.problems import ConfigError
from tests.messages import error_text


@pytest.mark.parametrize(
    ("name", "size", "classes"),
    [
        ("cifar10", Volume(32, 32, 3), 10),
        ("cifar100", Volume(32, 32, 3), 100),
        ("mnist", Volume(28, 28, 1), 10),
        ("fashion_mnist", Volume(28, 28, 1), 10),
        ("svhn", Volume(32, 32, 3), 10),
        ("digits", Volume(8, 8, 1), 10),
        ("patterns", Volume(32, 32, 3), 10),
    ],
)
def test_named_sets_need_no_files(name, size, classes):
    description = describe(DataSpec(name=name, root=Path("nowhere")))
    assert description.size == size
    assert len(set(description.classes)) == len(description.classes) == classes


def test_cifar100_is_in_alphabetical_order():
    classes = data_sets()["cifar100"].description.classes
    assert list(classes) == sorted(classes)


def test_every_pattern_has_a_figure():
    assert tuple(FIGURES) == data_sets()["patterns"].description.classes


def test_a_size_is_for_folders():
    spec = DataSpec(name="cifar10", size=Volume(16, 16, 3))
    assert error_text(ConfigError, describe, spec) == (
        "configuration: data.size: only csv and folder take it, not cifar10; leave it out"
    )


def test_images_are_grey_or_in_colour():
    error = error_text(ConfigError, describe, DataSpec(name="folder", size=Volume(16, 16, 4)))
    assert error == ("configuration: data.size: images have depth 1 (grey) or 3 (colour), not 4")


def test_the_stand_in_is_for_cifar10():
    assert error_text(ConfigError, describe, DataSpec(name="cifar100", stand_in="patterns")) == (
        "configuration: data.stand_in: patterns (32x32x3, 10 classes) stands in for cifar10 only, "
        "not for cifar100; leave it out"
    )

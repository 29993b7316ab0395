"""How many images a data set will have when it is loaded; none of them is read."""

from typing import NamedTuple

from cnncli.config.data import DataSpec
from cnncli.datasets.base import PLAIN, Counts
from cnncli.datasets.problems import MissingError, Notify, unreadable
from cnncli.datasets.published import locate, missing
from cnncli.datasets.sets import data_sets

from .catalogue import check, data_root, reading
from .load import check_validation, take_stand_in
from .test_part import count_test
from .validation_split import split_counts


class Outline(NamedTuple):
    """The images of each part, damaged ones among them, after some were held out.

    Of a set with data.group they are near to these, as whole groups allow.
    """

    name: str
    train: int
    validation: int
    test: int


def outline(spec: DataSpec, *, download: bool, notify: Notify) -> Outline:
    """That of the set, or of its stand-in where the set is not there and is not to be fetched.

    Nothing is fetched. download: a run would fetch the set, of which the user is told. Raises
    DataError for files that are missing or not as they should be, ConfigError where more images are
    asked for than there are.
    """
    check(spec)
    name, root = spec.name, data_root(spec)
    try:
        counts = _count(spec, download, notify)
    except MissingError as error:
        name = take_stand_in(spec, error, notify)
        counts = data_sets()[name].count_images(root, PLAIN)
    except OSError as error:
        raise unreadable(error.filename or root, error) from None
    check_validation(spec, counts.validation)
    train, test, own = counts.train, counts.test, counts.validation
    if test is None:
        test = count_test(root, counts.of_classes)
        train -= test
    train, held = split_counts(spec, train)
    return Outline(name, train, held if own is None else own, test)


def _count(spec: DataSpec, download: bool, notify: Notify) -> Counts:
    data_set, root = data_sets()[spec.name], data_root(spec)
    place = locate(data_set, root)
    if data_set.files and not place:
        if not download:
            raise missing(data_set, root)
        size = f"{data_set.download_size:,} bytes"
        notify(f"{spec.name} is not in {root}: a run downloads it first ({size})")
    return data_set.count_images(place or root, reading(spec))

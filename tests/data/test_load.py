import hashlib
from dataclasses import replace

import numpy as np
import pytest

from cnncli.config.data import DataSpec
from cnncli.data.load import load, split
from cnncli.datasets import published
from cnncli.datasets.dataset import Split
from cnncli.datasets.sets import data_sets
from cnncli.errors import DataError, UsageError
from tests.cli.commands import write_npz
from tests.datasets.reading import expect_little, fault, get, no_test, to_test
from tests.messages import error_text

HOME = "https://www.cs.toronto.edu/~kriz/cifar.html"
NAMES = "put cifar-10-binary.tar.gz or cifar-10-python.tar.gz there"
FETCH = "get it with `cnn data fetch cifar10`, or"
PLACES = "cifar10 is not there (cifar-10-batches-bin/, cifar-10-batches-py/ or an archive)"


@pytest.fixture(autouse=True)
def _few_patterns(publish):
    publish("patterns", counts=(40, 20))


def test_stand_in_is_never_silent(tmp_path):
    told = []
    spec = DataSpec(name="cifar10", root=tmp_path, stand_in="patterns")
    dataset = load(spec, download=False, notify=told.append)
    assert (dataset.name, dataset.stand_in_for) == ("patterns", "cifar10")
    assert dataset.train.images.shape == (40, 32, 32, 3)
    assert told == [
        f"warning: {tmp_path}: {PLACES}; {FETCH} {NAMES}, from {HOME}\n"
        "warning: using the stand-in 'patterns' instead: drawn figures, not cifar10"
    ]
    asked_for = load(DataSpec(name="patterns"), download=False, notify=pytest.fail)
    assert asked_for.stand_in_for is None
    assert asked_for.digest == dataset.digest


def test_a_damaged_set_has_no_stand_in(cifar10):
    (cifar10 / "cifar-10-batches-bin" / "test_batch.bin").write_bytes(b"x")
    spec = DataSpec(name="cifar10", root=cifar10, stand_in="patterns")
    with pytest.raises(DataError, match=r"test_batch.bin: expected whole records"):
        load(spec, download=True, notify=pytest.fail)


def test_failed_download(tmp_path, monkeypatch):
    def fail(published, root, notify, mirror, progress):
        assert root == tmp_path
        notify("trying again")
        raise DataError("https://mirror: no answer within 8 s")

    monkeypatch.setattr(published, "fetch", fail)
    told = []
    spec = DataSpec(name="cifar10", root=tmp_path)
    assert error_text(DataError, load, spec, download=True, notify=told.append) == (
        f"{tmp_path}: {PLACES}; download: https://mirror: no answer within 8 s; {NAMES}, "
        f"from {HOME}"
    )
    assert told == [
        f"cifar10 is not in {tmp_path}: downloading cifar-10-binary.tar.gz (170,052,171 bytes)",
        "trying again",
    ]
    spec = replace(spec, stand_in="patterns")
    assert load(spec, download=True, notify=told.append).name == "patterns"


@pytest.mark.parametrize("name", [name for name, each in data_sets().items() if each.files])
def test_nothing_is_fetched_unless_asked(tmp_path, monkeypatch, name):
    monkeypatch.setattr(published, "fetch", pytest.fail)
    known = data_sets()[name]
    assert fault(get, name, tmp_path) == (
        f"{tmp_path}: {name} is not there ({known.places}); get it with `cnn data fetch {name}`, "
        f"or put {known.by_hand} there, from {known.home}"
    )


def test_what_is_there_is_not_fetched(cifar10, monkeypatch):
    monkeypatch.setattr(published, "fetch", pytest.fail)
    load(DataSpec(name="cifar10", root=cifar10), download=True, notify=expect_little)


def test_splits_by_name(cifar10):
    dataset = get("cifar10", cifar10, validation=4)
    assert len(split(dataset, "train").labels) == 2 + 3 + 4 + 5 + 6 - 4
    assert len(split(dataset, "validation").labels) == 4
    assert len(split(dataset, "test").labels) == 7
    assert error_text(UsageError, split, dataset, "dev") == (
        "no split is called 'dev'; there are train, validation and test"
    )


def test_classes_without_images_are_named(tmp_path):
    write_npz(tmp_path / "own.npz", classes=3, count=24)
    spec = DataSpec(
        name="npz", root=tmp_path / "own.npz", classes=("cat", "dog", "ship"), validation=2, limit=1
    )
    told = []
    load(spec, download=False, notify=told.append)
    assert told == [
        "warning: no image of cat and dog in training",
        "warning: no image of ship in validation",
    ]


def test_without_a_validation_split(cifar10):
    whole = get("cifar10", cifar10)
    assert error_text(UsageError, split, whole, "validation") == (
        "no validation split: set data.validation to the images to hold out"
    )


def test_the_digest_covers_what_is_held_out(cifar10):
    parts = ({}, {"validation": 5}, {"validation": 0.2, "limit": 3})
    assert len({get("cifar10", cifar10, **part).digest for part in parts}) == 1


def test_nothing_is_copied_without_need(tmp_path, monkeypatch):
    """Of a set with all its parts, of which nothing is held out."""
    write_npz(tmp_path / "own.npz")
    monkeypatch.setattr(Split, "part", pytest.fail)
    assert get("npz", tmp_path / "own.npz").validation is None


def test_the_digest_is_that_of_the_files(tmp_path):
    """Whatever is drawn from them to test on, or held out."""
    images, labels = np.arange(30 * 4).reshape(30, 2, 2).astype(np.uint8), np.arange(30) % 3
    np.savez(tmp_path / "own.npz", x=images, y=labels)
    sha = hashlib.sha256(b"(30, 2, 2, 1)" + images.tobytes() + labels.astype("<i8").tobytes())
    sets = [get("npz", tmp_path / "own.npz", split_seed=seed, validation=3) for seed in range(5)]
    assert {dataset.digest for dataset in sets} == {sha.hexdigest()}
    assert len({dataset.test.images.tobytes() for dataset in sets}) == 5
    for seed, dataset in enumerate(sets):
        test = to_test(labels, seed)
        np.testing.assert_array_equal(dataset.test.images[..., 0], images[test])
        held = np.concatenate([dataset.train.images, dataset.validation.images])[..., 0]
        assert sorted(map(bytes, held)) == sorted(map(bytes, images[~test]))
        assert (dataset.draw.seed, dataset.test_draw.seed) == (seed, seed)
        assert dataset.remarks[1:] == (no_test(6, 30, seed),)


def test_a_draw_says_what_was_drawn(tmp_path):
    """Repeats, and files, are told of the parts as they are drawn."""
    images = np.random.default_rng(0).integers(0, 256, (30, 2, 2), np.uint8)
    labels = np.arange(30) % 3
    test = to_test(labels)
    first, other = np.flatnonzero(~test & (labels == 0))[0], np.flatnonzero(test & (labels == 0))[0]
    images[other] = images[first]
    np.savez(tmp_path / "own.npz", x=images, y=labels)
    assert get("npz", tmp_path / "own.npz").remarks[2:] == (
        "warning: 1 image is in two or more of train, validation and test: "
        f"image {np.cumsum(~test)[first] - 1} of train (0) is image "
        f"{np.cumsum(test)[other] - 1} of test (0) too",
    )


def test_runs_of_earlier_versions_have_no_part_of_their_own_to_validate(tmp_path):
    """They read none; their validation images are drawn, and the digest is without it."""
    file = tmp_path / "own.npz"
    write_npz(file)
    plain = get("npz", file, validation=4)
    arrays = dict(np.load(file))
    np.savez(file, **arrays, x_val=arrays["x_test"], y_val=arrays["y_test"])
    spec = DataSpec(name="npz", root=file, validation=4)
    former = load(spec, download=False, notify=expect_little, draws_by_class=False)
    assert (len(former.validation.labels), former.digest) == (4, plain.digest)


def test_tones_are_of_the_images_to_train_on(tmp_path):
    """Those held out among them; images to test on have no say."""
    images = np.random.default_rng(0).integers(3, 17, (20, 4, 4), dtype=np.uint8)
    labels = np.arange(20) % 2
    file = tmp_path / "own.npz"
    np.savez(file, x_train=images, y_train=labels, x_test=images + 100, y_test=labels)
    spec = DataSpec(name="npz", root=file, validation=4)
    found = load(spec, download=False, notify=pytest.fail).tones
    assert (found.low, found.high) == (images.min(), images.max())
    ring = [images[:, 0], images[:, -1], images[:, 1:-1, 0], images[:, 1:-1, -1]]
    assert found.edge == pytest.approx(np.concatenate([each.ravel() for each in ring]).mean())

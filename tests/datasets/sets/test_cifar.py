import hashlib
import io
import pickle
import shutil
import tarfile

import numpy as np
import pytest

from cnncli.datasets.formats import cifar_pickle
from cnncli.datasets.formats.cifar_pickle import PICKLES, Pickle
from cnncli.datasets.sets import data_sets
from cnncli.errors import DataError
from tests.datasets.data_files import binary, python2_pickle, write_tar
from tests.datasets.reading import fault, get

HOME = "https://www.cs.toronto.edu/~kriz/cifar.html"
TRAIN = [f"data_batch_{i}" for i in range(1, 6)]


def check(dataset, batches):
    for split, names in ((dataset.train, TRAIN), (dataset.test, ["test_batch"])):
        np.testing.assert_array_equal(split.images, np.concatenate([batches[n][0] for n in names]))
        np.testing.assert_array_equal(split.labels, np.concatenate([batches[n][1] for n in names]))
        assert split.images.dtype == np.uint8
        assert split.images.flags.c_contiguous
        assert split.labels.dtype == np.int64


def test_binary_folder(cifar10, batches):
    dataset = get("cifar10", cifar10)
    check(dataset, batches)
    assert (dataset.name, dataset.stand_in_for, dataset.validation) == ("cifar10", None, None)
    assert dataset.classes[0] == "airplane"
    assert dataset.classes[9] == "truck"


def test_the_root_may_be_the_folder_itself(cifar10, batches):
    check(get("cifar10", cifar10 / "cifar-10-batches-bin"), batches)


def test_the_root_comes_from_the_environment_or_is_data(cifar10, batches, monkeypatch):
    monkeypatch.setenv("CNN_DATA", str(cifar10))
    check(get("cifar10", None), batches)
    monkeypatch.delenv("CNN_DATA")
    (cifar10 / "data").mkdir()
    (cifar10 / "cifar-10-batches-bin").rename(cifar10 / "data" / "cifar-10-batches-bin")
    monkeypatch.chdir(cifar10)
    check(get("cifar10", None), batches)


def test_binary_folder_of_anybody(cifar10, batches, rng):
    """Any number of whole records, of which no digest is known."""
    images, labels = rng.integers(0, 256, (3, 32, 32, 3), dtype=np.uint8), np.array([1, 0, 9])
    (cifar10 / "cifar-10-batches-bin" / "data_batch_2.bin").write_bytes(binary(images, labels))
    check(get("cifar10", cifar10), batches | {"data_batch_2": (images, labels)})


def archive_of(root, members, name="cifar-10-binary.tar.gz"):
    write_tar(root / name, members)
    return root / name


def binary_members(batches):
    return {f"cifar-10-batches-bin/{name}.bin": binary(*batch) for name, batch in batches.items()}


@pytest.mark.parametrize("prefix", ["", "./"])
def test_binary_archive(tmp_path, batches, prefix, publish_archive):
    members = {"../evil.bin": b"x", "cifar-10-batches-bin/readme.html": b"hello"}
    members |= {prefix + name: content for name, content in binary_members(batches).items()}
    publish_archive("cifar10", archive_of(tmp_path, members))
    check(get("cifar10", tmp_path), batches)
    assert [path.name for path in tmp_path.iterdir()] == ["cifar-10-binary.tar.gz"]


def published_digest(name, layout):
    archive = data_sets()[name].layouts[layout].archive
    return f"{archive.size:,} bytes with SHA-256 {archive.sha256}"


@pytest.mark.parametrize("content", [b"", b"<html>", None], ids=["empty", "page", "other"])
def test_an_archive_that_was_not_published_is_not_opened(tmp_path, batches, content, monkeypatch):
    path = archive_of(tmp_path, binary_members(batches))
    if content is not None:
        path.write_bytes(content)
    monkeypatch.setattr(tarfile, "open", pytest.fail)
    assert fault(get, "cifar10", tmp_path) == (
        f"{path}: expected {published_digest('cifar10', 0)}, found {path.stat().st_size:,}; "
        "unpack it: its .bin files are read"
    )


def test_an_archive_of_the_right_size_is_told_by_its_digest(tmp_path, batches, publish_archive):
    path = archive_of(tmp_path, binary_members(batches))
    publish_archive("cifar10", path)
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)
    found = hashlib.sha256(content).hexdigest()
    assert fault(get, "cifar10", tmp_path) == (
        f"{path}: expected {published_digest('cifar10', 0)}, found {len(content):,} with {found}; "
        "unpack it: its .bin files are read"
    )


@pytest.fixture
def pickled(batches, monkeypatch):
    """The batches as files that are CIFAR-10's from now on."""
    contents = {}
    for name, (images, labels) in batches.items():
        flat = images.transpose(0, 3, 1, 2).reshape(-1, 3072)
        contents[name] = python2_pickle({"data": flat, "labels": list(labels)})
        known = Pickle(hashlib.md5(contents[name]).hexdigest(), len(contents[name]))
        monkeypatch.setitem(PICKLES, ("cifar10", name), known)
    return contents


def python_folder(root, contents, name="cifar-10-batches-py"):
    folder = root / name
    folder.mkdir()
    for file, content in contents.items():
        (folder / file).write_bytes(content)
    return folder


def test_python_layout(tmp_path, batches, pickled):
    folder = python_folder(tmp_path, pickled)
    check(get("cifar10", tmp_path), batches)
    check(get("cifar10", folder), batches)


def test_python_archive(tmp_path, batches, pickled, publish_archive):
    members = {f"cifar-10-batches-py/{name}": content for name, content in pickled.items()}
    publish_archive("cifar10", archive_of(tmp_path, members, "cifar-10-python.tar.gz"))
    check(get("cifar10", tmp_path), batches)


def test_a_python_archive_that_was_not_published(tmp_path, pickled):
    path = archive_of(tmp_path, {"cifar-10-batches-py/data_batch_1": b""}, "cifar-10-python.tar.gz")
    error = fault(get, "cifar10", tmp_path)
    assert error.startswith(f"{path}: expected {published_digest('cifar10', 1)}, found ")
    assert error.endswith(f"; get it again from {HOME}")


class Evil:
    def __reduce__(self):
        return pytest.fail, ("a foreign pickle ran code",)


@pytest.mark.parametrize("is_as_long", [False, True])
@pytest.mark.parametrize("is_in_archive", [False, True])
def test_a_foreign_pickle_is_not_opened(
    tmp_path, pickled, is_as_long, is_in_archive, monkeypatch, publish_archive
):
    """Not one name is looked up for it, whatever surrounds it."""
    content = pickle.dumps(Evil())
    if is_as_long:
        content = content.ljust(len(pickled["data_batch_1"]), b".")
    files = pickled | {"data_batch_1": content}
    place = python_folder(tmp_path, files)
    if is_in_archive:
        members = {f"{place.name}/{name}": content for name, content in files.items()}
        path = archive_of(tmp_path, members, "cifar-10-python.tar.gz")
        publish_archive("cifar10", path)
        shutil.rmtree(place)
        place = path / place.name
    monkeypatch.setattr(cifar_pickle._Unpickler, "find_class", pytest.fail)
    monkeypatch.setattr(cifar_pickle._Unpickler, "__init__", pytest.fail)
    assert fault(get, "cifar10", tmp_path) == (
        f"{place / 'data_batch_1'}: expected the published file (MD5 "
        f"{PICKLES['cifar10', 'data_batch_1'].md5}), found {len(content):,} bytes with MD5 "
        f"{hashlib.md5(content).hexdigest()}; a pickle can run code, so no other is opened: give "
        "images of your own as data.name npz"
    )


def test_a_file_in_the_place_of_another(tmp_path, pickled):
    files = pickled | {"data_batch_1": pickled["data_batch_2"]}
    python_folder(tmp_path, files)
    with pytest.raises(DataError, match=r"data_batch_1: expected the published file"):
        get("cifar10", tmp_path)


@pytest.mark.parametrize(
    "name", [("os", "system"), ("builtins", "eval"), ("numpy", "load"), ("numpy.core", "dtype")]
)
def test_three_names_are_known(name):
    content = b"\x80\x02c%s\n%s\n." % (name[0].encode(), name[1].encode())
    with pytest.raises(pickle.UnpicklingError, match=f"{'.'.join(name)} is not admitted"):
        cifar_pickle._Unpickler(io.BytesIO(content), encoding="bytes").load()


@pytest.mark.parametrize("path", ["numpy.core.multiarray", "numpy._core.multiarray"])
def test_both_paths_of_numpy(path, rng):
    data = rng.integers(0, 256, (2, 3072), dtype=np.uint8)
    content = python2_pickle({"data": data}).replace(b"numpy.core.multiarray", path.encode())
    read = cifar_pickle._Unpickler(io.BytesIO(content), encoding="bytes").load()
    np.testing.assert_array_equal(read[b"data"], data)


def test_cifar100_takes_the_fine_label(tmp_path, rng):
    images = rng.integers(0, 256, (3, 32, 32, 3), dtype=np.uint8)
    folder = tmp_path / "cifar-100-binary"
    folder.mkdir()
    (folder / "train.bin").write_bytes(binary(images, [99, 0, 50], coarse=b"\x07"))
    (folder / "test.bin").write_bytes(binary(images[:1], [4], coarse=b"\x00"))
    dataset = get("cifar100", tmp_path)
    np.testing.assert_array_equal(dataset.train.images, images)
    assert dataset.train.labels.tolist() == [99, 0, 50]
    assert dataset.classes[99] == "worm"


def test_cifar100_python_layout(tmp_path, rng, monkeypatch):
    images = rng.integers(0, 256, (2, 32, 32, 3), dtype=np.uint8)
    flat = images.transpose(0, 3, 1, 2).reshape(-1, 3072)
    content = python2_pickle({"data": flat, "coarse_labels": [1, 1], "fine_labels": [98, 3]})
    for name in ("train", "test"):
        monkeypatch.setitem(PICKLES, ("cifar100", name), Pickle(hashlib.md5(content).hexdigest()))
    python_folder(tmp_path, {"train": content, "test": content}, "cifar-100-python")
    dataset = get("cifar100", tmp_path)
    np.testing.assert_array_equal(dataset.test.images, images)
    assert dataset.test.labels.tolist() == [98, 3]


@pytest.mark.parametrize(
    ("change", "text"),
    [
        (
            lambda content: content[:-1],
            "expected whole records of 3,073 bytes, found 6,145 bytes (1 records and 3,072 bytes); "
            "the file is cut off or damaged: get it again",
        ),
        (
            lambda content: content + b"12",
            "expected whole records of 3,073 bytes, found 6,148 bytes (2 records and 2 bytes); "
            "the file is cut off or damaged: get it again",
        ),
        (
            lambda content: b"",
            "expected whole records of 3,073 bytes, found 0 bytes; "
            "the file is cut off or damaged: get it again",
        ),
        (
            lambda content: content[:3073] + b"\x0a" + content[3074:],
            f"expected labels from 0 to 9, found 10 at record 1; get it again from {HOME}",
        ),
    ],
)
def test_damaged_binary_file(cifar10, change, text):
    file = cifar10 / "cifar-10-batches-bin" / "data_batch_1.bin"
    file.write_bytes(change(file.read_bytes()))
    assert fault(get, "cifar10", cifar10) == f"{file}: {text}"


def test_missing_file(cifar10):
    file = cifar10 / "cifar-10-batches-bin" / "data_batch_3.bin"
    file.unlink()
    error = fault(get, "cifar10", cifar10)
    assert error == f"{file}: expected a file, found none; get it again from {HOME}"


def test_a_folder_in_a_files_place(cifar10):
    file = cifar10 / "cifar-10-batches-bin" / "data_batch_3.bin"
    file.unlink()
    file.mkdir()
    error = fault(get, "cifar10", cifar10)
    assert error == f"{file}: cannot be read: Is a directory; check the path and its permissions"


def test_a_file_as_root(tmp_path):
    file = tmp_path / "cifar.tar"
    file.touch()
    assert fault(get, "cifar10", file) == (
        f"{file}: expected a folder, found a file; set data.root to the folder around it"
    )


def test_digest_is_of_the_content_in_whatever_layout(
    cifar10, batches, tmp_path_factory, publish_archive
):
    other = tmp_path_factory.mktemp("archive")
    publish_archive("cifar10", archive_of(other, binary_members(batches)))
    first, second = get("cifar10", cifar10), get("cifar10", other)
    assert first.digest == second.digest
    assert len(first.digest) == 64
    file = cifar10 / "cifar-10-batches-bin" / "test_batch.bin"
    file.write_bytes(file.read_bytes()[:-1] + b"\x00")
    assert get("cifar10", cifar10).digest != first.digest

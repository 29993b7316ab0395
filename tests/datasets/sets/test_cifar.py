import gzip
from pathlib import Path

import numpy as np
import pytest

from cnncli.config.data import DataSpec
from cnncli.data.load import load
from cnncli.datasets.formats import archive
from cnncli.errors import DataError
from tests.datasets.data_files import binary, python2_pickle, python3_pickle, write_tar

HOME = "https://www.cs.toronto.edu/~kriz/cifar.html"
TRAIN = [f"data_batch_{i}" for i in range(1, 6)]


def get(root, name="cifar10"):
    return load(DataSpec(name=name, root=root), download=False, notify=pytest.fail)


def check(dataset, batches):
    for split, names in ((dataset.train, TRAIN), (dataset.test, ["test_batch"])):
        np.testing.assert_array_equal(split.images, np.concatenate([batches[n][0] for n in names]))
        np.testing.assert_array_equal(split.labels, np.concatenate([batches[n][1] for n in names]))
        assert split.images.dtype == np.uint8
        assert split.images.flags.c_contiguous
        assert split.labels.dtype == np.int64


def pickled(batches, write):
    return {
        name: write(
            {"data": images.transpose(0, 3, 1, 2).reshape(-1, 3072), "labels": list(labels)}
        )
        for name, (images, labels) in batches.items()
    }


def test_binary_folder(cifar10, batches):
    dataset = get(cifar10)
    check(dataset, batches)
    assert (dataset.name, dataset.stand_in_for, dataset.validation) == ("cifar10", None, None)
    assert dataset.classes[0] == "airplane"
    assert dataset.classes[9] == "truck"


def test_the_root_may_be_the_folder_itself(cifar10, batches):
    check(get(cifar10 / "cifar-10-batches-bin"), batches)


def test_the_root_comes_from_the_environment_or_is_data(cifar10, batches, monkeypatch):
    monkeypatch.setenv("CNN_DATA", str(cifar10))
    check(get(None), batches)
    monkeypatch.delenv("CNN_DATA")
    (cifar10 / "data").mkdir()
    (cifar10 / "cifar-10-batches-bin").rename(cifar10 / "data" / "cifar-10-batches-bin")
    monkeypatch.chdir(cifar10)
    check(get(None), batches)


@pytest.mark.parametrize("prefix", ["", "./"])
def test_binary_archive_with_strangers(tmp_path, batches, prefix):
    members = {"../evil.bin": b"x", "cifar-10-batches-bin/readme.html": b"hello"}
    for name, batch in batches.items():
        members[f"{prefix}cifar-10-batches-bin/{name}.bin"] = binary(*batch)
    write_tar(tmp_path / "cifar-10-binary.tar.gz", members)
    check(get(tmp_path), batches)
    assert [path.name for path in tmp_path.iterdir()] == ["cifar-10-binary.tar.gz"]


def python2_labels(entries):
    return python2_pickle(entries)


def python3_labels(entries):
    return python3_pickle(entries | {"labels": [int(k) for k in entries["labels"]]})


@pytest.mark.parametrize("write", [python2_labels, python3_labels])
def test_python_layout(tmp_path, batches, write):
    folder = tmp_path / "cifar-10-batches-py"
    folder.mkdir()
    for name, content in pickled(batches, write).items():
        (folder / name).write_bytes(content)
    check(get(tmp_path), batches)
    check(get(folder), batches)


def test_python_archive(tmp_path, batches):
    members = {
        f"cifar-10-batches-py/{name}": content
        for name, content in pickled(batches, python2_pickle).items()
    }
    write_tar(tmp_path / "cifar-10-python.tar.gz", members)
    check(get(tmp_path), batches)


def test_cifar100_takes_the_fine_label(tmp_path, rng):
    images = rng.integers(0, 256, (3, 32, 32, 3), dtype=np.uint8)
    folder = tmp_path / "cifar-100-binary"
    folder.mkdir()
    (folder / "train.bin").write_bytes(binary(images, [99, 0, 50], coarse=b"\x07"))
    (folder / "test.bin").write_bytes(binary(images[:1], [4], coarse=b"\x00"))
    dataset = get(tmp_path, "cifar100")
    np.testing.assert_array_equal(dataset.train.images, images)
    assert dataset.train.labels.tolist() == [99, 0, 50]
    assert dataset.classes[99] == "worm"


def test_cifar100_python_layout(tmp_path, rng):
    images = rng.integers(0, 256, (2, 32, 32, 3), dtype=np.uint8)
    folder = tmp_path / "cifar-100-python"
    folder.mkdir()
    entries = {
        "data": images.transpose(0, 3, 1, 2).reshape(-1, 3072),
        "coarse_labels": [1, 1],
        "fine_labels": [98, 3],
    }
    for name in ("train", "test"):
        (folder / name).write_bytes(python2_pickle(entries))
    dataset = get(tmp_path, "cifar100")
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
    with pytest.raises(DataError) as error:
        get(cifar10)
    assert str(error.value) == f"{file}: {text}"
    assert error.value.exit_status == 3


def test_missing_file(cifar10):
    file = cifar10 / "cifar-10-batches-bin" / "data_batch_3.bin"
    file.unlink()
    with pytest.raises(DataError) as error:
        get(cifar10)
    assert str(error.value) == f"{file}: expected a file, found none; get it again from {HOME}"


def test_a_folder_in_a_files_place(cifar10):
    file = cifar10 / "cifar-10-batches-bin" / "data_batch_3.bin"
    file.unlink()
    file.mkdir()
    with pytest.raises(DataError) as error:
        get(cifar10)
    assert str(error.value) == (
        f"{file}: can not be read: Is a directory; check the path and its permissions"
    )


def test_missing_set(tmp_path):
    with pytest.raises(DataError) as error:
        get(tmp_path)
    assert str(error.value) == (
        f"{tmp_path}: cifar10 is not there (cifar-10-batches-bin/, cifar-10-batches-py/ or an "
        "archive); get it with `cnn data fetch cifar10`, or put cifar-10-binary.tar.gz or "
        f"cifar-10-python.tar.gz there, from {HOME}"
    )


def test_a_file_as_root(tmp_path):
    file = tmp_path / "cifar.tar"
    file.touch()
    with pytest.raises(DataError) as error:
        get(file)
    assert str(error.value) == (
        f"{file}: expected a folder, found a file; set data.root to the folder around it"
    )


def archive_of(root: Path, batches):
    path = root / "cifar-10-binary.tar.gz"
    write_tar(path, {f"cifar-10-batches-bin/{n}.bin": binary(*b) for n, b in batches.items()})
    return path


def test_truncated_archive(tmp_path, batches):
    path = archive_of(tmp_path, batches)
    path.write_bytes(path.read_bytes()[:-5000])
    with pytest.raises(DataError) as error:
        get(tmp_path)
    assert str(error.value).startswith(f"{path}: expected a whole .tar.gz archive, found damage (")
    assert str(error.value).endswith(f"; get it again from {HOME}")


def test_archive_whose_checksum_is_wrong(tmp_path, batches):
    path = archive_of(tmp_path, batches)
    content = bytearray(path.read_bytes())
    content[-8] ^= 1
    path.write_bytes(content)
    with pytest.raises(DataError, match=r"found damage \(incorrect data check\)"):
        get(tmp_path)


def test_archive_that_is_none(tmp_path):
    path = tmp_path / "cifar-10-binary.tar.gz"
    path.write_bytes(b"<html>not found</html>")
    with pytest.raises(DataError, match=r"found damage \(incorrect header check\)"):
        get(tmp_path)
    path.write_bytes(gzip.compress(b"<html>not found</html>" * 100))
    with pytest.raises(DataError, match=r"found damage \("):
        get(tmp_path)


def test_archive_without_a_member(tmp_path, batches):
    del batches["test_batch"]
    path = archive_of(tmp_path, batches)
    with pytest.raises(DataError) as error:
        get(tmp_path)
    assert str(error.value) == (
        f"{path}: expected the file cifar-10-batches-bin/test_batch.bin, found none; "
        f"get it again from {HOME}"
    )


def test_archive_that_is_too_large(tmp_path, batches, monkeypatch):
    path = archive_of(tmp_path, batches)
    monkeypatch.setattr(archive, "MOST_BYTES", 20_000)
    with pytest.raises(DataError) as error:
        get(tmp_path)
    assert str(error.value) == (
        f"{path}: expected at most 20,000 bytes, found more; get it again from {HOME}"
    )


def test_digest_is_of_the_content_in_whatever_layout(cifar10, batches, tmp_path_factory):
    other = tmp_path_factory.mktemp("archive")
    archive_of(other, batches)
    first, second = get(cifar10), get(other)
    assert first.digest == second.digest
    assert len(first.digest) == 64
    file = cifar10 / "cifar-10-batches-bin" / "test_batch.bin"
    file.write_bytes(file.read_bytes()[:-1] + b"\x00")
    assert get(cifar10).digest != first.digest

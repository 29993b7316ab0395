"""Writers of the formats that the data package reads, from their definitions."""

import gzip
import hashlib
import struct
import tarfile
import zipfile
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import numpy as np


def flat(image):
    """CIFAR's order of an image's bytes, from its definition."""
    return bytes(int(image[y, x, c]) for c in range(3) for y in range(32) for x in range(32))


def binary(images, labels, coarse=b""):
    return b"".join(coarse + bytes([k]) + flat(i) for i, k in zip(images, labels, strict=True))


def python2_pickle(entries):
    """The opcodes that Python 2 and NumPy 1 wrote for a dict of str to array, list or str."""

    def text(value):
        value = value.encode()
        return b"U" + bytes([len(value)]) + value

    def number(value):
        return b"K" + bytes([value]) if value < 256 else b"M" + struct.pack("<H", value)

    def item(value):
        if isinstance(value, str):
            return text(value)
        if isinstance(value, list):
            return b"](" + b"".join(item(v) for v in value) + b"e"
        if isinstance(value, int | np.integer):
            return number(int(value))
        raw = value.tobytes()
        reconstruct = (
            b"cnumpy.core.multiarray\n_reconstruct\n(cnumpy\nndarray\nK\x00\x85" + text("b") + b"tR"
        )
        dtype = (
            b"cnumpy\ndtype\n(" + text("u1") + b"K\x00K\x01tR"
            b"(K\x03" + text("|") + b"NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb"
        )
        shape = b"(" + b"".join(number(n) for n in value.shape) + b"t"
        content = b"T" + struct.pack("<i", len(raw)) + raw
        return reconstruct + b"(K\x01" + shape + dtype + b"\x89" + content + b"tb"

    pairs = b"".join(text(key) + item(value) for key, value in entries.items())
    return b"\x80\x02}(" + pairs + b"u."


def write_tar(path: Path, members):
    with tarfile.open(path, "w:gz") as tar:
        for name, content in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            tar.addfile(info, BytesIO(content))


def idx_bytes(array, kind=8):
    header = bytes([0, 0, kind, array.ndim]) + b"".join(n.to_bytes(4, "big") for n in array.shape)
    return header + array.tobytes()


def write_idx(path: Path, array):
    content = idx_bytes(array)
    path.write_bytes(gzip.compress(content) if path.suffix == ".gz" else content)


def rewrite_zip(path, key, content):
    """The archive with one member replaced."""
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(path, "w") as archive:
        for name, old in members.items():
            archive.writestr(name, content(old) if name == f"{key}.npy" else old)


def as_published(path, published):
    """The published file as if it were the one at the path."""
    content = path.read_bytes()
    return replace(published, size=len(content), sha256=hashlib.sha256(content).hexdigest())

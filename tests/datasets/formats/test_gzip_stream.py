import gzip
import io
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnncli.datasets.formats.gzip_stream import GZIP, ZLIB, UnzipError, unzip


def read(content, form=GZIP):
    return unzip(io.BytesIO(content), form).read()


@given(st.lists(st.binary(max_size=300), min_size=1, max_size=4), st.integers(0, 9))
def test_members_of_a_gzip_file(parts, zeros):
    content = b"".join(gzip.compress(part, mtime=0) for part in parts) + bytes(zeros)
    assert read(content) == b"".join(parts)


@given(st.binary(max_size=300), st.lists(st.integers(1, 100), max_size=20))
def test_in_pieces(content, sizes):
    stream = unzip(io.BytesIO(zlib.compress(content)), ZLIB)
    assert b"".join(stream.read(size) for size in sizes) == content[: sum(sizes)]


def test_what_follows_a_zlib_stream_is_not_read():
    assert read(zlib.compress(b"abc") + b"xyz", ZLIB) == b"abc"


WHOLE = gzip.compress(b"abc" * 100, mtime=0)


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (b"", "it ends too early"),
        (WHOLE[:5], "it ends too early"),
        (WHOLE[:-1], "it ends too early"),
        (b"<html>", "incorrect header check"),
        (WHOLE[:-8] + b"1234" + WHOLE[-4:], "incorrect data check"),
        (WHOLE[:-4] + b"1234", "incorrect length check"),
        (WHOLE[:10] + b"\xff" + WHOLE[11:], "invalid block type"),
        (WHOLE + b"xyz", "incorrect header check"),
        (gzip.compress(b"", mtime=0) * 100_001, "more than 100,000 members"),
    ],
    ids=range(9),
)
def test_damage(content, text):
    with pytest.raises(UnzipError, match=f"^{text}$"):
        read(content)

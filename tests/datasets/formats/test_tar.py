"""The reader of archives against Python's own writer."""

import io
import tarfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnncli.datasets.formats.tar import TarError, read_members

FORMATS = (tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT)
LONG = "folder/" * 12 + "x"


def archive(members, form=tarfile.USTAR_FORMAT):
    """Members as (name, content, kind)."""
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w", format=form) as tar:
        for name, content, kind in members:
            info = tarfile.TarInfo(name)
            info.size, info.type, info.linkname = len(content), kind, "elsewhere"
            tar.addfile(info, io.BytesIO(content))
    return stream.getvalue()


def read(content, wanted):
    return read_members(io.BytesIO(content), wanted)


@pytest.mark.parametrize("form", FORMATS)
@given(contents=st.lists(st.binary(max_size=1_500), max_size=5), taken=st.sets(st.integers(0, 4)))
def test_files_by_name(form, contents, taken):
    members = [(f"./a/{i}", content, tarfile.REGTYPE) for i, content in enumerate(contents)]
    members.insert(1, ("a", b"", tarfile.DIRTYPE))
    members.insert(2, ("z" * 150, b"12345", tarfile.REGTYPE))
    members.insert(0, ("link", b"", tarfile.SYMTYPE))
    content = archive([m for m in members if form != tarfile.USTAR_FORMAT or len(m[0]) < 100], form)
    expected = {f"a/{i}": contents[i] for i in taken if i < len(contents)}
    assert read(content, {f"a/{i}" for i in taken}) == expected


def test_a_name_in_two_parts():
    assert read(archive([(LONG * 1 + "/y" * 20, b"abc", tarfile.REGTYPE)]), {LONG + "/y" * 20}) == {
        LONG + "/y" * 20: b"abc"
    }


def test_the_first_of_several():
    content = archive([("a", b"1", tarfile.REGTYPE), ("a", b"2", tarfile.REGTYPE)])
    assert read(content, {"a"}) == {"a": b"1"}


def test_only_names_as_they_are():
    names = ("../a", "/a", "a/../a", "b/a", "A")
    content = archive([(name, b"1", tarfile.REGTYPE) for name in names])
    assert read(content, {"a"}) == {}


@pytest.mark.parametrize(
    ("kind", "what"),
    [
        (tarfile.SYMTYPE, "a link"),
        (tarfile.LNKTYPE, "a link"),
        (tarfile.CHRTYPE, "a device"),
        (tarfile.BLKTYPE, "a device"),
        (tarfile.DIRTYPE, "a folder"),
        (tarfile.FIFOTYPE, "a pipe"),
    ],
)
def test_what_is_no_file(kind, what):
    content = archive([("a", b"", kind)])
    with pytest.raises(TarError, match=f"^a/? is {what}$"):
        read(content, {"a", "a/"})


def with_field(start, field):
    """An archive of one file, with a field changed and the checksum right."""
    block = bytearray(archive([("a", b"1", tarfile.REGTYPE)]))
    block[start : start + len(field)] = field
    block[148:156] = b" " * 8
    block[148:156] = b"%06o\0 " % sum(block[:512])
    return bytes(block)


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (b"", "it ends too early"),
        (b"x" * 511, "it ends too early"),
        (b"x" * 512, "a number in a header is none"),
        (archive([("a", b"1", tarfile.REGTYPE)])[:512], "it ends too early"),
        (with_field(124, b"\x80" + b"\xff" * 11), "a number in a header is none"),
        (with_field(124, b"99999999999\0"), "a number in a header is none"),
        (with_field(124, b"00000077777\0"), "it ends too early"),
        (
            archive([("a", b"1", tarfile.REGTYPE)])[:100] + b"9" * 9999,
            "a number in a header is none",
        ),
        (b"y" + archive([("a", b"1", tarfile.REGTYPE)])[1:], "the checksum of a header is wrong"),
    ],
    ids=range(9),
)
def test_damage(content, text):
    with pytest.raises(TarError, match=f"^{text}$"):
        read(content, {"a"})


def test_many_members():
    content = archive([("b", b"", tarfile.REGTYPE)] * 1_000 + [("a", b"", tarfile.REGTYPE)])
    with pytest.raises(TarError, match=r"^more than 1,000 members$"):
        read(content, {"a"})

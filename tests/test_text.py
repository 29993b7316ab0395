import pytest

from cnncli.text import bytes_text, count


@pytest.mark.parametrize(
    ("size", "text"),
    [
        (0, "0 B"),
        (1023, "1023 B"),
        (1024, "1 KiB"),
        (1536, "1.50 KiB"),
        (12_845_056, "12.25 MiB"),
        (2**20 - 1, "1 MiB"),
        (2**30, "1 GiB"),
        (5 * 2**40, "5 TiB"),
        (5 * 2**50, "5,120 TiB"),
    ],
)
def test_bytes(size, text):
    assert bytes_text(size) == text


@pytest.mark.parametrize(
    ("args", "text"),
    [
        ((1, "image"), "1 image"),
        ((0, "image"), "0 images"),
        ((1024, "image"), "1,024 images"),
        ((2, "class", "classes"), "2 classes"),
    ],
)
def test_count(args, text):
    assert count(*args) == text

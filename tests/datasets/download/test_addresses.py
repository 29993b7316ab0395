from pathlib import Path

import pytest

from cnncli.datasets.download.fetch import place_of
from cnncli.datasets.download.requests_http import redirect
from cnncli.errors import DataError, UsageError
from tests.datasets.servers import published
from tests.messages import error_text

REMOTE = published("https://nowhere.invalid/sets/", "sets")


@pytest.mark.parametrize(
    ("mirror", "place"),
    [
        (None, "https://nowhere.invalid/sets/set.tar.gz"),
        ("https://example.org", "https://example.org/sets/set.tar.gz"),
        ("https://example.org/a//", "https://example.org/a/sets/set.tar.gz"),
        ("HTTPS://example.org/", "HTTPS://example.org/sets/set.tar.gz"),
        ("http://localhost:8000/", "http://localhost:8000/sets/set.tar.gz"),
        ("http://127.1.2.3", "http://127.1.2.3/sets/set.tar.gz"),
        ("http://[::1]:80/", "http://[::1]:80/sets/set.tar.gz"),
        ("file:///mnt/data", Path("/mnt/data/sets/set.tar.gz")),
        ("file:/mnt/data/", Path("/mnt/data/sets/set.tar.gz")),
        ("file://localhost/mnt/data", Path("/mnt/data/sets/set.tar.gz")),
        ("file:///mnt/my%20data%23%3f%25", Path("/mnt/my data#?%/sets/set.tar.gz")),
        ("file:///mnt/%C3%A9t%C3%A9", Path("/mnt/été/sets/set.tar.gz")),
    ],
)
def test_places(mirror, place):
    assert place_of(REMOTE, mirror) == place


@pytest.mark.parametrize(
    "mirror",
    [
        "http://example.org/",
        "http://127.0.0.1.example.org/",
        "http://localhost@example.org/",
        "ftp://127.0.0.1/",
        "example.org",
        "/mnt/data",
        "https://",
        "https://[bad",
        "https:/example.org",
        "file://example.org/mnt",
        "file:data",
        "file:",
        "file:///mnt/%00",
    ],
)
def test_mirrors_that_are_not_asked(mirror):
    assert error_text(UsageError, place_of, REMOTE, mirror) == (
        "the mirror (--mirror or $CNN_DATA_MIRROR): expected an https:// address (http:// for this "
        f"machine only) or file:///FOLDER, found {mirror!r}"
    )


def test_a_folder_is_a_place_only_on_a_mirror():
    with pytest.raises(UsageError):
        place_of(published("file:///mnt/"), None)


HTTPS, HERE = "https://example.org/a/b", "http://127.0.0.1:80/a/b"


@pytest.mark.parametrize(
    ("url", "location", "target"),
    [
        (HTTPS, "c", "https://example.org/a/c"),
        (HTTPS, "/c?d=e%20f", "https://example.org/c?d=e%20f"),
        (HTTPS, "//example.net/c", "https://example.net/c"),
        (HTTPS, "https://example.net/ä c", "https://example.net/%E4%20c"),
        (HERE, "https://example.net/c", "https://example.net/c"),
        (HERE, "http://localhost:81/c", "http://localhost:81/c"),
        (HERE, "/c", "http://127.0.0.1:80/c"),
    ],
)
def test_redirects(url, location, target):
    assert redirect(url, location) == target


@pytest.mark.parametrize(
    ("url", "location"),
    [
        (HTTPS, "http://example.org/a/b"),
        (HTTPS, "http://127.0.0.1/"),
        (HTTPS, "http://localhost/"),
        (HTTPS, "ftp://example.org/"),
        (HTTPS, "file:///etc/passwd"),
        (HTTPS, "https://[bad"),
        (HERE, "http://example.org/"),
        (HERE, "ftp://127.0.0.1/"),
        (HERE, "file:///etc/passwd"),
        (HERE, "data:,x"),
        (HERE, "//example.org/c"),
        (HERE, "https:///c"),
    ],
)
def test_redirects_that_are_not_followed(url, location):
    error = error_text(DataError, redirect, url, location)
    target = "http://example.org/c" if location == "//example.org/c" else location
    assert error == (
        f"{url}: expected a redirect to an https:// address, found one to {target!r}; "
        "try another mirror"
    )

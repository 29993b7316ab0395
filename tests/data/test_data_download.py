import contextlib
import errno
import hashlib
import socket
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest

from cnncli.data import download
from cnncli.data.download import Remote, fetch
from cnncli.errors import DataError, UsageError, WriteError

CONTENT = bytes(range(256)) * 4000
SHA256 = hashlib.sha256(CONTENT).hexdigest()


class Handler(BaseHTTPRequestHandler):
    """Answers as the server's `behaviour` says, and remembers the ranges asked for."""

    def do_GET(self):
        asked = self.headers.get("Range")
        self.server.asked.append((self.path, asked))
        behaviour = self.server.behaviour
        if behaviour == "silent":
            time.sleep(1)
            return
        if isinstance(behaviour, int):
            self.send_error(behaviour)
            return
        start = int(asked[6:-1]) if asked and behaviour != "no ranges" else 0
        body = self.server.content[start:]
        self.send_response(206 if start else 200)
        if behaviour != "no length":
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        with contextlib.suppress(ConnectionError):
            self.wfile.write(body[: len(body) // 2] if behaviour == "cut" else body)

    def log_message(self, *_):
        pass


@pytest.fixture
def server(monkeypatch):
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.content, server.behaviour, server.asked = CONTENT, "well", []
    Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def remote(server):
    base = f"http://127.0.0.1:{server.server_address[1]}/sets/"
    return Remote(base, "set.tar.gz", len(CONTENT), SHA256)


def fault(call, *arguments, kind=DataError, **options):
    with pytest.raises(kind) as error:
        call(*arguments, **options)
    assert "\n" not in str(error.value)
    return str(error.value)


def files(folder):
    return sorted(path.name for path in folder.iterdir())


def test_whole_file(server, remote, tmp_path, capsys):
    folder = tmp_path / "new" / "data"
    assert fetch(remote, folder, progress=True) == folder / "set.tar.gz"
    assert (folder / "set.tar.gz").read_bytes() == CONTENT
    assert files(folder) == ["set.tar.gz"]
    assert server.asked == [("/sets/set.tar.gz", None)]
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "set.tar.gz: 100%" in captured.err


def test_no_bar_unless_asked(remote, tmp_path, capsys):
    fetch(remote, tmp_path)
    assert capsys.readouterr() == ("", "")


def test_interrupted_and_resumed(server, remote, tmp_path):
    server.behaviour = "cut"
    half = len(CONTENT) // 2
    assert fault(fetch, remote, tmp_path) == (
        f"{remote.base}set.tar.gz: expected {len(CONTENT):,} bytes, found {half:,}; "
        "run again to fetch the rest"
    )
    assert files(tmp_path) == ["set.tar.gz.part"]
    server.behaviour = "well"
    fetch(remote, tmp_path)
    assert (tmp_path / "set.tar.gz").read_bytes() == CONTENT
    assert files(tmp_path) == ["set.tar.gz"]
    assert [asked for _, asked in server.asked] == [None, f"bytes={half}-"]


def test_a_server_that_knows_no_ranges(server, remote, tmp_path):
    (tmp_path / "set.tar.gz.part").write_bytes(CONTENT[:1000])
    server.behaviour = "no ranges"
    fetch(remote, tmp_path)
    assert (tmp_path / "set.tar.gz").read_bytes() == CONTENT


def test_a_complete_part_needs_no_network(server, remote, tmp_path):
    (tmp_path / "set.tar.gz.part").write_bytes(CONTENT)
    fetch(remote, tmp_path)
    assert server.asked == []
    assert files(tmp_path) == ["set.tar.gz"]


def test_a_part_that_is_too_long_is_fetched_anew(server, remote, tmp_path):
    (tmp_path / "set.tar.gz.part").write_bytes(CONTENT + b"x")
    fetch(remote, tmp_path)
    assert server.asked == [("/sets/set.tar.gz", None)]


@pytest.mark.parametrize("part", [b"", b"not the beginning"])
def test_wrong_bytes(server, remote, tmp_path, part):
    if part:
        (tmp_path / "set.tar.gz.part").write_bytes(part)
    else:
        server.content = CONTENT[:-1] + b"x"
    found = hashlib.sha256(part + server.content[len(part) :]).hexdigest()
    assert fault(fetch, remote, tmp_path) == (
        f"{remote.base}set.tar.gz: expected {len(CONTENT):,} bytes with SHA-256 {SHA256}, "
        f"found {len(CONTENT):,} with {found}; try again, or another mirror"
    )
    assert files(tmp_path) == []


@pytest.mark.parametrize("content", [CONTENT[:-1], CONTENT + b"x"])
def test_wrong_length_is_refused_before_it_is_fetched(server, remote, tmp_path, content):
    server.content = content
    assert fault(fetch, remote, tmp_path) == (
        f"{remote.base}set.tar.gz: expected {len(CONTENT):,} bytes to come, "
        f"found {len(content):,}; try another mirror"
    )
    assert files(tmp_path) == []


def test_endless_body(server, remote, tmp_path):
    server.content, server.behaviour = CONTENT * 3, "no length"
    text = fault(fetch, remote, tmp_path)
    assert f"found {len(CONTENT) + 1:,} with " in text
    assert files(tmp_path) == []


def test_refused_ranges_do_not_stay(server, remote, tmp_path):
    (tmp_path / "set.tar.gz.part").write_bytes(CONTENT[:1000])
    server.behaviour = 416
    text = "the server answers 416 Requested Range Not Satisfiable"
    answer = fault(fetch, remote, tmp_path)
    assert answer.lower() == f"{remote.base}set.tar.gz: {text}".lower()
    assert files(tmp_path) == []


def test_status(server, remote, tmp_path):
    server.behaviour = 404
    assert fault(fetch, remote, tmp_path) == (
        f"{remote.base}set.tar.gz: the server answers 404 Not Found"
    )


def test_refused_connection(tmp_path, monkeypatch):
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port = listener.getsockname()[1]
    remote = Remote(f"http://127.0.0.1:{port}", "set.tar.gz", 5, SHA256)
    assert fault(fetch, remote, tmp_path) == (
        f"http://127.0.0.1:{port}/set.tar.gz: can not be fetched: "
        f"[Errno {errno.ECONNREFUSED}] Connection refused"
    )


def test_silence(server, remote, tmp_path):
    server.behaviour = "silent"
    begin = time.monotonic()
    text = fault(fetch, remote, tmp_path, patience=0.2)
    assert time.monotonic() - begin < 0.9
    assert text in (
        f"{remote.base}set.tar.gz: no answer within 0.2 s",
        f"{remote.base}set.tar.gz: can not be fetched: timed out",
    )


def test_names_that_are_looked_up_for_ever(remote, tmp_path, monkeypatch):
    class Opener:
        def open(self, request, timeout):
            time.sleep(0.5)
            raise OSError("late")

    monkeypatch.setattr(download, "build_opener", Opener)
    assert fault(fetch, remote, tmp_path, patience=0.05) == (
        f"{remote.base}set.tar.gz: no answer within 0.05 s"
    )
    assert download.PATIENCE < 10


def test_mirror(remote, tmp_path, monkeypatch):
    monkeypatch.setenv("CNN_DATA_MIRROR", remote.base.rstrip("/"))
    elsewhere = Remote("https://nowhere.invalid/", "set.tar.gz", len(CONTENT), SHA256)
    fetch(elsewhere, tmp_path)
    assert files(tmp_path) == ["set.tar.gz"]
    fetch(elsewhere, tmp_path, mirror=remote.base)


def test_a_mirror_is_laid_out_like_a_data_root(server, remote, tmp_path):
    known = Remote("https://nowhere.invalid/", "set.tar.gz", len(CONTENT), SHA256, "sets")
    mirror = remote.base.removesuffix("sets/")
    assert fetch(known, tmp_path, mirror=mirror) == tmp_path / "sets" / "set.tar.gz"
    assert server.asked == [("/sets/set.tar.gz", None)]
    own = Remote(remote.base, "set.tar.gz", len(CONTENT), SHA256, "elsewhere")
    assert fetch(own, tmp_path) == tmp_path / "elsewhere" / "set.tar.gz"
    assert server.asked[1:] == [("/sets/set.tar.gz", None)]


@pytest.mark.parametrize(
    "base", ["http://example.org/", "ftp://127.0.0.1/", "file:///etc", "example.org"]
)
def test_unsafe_mirrors(tmp_path, monkeypatch, base):
    monkeypatch.setenv("CNN_DATA_MIRROR", base)
    known = Remote("https://nowhere.invalid/", "set.tar.gz", len(CONTENT), SHA256)
    assert fault(fetch, known, tmp_path, kind=UsageError) == (
        "the mirror ($CNN_DATA_MIRROR): expected an https:// address (http:// for this machine "
        f"only), found {base!r}"
    )


def test_a_folder_that_can_not_be_written_to(remote, tmp_path):
    (tmp_path / "file").touch()
    text = "make room, or set data.root to a folder that can be written to"
    folder = tmp_path / "file" / "data"
    assert fault(fetch, remote, folder, kind=WriteError) == (
        f"{folder}: can not be written: Not a directory; {text}"
    )


def test_full_disk(remote, tmp_path, monkeypatch):
    def full(_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(download.os, "fsync", full)
    text = "make room, or set data.root to a folder that can be written to"
    assert fault(fetch, remote, tmp_path, kind=WriteError) == (
        f"{tmp_path / 'set.tar.gz.part'}: can not be written: No space left on device; {text}"
    )

"""Servers on this machine that misbehave on purpose, and count how often they did."""

import hashlib
import socket
import ssl
from collections import Counter
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Event, Thread
from urllib.parse import urlsplit

import pytest

from cnncli.datasets.download.fetch import Patience, fetch
from cnncli.datasets.download.published_file import PublishedFile
from cnncli.errors import DataError

CONTENT = bytes(range(256)) * 4000
SIZE = len(CONTENT)
HALF = SIZE // 2
SHA256 = hashlib.sha256(CONTENT).hexdigest()
CERTIFICATE = Path(__file__).parent / "localhost.pem"

QUICK = Patience(wait=0.01)
"""Waits hardly at all between tries."""
SHORT = Patience(seconds=0.4, least=2000, wait=0.01)
"""Nor for anything else."""


def published(base, folder=""):
    """What the servers have, as it would be published."""
    return PublishedFile(base, "set.tar.gz", SIZE, SHA256, folder)


class Handler(BaseHTTPRequestHandler):
    """Each request meets the next fault of the server's script, and after its end none."""

    protocol_version = "HTTP/1.1"

    def do_GET(self):
        asked = self.headers.get("Range")
        self.server.asked.append((self.path, asked))
        self.start = int(asked[6:-1]) if asked else 0
        self.close_connection = True
        script = self.server.script
        behaviour = script.pop(0) if script else self.server.otherwise
        self.server.injected[behaviour.__name__] += 1
        with suppress(ConnectionError):
            behaviour(self)

    def head(self, status, length=None, **headers):
        """Status and headers; length None: only the end of the connection ends the body."""
        self.send_response(status)
        if length is not None:
            self.send_header("Content-Length", str(length))
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()

    def part(self, length, start=None, total=SIZE):
        """Head of a part that begins where asked, or elsewhere."""
        start = self.start if start is None else start
        self.head(206, length, Content_Range=f"bytes {start}-{SIZE - 1}/{total}")

    def due(self, length):
        """Head of what was asked for, of that length."""
        self.part(length) if self.start else self.head(200, length)

    def log_message(self, *_):
        pass


def well(handler):
    handler.due(SIZE - handler.start)
    handler.wfile.write(handler.server.content[handler.start :])


def cut(handler):
    """Announces all, and ends the connection after a half of it."""
    handler.due(SIZE - handler.start)
    handler.wfile.write(CONTENT[handler.start : handler.start + (SIZE - handler.start) // 2])


def reset(handler):
    """Breaks the connection off without an answer."""
    linger = (1).to_bytes(4, "little") + (0).to_bytes(4, "little")
    handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
    handler.rfile.close()
    handler.wfile.close()
    handler.connection.close()


def hang_up(handler):
    """Ends the connection without an answer."""


def nothing(handler):
    """Announces all, and sends none of it."""
    handler.due(SIZE - handler.start)


def silent(handler):
    """Neither answers nor ends."""
    handler.server.ended.wait(5)


def stall(handler):
    """Sends a half, and then nothing, without an end."""
    handler.due(SIZE - handler.start)
    handler.wfile.write(CONTENT[handler.start : HALF])
    handler.wfile.flush()
    handler.server.ended.wait(5)


def trickle(handler):
    """Sends a byte now and then, without an end."""
    handler.due(SIZE - handler.start)
    for at in range(handler.start, SIZE):
        handler.wfile.write(CONTENT[at : at + 1])
        handler.wfile.flush()
        if handler.server.ended.wait(0.05):
            return


def endless(begin, more, pause=0.05):
    """A behaviour: sends a beginning and then for ever more, until the other side leaves."""

    def send(handler):
        try:
            handler.wfile.write(begin)
            while not handler.server.ended.wait(pause):
                handler.wfile.write(more)
        except ConnectionError:
            handler.server.left.set()

    return send


def no_ranges(handler):
    """Knows nothing of ranges."""
    handler.head(200, SIZE)
    handler.wfile.write(CONTENT)


def no_length(handler):
    """Does not announce a length."""
    handler.due(None)
    handler.wfile.write(handler.server.content[handler.start :])


def chunked(handler):
    """Sends chunks, of no announced number."""
    handler.head(200, Transfer_Encoding="chunked")
    content = handler.server.content
    for at in range(0, len(content), 100_000):
        block = content[at : at + 100_000]
        handler.wfile.write(b"%x\r\n%s\r\n" % (len(block), block))
    handler.wfile.write(b"0\r\n\r\n")


def chunked_cut(handler):
    """Ends the connection within a chunk."""
    handler.head(200, Transfer_Encoding="chunked")
    handler.wfile.write(b"%x\r\n%s" % (SIZE, CONTENT[:HALF]))


def shorter(handler):
    """Announces a byte less than there is."""
    handler.head(200, SIZE - 1)
    handler.wfile.write(CONTENT[:-1])


def longer(handler):
    """Announces a byte more."""
    handler.head(200, SIZE + 1)
    handler.wfile.write(CONTENT + b"x")


def elsewhere(handler):
    """Answers with another part of the file than the one asked for, of the right length."""
    handler.part(SIZE - handler.start, start=0 if handler.start else 1)
    handler.wfile.write(CONTENT[: SIZE - handler.start])


def of_another_file(handler):
    """Answers with a part of a file of another size."""
    handler.part(SIZE - handler.start, total=SIZE + 1)
    handler.wfile.write(CONTENT[handler.start :])


def unsaid(handler):
    """Answers with a part, and does not say which."""
    handler.head(206, SIZE - handler.start)
    handler.wfile.write(CONTENT[handler.start :])


def status(code, **headers):
    """A behaviour: that answer, without a body."""

    def answer(handler):
        handler.head(code, 0, **headers)

    answer.__name__ = str(code)
    return answer


def redirect(location, code=302):
    """A behaviour: sends on to an address."""
    return status(code, Location=location)


@contextmanager
def serving(handler=Handler, *, tls=False):
    """A server with its address as `base`; `asked` lists path and range of every request."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.content, server.script, server.otherwise = CONTENT, [], well
    server.asked, server.injected = [], Counter()
    server.ended, server.left = Event(), Event()
    server.port = server.server_address[1]
    server.base = f"{'https' if tls else 'http'}://127.0.0.1:{server.port}/sets/"
    server.url = f"{server.base}set.tar.gz"
    server.handle_error = lambda *_: None
    if tls:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(CERTIFICATE)
        server.socket = context.wrap_socket(server.socket, server_side=True)
    Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    try:
        yield server
    finally:
        server.ended.set()
        server.shutdown()
        server.server_close()


class ProxyHandler(Handler):
    """Gives what was asked for itself, and opens tunnels to where it was told to."""

    def do_CONNECT(self):
        self.server.asked.append((f"CONNECT {self.path}", None))
        self.server.passwords.append(self.headers.get("Proxy-Authorization"))
        self.close_connection = True
        if self.server.refuses:
            self.head(403, 0)
            return
        host, _, port = self.path.rpartition(":")
        with socket.create_connection((host, int(port))) as far:
            self.head(200)
            back = Thread(target=_copy, args=(far, self.connection))
            back.start()
            _copy(self.connection, far)
            back.join()

    def do_GET(self):
        self.server.passwords.append(self.headers.get("Proxy-Authorization"))
        assert urlsplit(self.path).netloc
        super().do_GET()


def _copy(source, target):
    with suppress(OSError):
        while block := source.recv(2**16):
            target.sendall(block)
        target.shutdown(socket.SHUT_WR)


@contextmanager
def proxy():
    """A proxy as a server; it notes what it is told as name and password."""
    with serving(ProxyHandler) as server:
        server.passwords, server.refuses = [], False
        yield server


def refused(remote, root, *, kind=DataError, patience=QUICK, **options):
    """The one line of a download that fails, and what was told before."""
    told = []
    with pytest.raises(kind) as error:
        fetch(remote, root, notify=told.append, patience=patience, **options)
    assert type(error.value) is kind
    assert "\n" not in str(error.value)
    return str(error.value), told


def fetched(remote, root, *, patience=QUICK, **options):
    """What was told by a download that succeeds, and left only the file."""
    told = []
    target = root / remote.folder / "set.tar.gz"
    assert fetch(remote, root, notify=told.append, patience=patience, **options) == target
    assert target.read_bytes() == CONTENT
    assert files(target.parent) == ["set.tar.gz"]
    return told


def files(folder):
    return sorted(path.name for path in folder.iterdir())

"""Redirects, proxies and certificates, with servers on this machine."""

import errno
import socket
import time

import pytest

from tests.datasets.servers import (
    CERTIFICATE,
    CONTENT,
    HALF,
    SHORT,
    ProxyHandler,
    cut,
    fetched,
    files,
    proxy,
    published,
    redirect,
    refused,
    serving,
)

ANOTHER = "try another mirror"


@pytest.fixture
def trusted(monkeypatch):
    """A server over TLS, whose certificate is trusted."""
    monkeypatch.setenv("SSL_CERT_FILE", str(CERTIFICATE))
    with serving(tls=True) as server:
        yield server


@pytest.fixture
def way(monkeypatch):
    """A proxy, and a function that sets a variable to it."""
    with proxy() as server:
        server.set = lambda name, user="": monkeypatch.setenv(
            name, f"http://{user}127.0.0.1:{server.port}"
        )
        yield server


@pytest.mark.parametrize("code", [301, 302, 303, 307, 308])
def test_redirects_are_followed(server, remote, tmp_path, code):
    (tmp_path / "set.tar.gz.part").write_bytes(CONTENT[:HALF])
    server.script = [redirect("/elsewhere", code)]
    assert fetched(remote, tmp_path) == []
    begins = f"bytes={HALF}-"
    assert server.asked == [("/sets/set.tar.gz", begins), ("/elsewhere", begins)]


def test_redirects_are_counted(server, remote, tmp_path):
    server.script = [redirect("/sets/again")] * 5
    fetched(remote, tmp_path / "five")
    assert server.injected == {"302": 5, "well": 1}
    server.injected.clear()
    server.otherwise = redirect("/sets/again")
    text, told = refused(remote, tmp_path)
    assert text == f"{server.url}: expected at most 5 redirects, found more; {ANOTHER}"
    assert (told, server.injected) == ([], {"302": 6})


def test_a_redirect_to_what_is_not_asked(server, remote, tmp_path):
    server.otherwise = redirect("file:///etc/passwd")
    text, told = refused(remote, tmp_path)
    assert text == (
        f"{server.url}: expected a redirect to an https:// address, found one to "
        f"'file:///etc/passwd'; {ANOTHER}"
    )
    assert (told, server.injected, files(tmp_path)) == ([], {"302": 1}, [])


def test_a_redirect_to_nowhere(server, remote, tmp_path):
    server.otherwise = redirect("")
    text, told = refused(remote, tmp_path)
    assert text == f"{server.url}: the server answers 302 Found; {ANOTHER}"
    assert (told, server.injected) == ([], {"302": 1})


def test_https(trusted, tmp_path):
    trusted.script = [cut]
    assert len(fetched(published(trusted.base), tmp_path)) == 1
    assert [asked for _, asked in trusted.asked] == [None, f"bytes={HALF}-"]


def test_https_to_http(trusted, server, tmp_path):
    trusted.script = [redirect(server.url)]
    text, told = refused(published(trusted.base), tmp_path)
    assert text == (
        f"{trusted.url}: expected a redirect to an https:// address, found one to {server.url!r}; "
        f"{ANOTHER}"
    )
    assert (told, trusted.injected, server.asked) == ([], {"302": 1}, [])


def test_http_on_this_machine_to_https(trusted, server, remote, tmp_path):
    server.script = [redirect(trusted.url)]
    assert fetched(remote, tmp_path) == []
    assert trusted.injected == {"well": 1}


def test_a_certificate_that_is_not_trusted(tmp_path):
    with serving(tls=True) as server:
        text, told = refused(published(server.base), tmp_path)
        assert (told, server.asked) == ([], [])
    assert text.startswith(f"{server.url}: cannot be fetched: [SSL: CERTIFICATE_VERIFY_FAILED]")
    assert text.endswith("; try again, or another mirror")


def test_no_tls_where_it_is_expected(server, tmp_path):
    base = server.base.replace("http:", "https:")
    text, told = refused(published(base), tmp_path)
    assert text.startswith(f"{base}set.tar.gz: cannot be fetched: [SSL")
    assert told == []


@pytest.mark.parametrize("name", ["http_proxy", "HTTP_PROXY"])
def test_a_proxy_for_http(server, remote, way, tmp_path, name):
    way.set(name)
    assert fetched(remote, tmp_path) == []
    assert (way.asked, server.asked) == ([(server.url, None)], [])


@pytest.mark.parametrize("name", ["https_proxy", "HTTPS_PROXY"])
def test_a_proxy_for_https(trusted, way, tmp_path, name):
    way.set(name, "me:secret@")
    assert fetched(published(trusted.base), tmp_path) == []
    assert way.asked == [(f"CONNECT 127.0.0.1:{trusted.port}", None)]
    assert way.passwords == ["Basic bWU6c2VjcmV0"]
    assert trusted.injected == {"well": 1}


@pytest.mark.parametrize("name", ["no_proxy", "NO_PROXY"])
@pytest.mark.parametrize("value", ["127.0.0.1", "example.org, 127.0.0.1", "*"])
def test_no_proxy(server, remote, way, tmp_path, monkeypatch, name, value):
    way.set("http_proxy")
    monkeypatch.setenv(name, value)
    fetched(remote, tmp_path)
    assert (way.asked, len(server.asked)) == ([], 1)


def test_a_proxy_is_asked_again_after_a_redirect(trusted, way, server, remote, tmp_path):
    way.set("https_proxy")
    server.script = [redirect(trusted.url)]
    fetched(remote, tmp_path)
    assert way.asked == [(f"CONNECT 127.0.0.1:{trusted.port}", None)]


def test_a_proxy_that_refuses(way, tmp_path):
    way.set("https_proxy", "me:secret@")
    way.refuses = True
    text, told = refused(published("https://nowhere.invalid/"), tmp_path)
    assert text == (
        "https://nowhere.invalid/set.tar.gz: cannot be fetched through the proxy "
        f"127.0.0.1:{way.port}: Tunnel connection failed: 403 Forbidden; "
        "try again, or another mirror"
    )
    assert (told, len(way.asked)) == ([], 1)


def test_a_proxy_of_an_unknown_kind(server, remote, tmp_path, monkeypatch):
    monkeypatch.setenv("http_proxy", "socks5://127.0.0.1:1")
    text, told = refused(remote, tmp_path)
    assert text == (
        f"{server.url}: cannot be fetched through the proxy socks5://127.0.0.1:1: "
        f"unknown url type: socks5; {ANOTHER}"
    )
    assert (told, server.asked) == ([], [])


def test_a_refused_connection_is_final(tmp_path):
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        base = f"http://127.0.0.1:{listener.getsockname()[1]}/"
    text, told = refused(published(base), tmp_path / "new")
    assert text == (
        f"{base}set.tar.gz: cannot be fetched: [Errno {errno.ECONNREFUSED}] Connection refused; "
        "try again, or another mirror"
    )
    assert told == []
    assert not (tmp_path / "new").exists()


def test_a_name_that_is_not_known_is_final(tmp_path, monkeypatch):
    asked = []

    def unknown(host, *_, **__):
        asked.append(host)
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    text, told = refused(published("https://nowhere.invalid/"), tmp_path)
    assert text == (
        "https://nowhere.invalid/set.tar.gz: cannot be fetched: "
        f"[Errno {socket.EAI_NONAME}] Name or service not known; try again, or another mirror"
    )
    assert (asked, told) == (["nowhere.invalid"], [])


def test_a_name_that_is_looked_up_for_ever(tmp_path, monkeypatch):
    def late(*_, **__):
        time.sleep(0.5)
        raise socket.gaierror(socket.EAI_AGAIN, "late")

    monkeypatch.setattr(socket, "getaddrinfo", late)
    text, told = refused(published("https://nowhere.invalid/"), tmp_path, patience=SHORT)
    assert text == (
        "https://nowhere.invalid/set.tar.gz: no answer within 0.4 s; try again, or another mirror"
    )
    assert told == []


def test_an_address_that_is_none(tmp_path):
    text, told = refused(published("https://127.0.0.1:port/"), tmp_path)
    assert text == (
        f"https://127.0.0.1:port/set.tar.gz: cannot be fetched: nonnumeric port: 'port'; {ANOTHER}"
    )
    assert told == []


def test_what_a_proxy_says_is_cleaned(tmp_path, monkeypatch):
    class Rude(ProxyHandler):
        def do_CONNECT(self):
            self.wfile.write(b"HTTP/1.1 403 \x1b[2Jno\r\n\r\n")

    with serving(Rude) as way:
        monkeypatch.setenv("https_proxy", f"http://127.0.0.1:{way.port}")
        text, _ = refused(published("https://nowhere.invalid/"), tmp_path)
        assert "Tunnel connection failed: 403 ?[2Jno; try again" in text

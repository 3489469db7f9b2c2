"""Proxies, certificates, names and redirects, with real sockets, patched as a server is."""

import contextlib
import datetime
import json
import os
import re
import socket
import ssl
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from unittest import mock

import eventlet.patcher
import trustme

from chatapp.server import concurrency
from live.connections.scenarios.harness import (
    ANSWER,
    COUNTED,
    HEAD,
    TIMEOUT,
    Model,
    chunked,
    failure,
    odd_server,
    read_request,
    scenario,
)

PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY")
threading = eventlet.patcher.original("threading")  # lookups run in native threads
NOBODY = "http://127.0.0.1:9"  # refuses connections


def set_environment(**variables: str) -> None:
    for name in PROXIES:
        os.environ.pop(name, None)
        os.environ.pop(name.lower(), None)
    os.environ.update(variables)


def serve_hello(connection: socket.socket) -> None:
    read_request(connection)
    connection.sendall(HEAD + chunked(ANSWER) + b"0\r\n\r\n")


# --- Proxies


@scenario
def loopback_is_never_asked_through_a_proxy(base_url: str) -> None:
    with odd_server(serve_hello) as address:
        for name in ("HTTP_PROXY", "ALL_PROXY", "http_proxy"):
            set_environment(**{name: NOBODY})
            assert Model(base_url).answer() == COUNTED
            for host in ("127.0.0.1", "localhost", "0.0.0.0"):  # noqa: S104
                assert Model(f"http://{address.replace('127.0.0.1', host)}").answer() == "hello"


@scenario
def a_proxy_that_cannot_be_used_does_not_matter_to_loopback(base_url: str) -> None:
    for proxy in ("socks://127.0.0.1:9/", "socks5://127.0.0.1:9", "socks4://127.0.0.1:9", "gopher://x", "http://[x"):
        set_environment(ALL_PROXY=proxy, HTTP_PROXY=proxy)
        assert Model(base_url).answer() == COUNTED, proxy


@scenario
def other_servers_are_asked_through_the_proxy_of_the_environment(_base_url: str) -> None:
    heads = []

    def serve(connection: socket.socket) -> None:
        heads.append(read_request(connection))
        connection.sendall(HEAD + chunked(ANSWER) + b"0\r\n\r\n")

    with odd_server(serve) as address:
        proxy = f"http://{address.removesuffix('/v1')}"
        for variables in ({"HTTP_PROXY": proxy}, {"all_proxy": proxy}, {"ALL_PROXY": proxy.removeprefix("http://")}):
            set_environment(**variables)
            assert Model("http://model.invalid/v1").answer() == "hello", variables
            assert heads.pop().startswith(b"POST http://model.invalid/v1/chat/completions HTTP/1.1\r\n")
        for listed in ("model.invalid", ".invalid", "*.invalid", "other.test, INVALID", "model.invalid:80", "*"):
            set_environment(HTTP_PROXY=proxy, NO_PROXY=listed)
            assert failure(Model("http://model.invalid/v1").answer).code == "provider_unavailable"
            assert not heads, listed


@scenario
def a_proxy_that_is_down_is_named(_base_url: str) -> None:
    set_environment(ALL_PROXY=NOBODY)
    for url in ("http://model.invalid/v1", "https://model.invalid/v1"):
        error = failure(Model(url).answer)
        assert error.code == "provider_unavailable"
        assert "proxy" in error.message, error.message
        assert "ALL_PROXY" in error.message, error.message


@scenario
def a_proxy_that_refuses_is_named(_base_url: str) -> None:
    def serve(connection: socket.socket) -> None:
        read_request(connection)
        connection.sendall(b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n")
        connection.close()

    with odd_server(serve) as address:
        set_environment(ALL_PROXY=f"http://{address.removesuffix('/v1')}")
        for url in ("http://model.invalid/v1", "https://model.invalid/v1"):
            error = failure(Model(url).answer)
            assert "ALL_PROXY" in error.message, (url, error.message)
            assert "407" in error.message, (url, error.message)


@scenario
def a_server_is_reached_through_a_socks_proxy(base_url: str) -> None:
    """The proxy resolves the name."""
    asked = []

    def serve(connection: socket.socket) -> None:
        connection.recv(3)
        connection.sendall(b"\x05\x00")
        _version, _command, _reserved, kind, length = connection.recv(5)
        assert kind == 3
        asked.append(connection.recv(length + 2)[:-2])
        connection.sendall(b"\x05\x00\x00\x01" + bytes(6))
        serve_hello(connection)

    with odd_server(serve) as address:
        for scheme in ("socks5", "socks5h", "socks"):
            set_environment(ALL_PROXY=f"{scheme}://{address.removesuffix('/v1')}/")
            assert Model("http://model.invalid/v1").answer() == "hello", scheme
    assert asked == [b"model.invalid"] * 3


@scenario
def a_proxy_that_cannot_be_used_is_named_when_it_is_needed(_base_url: str) -> None:
    for proxy in ("socks4://127.0.0.1:9", "gopher://x", "http://[x"):
        set_environment(ALL_PROXY=proxy)
        model = Model("http://model.invalid/v1")
        for ask in (model.answer, model.provider.models):
            error = failure(ask)
            assert error.code == "provider_unavailable"
            assert "ALL_PROXY" in error.message, error.message
    set_environment(ALL_PROXY="socks://127.0.0.1:9")
    with mock.patch.dict("sys.modules", socksio=None):
        assert "socksio" in failure(Model("http://model.invalid/v1").answer).message


# --- Certificates


@contextlib.contextmanager
def tls_server(
    authority: trustme.CA, *names: str, trusted: bool = True, **certificate: datetime.datetime
) -> Iterator[str]:
    """Serve answers with a certificate for these names, and let SSL_CERT_FILE name its authority if it is trusted."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(*names, **certificate).configure_cert(context)

    def serve(connection: socket.socket) -> None:
        with contextlib.suppress(OSError):  # the client does not accept the certificate
            serve_hello(context.wrap_socket(connection, server_side=True))

    with tempfile.TemporaryDirectory() as folder, odd_server(serve) as address:
        file = Path(folder) / "authority.pem"
        (authority if trusted else trustme.CA()).cert_pem.write_to_path(file)
        os.environ["SSL_CERT_FILE"] = str(file)
        yield f"https://{address}"


@scenario
def the_authority_of_ssl_cert_file_is_trusted(_base_url: str) -> None:
    with tls_server(trustme.CA(), "127.0.0.1") as url:
        assert Model(url).answer() == "hello"


@scenario
def a_certificate_that_is_not_accepted_is_named_with_the_reason(_base_url: str) -> None:
    past = datetime.datetime(2001, 1, 1, tzinfo=datetime.UTC)
    cases = (
        (("127.0.0.1",), {"trusted": False}, "self.signed|unable to get local issuer"),
        (("127.0.0.1",), {"not_before": past, "not_after": past + datetime.timedelta(1)}, "expired"),
        (("other.test",), {}, "mismatch"),
    )
    for names, certificate, reason in cases:
        with tls_server(trustme.CA(), *names, **certificate) as url:
            model = Model(url)
            for ask in (model.answer, model.provider.models):
                error = failure(ask)
                assert error.code == "provider_unavailable"
                assert "certificate" in error.message, error.message
                assert re.search(reason, error.message), error.message


@scenario
def a_server_without_tls_is_named(base_url: str) -> None:
    error = failure(Model(base_url.replace("http:", "https:")).answer)
    assert error.code == "provider_unavailable"
    assert "http://" in error.message, error.message
    assert "certificate" not in error.message, error.message


# --- Names


@contextlib.contextmanager
def name_service(look_up: Callable[[str], str]) -> Iterator[None]:
    """Put `look_up` in the place of the system's resolver: from a name to what is looked up instead."""
    system = concurrency._socket.getaddrinfo

    def getaddrinfo(host: str, *arguments: object, **named: object) -> object:
        return system(look_up(host), *arguments, **named)

    with mock.patch.object(concurrency._socket, "getaddrinfo", getaddrinfo):
        yield


@scenario
def names_are_looked_up_by_the_system(_base_url: str) -> None:
    """eventlet's own resolver knows neither mDNS, for names in .local, nor that of a VPN."""
    with name_service(lambda _: "127.0.0.1"), odd_server(serve_hello) as address:
        assert Model(f"http://{address.replace('127.0.0.1', 'printer.local')}").answer() == "hello"
    assert concurrency.look_up("127.1") == ["127.0.0.1"], "eventlet's would ask DNS for it"


@scenario
def all_addresses_of_a_name_are_tried(_base_url: str) -> None:
    """In their order, until one takes the connection."""
    found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 0)) for address in ("127.0.0.2", "127.0.0.1")]
    for addresses in (found, found[::-1]):
        with (
            mock.patch.object(concurrency._socket, "getaddrinfo", return_value=addresses),
            odd_server(serve_hello) as url,
        ):
            assert Model(f"http://{url.replace('127.0.0.1', 'both.test')}").answer() == "hello"
            assert failure(Model("http://both.test:9/v1").answer).code == "provider_unavailable"


@scenario
def one_slow_lookup_holds_up_nobody_else(base_url: str) -> None:
    may_end, asked, answers = threading.Event(), [], []

    def look_up(host: str) -> str:
        if host == "slow.test":
            asked.append(host)
            may_end.wait(TIMEOUT)
        return "127.0.0.1"

    with name_service(look_up), odd_server(serve_hello) as address:
        slow = Model(f"http://{address.replace('127.0.0.1', 'slow.test')}")
        tasks = [concurrency.spawn(lambda: answers.append(slow.answer())) for _ in range(50)]
        assert concurrency.wait_until(lambda: bool(asked), TIMEOUT)
        assert Model(base_url.replace("127.0.0.1", "localhost")).answer() == COUNTED
        assert not answers
        may_end.set()
        for task in tasks:
            task.wait()
    assert answers == ["hello"] * 50
    assert len(asked) < 5, "each connection looked the name up by itself"


@scenario
def a_lookup_ends_with_the_time_to_connect(_base_url: str) -> None:
    may_end = threading.Event()
    with mock.patch.object(concurrency._socket, "getaddrinfo", side_effect=lambda *_, **__: may_end.wait(TIMEOUT)):
        model = Model("http://slow.test/v1", connect_timeout=0.2)
        assert failure(model.answer).code == "provider_timeout"
        may_end.set()


@scenario
def an_unknown_name_is_said_to_be_unknown(_base_url: str) -> None:
    for name in ("nobody.invalid", "nobody.invalid.", f"{'a' * 70}.test"):
        error = failure(Model(f"http://{name}/v1").answer)
        assert error.code == "provider_unavailable"
        assert name in error.message, error.message


@scenario
def an_address_of_ipv6_is_taken(_base_url: str) -> None:
    if not socket.has_ipv6:
        return
    with contextlib.closing(socket.create_server(("::1", 0), family=socket.AF_INET6)) as listener:
        task = concurrency.spawn(lambda: serve_hello(listener.accept()[0]))
        set_environment(HTTP_PROXY=NOBODY)
        assert Model(f"http://[::1]:{listener.getsockname()[1]}/v1").answer() == "hello"
        task.wait()


# --- Redirects


def redirecting(to: Callable[[], str], status: bytes, seen: list[bytes]) -> Callable[[socket.socket], None]:
    def serve(connection: socket.socket) -> None:
        seen.append(read_request(connection))
        place = to().encode()
        connection.sendall(b"HTTP/1.1 %b\r\nLocation: %b\r\nContent-Length: 0\r\n\r\n" % (status, place))
        connection.close()

    return serve


@scenario
def a_redirect_within_a_host_is_followed_with_the_question(base_url: str) -> None:
    """A permanent one is remembered."""
    for status in (b"301 Moved Permanently", b"308 Permanent Redirect", b"302 Found", b"307 Temporary Redirect"):
        seen: list[bytes] = []
        with odd_server(redirecting(lambda: f"{base_url}/chat/completions", status, seen)) as address:
            model = Model(f"http://{address}")
            assert model.answer() == COUNTED
            assert model.answer() == COUNTED
        assert len(seen) == (1 if status[:3] in {b"301", b"308"} else 2), status


@scenario
def a_redirect_to_another_host_is_not_followed_and_named(_base_url: str) -> None:
    """The key and the conversation are for the host that the operator has named."""
    other: list[bytes] = []
    with odd_server(other.append) as elsewhere:
        place = f"http://{elsewhere.replace('127.0.0.1', 'localhost')}/chat/completions"
        with odd_server(redirecting(lambda: place, b"308 Permanent Redirect", [])) as address:
            error = failure(Model(f"http://{address}").answer)
    assert error.code == "provider_error"
    assert place.removesuffix("/chat/completions") in error.message, error.message
    assert not other


@scenario
def redirects_without_an_end_fail(_base_url: str) -> None:
    place = [""]
    with odd_server(redirecting(lambda: place[0], b"307 Temporary Redirect", [])) as address:
        place[0] = f"http://{address}/chat/completions"
        assert failure(Model(f"http://{address}").answer).code == "provider_error"


# --- Lists of models


@scenario
def lists_of_models_are_read_in_any_shape(_base_url: str) -> None:
    bodies = (
        ("application/json", {"data": [{"id": "a"}, {"id": "b"}]}),
        ("TEXT/PLAIN", {"object": "list", "data": [{"id": "a", "created": "x"}, {"id": "b"}, None, {"id": None}]}),
        ("", [{"id": "a", "type": "chat"}, {"id": "b"}]),
        ("Application/JSON; charset=utf-8", {"models": [{"name": "a"}, {"model": "b"}]}),
        ("application/json", {"data": ["a", "b", "a"]}),
    )
    for content_type, body in bodies:
        content = b"\xef\xbb\xbf" + json.dumps(body).encode()
        head = f"HTTP/1.1 200 OK\r\nContent-Type: {content_type}\r\nContent-Length: {len(content)}\r\n\r\n".encode()

        def serve(connection: socket.socket, answer: bytes = head + content) -> None:
            read_request(connection)
            connection.sendall(answer)

        with odd_server(serve) as address:
            assert [model.id for model in Model(f"http://{address}").provider.models()] == ["a", "b"], body


@scenario
def a_page_in_the_place_of_a_list_is_not_the_protocol(_base_url: str) -> None:
    def serve(connection: socket.socket) -> None:
        read_request(connection)
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 13\r\n\r\n<html></html>")

    with odd_server(serve) as address:
        error = failure(Model(f"http://{address}").provider.models)
    assert error.code == "provider_error"
    assert "/v1" in error.message

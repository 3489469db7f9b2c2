"""Headers of proxies: none is believed without a declared proxy, and behind one only what it has set itself."""

import http.client
import socket
from contextlib import closing

import pytest
import websocket

from support.client import Client, Reply
from support.shapes import check_problem
from support.waiting import LIMIT

NAME = "chat.example.com:8443"
PASSWORD = "correct horse 배터리 staple"
TOKEN = "a token of the operator"
PROXIED = {"Host": NAME, "X-Forwarded-Proto": "https", "X-Forwarded-Host": NAME}
#: Headers by which proxies name the client: {} is its address.
NAMES_OF_CLIENTS = {
    "X_Forwarded_For": "{}",
    "Forwarded": "for={};proto=https;host=chat.example.com",
    "X-Real-IP": "{}",
    "X-Client-IP": "{}",
    "True-Client-IP": "{}",
    "REMOTE_ADDR": "{}",
    "Remote-Addr": "{}",
}
#: Headers of proxied requests, of each kind.
SIGNS_OF_A_PROXY = {
    "Forwarded": "for=10.0.0.1",
    "Via": "1.1 proxy",
    "X-Forwarded-For": "",
    "X-Forwarded-Host": "127.0.0.1",
    "X-Forwarded-Proto": "http",
    "X-Real-IP": "127.0.0.1",
}


@pytest.fixture(scope="module")
def direct(module_server):
    """A server that knows of no proxy, also on a Unix socket."""
    server = module_server(start=False, CHATAPP_PASSWORD=PASSWORD, CHATAPP_METRICS_TOKEN=TOKEN)
    server.command = [*server.command, "-b", f"127.0.0.1:{server.port}", "-b", f"unix:{socket_of(server)}"]
    return server.start()


@pytest.fixture(scope="module")
def behind(module_server):
    """A server that knows of one proxy: the tests."""
    return module_server(CHATAPP_PASSWORD=PASSWORD, CHATAPP_ORIGINS=f"https://{NAME}", CHATAPP_TRUSTED_PROXIES="1")


def socket_of(server) -> str:
    return str(server.folder / "socket")


def send(server, path: str, headers: list[tuple[str, str]], *, method="GET", body: bytes = b"") -> Reply:
    """Send these headers only, repeated ones too."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=LIMIT)
    with closing(connection):
        connection.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
        for name, value in headers:
            connection.putheader(name, value)
        connection.endheaders(body)
        response = connection.getresponse()
        return Reply(response.status, response.headers, response.read())


def get(server, path: str, **headers: str) -> Reply:
    return send(server, path, list({"Host": f"127.0.0.1:{server.port}", **headers}.items()))


def guess_until_refused(server, headers) -> None:
    """Guess a password, each time with other headers; fail if the guesses are not counted as one client's."""
    for number in range(12):
        body = b'{"password": "guess %d"}' % number
        sent = [("Content-Type", "application/json"), ("Content-Length", str(len(body))), *headers(f"10.1.{number}.1")]
        reply = send(server, "/api/session", sent, method="POST", body=body)
        if reply.status == 429:
            return
        check_problem(reply, 401, "unauthenticated")
    pytest.fail("Another header made every guess that of another client.")


@pytest.mark.parametrize("name", ["SCRIPT_NAME", "Script-Name", "X-Forwarded-Prefix", "X-Script-Name"])
def test_no_header_moves_the_application(direct, behind, name):
    for server, headers in ((direct, {}), (behind, PROXIED)):
        reply = get(server, "/", **{name: "/elsewhere", **headers})
        assert reply.status == 200
        assert b"elsewhere" not in reply.body


def test_nothing_more_is_believed_on_a_unix_socket(direct):
    """gunicorn trusts whoever reaches one."""
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(socket_of(direct))
        headers = "Host: 127.0.0.1\r\nSCRIPT_NAME: /elsewhere\r\nX-Forwarded-Proto: https\r\nX-Forwarded-Ssl: off"
        connection.sendall(f"GET / HTTP/1.1\r\n{headers}\r\nConnection: close\r\n\r\n".encode())
        reply = connection.makefile("rb").read()
    assert reply.startswith(b"HTTP/1.1 200")
    assert b"elsewhere" not in reply


@pytest.mark.parametrize("name", ["PATH_INFO", "Path-Info", "X-Original-URL", "X-Rewrite-URL"])
def test_no_header_changes_the_path(direct, name):
    assert b"<html" in get(direct, "/", **{name: "/healthz"}).body


@pytest.mark.parametrize("name", ["X-Forwarded-Proto", "X-Forwarded-Protocol", "X-Forwarded-Ssl"])
def test_without_a_proxy_no_header_names_the_scheme(direct, name):
    """The refusal of an unknown host names the scheme of the request."""
    value = {"X-Forwarded-Protocol": "ssl", "X-Forwarded-Ssl": "on"}.get(name, "https")
    problem = check_problem(get(direct, "/api/models", **{"Host": "evil.example", name: value}), 403, "forbidden")
    assert "CHATAPP_ORIGINS=http://evil.example" in problem["detail"]


def test_contradictory_schemes_are_no_error(direct):
    assert get(direct, "/healthz", **{"X-Forwarded-Proto": "http", "X-Forwarded-Ssl": "on"}).status == 200


def test_a_declared_proxy_names_the_scheme(behind):
    headers = {**PROXIED, "X-Forwarded-Host": "evil.example"}
    problem = check_problem(get(behind, "/api/models", **headers), 403, "forbidden")
    assert "CHATAPP_ORIGINS=https://evil.example" in problem["detail"]


def test_without_a_proxy_no_header_names_the_host(direct):
    for name in ("X-Forwarded-Host", "X-Forwarded-Server", "X_Forwarded_Host", "X-Host", "Forwarded"):
        value = "host=127.0.0.1" if name == "Forwarded" else "127.0.0.1"
        check_problem(get(direct, "/api/models", **{"Host": "evil.example", name: value}), 403, "forbidden")


def test_of_several_hosts_the_last_one_is_that_of_the_proxy(behind):
    def status(*hosts: str) -> int:
        named = [("X-Forwarded-Host", host) for host in hosts]
        return send(behind, "/", [("Host", "127.0.0.1"), *named]).status

    assert status("evil.example", NAME) == status(f"evil.example, {NAME}") == 200
    assert status(NAME, "evil.example") == status(f"{NAME}, evil.example") == 403


@pytest.mark.parametrize("upgrade", ["https://evil.example", "http://evil.example"])
def test_a_foreign_origin_cannot_make_itself_the_host(direct, behind, upgrade):
    for server in (direct, behind):
        headers = {"X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": upgrade.partition(":")[0]}
        connection = websocket.create_connection(
            f"ws://127.0.0.1:{server.port}/socket.io/?EIO=4&transport=websocket",
            origin=upgrade,
            header=headers,
            timeout=LIMIT,
        )
        with closing(connection):
            connection.recv()
            connection.send("40")
            assert connection.recv() == '44{"message":"forbidden"}'


def test_without_a_proxy_no_header_names_the_client(direct):
    names = NAMES_OF_CLIENTS | {"X-Forwarded-For": "{}"}
    host = f"127.0.0.1:{direct.port}"
    guess_until_refused(
        direct,
        lambda address: [
            ("Host", host),
            ("Origin", f"http://{host}"),
            *((name, value.format(address)) for name, value in names.items()),
        ],
    )


@pytest.mark.parametrize("joined", [True, False])
def test_of_several_clients_the_last_one_is_that_of_the_proxy(behind, joined):
    client = f"203.0.113.{7 + joined}"
    guess_until_refused(
        behind,
        lambda address: [
            *PROXIED.items(),
            ("Origin", f"https://{NAME}"),
            *((name, value.format(address)) for name, value in NAMES_OF_CLIENTS.items()),
            *([("X-Forwarded-For", f"{address}, {client}")] if joined else []),
            *([] if joined else [("X-Forwarded-For", address), ("X-Forwarded-For", client)]),
        ],
    )


def test_two_hosts_are_no_request(direct):
    host = ("Host", f"127.0.0.1:{direct.port}")
    assert send(direct, "/healthz", [host, host]).status == 400


@pytest.mark.parametrize("path", ["/healthz", "/"])
def test_an_upgrade_to_http2_is_ignored(direct, path):
    reply = get(
        direct,
        path,
        Connection="Upgrade, HTTP2-Settings",
        Upgrade="h2c",
        **{"HTTP2-Settings": "AAMAAABkAAQCAAAAAAIAAAAA"},
    )
    assert reply.status == 200
    assert "Upgrade" not in reply.headers


def test_http2_without_tls_is_refused(direct):
    with socket.create_connection(("127.0.0.1", direct.port), LIMIT) as connection:
        connection.sendall(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")
        assert connection.makefile("rb").readline().startswith((b"HTTP/1.1 400", b"HTTP/1.1 505"))


@pytest.mark.parametrize("name", SIGNS_OF_A_PROXY)
def test_metrics_are_not_for_proxied_requests(server, name):
    assert get(server, "/metrics").status == 200
    check_problem(get(server, "/metrics", **{name: SIGNS_OF_A_PROXY[name]}), 403, "forbidden")


def test_behind_a_proxy_metrics_need_the_token(behind):
    """Whatever the proxy forgets to set."""
    for headers in ({}, {"Host": NAME}, PROXIED, {**PROXIED, "X-Forwarded-For": "127.0.0.1"}):
        check_problem(get(behind, "/metrics", **headers), 403, "forbidden")


def test_the_token_opens_the_metrics_from_anywhere(direct):
    for token, status in ((TOKEN, 200), ("wrong", 403), ("", 403)):
        assert (
            get(direct, "/metrics", Authorization=f"Bearer {token}", **{"X-Forwarded-For": "10.0.0.1"}).status == status
        )
    check_problem(get(direct, "/metrics"), 403, "forbidden")


def test_browsers_are_told_to_keep_to_https(direct, behind):
    sent = "Strict-Transport-Security"
    assert get(behind, "/", **PROXIED).headers[sent] == "max-age=31536000"
    assert get(behind, "/api/models", **PROXIED).headers[sent] == "max-age=31536000"
    assert sent not in get(behind, "/").headers, "127.0.0.1 is not the https origin"
    assert sent not in get(direct, "/").headers


def test_a_client_behind_the_proxy_signs_in(behind):
    client = Client(behind.port)
    headers = {
        **PROXIED,
        "Origin": f"https://{NAME}",
        "X-Forwarded-For": "203.0.113.1",
        "Content-Type": "application/json",
    }
    reply = client.request("POST", "/api/session", f'{{"password": "{PASSWORD}"}}'.encode(), headers)
    assert reply.status == 200
    assert all(name.startswith("__Host-") for name in client.cookies)

"""Bodies as servers and gateways send them: marks, content types, cuts, and times to wait."""

import socket
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

from chatapp.errors import ProviderError
from chatapp.providers.base import Finish
from live.connections.scenarios.harness import ANSWER, Model, chunked, failure, odd_server, read_request, scenario

FINISHED = b'data: {"choices": [{"delta": {"content": "hello"}, "finish_reason": "stop"}]}\n\n'
UNFINISHED = b'data: {"choices": [{"delta": {"content": "hello"}}]}\n\n'
WHOLE = b'{"choices": [{"message": {"content": "hello"}, "finish_reason": "stop"}]}'
LINES = (
    b'{"choices": [{"delta": {"content": "hel"}}]}\n'
    b'{"choices": [{"delta": {"content": "lo"}, "finish_reason": "stop"}]}\n'
)
BYTE_ORDER_MARK = b"\xef\xbb\xbf"


def head(content_type: str, status: str = "200 OK", *fields: str) -> bytes:
    lines = [f"HTTP/1.1 {status}", f"Content-Type: {content_type}", "Transfer-Encoding: chunked", *fields]
    return "".join(f"{line}\r\n" for line in [*lines, ""]).encode()


def serve(*pieces: bytes, cut: bool = False) -> Callable[[socket.socket], None]:
    """Return a server of one head and the chunks of its body; `cut`: without the last, empty one."""

    def serve(connection: socket.socket) -> None:
        read_request(connection)
        connection.sendall(pieces[0] + b"".join(map(chunked, pieces[1:])) + (b"" if cut else b"0\r\n\r\n"))
        connection.close()

    return serve


def ask(server: Callable[[socket.socket], None]) -> tuple[str, str]:
    """Return the text that came, and how the answer ended: by its reason, or the code of its error."""
    text, end = "", ""
    with odd_server(server) as address:
        try:
            for chunk in Model(f"http://{address}").stream():
                text += chunk if isinstance(chunk, str) else ""
                end = chunk.reason if isinstance(chunk, Finish) else end
        except ProviderError as error:
            end = error.code
    return text, end


@scenario
def a_byte_order_mark_loses_nothing(_base_url: str) -> None:
    for kind, body in (("text/event-stream", ANSWER), ("application/json", WHOLE), ("text/plain", LINES)):
        marked = BYTE_ORDER_MARK + body
        for at in range(1, 6):
            assert ask(serve(head(kind), marked[:at], marked[at:])) == ("hello", "stop"), (kind, at)


@scenario
def the_content_type_does_not_matter(_base_url: str) -> None:
    kinds = ("TEXT/EVENT-STREAM; Charset=UTF-8", "application/x-ndjson", "application/octet-stream", "", "text/html")
    for kind in kinds:
        for body in (ANSWER, WHOLE, LINES):
            assert ask(serve(head(kind), body)) == ("hello", "stop"), (kind, body)


@scenario
def a_body_that_is_cut_short_is_judged_by_whether_the_answer_has_finished(_base_url: str) -> None:
    events = head("text/event-stream")
    assert ask(serve(events, FINISHED, cut=True)) == ("hello", "stop")
    assert ask(serve(events, ANSWER, cut=True)) == ("hello", "stop")
    assert ask(serve(events, UNFINISHED, cut=True)) == ("hello", "provider_unavailable")
    assert ask(serve(events, UNFINISHED)) == ("hello", "provider_unavailable")
    assert ask(serve(events, UNFINISHED, b"data: {", cut=True)) == ("hello", "provider_unavailable")
    length = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nContent-Length: 9999\r\n\r\n"
    assert ask(serve(length + FINISHED, cut=True)) == ("hello", "stop")
    assert ask(serve(length + UNFINISHED, cut=True)) == ("hello", "provider_unavailable")


@scenario
def the_time_to_wait_is_read_wherever_it_stands(_base_url: str) -> None:
    date = format_datetime(datetime.now(UTC) + timedelta(seconds=38), usegmt=True)
    cases = (
        ("429 Too Many Requests", "Retry-After: 38", b"{}"),
        ("503 Service Unavailable", "RETRY-AFTER: 38", b"{}"),
        ("429 Too Many Requests", f"Retry-After: {date}", b"{}"),
        ("429 Too Many Requests", "retry-after-ms: 38000", b"{}"),
        ("429 Too Many Requests", "llm_provider-retry-after: 38", b"{}"),
        ("429 Too Many Requests", "X-Other: 1", b'{"error": {"message": "Please try again in 38s."}}'),
        ("429 Too Many Requests", "X-Other: 1", b'{"error": {"details": [{"retryDelay": "38s"}]}}'),
    )
    for status, field, body in cases:
        with odd_server(serve(head("application/json", status, field), body)) as address:
            error = failure(Model(f"http://{address}").answer)
        assert 30 < (error.retry_after or 0) <= 38, (status, field, body, error)

"""The demo upstream's record of its calls, and clients that call it directly."""

import asyncio
import http.client
import json
import time

CONTENT = b'"content":"'
DONE = b"data: [DONE]"

# Moments (time.time), each with the number of an answer's tokens until then.
Progress = list[tuple[float, int]]


def sends(port: int) -> dict[str, Progress]:
    """Return the progress of all answers sent, by question."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        connection.request("GET", "/_calls")
        calls = json.loads(connection.getresponse().read())
    finally:
        connection.close()
    return {call["messages"][-1]["content"]: [(at, count) for at, count in call["sent"]] for call in calls}


def request(model: str, question: str) -> bytes:
    """Return the body of a chat request."""
    return json.dumps({"model": model, "stream": True, "messages": [{"role": "user", "content": question}]}).encode()


async def read_directly(port: int, model: str, question: str) -> Progress:
    """Read one answer directly from the upstream. Returns its progress."""
    body = request(model, question)
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(
        f"POST /v1/chat/completions HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(body)}\r\nConnection: close\r\n\r\n".encode()
        + body
    )
    progress: Progress = []
    seen, tail = -1, b""  # the first delta names the role and is empty
    while data := await reader.read(1 << 16):
        at = time.time()
        # A pattern across two reads is counted once: the tail is shorter than the pattern.
        before, seen = seen, seen + (tail + data).count(CONTENT)
        tail = (tail + data)[-len(CONTENT) + 1 :]
        if seen > max(before, 0):
            progress.append((at, seen))
    writer.close()
    return progress


class DirectCaller:
    """A simple client of the upstream, over one connection."""

    def __init__(self, port: int) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)

    def first_token_seconds(self, model: str, question: str) -> float:
        """Return the time from the request to the first token."""
        started = time.perf_counter()
        headers = {"Content-Type": "application/json"}
        self._connection.request("POST", "/v1/chat/completions", request(model, question), headers)
        response = self._connection.getresponse()
        while CONTENT + b'"' in (line := response.readline()) or CONTENT not in line:
            if not line:
                raise RuntimeError("The upstream's answer has no token.")
        took = time.perf_counter() - started
        response.read()
        return took

    def close(self) -> None:
        self._connection.close()

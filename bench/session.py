"""An owner's session: its cookie, and the HTTP requests that benchmarks need."""

import http.client
import json
from typing import Any


class Session:
    """A signed-in owner."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._headers = {"Content-Type": "application/json", "Origin": f"http://127.0.0.1:{port}"}
        _, headers = self._call("POST", "/api/session", {})
        self.cookie = headers["Set-Cookie"].partition(";")[0]
        self._headers["Cookie"] = self.cookie

    def new_conversation(self) -> str:
        """Create a conversation. Returns its id."""
        answer, _ = self._call("POST", "/api/conversations", {})
        conversation_id: str = answer["conversation"]["id"]
        return conversation_id

    def last_message(self, conversation_id: str) -> dict[str, Any]:
        """Return the newest stored message."""
        answer, _ = self._call("GET", f"/api/conversations/{conversation_id}", None)
        message: dict[str, Any] = answer["messages"][-1]
        return message

    def delete_conversation(self, conversation_id: str) -> None:
        """Delete a conversation, which stops a running answer in it."""
        self._call("DELETE", f"/api/conversations/{conversation_id}", None)

    def _call(self, method: str, path: str, body: Any) -> tuple[dict[str, Any], http.client.HTTPMessage]:
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=30)
        try:
            connection.request(method, path, None if body is None else json.dumps(body), self._headers)
            response = connection.getresponse()
            data = response.read()
        finally:
            connection.close()
        if response.status not in {200, 201, 204}:
            raise RuntimeError(f"{method} {path}: {response.status} {data.decode()[:200]}")
        return json.loads(data or b"{}"), response.headers

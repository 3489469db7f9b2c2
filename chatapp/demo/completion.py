"""Answers one chat completion, from the request's body to the last byte."""

import time
from collections.abc import Mapping
from typing import Any, Protocol

from chatapp.demo import chat_request, friendly_models, odd_model, script_model, stream_events, stream_faults
from chatapp.demo.answer_plan import AnswerPlan
from chatapp.demo.api_error import ApiError
from chatapp.demo.body_writer import write_body
from chatapp.demo.call_log import CallRecord
from chatapp.demo.chat_request import ChatRequest
from chatapp.demo.client_connection import ClientConnection
from chatapp.demo.odd_answers import OddAnswer

HTML = "<!doctype html><title>Sign in</title><p>Please sign in to the network to go on.</p>"


class Response(Protocol):
    """The HTTP response of an answer. With `close_connection`, its head announces the end of the connection."""

    close_connection: bool

    def send_head(self, status: int, content_type: str, **headers: str) -> None:
        """Send the status and the headers."""

    def send_json(self, status: int, body: bytes) -> None:
        """Send a whole JSON response."""


class Completion:
    """Answers one call, and records its end."""

    def __init__(self, response: Response, connection: ClientConnection, call: CallRecord) -> None:
        self._response = response
        self._connection = connection
        self._call = call

    def run(self, body: Mapping[str, Any]) -> bool:
        """Answer; return whether the connection can carry another request."""
        try:
            if odd := odd_model.find_answer(body):
                return self._play(odd)
            request = chat_request.parse_request(body)
            answer = plan_answer(request, self._call.attempt)
            self._response.close_connection |= answer.closes
            self._connection.wait_until(time.monotonic() + answer.headers)
            if answer.refusal:
                raise answer.refusal
            return self._answer(request, answer)
        except ApiError:
            self._call.end("server")
            raise
        except ConnectionError:
            self._call.end("client")
            return False

    def _answer(self, request: ChatRequest, answer: AnswerPlan) -> bool:
        if answer.fault_name == "html":
            return self._send_html()
        if request.stream and answer.fault_name != "no_stream":
            return self._send_stream(request, answer)
        return self._send_whole(request, answer)

    def _send_stream(self, request: ChatRequest, answer: AnswerPlan) -> bool:
        self._response.send_head(
            200, "text/event-stream; charset=utf-8", Cache_Control="no-cache", Transfer_Encoding="chunked"
        )
        envelope = stream_events.Envelope(request)
        sound = stream_events.generate_events(request, answer, envelope)
        return write_body(stream_faults.apply_fault(answer, sound, envelope), answer, self._connection, self._call)

    def _send_whole(self, request: ChatRequest, answer: AnswerPlan) -> bool:
        """Send the answer in one piece, when its last token would have been due."""
        envelope = stream_events.Envelope(request)
        body = stream_events.encode_json(stream_events.build_completion(request, answer, envelope))
        moment = answer.due(answer.tokens)
        if answer.fault_name == "stall":
            moment = float("inf")
        self._connection.wait_until(time.monotonic() + moment)
        if answer.fault_name == "error":
            raise ApiError(500, code=answer.fault.code if answer.fault else None)
        if answer.fault_name in ("malformed", "cut"):
            body = body[: len(body) // 2]
        self._call.add_tokens(answer.tokens)
        self._call.end("server")
        if answer.fault_name != "cut":
            self._response.send_json(200, body)
        return answer.fault_name != "cut"

    def _play(self, odd: OddAnswer) -> bool:
        self._call.end("server")
        self._response.send_head(odd.status, "", Content_Length=str(len(odd.body)), **odd_model.headers(odd))
        self._connection.send(odd.body)
        return True

    def _send_html(self) -> bool:
        self._call.end("server")
        self._response.send_head(200, "text/html; charset=utf-8", Content_Length=str(len(HTML)))
        self._connection.send(HTML.encode())
        return True


def plan_answer(request: ChatRequest, attempt: int) -> AnswerPlan:
    """Return the answer of the requested model. Raises ApiError 404 for an unknown model."""
    if request.model == script_model.MODEL or request.model.startswith(f"{script_model.MODEL}?"):
        answer = script_model.plan_answer(request, attempt)
    elif request.model in friendly_models.STYLES:
        answer = friendly_models.plan_answer(request)
    else:
        message = f"The model `{request.model}` does not exist or you do not have access to it."
        raise ApiError(404, message, param="model", code="model_not_found")
    return answer.cut_to(request.limit)

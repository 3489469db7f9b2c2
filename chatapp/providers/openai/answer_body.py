"""Reads the body of an answer, and tells whether it is whole."""

from collections.abc import Generator, Iterator
from typing import Any

from chatapp.providers.base import Chunk, Done
from chatapp.providers.openai import error_reader, upstream_errors
from chatapp.providers.openai.answer_reader import AnswerReader
from chatapp.providers.openai.event_stream import EventReader, Mark
from chatapp.providers.openai.upstream_errors import Request

#: The errors of reading JSON of the wrong shape.
MALFORMED = (ValueError, TypeError, AttributeError, KeyError, RecursionError, OverflowError)


def read(body: Iterator[bytes], answer: AnswerReader, request: Request) -> Generator[Chunk]:
    """Yield the chunks of an answer. Raises ProviderError unless all of it has come."""
    events, is_done = EventReader(), False
    try:
        for value in events.read(body):
            if text := answer.plain_text(value):
                yield text
                continue
            if value is Mark.DONE:
                is_done = True
                _check_end(answer, events, request, is_done=True)
                yield Done()  # the body is read to its end, so that the connection can be reused
                continue
            for part in value if isinstance(value, list) else [value]:
                if isinstance(part, dict):
                    yield from answer.read(part)
            if (answer.has_failed or not answer.is_finished) and not is_done:
                _check_error(answer, value, request)
    except MALFORMED as error:
        if not (answer.is_finished or is_done):
            raise upstream_errors.malformed(error) from error
    if not is_done:
        _check_end(answer, events, request, is_done=False)


def _check_error(answer: AnswerReader, value: Any, request: Request) -> None:
    """Raise ProviderError for an object that tells of one."""
    error = answer.error or (value if error_reader.is_error(value) else None)
    if error is not None:
        raise upstream_errors.translate(error_reader.read(error), request)


def _check_end(answer: AnswerReader, events: EventReader, request: Request, *, is_done: bool) -> None:
    """Raise ProviderError unless a whole answer has come."""
    if answer.has_failed:
        raise upstream_errors.ended_with_error(answer.reason)
    if not (answer.is_finished or answer.is_whole or is_done):
        if answer.is_understood or events.is_cut:
            raise upstream_errors.connection_lost()
        raise upstream_errors.not_compatible(request, events.words)

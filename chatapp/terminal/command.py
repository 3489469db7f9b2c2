"""`python -m chatapp chat`: asks one question, or one after another."""

import argparse
import contextlib
import getpass
import io
import os
import signal
import sys
from types import FrameType
from typing import Any

from chatapp.terminal import question
from chatapp.terminal.answer_follower import AnswerFollower, Message
from chatapp.terminal.arguments import parse_arguments
from chatapp.terminal.failure import FAILED, NOT_LET_IN, STOPPED, Failure, OutputLost, RequestRefused, format_error
from chatapp.terminal.interrupt import Interrupt
from chatapp.terminal.remarks import model_line, remarks
from chatapp.terminal.screen import Screen
from chatapp.terminal.session import Session

#: Advice for this client, which the server's message cannot give.
REMEDIES = {
    "context_too_long": "Ask again with --continue --option max_turns=4: fewer turns are sent, later too.",
    "model_not_found": "--models lists those that there are.",
    **dict.fromkeys(
        ("quota_exceeded", "provider_forbidden", "content_refused"), "Another model may help: --models lists them."
    ),
    "empty_answer": "Ask again, or another model: --models lists them.",
}

SIGNED_OUT = "This terminal was signed out. Ask again to begin a session of its own, or join another with --code."


class InterruptGuard:
    """Handles Ctrl-C: it ends the command, and any further Ctrl-C has no effect, not even on the exit status."""

    def __init__(self) -> None:
        self.is_leaving = False
        self._interrupt = KeyboardInterrupt()

    def handle(self, _number: int, _frame: FrameType | None) -> None:
        """Raise KeyboardInterrupt, by the instance that is there already.

        When input() ends with an exception, CPython calls this once more with that exception still set (seen with
        3.11). Then every call in here, also that of a class, fails with a SystemError; raising replaces the exception.
        """
        if not self.is_leaving:
            raise self._interrupt


def main(arguments: list[str]) -> int:
    """Run the command and return its exit status."""
    options = parse_arguments(arguments)
    _prepare_streams()
    guard = InterruptGuard()
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:  # else the parent process wants it ignored
        signal.signal(signal.SIGINT, guard.handle)
    screen = Screen(sys.stdout, sys.stderr)
    try:
        return _run(options, screen)
    except Failure as failure:
        remedy = REMEDIES.get(str(failure.reason), "") if isinstance(failure, RequestRefused) else ""
        if sentence := f"{failure} {remedy}".strip():
            screen.write_note(sentence)
        return failure.status
    except KeyboardInterrupt:
        guard.is_leaving = True  # an assignment, not a call: before a call, the next Ctrl-C could be handled
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # while the interpreter exits
        screen.write_note("")
        return STOPPED


def _prepare_streams() -> None:
    for stream in (sys.stdin, sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")
    # A proxy of the environment does not lead to this machine.
    no_proxy = os.environ.get("no_proxy") or os.environ.get("NO_PROXY")
    os.environ["no_proxy"] = ",".join(filter(None, [no_proxy, "localhost", "127.0.0.1", "::1", "[::1]"]))


def _run(options: argparse.Namespace, screen: Screen) -> int:
    session = Session(options.server)
    _begin_session(session, options)
    if options.list or options.models:
        return _list(session, screen, options)
    words = " ".join(options.question).encode(errors="replace").decode()
    is_typed = sys.stdin is not None and sys.stdin.isatty()  # None: it was closed
    piped = "" if is_typed or sys.stdin is None else question.read_piped(sys.stdin, session.limits)
    content = question.compose(words, piped)
    if content.strip():
        return _ask(session, screen, _build_request(session, options), content)
    if is_typed:
        return _converse(session, screen, _build_request(session, options))
    if options.code:
        screen.write_note("This terminal has joined the browser's session.")
        return 0
    raise Failure("Nothing is asked: there is no question, and standard input is empty.", 2)


def _begin_session(session: Session, options: argparse.Namespace) -> None:
    """Begin or renew the session. A password is sent only if the server or the user demands it."""
    if options.code:
        session.begin(code=options.code)
        return
    if options.password:
        session.begin(password=getpass.getpass())
        return
    try:
        session.begin()
    except RequestRefused as refused:
        if refused.reason == "signed_out":
            session.forget()
            raise Failure(SIGNED_OUT, NOT_LET_IN) from refused
        if refused.status != NOT_LET_IN or refused.code == "forbidden":
            raise
        if not (password := os.environ.get("CHATAPP_PASSWORD")):
            raise Failure(f"{refused} Give it with --password, or by CHATAPP_PASSWORD.", NOT_LET_IN) from refused
        session.begin(password=password)


def _list(session: Session, screen: Screen, options: argparse.Namespace) -> int:
    if options.list:
        for one in session.request_json("/api/conversations")["conversations"]:
            screen.write_answer(f"{one['id']}  {one['updated_at'][:10]}  {one['title']}\n")
        return 0
    models = session.request_json("/api/models")
    for model in models["models"]:
        screen.write_answer(f"{model_line(model, models['default'])}\n")
    for provider in models.get("down", []):
        screen.write_note(f"{provider['provider']}: {provider['problem']}")
    return 0


def _build_request(session: Session, options: argparse.Namespace) -> dict[str, Any]:
    """Return the part of the request that is the same for every question."""
    conversation_id = options.conversation
    if options.is_continued and (conversation_id := session.last_conversation) is None:
        raise Failure(f"There is no conversation of last time with {session.server}.")
    given = {"model": options.model, "system_prompt": options.system, "options": dict(options.option)}
    return {"conversation_id": conversation_id} | {name: value for name, value in given.items() if value}


def _converse(session: Session, screen: Screen, request: dict[str, Any]) -> int:
    with contextlib.suppress(ImportError):
        import readline  # noqa: F401 (input() edits lines with it)
    while content := (screen.read_question() or "").strip():
        try:
            _ask(session, screen, request, content)
        except OutputLost:
            raise
        except Failure as failure:
            screen.write_note(str(failure))
    return 0


def _ask(session: Session, screen: Screen, request: dict[str, Any], content: str) -> int:
    """Ask a question. Set `request` so that the next one goes to the same conversation."""
    asked = {**request, "content": content}
    question.check_size(asked, session.limits)
    with Interrupt() as interrupt:
        answer = AnswerFollower(session, screen, interrupt, asked)
        try:
            message = answer.follow()
        finally:
            if answer.conversation_id:
                request["conversation_id"] = answer.conversation_id
                request.pop("system_prompt", None)
    return _report_status(screen, message)


def _report_status(screen: Screen, message: Message) -> int:
    """Show how the answer ended, and return the exit status."""
    if message["status"] == "complete":
        for remark in remarks(message):
            screen.write_note(remark)
        return 0
    if message["status"] == "stopped":
        screen.write_note("stopped")
        return STOPPED
    error = message["error"] or {}
    remedy = REMEDIES.get(str(error.get("code")), "")
    screen.write_note(f"{message['status']}: {format_error(error)} {remedy}".rstrip())
    return FAILED

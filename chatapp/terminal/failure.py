"""Errors that end the command: a sentence for the user and an exit status."""

FAILED = 1
UNREACHABLE = 3
NOT_LET_IN = 4
STOPPED = 130  # the shells' status for SIGINT
READER_GONE = 141  # the shells' status for SIGPIPE


class Failure(Exception):
    """Ends the command with this status. An empty sentence is not shown."""

    def __init__(self, sentence: str, status: int = FAILED) -> None:
        super().__init__(sentence)
        self.status = status


class RequestRefused(Failure):
    """The server refused a command or a call, with an error code of docs/protocol.md."""

    def __init__(self, error: dict[str, object]) -> None:
        self.code = str(error.get("code", "internal"))
        self.reason = error.get("reason")
        super().__init__(format_error(error), NOT_LET_IN if self.code in {"unauthenticated", "forbidden"} else FAILED)


class OutputLost(Failure):
    """Standard output cannot be written any more."""


class ConnectionLost(Exception):
    """The connection is lost, or does not answer. A new one may work."""


def format_error(error: dict[str, object]) -> str:
    """Return an error's message, with the time of the next try if there is one."""
    said = str(error.get("message") or error.get("detail") or error.get("code") or "The server says no more.")
    after = error.get("retry_after")
    return f"{said} Try again in {after:.0f} s." if isinstance(after, int | float) else said

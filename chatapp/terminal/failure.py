"""What ends the command before its answer is whole: a sentence for the person, and an exit status."""

FAILED = 1
UNREACHABLE = 3
NOT_LET_IN = 4
STOPPED = 130  # as a shell says of what Ctrl-C ended
READER_GONE = 141  # as a shell says of what a closed pipe ended


class Failure(Exception):
    """The command ends, with this status; nothing is said where the sentence is empty."""

    def __init__(self, sentence: str, status: int = FAILED) -> None:
        super().__init__(sentence)
        self.status = status


class RequestRefused(Failure):
    """The server's answer to a command or a call was an error, with a code of docs/protocol.md."""

    def __init__(self, error: dict[str, object]) -> None:
        self.code = str(error.get("code", "internal"))
        super().__init__(format_error(error), NOT_LET_IN if self.code in {"unauthenticated", "forbidden"} else FAILED)


class OutputLost(Failure):
    """Standard output takes no more."""


class ConnectionLost(Exception):
    """The connection is gone, or as good as gone. Another one may do."""


def format_error(error: dict[str, object]) -> str:
    """Return an error's message, with when to try again where it says so."""
    said = str(error.get("message") or error.get("detail") or error.get("code") or "The server says no more.")
    after = error.get("retry_after")
    return f"{said} Try again in {after:.0f} s." if isinstance(after, int | float) else said

"""Output: the answer on standard output, all else on standard error."""

import os
import re
from typing import TextIO

from chatapp.terminal.failure import FAILED, READER_GONE, OutputLost

#: Control characters that a terminal would execute: C0 except tab and newline, DEL, C1.
CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


def strip_controls(text: str) -> str:
    """Return the text without control characters."""
    return CONTROLS.sub("", text)


class Screen:
    """Standard output and standard error. They may be the same terminal, or none."""

    def __init__(self, out: TextIO, err: TextIO) -> None:
        self._out, self._err = out, err
        self._out_is_terminal = out.isatty()
        has_colours = not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
        self._dims = err.isatty() and has_colours
        # Reasoning is shown only if its style differs from the answer's.
        self._thinks = self._dims and self._out_is_terminal
        self._shares_line = self._out_is_terminal and err.isatty()
        self._in_line: TextIO | None = None  # the stream with an unfinished line

    def write_answer(self, text: str) -> None:
        """Write text of the answer at once. A pipe gets exactly the stored text. Raises OutputLost."""
        if not text:
            return
        if self._in_line is self._err:
            self._write_err("\n\n")
        self._write_out(strip_controls(text) if self._out_is_terminal else text)
        self._in_line = None if text.endswith("\n") else self._out

    def write_reasoning(self, text: str) -> None:
        """Write reasoning, dim. Only if the terminal can show it dim."""
        if self._thinks:
            self._leave_line(self._out)
            self._write_err(self._dim(strip_controls(text)))
            self._in_line = self._err

    def disown_answer(self) -> None:
        """Say that the text so far was reasoning: it cannot be taken back. What follows begins on a line of its own."""
        if self._in_line is self._out and not self._shares_line:
            self._write_out("\n")
            self._in_line = None
        self.write_note("(The text above was the model's reasoning. The answer follows.)")

    def write_note(self, line: str) -> None:
        """Write a note on a line of its own."""
        if self._shares_line:
            self._leave_line(self._out)
        self._leave_line(self._err)
        self._write_err(self._dim(strip_controls(line)) + "\n")

    def end_line(self) -> None:
        """End the answer's last line."""
        if self._in_line is self._out:
            self._write_out("\n")
        self._leave_line(self._err)
        self._in_line = None

    def read_question(self) -> str | None:
        """Return the line that the user types, or None at the end of input."""
        try:
            if self._out_is_terminal:
                return input("> ")
            self._write_err("> ")
            return input()
        except EOFError:
            self._write_err("\n")
            return None

    def _leave_line(self, stream: TextIO) -> None:
        if self._in_line is stream:
            self._write_err("\n")
            self._in_line = None

    def _dim(self, text: str) -> str:
        return f"\x1b[2m{text}\x1b[22m" if self._dims else text

    def _write_err(self, text: str) -> None:
        self._err.write(text)
        self._err.flush()

    def _write_out(self, text: str) -> None:
        try:
            self._out.write(text)
            self._out.flush()
        except OSError as error:
            # Discard the buffer: the interpreter's last flush must not fail again.
            os.dup2(os.open(os.devnull, os.O_WRONLY), self._out.fileno())
            if isinstance(error, BrokenPipeError):
                raise OutputLost("", READER_GONE) from error
            raise OutputLost(f"Cannot write the answer: {error.strerror}", FAILED) from error

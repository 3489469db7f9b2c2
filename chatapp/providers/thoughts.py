"""Thoughts within the text of an answer: between tags, or in the channels of OpenAI's harmony format.

Servers that do not tell a model's thoughts apart send them as text: `<think>…</think>`, with tags that differ by model,
sometimes without the opening one, which the model's template has put into the prompt. A tag in code is text.
"""

import re
from collections.abc import Generator
from contextlib import closing

from chatapp.providers.base import Chunk, Done, Finish, Reasoning, TextWasReasoning
from chatapp.providers.markdown_code import Code
from chatapp.providers.thought_tags import (
    BARE_CLOSING,
    BARE_OPENING,
    BARE_TOKEN,
    BEGINNINGS,
    CHANNEL,
    CLOSINGS,
    ENDS,
    LONGEST,
    MESSAGE,
    START,
    TAGS,
    TOKEN,
    XML,
)

#: Finds that with which a token begins.
find_mark = re.compile(r"[<\[◁`~]").search
HEADER_CHARACTERS = 200
LONGEST_RUN = 100
ENDS_TEXT = (Reasoning, Finish, Done)
SENTENCE_ENDS = frozenset(".!?…。！？")


class ThoughtSplitter:
    """Splits the text of one answer, piece by piece. `partial`: the text that the answer continues."""

    def __init__(self, partial: str = "") -> None:
        self._held = ""
        self._closing = ""  # of the thought that the text is in; a thought of harmony has CHANNEL
        self._code = self._code_around = Code()
        self._begins_line = True
        self._is_harmony = False
        self._may_move = True  # a closing tag without an opening one turns the text into a thought
        self._is_blank = True  # no text yet, or none since the last thought
        self._space = ""  # that is left out unless text of the same kind follows
        self._recent = ""  # the piece of text that came last
        self._is_outside = False  # of thoughts, after the beginning, and nothing is held
        self._pieces: list[Chunk] = []
        if partial:
            self.add(partial)
            self.end()
            self._closing, self._space, self._is_blank, self._may_move = "", "", True, True
            self._is_outside = False

    def add(self, text: str) -> list[Chunk]:
        """Return what a piece of text is. Its end is held back if it may be the beginning of a tag."""
        if self.is_plain(text):
            return [text]
        self._scan(self._held + text, is_last=False)
        self._is_outside = not (self._held or self._closing or self._is_blank)
        return self._taken()

    def is_plain(self, text: str) -> bool:
        """Tell whether a piece is text as it is, as most are, and take note of it."""
        if not self._is_outside or not text or find_mark(text):
            return False
        if "\n" in text:
            self._code.end_line()
            self._begins_line = not text[text.rfind("\n") + 1 :].strip()
        elif self._begins_line:
            self._begins_line = text.isspace()
        self._recent = text
        return True

    def end(self) -> list[Chunk]:
        """Return what was held back."""
        self._scan(self._held, is_last=True)
        return self._taken()

    def _taken(self) -> list[Chunk]:
        pieces, self._pieces = self._pieces, []
        return pieces

    def _scan(self, text: str, *, is_last: bool) -> None:
        at = self._skip_bare_opening(text, is_last=is_last) if self._may_move and self._is_blank else 0
        end = at if at < 0 else len(text) - (0 if is_last else self._unfinished(text))
        at = max(at, 0)
        token = BARE_TOKEN if self._closing == BARE_CLOSING else TOKEN
        while match := token.search(text, at):
            # What follows a token decides what it is.
            if match.end() > end or (match.end() == end and not is_last and _is_open(match[0])):
                end = min(end, match.start())
                break
            self._put(text[at : match.start()])
            after = self._read_token(match[0], text, match.end(), is_last=is_last)
            if after < 0:
                at = end = match.start()
                break
            at, token = after, BARE_TOKEN if self._closing == BARE_CLOSING else TOKEN
        end = max(at, end)
        self._put(text[at:end])
        self._held = text[end:]

    def _read_token(self, token: str, text: str, end: int, *, is_last: bool) -> int:
        """Read a token that ends at `end`. Returns the position after it and its header; -1 if more must come first."""
        name, follower = token.lower(), text[end : end + 1]
        if token == "\n":  # noqa: S105 -- no password
            self._put(token)
            self._code.end_line()
            self._begins_line = True
        elif token[0] in "`~":
            begins_line = self._begins_line
            self._put(token)
            self._code.mark(token, follower, begins_line=begins_line)
        elif self._code and not (self._closing and self._begins_line) and not self._is_blank:
            self._put(token)
        elif name in {CHANNEL, START}:
            return self._read_header(token, text, end, is_last=is_last)
        elif name == MESSAGE or name in ENDS:
            if not self._is_harmony:
                self._put(token)
            elif self._closing:
                self._close()
        elif self._closing:
            if name == self._closing or (name in XML and self._closing in XML):
                self._close()
            else:
                self._put(token)
        elif name in TAGS and (self._is_blank or (self._begins_line and follower in {"", "\n"})):
            self._open(TAGS[name])
        elif name in CLOSINGS and self._is_blank and not self._may_move:
            pass  # of a thought that is closed already
        elif name in CLOSINGS and self._may_move and (self._ends_sentence() or follower in {"", "\n"}):
            self._pieces.append(TextWasReasoning())
            self._close()
        else:
            self._put(token)
        return end

    def _ends_sentence(self) -> bool:
        """Tell whether a line or a sentence ends here. Within a sentence, a tag is one that the text speaks of."""
        return self._begins_line or self._recent[-1:] in SENTENCE_ENDS

    def _read_header(self, token: str, text: str, end: int, *, is_last: bool) -> int:
        """Read the header of a harmony message: `assistant<|channel|>final<|message|>` after START, for instance."""
        header, message, _ = text[end : end + HEADER_CHARACTERS].lower().partition(MESSAGE)
        if not message:
            if not is_last and len(text) - end < HEADER_CHARACTERS:
                return -1
            self._put(token)
            return end
        self._is_harmony = True
        if header.rpartition(CHANNEL)[2].split()[:1] == ["final"]:
            self._close()
        else:
            self._open(CHANNEL)
        return end + len(header) + len(message)

    def _skip_bare_opening(self, text: str, *, is_last: bool) -> int:
        """Open a thought at the `analysis` of harmony without its tokens. Returns the position after it; -1: wait."""
        start = text.lstrip()
        if not start.startswith(BARE_OPENING):
            return -1 if start and BARE_OPENING.startswith(start) and not is_last else 0
        follower = start[len(BARE_OPENING) :][:1]
        if not follower:
            return 0 if is_last else -1
        if not (follower.isupper() or "가" <= follower <= "힣"):
            return 0
        self._open(BARE_CLOSING)
        return len(text) - len(start) + len(BARE_OPENING)

    def _open(self, closing: str) -> None:
        if closing:
            self._code_around, self._code = self._code, Code()
        else:
            self._code = self._code_around
        self._closing, self._may_move = closing, False
        self._space, self._is_blank, self._begins_line = "", True, True

    def _close(self) -> None:
        self._open("")

    def _put(self, text: str) -> None:
        """Add text outside of tags as what it is. Around thoughts, white space is left out."""
        if not text:
            return
        self._begins_line = self._begins_line and text.isspace()
        self._recent = text
        text = self._space + text
        if self._is_blank:
            if not self._may_move:
                text = text.lstrip()
            if not text or text.isspace():
                self._space = text
                return
        self._is_blank, self._space = False, ""
        if self._closing:
            thought = text.rstrip()
            self._space, text = text[len(thought) :], Reasoning(thought)
        if self._pieces and type(self._pieces[-1]) is type(text):
            text = type(text)(self._pieces.pop() + text)  # type: ignore[operator]
        if text:
            self._pieces.append(text)

    def _unfinished(self, text: str) -> int:
        """Return the length of the text's end that may become a token, or a longer one, by what follows."""
        end = text[-LONGEST:].lower()
        if self._closing == BARE_CLOSING:
            return next(
                (n for n in range(min(len(end), len(BARE_CLOSING) - 1), 0, -1) if end.endswith(BARE_CLOSING[:n])), 0
            )
        if not find_mark(end):
            return 0
        run = len(text) - len(text.rstrip("`~"))
        if run >= LONGEST_RUN:
            return 0
        return next((length for length in range(len(end), run, -1) if end[-length:] in BEGINNINGS), run)


def _is_open(token: str) -> bool:
    """Tell whether what follows a token decides what it is. A model may repeat a backtick without end."""
    return token != "\n" and len(token) < LONGEST_RUN  # noqa: S105 -- no password


def split_thoughts(chunks: Generator[Chunk], partial: str = "") -> Generator[Chunk]:
    """Yield the chunks of an answer, with the thoughts within its text as reasoning. `partial`: the text it continues.

    What is held back comes before reasoning, the end, and an error.
    """
    splitter = ThoughtSplitter(partial)
    is_plain = splitter.is_plain
    with closing(chunks):
        try:
            for chunk in chunks:
                if type(chunk) is str:
                    if is_plain(chunk):
                        yield chunk
                    else:
                        yield from splitter.add(chunk)
                    continue
                if isinstance(chunk, ENDS_TEXT):
                    yield from splitter.end()
                yield chunk
        except Exception:
            yield from splitter.end()
            raise
        yield from splitter.end()

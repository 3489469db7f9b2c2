"""Joins what a model writes to the partial answer that it continues.

Some servers repeat the partial answer first. A model that is asked in words often begins a new sentence, without the
space before it, or repeats the last one.
"""

import re
from collections.abc import Callable, Generator
from contextlib import closing

from chatapp.errors import ProviderError
from chatapp.providers.base import Chunk, Done, Finish, Reasoning, TextWasReasoning
from chatapp.providers.markdown_code import ends_in_code
from chatapp.providers.separators import separator

#: How far back from its end a partial answer is looked for in its continuation, and how much of it must be repeated.
TAIL_CHARACTERS, LEAST_REPEATED = 2000, 16
MOST_HELD = 10 * TAIL_CHARACTERS
LEAST_PART_OF_WORD = 3
#: A fence that is opened again, and what may become one, or the beginning of a line of Markdown.
OPENING = re.compile(r"\s*(`{3,}|~{3,})[\w+#.-]+[ \t]*\n")
MAY_OPEN = re.compile(r"\s*(`{3,}|~{3,})[\w+#.-]{0,20}[ \t]*")
MAY_BEGIN_LINE = re.compile(r"\s*([-*+•]|\d{1,3}[.)]?|#{1,6}|`{1,3}|~{1,3}|\|)")
MARKER = re.compile(r"([-*+•]|\d{1,3}[.)]|#{1,6})$")
FIRST_WORD = re.compile(r"[^\W_]{0,40}")
UNFINISHED = re.compile(r"[^.!?…。！？\s]$")


class Joint:
    """The place where a continuation meets its partial answer. Repeated text is cut off; a missing space is added.

    `is_exact`: the model goes on exactly; all that may be repeated is the whole partial answer. `is_open`: the new text
    has not been joined yet.
    """

    def __init__(self, partial: str) -> None:
        self.is_exact = False
        self._partial = partial
        self._core = partial.strip()
        self._tail = partial[-TAIL_CHARACTERS:]
        self._in_code = ends_in_code(partial)
        self.open()

    def open(self) -> None:
        """Join what comes from now on. What came before was no text."""
        self._held: list[str] = []
        self._held_characters = 0
        self._is_prefix = True  # what is held is a beginning of the partial answer
        self.is_open = bool(self._partial)

    def add(self, text: str) -> str:
        """Return what is new of a piece; empty while the text may be a repetition, or its first word is not whole."""
        if not self.is_open:
            return text
        self._is_prefix = self._is_prefix and self._partial.startswith(text, self._held_characters)
        self._held.append(text)
        self._held_characters += len(text)
        # Joined only if it is short: a long answer that is repeated from its beginning is compared piece by piece.
        if self._is_prefix or (self._held_characters <= MOST_HELD and self._is_undecided("".join(self._held))):
            return ""
        return self.end()

    def end(self) -> str:
        """Return what was held back, without what it repeats."""
        if not self.is_open:
            return ""
        self.is_open, held = False, "".join(self._held)
        if whole := _repeats_whole(self._partial, held):
            return held[whole:]
        if self.is_exact:
            return held
        if _repeats_beginning(self._core, held):
            return ""
        if self._in_code and (opening := OPENING.match(held)):
            held = held[opening.end() :]
        if repeated := _repeats_end(self._tail, held):
            return held[repeated:]
        return separator(self._partial, held, in_code=self._in_code) + held

    def _is_undecided(self, held: str) -> bool:
        text = held.lstrip()
        if self._core.startswith(text):
            return True
        if self.is_exact:
            return False
        if held in self._tail or text in self._tail or FIRST_WORD.fullmatch(held) or MAY_BEGIN_LINE.fullmatch(held):
            return True
        if not self._in_code:
            return False
        opening = OPENING.match(held)
        return bool(MAY_OPEN.fullmatch(held) or (opening and held[opening.end() :] in self._tail))


def joined(chunks: Generator[Chunk], joint: Joint) -> Generator[Chunk]:
    """Yield the chunks of an answer, joined to the partial one that it continues."""
    with closing(chunks):
        if not joint.is_open:
            yield from chunks
        for chunk in chunks:
            if type(chunk) is str:
                if not joint.is_open:
                    yield chunk
                elif text := joint.add(chunk):
                    yield text
                continue
            if joint.is_open and isinstance(chunk, Finish | Done | TextWasReasoning) and (text := joint.end()):
                yield text
            yield chunk
            if isinstance(chunk, TextWasReasoning):
                joint.open()
        if text := joint.end():
            yield text


def written(chunks: Generator[Chunk], joint: Joint, nothing: Callable[[bool], ProviderError]) -> Generator[Chunk]:
    """Yield what `joined` does. Raises what `nothing` returns for an answer without text.

    `nothing` gets whether there was reasoning.
    """
    is_continued = joint.is_open
    has_text, has_thought, is_over = is_continued, False, False
    with closing(joined(chunks, joint)) as all_chunks:
        for chunk in all_chunks:
            if type(chunk) is str:
                if not has_text:
                    has_text = not chunk.isspace()
            elif isinstance(chunk, Reasoning):
                has_thought = True
            elif isinstance(chunk, TextWasReasoning):
                has_text, has_thought = is_continued, True
            elif isinstance(chunk, Done):
                if not has_text:
                    raise nothing(has_thought)
                is_over = True
            yield chunk
    if not (has_text or is_over):
        raise nothing(has_thought)


def _repeats_whole(partial: str, text: str) -> int:
    """Return how much of a text repeats the whole partial answer. White space around it may be missing."""
    if text.startswith(partial):
        return len(partial)
    start, core = len(text) - len(text.lstrip()), partial.strip()
    if not core or not text.startswith(core, start):
        return 0
    rest = text[start + len(core) :]
    return len(text) - len(rest.lstrip() if partial[-1].isspace() else rest)


def _repeats_beginning(core: str, text: str) -> bool:
    """Tell whether a text is the beginning of the partial answer, at least half of it: its repetition was cut off."""
    start = text.strip()
    return core.startswith(start) and 2 * _weight(start) >= _weight(core) > 0


def _repeats_end(tail: str, text: str) -> int:
    """Return how much of a text repeats the end of the partial answer."""
    start = len(text) - len(text.lstrip())
    trimmed = tail.rstrip()
    for length in range(min(len(trimmed), len(text) - start), 0, -1):
        overlap = text[start : start + length]
        if trimmed.endswith(overlap) and _is_repetition(trimmed[:-length], overlap):
            rest = text[start + length :]
            return len(text) - len(rest.lstrip() if len(trimmed) < len(tail) else rest)
    return 0


def _is_repetition(before: str, overlap: str) -> bool:
    """Tell whether a text that is both an end and a beginning has been repeated, and has not come about by chance."""
    if before[-1:].isalnum() and overlap[0].isalnum():
        return False
    if _weight(overlap) >= LEAST_REPEATED:
        return True
    line = before[before.rfind("\n") + 1 :].rstrip()
    if not line and MARKER.match(overlap):
        return True
    if not UNFINISHED.search(overlap) or not _weight(overlap):
        return False
    begins_sentence = not line or not UNFINISHED.search(line)
    return begins_sentence or (overlap.isalpha() and _weight(overlap) >= LEAST_PART_OF_WORD)


def _weight(text: str) -> int:
    """Return how much a text says: letters and digits, those of Korean, Chinese and Japanese twice."""
    return sum(2 if character > "\u2e80" else 1 for character in text if character.isalnum())

"""What `doctor` asks of a model server: each check is one sentence of the report.

Most checks ask as an answer does, through the provider, and so show what people will see. A few look at the server
alone.
"""

import time
from collections.abc import Callable, Generator, Iterator
from contextlib import closing
from dataclasses import dataclass
from itertools import islice
from typing import Any, Literal, Protocol

import httpx2

from chatapp.cli.answer import Answer, collect, when_loaded
from chatapp.cli.deadline import OutOfTime, deadline
from chatapp.cli.raw_server import RawServer
from chatapp.errors import ProviderError
from chatapp.providers.base import Chunk, Prompt, Provider

Verdict = Literal["ok", "differs", "FAILS", "unknown"]
#: Pieces that come within this part of the time of an answer have come at once.
BURST = 0.1
STOP_SECONDS = 10.0
#: Words of a conversation that is too long for a server that does not say how much it takes, and for any.
LONG_WORDS, MOST_WORDS = 20_000, 300_000
PARTIAL = "1, 2, 3, 4, 5,"
GREEDY: dict[str, Any] = {"temperature": 0, "max_tokens": 16}
VARIED: dict[str, Any] = {"temperature": 1.8, "max_tokens": 16}


class ExaminedProvider(Provider, Protocol):
    """A provider that tells what the server itself calls a model."""

    def own_id(self, model: str) -> str: ...


#: Makes the provider of the server with another key.
MakeProvider = Callable[[str], ExaminedProvider]


@dataclass(frozen=True)
class Finding:
    name: str
    verdict: Verdict
    text: str


class Examination:
    """The checks of one model. `seconds`: the bound of each of them."""

    def __init__(
        self, provider: ExaminedProvider, model: str, raw: RawServer, with_key: MakeProvider, seconds: float
    ) -> None:
        self._provider, self._model, self._raw = provider, model, raw
        self._with_key, self._seconds = with_key, seconds

    def run(self) -> Iterator[Finding]:
        """Yield a finding for each check; only the first ones if the server cannot be used."""
        checks = (self.streaming, self.length, self.stop, self.thoughts, self.continuation, self.options)
        for check in (*checks, self.unknown_model, self.wrong_key, self.context):
            yield (finding := self._bounded(check))
            if check == self.streaming and finding.verdict == "FAILS":
                return

    def _bounded(self, check: Callable[[], Finding]) -> Finding:
        name = check.__name__.replace("_", " ")
        try:
            with deadline(self._seconds):
                return check()
        except OutOfTime:
            return Finding(name, "FAILS", f"no end within {self._seconds:g} s")
        except ProviderError as error:
            return Finding(name, "FAILS", f"{error.code}: {error.message}")
        except httpx2.HTTPError as error:
            return Finding(name, "FAILS", f"the connection was lost ({error})")

    def _stream(self, content: str, partial: str = "", **options: Any) -> Generator[Chunk]:
        messages = [{"role": "user", "content": content}]
        yield from self._provider.stream(Prompt(self._model, messages, options, partial=partial))

    def _ask(self, content: str, partial: str = "", **options: Any) -> Answer:
        return collect(self._stream(content, partial, **options))

    def streaming(self) -> Finding:
        question = "Count from 1 to 40, separated by commas."
        answer, loading = when_loaded(lambda: self._ask(question, max_tokens=100))
        pieces, first, last = len(answer.times), answer.times[0], answer.times[-1]
        counts = f"{answer.usage.completion_tokens} tokens counted" if answer.usage else "no token counts"
        text = f"{pieces} pieces from {first:.2f} s to {last:.2f} s; {counts}; finish reason {answer.finish or 'none'}"
        text += "".join(f"; {remark}" for remark in [*answer.notices, loading] if remark)
        at_once = pieces < 3 or last - first < BURST * last
        return Finding("streaming", "differs" if at_once else "ok", f"whole, at once: {text}" if at_once else text)

    def length(self) -> Finding:
        answer = self._ask("Write a long story about the sea.", max_tokens=5)
        text = f"max_tokens=5 gave {len(answer.text)} characters, finish reason {answer.finish or 'none'}"
        return Finding("length", "ok" if answer.finish == "length" and len(answer.text) < 80 else "differs", text)

    def stop(self) -> Finding:
        quiet = self._ask("Say yes.", max_tokens=4).times[0]
        idle = self._raw.running()
        with closing(self._stream("Write a very long story about the sea.", max_tokens=2000)) as chunks:
            list(islice(chunks, 5))
            busy = self._raw.running()
        stopped = time.monotonic()
        if idle is not None and busy is not None and busy > idle:
            while (self._raw.running() or 0) > idle:
                if time.monotonic() - stopped > STOP_SECONDS:
                    return Finding("stop", "differs", f"it goes on after a stop, for {STOP_SECONDS:g} s at least")
                time.sleep(0.05)
            return Finding("stop", "ok", f"it tells that it stops, {time.monotonic() - stopped:.1f} s after a stop")
        after = self._ask("Say no.", max_tokens=4).times[0]
        text = f"the next answer begins after {after:.2f} s; after {quiet:.2f} s before"
        if after > 2 * quiet + 0.5:
            return Finding("stop", "differs", f"it probably goes on after a stop: {text}")
        return Finding("stop", "unknown", f"it does not tell; no sign that it goes on: {text}")

    def thoughts(self) -> Finding:
        question = "How much is 17 times 23? Think step by step, then answer."
        raw = self._raw.chat(self._own_id(), [{"role": "user", "content": question}], max_tokens=600)
        fields = sorted(raw.fields - {"role", "content"})
        inside = [tag for tag in ("<think", "</think", "<|channel|>", "<reasoning") if tag in raw.text]
        if fields or inside:
            return Finding("thoughts", "ok", f"come as {', '.join(fields + inside)}")
        return Finding("thoughts", "ok", "none seen")

    def continuation(self) -> Finding:
        question = "Count from 1 to 20, separated by commas."
        messages = [{"role": "user", "content": question}, {"role": "assistant", "content": PARTIAL}]
        raw = self._raw.chat(self._own_id(), messages, **GREEDY)
        if raw.error or not raw.text:
            alone = f"refuses a partial answer as the last message ({raw.status})"
        elif raw.text.startswith(PARTIAL):
            alone = "repeats a partial answer that is the last message, then carries on"
        elif raw.text.strip().startswith("6"):
            alone = "carries on exactly with a partial answer that is the last message"
        else:
            alone = f"begins anew after a partial answer as the last message ({raw.text.strip()[:30]!r})"
        joined = PARTIAL + self._ask(question, partial=PARTIAL, **GREEDY).text
        is_exact = joined.startswith(f"{PARTIAL} 6")
        return Finding("continuation", "ok" if is_exact else "differs", f"{alone}; continued here: {joined[:50]!r}")

    def options(self) -> Finding:
        """Compare answers: what an option should change, or keep as without chance, shows that it is heard."""
        question = "List ten animals, one on each line."
        greedy = self._ask(question, **GREEDY).text
        if self._ask(question, **GREEDY).text != greedy:
            return Finding("options", "unknown", "two answers at temperature 0 differ, so the others cannot be told")
        is_chance = self._ask(question, **VARIED, seed=1).text != greedy
        heard: list[str] = []
        ignored: list[str] = []
        refused: list[str] = []

        def judge(name: str, is_heard: Callable[[str], bool], **options: Any) -> None:
            try:
                answer = self._ask(question, **options)
            except ProviderError as error:
                refused.append(f"{name} ({error.code})")
                return
            if any(name in notice for notice in answer.notices):
                refused.append(name)
            else:
                (heard if is_heard(answer.text) else ignored).append(name)

        word = next((word for word in greedy.split()[2:] if word.isalpha()), greedy[:1])
        (heard if is_chance else ignored).append("temperature")
        judge("stop", lambda text: word not in text, **GREEDY, stop=[word])
        judge("max_completion_tokens", lambda text: len(text) < len(greedy), temperature=0, max_completion_tokens=4)
        if is_chance:  # else these change nothing, heard or not
            for name, value in (("top_k", 1), ("top_p", 1e-6), ("min_p", 1.0)):
                judge(name, lambda text: text == greedy, **VARIED, seed=1, **{name: value})
            varied = self._ask(question, **VARIED, seed=7).text
            judge("seed", lambda text: text == varied, **VARIED, seed=7)
        for name in ("presence_penalty", "frequency_penalty"):
            judge(name, lambda text: text != greedy, **GREEDY, **{name: 2})
        judge("repetition_penalty", lambda text: text != greedy, **GREEDY, repetition_penalty=5)
        parts = (("heard", heard), ("ignored without a word", ignored), ("refused", refused))
        text = "; ".join(f"{what}: {' '.join(names)}" for what, names in parts if names)
        return Finding("options", "differs" if ignored or refused else "ok", text)

    def unknown_model(self) -> Finding:
        return self._refusal("unknown model", "model_not_found", "chatapp-no-such-model", self._provider)

    def wrong_key(self) -> Finding:
        return self._refusal("wrong key", "provider_auth", self._model, self._with_key("wrong-key"))

    def _refusal(self, name: str, code: str, model: str, provider: ExaminedProvider) -> Finding:
        prompt = Prompt(model, [{"role": "user", "content": "Say yes."}], {"max_tokens": 4})
        try:
            list(provider.stream(prompt))
        except ProviderError as error:
            return Finding(name, "ok" if error.code == code else "differs", f"{error.code}: {error.message}")
        return Finding(name, "differs", "is answered like any other")

    def context(self) -> Finding:
        tokens = self._raw.context_tokens(self._own_id())
        words = min(tokens * 5 // 4, MOST_WORDS) if tokens else LONG_WORDS
        told = f"{words:,} words, for a context of {tokens:,} tokens" if tokens else f"{words:,} words"
        try:
            answer = self._ask(" hello" * words, max_tokens=4)
        except OutOfTime:
            return Finding("context", "unknown", f"{told}: no answer within {self._seconds:g} s")
        except ProviderError as error:
            verdict: Verdict = "ok" if error.code == "context_too_long" else "differs"
            return Finding("context", verdict, f"{told}: {error.code}: {error.message}")
        read = f", {answer.usage.prompt_tokens:,} tokens read" if answer.usage else ""
        verdict = "differs" if tokens and words > tokens else "unknown"
        return Finding("context", verdict, f"{told}: answered{read}, so what is too long may be cut without a word")

    def _own_id(self) -> str:
        return self._provider.own_id(self._model)

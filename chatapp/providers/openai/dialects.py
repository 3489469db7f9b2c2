"""What is known of a server: what it is, what it calls its models and options, how it continues, what it refuses."""

from collections.abc import Mapping
from typing import Any

from chatapp.providers.base import Prompt
from chatapp.providers.continuation import Way, ask_to_continue
from chatapp.providers.model_names import ModelNames, for_chat
from chatapp.providers.openai import concessions
from chatapp.providers.openai.model_list import ModelList

LLAMA_CPP = "llamacpp"
#: Options by other names, which would be ignored without a word. By what `owned_by` says in a server's list of models:
#: llama.cpp, LM Studio, Ollama.
RENAMED: dict[str, dict[str, str]] = {
    LLAMA_CPP: {"repetition_penalty": "repeat_penalty"},
    "organization_owner": {"repetition_penalty": "repeat_penalty"},
    "library": {"max_completion_tokens": "max_tokens"},
}
#: How a partial answer is continued. Others are asked in words.
CONTINUED: dict[str, Way] = {LLAMA_CPP: "prefill", "vllm": "continue_final_message", "mistralai": "prefix"}
#: Servers by their header. The demo goes on exactly, also where it is asked in words.
HEADERS = {"llama.cpp": LLAMA_CPP}
DEMO = "chatapp-demo"
#: Models of which it is known what the server refuses.
MAX_REMEMBERED = 1000


class Dialect:
    """What is known of one server. `models`: None until it has listed them; `owners`: what it says that it is."""

    def __init__(self, continuation: Way | None = None, rename: Mapping[str, str] | None = None) -> None:
        """`continuation`, `rename`: of the settings, which go before; None: by what the server is."""
        self.models: ModelNames | None = None
        self._owners: frozenset[str] = frozenset()
        self._continuation = continuation
        self._rename = dict(rename or {})
        self._refused: dict[str, set[str]] = {}

    def learn_models(self, listed: ModelList) -> ModelNames:
        """Take note of a list of models. Returns their names."""
        self._owners |= listed.owners
        self.models = ModelNames(for_chat(listed.ids))
        return self.models

    def learn_server(self, header: str | None) -> None:
        """Take note of a response's `Server` header."""
        if header in HEADERS:
            self._owners |= {HEADERS[header]}

    def own_id(self, model: str) -> str:
        """Return the server's own name of a model, as far as it has been listed."""
        return self.models.own_id(model) if self.models else model

    def refused(self, model: str) -> set[str]:
        """Return what the server refuses of requests for a model."""
        return self._refused.get(model, set())

    def remember(self, model: str, refused: set[str]) -> None:
        """Remember what it refuses. Anybody may name models, so they are not remembered without end."""
        if refused:
            if len(self._refused) >= MAX_REMEMBERED:
                self._refused.clear()
            self._refused[model] = refused

    def body(self, prompt: Prompt, refused: set[str]) -> dict[str, Any]:
        """Return the body of a request, as it would be without what the server refuses by name."""
        names = self._option_names()
        options = {names.get(key, key): value for key, value in prompt.options.items() if value is not None}
        messages: list[dict[str, Any]] = list(prompt.messages)
        if prompt.partial:
            way = "words" if concessions.PREFILL in refused else self._way()
            messages, beside = ask_to_continue(way, messages, prompt.partial)
            options |= beside
        counts = {"stream_options": {"include_usage": True}}
        return {"model": self.own_id(prompt.model), "messages": messages, "stream": True, **options, **counts}

    def _way(self) -> Way:
        if self._continuation:
            return self._continuation
        for owner in self._owners & CONTINUED.keys():
            return CONTINUED[owner]
        return "words"

    def _option_names(self) -> dict[str, str]:
        names: dict[str, str] = {}
        for owner in self._owners:
            names |= RENAMED.get(owner, {})
        return {**names, **self._rename}

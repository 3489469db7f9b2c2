"""A model server as it is, without what chatapp makes of its answers: what `doctor` compares with."""

import json
import re
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import httpx2
import orjson

from chatapp.providers.openai import model_list
from chatapp.providers.openai.connections import PooledClient, PoolSettings
from chatapp.providers.openai.event_stream import EventReader, Mark
from chatapp.providers.openai.proxies import of_environment

ASIDE_SECONDS = 3.0
#: The fields with the length of a model's context, in its entry of the list.
CONTEXT_FIELDS = ("n_ctx", "max_model_len", "context_length", "max_context_length", "n_ctx_train")
#: Lines of /metrics with how many requests are being answered: vLLM, llama.cpp, SGLang.
RUNNING = re.compile(
    r"^(?:vllm:num_requests_running|llamacpp:requests_processing|sglang:num_running_reqs)\S* (\S+)$", re.M
)


@dataclass
class RawAnswer:
    """`text` with everything that came as text; `fields`: the names in the parts of the message."""

    status: int = 0
    text: str = ""
    fields: set[str] = field(default_factory=set)
    error: str = ""


class RawServer:
    """One server by its base URL."""

    def __init__(self, base_url: str, key: str, seconds: float) -> None:
        self.base_url = base_url.rstrip("/")
        self._root = re.sub(r"/v\d+$", "", self.base_url)
        proxy = of_environment(base_url)
        # Without kept connections: some servers close them after seconds.
        self._http = PooledClient(
            "doctor", PoolSettings(idle_seconds=0), proxy.url if proxy and not proxy.problem() else None
        )
        self._headers = {"Authorization": f"Bearer {key or 'none'}", "Accept-Encoding": "identity"}
        self._seconds = seconds

    def chat(self, model: str, messages: list[dict[str, str]], **options: Any) -> RawAnswer:
        """Ask, and return what came."""
        body = {"model": model, "messages": messages, "stream": True, **options}
        answer = RawAnswer()
        request = self._http.stream(
            "POST", f"{self.base_url}/chat/completions", json=body, headers=self._headers, timeout=self._seconds
        )
        with request as response:
            answer.status = response.status_code
            if response.is_success:
                with suppress(ValueError):
                    for event in EventReader().read(response.iter_bytes()):
                        if event is not Mark.DONE:
                            _add(answer, event)
            else:
                answer.error = response.read().decode(errors="replace")
        return answer

    def description(self) -> str:
        """Return what the server says it is, as far as it says so."""
        parts = []
        listed = self._get(f"{self.base_url}/models")
        if listed is not None:
            parts.append(listed.headers.get("Server", ""))
            with suppress(ValueError):
                parts += [f"owned_by {owner}" for owner in sorted(model_list.read(listed.content).owners)[:2]]
        for path, name in (("/props", "build_info"), ("/api/version", "version"), ("/version", "version")):
            value = self._json(self._root + path)
            if isinstance(value, dict) and isinstance(value.get(name), str):
                parts.append(value[name])
        return ", ".join(dict.fromkeys(part for part in parts if part)) or "does not say"

    def context_tokens(self, model: str) -> int | None:
        """Return the length of a model's context, if its list says so."""
        value = self._json(f"{self.base_url}/models")
        entries = value.get("data") if isinstance(value, dict) else value
        for entry in entries if isinstance(entries, list) else []:
            if not isinstance(entry, dict) or entry.get("id") != model:
                continue
            meta = entry.get("meta")
            for fields in (entry, meta if isinstance(meta, dict) else {}):
                for name in CONTEXT_FIELDS:
                    if isinstance(size := fields.get(name), int) and size > 0:
                        return size
        return None

    def running(self) -> int | None:
        """Return how many requests it answers now; None if it does not tell."""
        slots = self._json(f"{self._root}/slots")
        if isinstance(slots, list) and slots and all(isinstance(slot, dict) for slot in slots):
            return sum(bool(slot.get("is_processing")) for slot in slots)
        response = self._get(f"{self._root}/metrics")
        counts = RUNNING.findall(response.text) if response is not None and response.is_success else []
        return round(sum(map(float, counts))) if counts else None

    def _json(self, url: str) -> Any:
        response = self._get(url)
        with suppress(ValueError):
            return orjson.loads(response.content) if response is not None and response.is_success else None
        return None

    def _get(self, url: str) -> httpx2.Response | None:
        try:
            return self._http.get(url, headers=self._headers, timeout=ASIDE_SECONDS, follow_redirects=False)
        except httpx2.HTTPError:
            return None


def _add(answer: RawAnswer, event: Any) -> None:
    choices = event.get("choices") if isinstance(event, dict) else None
    for choice in choices if isinstance(choices, list) else []:
        part = choice.get("delta") or choice.get("message") if isinstance(choice, dict) else None
        if isinstance(part, dict):
            answer.fields |= {name for name, value in part.items() if value}
            answer.text += text if isinstance(text := part.get("content"), str) else ""
    if isinstance(event, dict) and event.get("error"):
        answer.error = json.dumps(event["error"])

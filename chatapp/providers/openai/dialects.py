"""Options that kinds of servers know by other names, and would ignore without a word."""

from collections.abc import Iterable, Mapping

LLAMA_CPP = "llamacpp"
#: By what `owned_by` says in a server's list of models: llama.cpp, LM Studio, Ollama.
RENAMED: dict[str, dict[str, str]] = {
    LLAMA_CPP: {"repetition_penalty": "repeat_penalty"},
    "organization_owner": {"repetition_penalty": "repeat_penalty"},
    "library": {"max_completion_tokens": "max_tokens"},
}


def renamed(owners: Iterable[str], own: Mapping[str, str]) -> dict[str, str]:
    """Return a server's names of options. `own`: those of its settings, which go before."""
    names: dict[str, str] = {}
    for owner in owners:
        names |= RENAMED.get(owner, {})
    return {**names, **own}

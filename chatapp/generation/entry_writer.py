"""Writes the entries of an answer: to the log, then to the tabs, within the bounds of its size and its reserve."""

from chatapp.chat.budgets import Budgets
from chatapp.errors import ProviderError
from chatapp.generation.running_generation import RunningGeneration
from chatapp.generation.spending import reserve_more
from chatapp.protocol.facts import token_payload
from chatapp.realtime import broadcasts
from chatapp.storage.token_log import TEXT_WAS_REASONING, Entry, TokenLog


def write_entry(running: RunningGeneration, kind: str, text: str, token_log: TokenLog, budgets: Budgets) -> None:
    """Commit one entry, then emit it. Raises ProviderError for an answer that is too large, or costs too much."""
    encoded = text.encode()
    job = running.job
    bytes_left = job.max_bytes - running.bytes
    if len(encoded) > bytes_left:
        text = encoded[:bytes_left].decode(errors="ignore")
    if text or kind == TEXT_WAS_REASONING:
        running.time_first_text(kind)
        running.seq += 1
        running.bytes += len(encoded)
        token_log.append([Entry(job.generation_id, running.seq, kind, text)])
        broadcasts.token(job.conversation_id, token_payload(job.generation_id, running.seq, kind, text))
    if len(encoded) > bytes_left:
        n = f"{job.stored_bytes + job.max_bytes:,}"
        raise ProviderError("too_large", "The answer reached {n} bytes and was stopped.", n=n)
    if running.bytes > running.covered:
        reserve_more(budgets, running)

"""Prometheus metrics."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector, generate_latest

from chatapp.server import concurrency

registry = CollectorRegistry()
ProcessCollector(registry=registry)

connections = Gauge("chatapp_connections", "Connected sockets", registry=registry)
green_threads = Gauge(
    "chatapp_green_threads",
    "Green threads: task (answers, calls and other work), socket (writers and pings), connection (one for each)",
    ["kind"],
    registry=registry,
)
green_threads.labels("task").set_function(lambda: concurrency.Task.alive)
running = Gauge("chatapp_generations_running", "Answers being produced", registry=registry)
ended = Counter("chatapp_generations_ended", "Answers that ended, by status", ["status"], registry=registry)
entries = Counter("chatapp_log_entries", "Entries written to token logs", registry=registry)
commit_seconds = Histogram(
    "chatapp_log_commit_seconds",
    "Time of one commit of the token log",
    buckets=(0.0001, 0.0003, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0),
    registry=registry,
)
first_token_seconds = Histogram(
    "chatapp_first_token_seconds",
    "Time from the question to its answer's first token",
    buckets=(0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0, 60.0, 120.0),
    registry=registry,
)
sign_ins = Counter(
    "chatapp_sign_ins",
    "Guesses at the password and at codes, by method and result: accepted, wrong, limited (after too many wrong ones)",
    ["method", "result"],
    registry=registry,
)
commands = Counter("chatapp_commands", "Commands, by name and answer", ["command", "answer"], registry=registry)
cache = Counter(
    "chatapp_cache_questions",
    "Questions, by how they were answered: hit (from the cache), shared (another's call), miss, bypass (asked anew)",
    ["answer"],
    registry=registry,
)
tokens = Counter(
    "chatapp_tokens",
    "Tokens of answers and titles, by model (other: one that is not listed) and kind (prompt, completion)",
    ["model", "kind"],
    registry=registry,
)
refusals = Counter(
    "chatapp_refusals",
    "Refusals by bound (answers, questions, tokens, money, sessions) and scope (session, address, model, all); and of "
    "what the operator does not offer or allow (model_not_found, not_allowed)",
    ["bound", "scope"],
    registry=registry,
)
client_refusals = Counter(
    "chatapp_client_refusals",
    "What was refused of clients: handshakes and sockets (by code), connections, frames, slow bodies",
    ["reason"],
    registry=registry,
)
client_pauses = Counter(
    "chatapp_client_pauses", "Clients that had to wait, by the budget that was used up", ["budget"], registry=registry
)
client_pause_seconds = Counter(
    "chatapp_client_pause_seconds", "For how long they waited", ["budget"], registry=registry
)
client_log_lines = Counter(
    "chatapp_client_log_lines", "Log lines that clients caused: written or withheld", ["fate"], registry=registry
)
upstream_connections = Gauge(
    "chatapp_upstream_connections",
    "Connections to a provider's server: busy (with a request), idle (kept for the next one)",
    ["provider", "state"],
    registry=registry,
)
upstream_limits = Gauge(
    "chatapp_upstream_limits",
    "Limits of a provider's pool: connections, idle_seconds (an unused one is kept), wait_seconds (for a free one)",
    ["provider", "limit"],
    registry=registry,
)
upstream_waits_timed_out = Counter(
    "chatapp_upstream_waits_timed_out", "Requests that waited in vain for a connection", ["provider"], registry=registry
)


def count_pause(budget: str, seconds: float) -> None:
    """Count a client's wait for a budget."""
    client_pauses.labels(budget).inc()
    client_pause_seconds.labels(budget).inc(seconds)


def exposition() -> bytes:
    """Return all metrics in Prometheus' text format."""
    return generate_latest(registry)

"""What an operator can watch, for Prometheus."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

registry = CollectorRegistry()

connections = Gauge("chatapp_connections", "Connected sockets", registry=registry)
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
commands = Counter("chatapp_commands", "Commands, by name and answer", ["command", "answer"], registry=registry)
cache = Counter(
    "chatapp_cache_questions",
    "Questions, by how they were answered: hit (from the cache), shared (another's call), miss, bypass (asked anew)",
    ["answer"],
    registry=registry,
)


def exposition() -> bytes:
    """Return all metrics in Prometheus' text format."""
    return generate_latest(registry)

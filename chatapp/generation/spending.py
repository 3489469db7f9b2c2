"""What a call of a model spends: by the provider's own count, else by the length of its texts; and what is reserved."""

from chatapp.chat.budgets import Budgets
from chatapp.errors import ProviderError, RateLimited, TooLarge, Unavailable
from chatapp.generation.running_generation import RunningGeneration
from chatapp.providers import Prompt, Usage
from chatapp.providers.configured_provider import ModelChoice
from chatapp.providers.large_prompts import in_thread_if_large
from chatapp.providers.prices import Amount, amount_of, counted, more_output, tokens_of_bytes
from chatapp.providers.registry import ProviderRegistry
from chatapp.server import metrics


def count_call(
    registry: ProviderRegistry, choice: ModelChoice, prompt: Prompt, usage: Usage | None, output_bytes: int
) -> Amount:
    """Return what a call has spent, and add its tokens to the metrics."""
    if usage is None or usage.total_tokens <= 0:  # a call that was cut has none, and some servers send zeros
        usage = in_thread_if_large(prompt, lambda: counted(prompt, tokens_of_bytes(output_bytes)))
    model = choice.id if registry.is_listed(choice.id) else "other"
    metrics.tokens.labels(model, "prompt").inc(usage.prompt_tokens)
    metrics.tokens.labels(model, "completion").inc(usage.completion_tokens)
    return amount_of(usage, choice.price)


def spent_by(registry: ProviderRegistry, running: RunningGeneration) -> Amount:
    """Return what a generation has spent: nothing for what cost nothing, or what another one counts."""
    job, stream = running.job, running.stream
    if job.cached or not (job.choice and job.prompt) or stream is None or not stream.pay():
        return Amount()
    usage = running.buffer.usage
    if stream.has_failed and not running.bytes and usage is None:
        return Amount()
    return count_call(registry, job.choice, job.prompt, usage, running.bytes)


def reserve_more(budgets: Budgets, running: RunningGeneration) -> None:
    """Reserve more for an answer that has outgrown its reserve. Raises ProviderError."""
    more = more_output(running.job.choice.price if running.job.choice else None)
    try:
        budgets.extend(running.job.generation_id, more.amount)
    except Unavailable:  # the database is locked: the next entry tries again
        return
    except (RateLimited, TooLarge) as error:
        raise ProviderError(
            "rate_limited",
            "The answer was stopped because today's limit was reached. What arrived so far is saved.",
            retry_after=error.retry_after,
        ) from None
    running.covered += more.covers

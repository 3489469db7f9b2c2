"""What a call of a model has spent: by the provider's own count, else by the length of its texts."""

from chatapp.providers import Prompt, Usage
from chatapp.providers.configured_provider import ModelChoice
from chatapp.providers.large_prompts import in_thread_if_large
from chatapp.providers.prices import Amount, amount_of, counted, tokens_of_bytes
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

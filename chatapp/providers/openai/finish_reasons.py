"""Why answers end, in OpenAI's words: other servers have their own."""

NONE = frozenset({"", "null", "none", "unspecified", "finish_reason_unspecified"})
STOP, LENGTH, FILTERED, TOOLS, REFUSAL = "stop", "length", "content_filter", "tool_calls", "refusal"
NAMES = {
    **dict.fromkeys(("stop", "end_turn", "stop_sequence", "eos", "eos_token", "end", "done", "complete"), STOP),
    **dict.fromkeys(("completed", "finished"), STOP),
    **dict.fromkeys(("length", "max_tokens", "model_length", "max_output_tokens", "max_length", "token_limit"), LENGTH),
    **dict.fromkeys(("context_length", "model_context_window_exceeded", "length_capped"), LENGTH),
    **dict.fromkeys(("content_filter", "content_filtered", "safety", "sensitive", "recitation"), FILTERED),
    **dict.fromkeys(("prohibited_content", "blocklist", "spii", "image_safety", "guardrail_intervened"), FILTERED),
    **dict.fromkeys(("tool_calls", "tool_call", "tool_use", "function_call"), TOOLS),
}
#: The server gave up, for a while.
BROKEN = frozenset({"network_error", "insufficient_system_resource", "abort", "aborted", "cancelled", "canceled"}) | {
    "timeout",
    "server_error",
    "engine_error",
    "internal_error",
    "overloaded",
}
ERRORS = BROKEN | {"error", "failed", "malformed_function_call", "malformed_response", "unexpected_tool_call"}


def normal(reason: str) -> str:
    """Return a reason as OpenAI calls it; unknown ones unchanged."""
    return NAMES.get(reason.lower(), reason)

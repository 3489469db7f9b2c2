"""Errors of any shape: the code that fits, the server's own words, and the time to wait."""

# ruff: noqa: E501 -- a row of the tables is a line

import json
import time
from email.utils import formatdate

import pytest

from chatapp.demo.odd_answers import JSON, KINDS, OddAnswer, failure
from unit.providers.openai.playing import Seen, play

LONG = "This model's maximum context length is 4096 tokens. However, you requested 5000 tokens."
NO_ADDRESS = "The model's server knows no such address. OPENAI_BASE_URL usually ends in /v1."


def text(body, status, kind="text/plain", **headers):
    return OddAnswer(
        body.encode(), status, {"Content-Type": kind, **{k.replace("_", "-"): v for k, v in headers.items()}}
    )


def openai(status, message, code=None, kind="invalid_request_error", **headers):
    return failure(status, {"error": {"message": message, "type": kind, "param": None, "code": code}}, **headers)


def row(answer, code, said="", retry_after=None):
    return answer, code, said, retry_after


#: The response; the code; words of the server that must be kept; the time to wait.
ROWS = {
    # The demo's.
    "context_string": row(KINDS["context_string"], "context_too_long", "(n_keep: 13055>= n_ctx: 4096)"),
    "context_detail": row(KINDS["context_detail"], "context_too_long", "maximum model length of 65536."),
    "context_in_raw": row(KINDS["context_in_raw"], "context_too_long", "you requested 40000 tokens."),
    "rate_list": row(KINDS["rate_list"], "rate_limited", "Please retry in 38.5s.", 38),
    "quota": row(KINDS["quota"], "quota_exceeded", "check your plan"),
    "forbidden": row(KINDS["forbidden"], "provider_forbidden", "does not have access"),
    "no_such_model": row(KINDS["no_such_model"], "model_not_found", 'model "llama9" not found'),
    "no_such_address": row(KINDS["no_such_address"], "provider_error", "404 page not found"),
    "loading": row(KINDS["loading"], "provider_unavailable", "Loading model", 5),
    "bad_gateway": row(KINDS["bad_gateway"], "provider_unavailable", "502 Bad Gateway"),
    # Too long, by any status.
    "OpenAI": row(openai(400, LONG, "context_length_exceeded"), "context_too_long", LONG),
    "by its code alone": row(openai(400, "Input too big.", "context_length_exceeded"), "context_too_long", "Input"),
    "vLLM": row(failure(400, {"object": "error", "message": LONG, "type": "BadRequestError", "code": 400}), "context_too_long", LONG),
    "vLLM 0.11": row(openai(400, "This model's maximum context length is 4096 tokens. However, your request has 5000 input tokens. Please reduce the length of the input messages.", 400, "BadRequestError"), "context_too_long"),
    "vLLM, max_tokens": row(openai(400, "'max_tokens' or 'max_completion_tokens' is too large: 5000. This model's maximum context length is 4096 tokens and your request has 100 input tokens."), "context_too_long"),
    "llama.cpp": row(failure(400, {"error": {"code": 400, "message": "the request exceeds the available context size. try increasing the context size or enable context shift", "type": "invalid_request_error"}}), "context_too_long"),
    "llama.cpp 2026": row(failure(400, {"error": {"code": 400, "message": "request (5000 tokens) exceeds the available context size (4096 tokens), try increasing it", "type": "exceed_context_size_error", "n_prompt_tokens": 5000, "n_ctx": 4096}}), "context_too_long"),
    "LM Studio": row(failure(400, {"error": "Trying to keep the first 15857 tokens when context the overflows. However, the model is loaded with context length of only 4096 tokens, which is not enough."}), "context_too_long"),
    "Ollama": row(failure(400, {"error": {"message": "the input length exceeds the context length", "type": "api_error"}}), "context_too_long"),
    "SGLang": row(failure(400, {"object": "error", "message": "The input (70000 tokens) is longer than the model's context length (32768 tokens).", "code": 400}), "context_too_long"),
    "SGLang, requested": row(failure(400, {"message": "Requested token count exceeds the model's maximum context length of 8192 tokens. You requested a total of 9000 tokens"}), "context_too_long"),
    "TGI": row(failure(422, {"error": "Input validation error: `inputs` tokens + `max_new_tokens` must be <= 4096. Given: 5000 `inputs` tokens and 20 `max_new_tokens`", "error_type": "validation"}), "context_too_long"),
    "Mistral": row(failure(400, {"object": "error", "message": "Prompt contains 40000 tokens and 0 draft tokens, too large for model with 32768 maximum context length", "type": "invalid_request_prompt", "code": "3051"}), "context_too_long"),
    "Anthropic": row(failure(400, {"type": "error", "error": {"type": "invalid_request_error", "message": "prompt is too long: 208310 tokens > 200000 maximum"}}), "context_too_long"),
    "Gemini": row(failure(400, [{"error": {"code": 400, "message": "The input token count (1200000) exceeds the maximum number of tokens allowed (1048576).", "status": "INVALID_ARGUMENT"}}]), "context_too_long"),
    "Groq 413": row(openai(413, "Request too large for model `x` on tokens per minute (TPM): Limit 6000, Requested 7000, please reduce your message size and try again.", "rate_limit_exceeded", "tokens"), "context_too_long"),
    "OpenAI, larger than the rate": row(openai(429, "Request too large for gpt-4 in organization org-x on tokens per min (TPM): Limit 10000, Requested 12000. The input or output tokens must be reduced in order to run successfully.", "rate_limit_exceeded", "tokens"), "context_too_long"),
    "xAI": row(failure(400, {"code": "Client specified an invalid argument", "error": "This model's maximum prompt length is 131072 but the request contains 140000 tokens."}), "context_too_long"),
    "DashScope": row(failure(400, {"error": {"code": "invalid_parameter_error", "message": "<400> InternalError.Algo.InvalidParameter: Range of input length should be [1, 30720]", "type": "invalid_request_error"}}), "context_too_long"),
    "Cohere": row(failure(400, {"message": "too many tokens: total number of tokens in the prompt cannot exceed 4081 - received 5000."}), "context_too_long"),
    "LiteLLM": row(failure(400, {"error": {"message": "litellm.ContextWindowExceededError: litellm.BadRequestError: OpenAIException - {'error': {'message': 'x'}}", "type": None, "code": "400"}}), "context_too_long"),
    "Cloudflare": row(failure(400, {"errors": [{"message": "AiError: AiError: The estimated number of input and maximum output tokens (9000) exceeded this model context window limit (7968).", "code": 5021}], "success": False, "result": {}}), "context_too_long"),
    "CLOVA Studio": row(failure(400, {"status": {"code": "40003", "message": "Text too long"}, "result": None}), "context_too_long", "Text too long"),
    "Together": row(failure(422, {"error": {"message": "Input validation error: `inputs` must have less than 4096 tokens. Given: 5000"}}), "context_too_long"),
    "Upstage": row(openai(400, "This model's maximum context length is 32768 tokens. Please reduce the length of the messages."), "context_too_long"),
    "in Korean": row(failure(400, {"message": "입력 토큰이 최대 길이를 초과했습니다."}), "context_too_long"),
    "in Chinese": row(failure(400, {"error": {"code": "1261", "message": "Prompt 超长"}}), "context_too_long"),
    "a proxy's 413": row(text("<html><head><title>413 Request Entity Too Large</title></head></html>", 413, "text/html"), "context_too_long"),
    "a 500 of a gateway": row(failure(500, {"error": {"message": LONG, "type": "upstream_error", "code": "bad_response_status_code"}}), "context_too_long"),
    # Key and permission.
    "no key": row(openai(401, "You didn't provide an API key."), "provider_auth", "provide an API key"),
    "a wrong key": row(openai(401, "Incorrect API key provided: sk-abcdefgh.", "invalid_api_key"), "provider_auth", "Incorrect API key provided"),
    "401 in words": row(text("Unauthorized", 401), "provider_auth", "Unauthorized"),
    "Gemini's key": row(failure(400, [{"error": {"code": 400, "message": "API key not valid. Please pass a valid API key.", "status": "INVALID_ARGUMENT"}}]), "provider_auth"),
    "a key in a 403": row(failure(403, {"error": {"message": "Invalid API key"}}), "provider_auth"),
    "Azure's key": row(failure(401, {"error": {"code": "401", "message": "Access denied due to invalid subscription key or wrong API endpoint."}}), "provider_auth"),
    "a key without a scope": row(openai(401, "You have insufficient permissions for this operation. Missing scopes: model.request."), "provider_forbidden"),
    "a token that has expired": row(failure(403, {"message": "The security token included in the request is expired"}), "provider_auth"),
    "not authorized": row(failure(403, {"message": "You are not authorized to use this model."}), "provider_forbidden"),
    "forbidden by region": row(openai(403, "Country, region, or territory not supported", "unsupported_country_region_territory", "request_forbidden"), "provider_forbidden"),
    "forbidden by a page": row(text("<html><head><title>403 Forbidden</title></head><body>x</body></html>", 403, "text/html"), "provider_forbidden", "403 Forbidden"),
    "Cloudflare's challenge": row(text("<!DOCTYPE html><html><head><title>Just a moment...</title></head></html>", 403, "text/html"), "provider_forbidden", "Just a moment..."),
    "no access to the model": row(openai(403, "Project `proj_x` does not have access to model `gpt-5`", "model_not_found"), "provider_forbidden"),
    "no access to the key's model": row(failure(403, {"error": {"message": "Your API key does not have access to the model x."}}), "provider_forbidden"),
    "a model that is not allowed": row(failure(403, {"detail": "Model x is not allowed for this key"}), "provider_forbidden"),
    # Money.
    "402": row(failure(402, {"error": {"message": "Insufficient credits. Add more using https://x.test", "code": 402}}), "quota_exceeded"),
    "OpenRouter, fewer tokens": row(failure(402, {"error": {"message": "This request requires more credits, or fewer max_tokens.", "code": 402}}), "quota_exceeded"),
    "DeepSeek": row(failure(402, {"error": {"message": "Insufficient Balance", "type": "unknown_error", "code": "invalid_request_error"}}), "quota_exceeded"),
    "Anthropic's credit": row(failure(400, {"type": "error", "error": {"type": "invalid_request_error", "message": "Your credit balance is too low to access the Anthropic API."}}), "quota_exceeded"),
    "Moonshot": row(failure(429, {"error": {"message": "Your account is suspended, please check your plan and billing details", "type": "exceeded_current_quota_error"}}), "quota_exceeded"),
    "quota with a time": row(openai(429, "You exceeded your current quota.", "insufficient_quota", "insufficient_quota", retry_after="30"), "quota_exceeded", "", 30),
    "xAI's credit": row(failure(403, {"code": "The caller does not have permission", "error": "Your newly created team doesn't have any credits yet."}), "quota_exceeded"),
    "a key's limit": row(failure(403, {"error": {"message": "Key limit exceeded (total limit). Manage it at https://x.test", "code": 403}}), "quota_exceeded"),
    "DashScope's arrears": row(failure(400, {"error": {"code": "Arrearage", "message": "Access denied, please make sure your account is in good standing."}}), "quota_exceeded"),
    "LiteLLM's budget": row(failure(400, {"error": {"message": "Budget has been exceeded! Current cost: 1.2, Max budget: 1.0", "type": "budget_exceeded", "code": "400"}}), "quota_exceeded"),
    # Rates, and the time to wait.
    "a header in seconds": row(openai(429, "Slow down.", retry_after="7"), "rate_limited", "Slow down.", 7),
    "a header in milliseconds": row(openai(429, "Slow down.", retry_after_ms="1500"), "rate_limited", "", 1.5),
    "LiteLLM's header": row(OddAnswer(b"{}", 429, {"llm_provider-retry-after": "12"}), "rate_limited", "", 12),
    "OpenAI's words": row(openai(429, "Rate limit reached for gpt-4 on tokens per min (TPM): Limit 10000, Used 9500, Requested 1200. Please try again in 4.2s.", "rate_limit_exceeded", "tokens"), "rate_limited", "", 4.2),
    "milliseconds in words": row(openai(429, "Please try again in 850ms."), "rate_limited", "", 0.85),
    "minutes in words": row(openai(429, "Rate limit reached. Please try again in 7m12.5s."), "rate_limited", "", 432.5),
    "hours in words": row(openai(429, "Rate limit reached (TPD). Please try again in 1h2m3s."), "rate_limited", "", 3723),
    "Azure's words": row(failure(429, {"error": {"code": "429", "message": "Requests have exceeded the rate limit. Please retry after 12 seconds."}}), "rate_limited", "", 12),
    "Azure's rate without a time": row(failure(429, {"error": {"code": "429", "message": "You have exceeded the call rate limit for your current pricing tier. Go to https://aka.ms/oai/quotaincrease to increase it."}}), "rate_limited"),
    "Gemini's rate without a time": row(failure(429, [{"error": {"code": 429, "message": "Quota exceeded for quota metric 'Generate Content API requests per minute'.", "status": "RESOURCE_EXHAUSTED"}}]), "rate_limited"),
    "GitHub's words": row(failure(429, {"error": {"code": "RateLimitReached", "message": "Rate limit of 10 per 60s exceeded for UserByModelByMinute. Please wait 33 seconds before retrying."}}), "rate_limited", "", 33),
    "two minutes": row(failure(429, {"detail": "Try again in 2 minutes"}), "rate_limited", "", 120),
    "a Korean time": row(failure(429, {"message": "요청이 너무 많습니다. 20초 후에 다시 시도해 주세요."}), "rate_limited", "", 20),
    "OpenRouter's reset": row(failure(429, {"error": {"message": "Rate limit exceeded: free-models-per-min", "code": 429, "metadata": {"headers": {"X-RateLimit-Reset": str(int((time.time() + 3600) * 1000))}}}}), "rate_limited", "", pytest.approx(3600, abs=1800)),
    "a field": row(failure(429, {"error": {"message": "Slow down.", "retry_after": 3}}), "rate_limited", "", 3),
    "CLOVA Studio's rate": row(failure(429, {"status": {"code": "42901", "message": "Too many requests - rate exceeded"}, "result": None}), "rate_limited"),
    "Mistral's capacity": row(failure(429, {"object": "error", "message": "Service tier capacity exceeded for this model.", "type": "service_tier_capacity_exceeded", "code": "3505"}), "rate_limited"),
    "Bedrock": row(failure(400, {"__type": "ThrottlingException", "message": "Too many requests, please wait before trying again."}), "rate_limited"),
    "429 without words": row(text("", 429), "rate_limited"),
    "a header that is none": row(openai(429, "x", retry_after="soon"), "rate_limited", "x"),
    "503 with a time": row(text("Service Unavailable", 503, retry_after="40"), "provider_unavailable", "Service Unavailable", 40),
    # Models and addresses.
    "OpenAI's model": row(openai(404, "The model `gpt-9` does not exist or you do not have access to it.", "model_not_found"), "model_not_found"),
    "vLLM's model": row(failure(404, {"object": "error", "message": "The model `x` does not exist.", "type": "NotFoundError", "code": 404}), "model_not_found"),
    "Azure's deployment": row(failure(404, {"error": {"code": "DeploymentNotFound", "message": "The API deployment for this resource does not exist."}}), "model_not_found"),
    "OpenRouter's model": row(failure(400, {"error": {"message": "x/y is not a valid model ID", "code": 400}}), "model_not_found"),
    "OpenRouter's endpoints": row(failure(404, {"error": {"message": "No endpoints found for x/y.", "code": 404}}), "model_not_found"),
    "OpenRouter's providers": row(failure(404, {"error": {"message": "No allowed providers are available for the selected model.", "code": 404}}), "model_not_found"),
    "DeepSeek's model": row(failure(400, {"error": {"message": "Model Not Exist", "type": "invalid_request_error", "code": "invalid_request_error"}}), "model_not_found"),
    "LiteLLM's model": row(failure(400, {"error": {"message": "/chat/completions: Invalid model name passed in model=x. Call `/v1/models` to view available models for your key.", "type": "None", "code": "400"}}), "model_not_found"),
    "LM Studio without a model": row(failure(404, {"error": {"message": "No models loaded. Please load a model in the developer page.", "type": "invalid_request_error", "code": "model_not_found"}}), "model_not_found"),
    "one-api's channel": row(failure(503, {"error": {"message": "当前分组 default 下对于模型 x 无可用渠道", "type": "new_api_error"}}), "model_not_found"),
    "Gemini's model": row(failure(404, [{"error": {"code": 404, "message": "models/gemini-9 is not found for API version v1main, or is not supported for generateContent.", "status": "NOT_FOUND"}}]), "model_not_found"),
    "Groq's model": row(openai(400, "The model `x-70b` has been decommissioned and is no longer supported.", "model_decommissioned"), "model_not_found"),
    "HuggingFace's model": row(openai(400, "The requested model 'x/y' is not supported by any provider you have enabled."), "model_not_found"),
    "a model without chat": row(openai(404, "This is not a chat model and thus not supported in the v1/chat/completions endpoint.", None), "model_not_found"),
    "transformers serve": row(failure(400, {"detail": "Server is pinned to '/srv/models/a'; requested 'b'."}), "model_not_found", "Server is pinned to"),
    "no such model": row(failure(400, {"error": "Unknown model: x"}), "model_not_found"),
    "it could not find a model": row(failure(404, {"detail": "Could not find the requested model x"}), "model_not_found"),
    "a model that cannot do something": row(failure(400, {"error": "Model x: image input is not supported"}), "provider_error"),
    "a model without tools": row(failure(400, {"error": {"message": "registry.test/library/x does not support tools"}}), "provider_error"),
    "a model and an option": row(openai(400, "Unsupported value: 'logprobs' is not supported with this model.", "unsupported_value"), "provider_error"),
    "an invalid option of a model": row(openai(400, "Invalid value for the model parameter 'n': not available in this mode."), "provider_error"),
    "an unknown key of a model's name": row(openai(400, "Invalid script model: unknown key 'x'; known are tokens, model.", "invalid_script"), "provider_error"),
    "FastAPI's 404": row(failure(404, {"detail": "Not Found"}), "provider_error", "Not Found"),
    "OpenAI's address": row(openai(404, "Unknown request URL: POST /chat/completions."), "provider_error"),
    "405": row(failure(405, {"detail": "Method Not Allowed"}), "provider_error"),
    "404 without words": row(text("", 404), "provider_error"),
    # Content.
    "Azure's filter": row(failure(400, {"error": {"message": "The response was filtered due to the prompt triggering Azure OpenAI's content management policy.", "code": "content_filter", "status": 400, "innererror": {"code": "ResponsibleAIPolicyViolation"}}}), "content_refused"),
    "DashScope's filter": row(failure(400, {"error": {"code": "data_inspection_failed", "message": "Input data may contain inappropriate content."}}), "content_refused"),
    "OpenRouter's moderation": row(failure(403, {"error": {"message": "Your input was flagged", "code": 403, "metadata": {"reasons": ["violence"], "flagged_input": "x"}}}), "content_refused"),
    # Others.
    "FastAPI's 422": row(failure(422, {"detail": [{"type": "missing", "loc": ["body", "x"], "msg": "Field required"}, {"loc": ["body", "y"], "msg": "Input should be less than 2"}]}), "provider_error", "body.x: Field required; body.y: Input should be less than 2"),
    "a string in a string": row(failure(400, {"error": json.dumps({"message": "Inner"})}), "provider_error", "Inner"),
    "a list of errors": row(failure(400, {"errors": [{"message": "One"}, {"message": "Two"}]}), "provider_error", "One; Two"),
    "errors by field": row(failure(400, {"errors": {"top_k": ["is too large"]}}), "provider_error", '{"errors":{"top_k":["is too large"]}}'),
    "a number": row(failure(500, {"error": 17}), "provider_unavailable", '{"error":17}'),
    "LM Studio's crash": row(failure(400, {"error": "The model has crashed without additional information. (Exit code: 1)"}), "provider_unavailable"),
    "Message": row(failure(400, {"Message": "Odd"}), "provider_error", "Odd"),
    "a title": row(failure(400, {"type": "about:blank", "title": "Bad Request", "status": 400}), "provider_error", "Bad Request"),
    "plain words": row(text("upstream connect error or disconnect/reset before headers", 503), "provider_unavailable", "upstream connect error"),
    "a page without a title": row(text("<html><body><h1>Service &amp; co</h1></body></html>", 500, "text/html"), "provider_unavailable", "Service & co"),
    "an event": row(OddAnswer(b'data: {"error": {"message": "In an event"}}\n\n', 500), "provider_unavailable", "In an event"),
    "an event with a name": row(OddAnswer(b'event: error\ndata: {"error": {"message": "In an event"}}\n\n', 400), "provider_error", "In an event"),
    "504": row(text("<title>504 Gateway Time-out</title>", 504, "text/html"), "provider_timeout"),
    "524": row(text("error code: 524", 524), "provider_timeout"),
    "529": row(failure(529, {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}), "provider_unavailable", "Overloaded"),
    "out of memory": row(failure(500, {"error": "model requires more system memory (8.4 GiB) than is available"}), "provider_unavailable", "8.4 GiB"),
    "malformed JSON": row(OddAnswer(b'{"error": {"message": "cut', 500, {"Content-Type": JSON}), "provider_unavailable", "cut"),
    "deep": row(OddAnswer(b'{"error": ' * 50 + b"1" + b"}" * 50, 500, {"Content-Type": JSON}), "provider_unavailable"),
    "null": row(OddAnswer(b"null", 500, {"Content-Type": JSON}), "provider_unavailable"),
    "a redirect": row(text("", 302, Location="/login"), "provider_error"),
}  # fmt: skip


@pytest.mark.parametrize("name", ROWS)
def test_an_error_gets_its_code_words_and_time(name, monkeypatch):
    monkeypatch.setattr("chatapp.server.concurrency.sleep", lambda _seconds=0: None)
    answer, code, said, retry_after = ROWS[name]
    seen = play(answer)
    assert (seen.error, seen.retry_after) == (code, retry_after)
    assert said in seen.said
    assert seen.finish is None
    assert seen.text == ""


def test_a_date_to_wait_for_becomes_seconds():
    seen = play(openai(429, "Slow down.", retry_after=formatdate(time.time() + 90, usegmt=True)))
    assert 85 < seen.retry_after <= 90


def test_addresses_and_models_that_are_missing_are_told_apart():
    assert play(KINDS["no_such_address"]).sentence == NO_ADDRESS
    assert play(KINDS["no_such_model"]).sentence == "The model was not found."


def test_a_model_that_the_key_may_not_use_is_told_from_other_refusals():
    assert play(KINDS["forbidden"]).sentence.startswith("This API key may not use this model.")
    region = play(openai(403, "Country, region, or territory not supported", "unsupported_country_region_territory"))
    assert region.sentence.startswith("The model's server does not permit this request.")


def test_long_words_are_bounded():
    seen = play(openai(400, "x" * 100_000))
    assert len(seen.said) == 2000


@pytest.mark.parametrize(
    "body",
    [
        {"retry_after": "1ms" * 40 + "!"},
        {"retry_after": "1m" + "s" * 200_000 + "!"},
        {"retryDelay": "9" * 1_000_000},
        {"message": "Wait " + "1" * 1_000_000},
        {"message": "model " * 200_000},
        {"message": "<html>" + "<script " * 200_000},
        {"message": "<html>" + "<title>" * 200_000},
        {"error": "x" * 4_000_000, "code": "x" * 1_000_000},
    ],
)
def test_an_absurd_error_is_read_in_no_time(body):
    assert play(failure(500, body)).error == "provider_unavailable"


def test_a_server_that_loads_its_model_is_asked_once_more(monkeypatch):
    waited = []
    monkeypatch.setattr("chatapp.server.concurrency.sleep", lambda seconds=0: waited.append(seconds))
    assert play(KINDS["loading"]) == Seen(
        error="provider_unavailable",
        sentence="The model is still being loaded. Try again in a moment.",
        said="Loading model",
        retry_after=5,
    )
    assert waited == [2.0]

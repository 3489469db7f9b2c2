"""The kinds of errors of model servers, and how they are told from one another: by codes, words and statuses."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from chatapp.providers.openai.error_reader import UpstreamError


@dataclass(frozen=True, slots=True)
class Rule:
    """A kind of error. It is meant by one of the codes, or by words or a status. `unless`: the words do not count."""

    code: str
    text: str
    codes: frozenset[str] = frozenset()
    words: re.Pattern[str] | None = None
    statuses: frozenset[int] = frozenset()
    #: With these statuses alone the words are looked at; empty: with any.
    words_with: frozenset[int] = frozenset()
    unless: Callable[[UpstreamError], bool] = lambda _error: False

    def fits(self, error: UpstreamError) -> bool:
        if error.code in self.codes or error.status in self.statuses:
            return True
        if self.words is None or (self.words_with and error.status not in self.words_with) or self.unless(error):
            return False
        return self.words.search(error.words) is not None


def _words(*sentences: str) -> re.Pattern[str]:
    return re.compile("|".join(sentences), re.IGNORECASE)


PER_MINUTE = _words(
    r"per.(minute|min\b|hour|day|second)", r"\b[tr]p[md]\b", r"rate.?limit", r"too many requests", r"throttl"
)
#: Larger than a rate allows at all: waiting does not help.
LARGER_THAN_RATE = _words(r"request too large")
NOT_ALLOWED = "The model's server does not permit this request. Check what the API key is allowed to do."
NOT_THERE = (
    r"((does|do|did|could|can|is|are|was|were|has|have)(n't| not)|not)( currently| yet| been| be)*"
    r" (exist|found|loaded|recogni[sz]ed|configured|deployed|installed|served)"
)
#: The first that fits is meant.
RULES = (
    Rule(
        "context_too_long",
        "The conversation is too long for this model.",
        codes=frozenset({"context_length_exceeded", "exceed_context_size_error", "string_above_max_length"}),
        words=_words(
            r"context[ _-]?(length|window|size|limit)",
            LARGER_THAN_RATE.pattern,
            r"maximum (context|model|prompt|input)",
            r"(prompt|input|text|request|message|conversation)s? (is|are|was|were)? ?(too|to) (long|large|many tokens)",
            r"too many (input |prompt )?tokens",
            r"(inputs?|prompt|messages)\W.{0,40}(less|fewer) than \d+ tokens",
            r"(exceeds?|exceeded|(longer|greater|larger) than) .{0,60}(context|n_ctx|token limit)",
            r"(exceeds?|exceeded|(longer|greater|larger) than) .{0,60}max\w*( \w+){0,3} (length|tokens?|input)",
            r"tokens\b.{0,80}must be (<=?|less)",
            r"reduce the length of the (messages|prompt|input)",
            r"(input|prompt|sequence) length .{0,40}(exceeds?|longer)",
            r"range of input length",
            r"超长|上下文长度|너무 (깁|길)|(입력|길이|토큰).{0,20}초과",
        ),
        statuses=frozenset({413}),
        unless=lambda error: bool(PER_MINUTE.search(error.words) and not LARGER_THAN_RATE.search(error.words)),
    ),
    Rule(
        "provider_unavailable",
        "The model is still being loaded. Try again in a moment.",
        words=_words(
            r"loading model",
            r"model .{0,80}(is|being) (currently |still )?(loading|loaded|starting|warming)",
            r"currently loading",
            r"warming up",
            r"(server|model) is (starting|not ready)",
        ),
        words_with=frozenset({0, 425, 429, 500, 502, 503, 504, 529}),
    ),
    Rule(
        "quota_exceeded",
        "The usage limit (credit) at the model's provider is used up. Check the billing settings there.",
        codes=frozenset(
            {"insufficient_quota", "billing_not_active", "billing_hard_limit_reached", "insufficient_balance"}
            | {"insufficient_credits", "credit_balance_too_low", "quota_exceeded", "arrearage", "budget_exceeded"}
            | {"exceeded_current_quota_error"}
        ),
        words=_words(
            r"\bquota\b",
            r"credits?( balance)? (is|are|has|have)?.{0,20}(too low|exhausted|insufficient|run out)",
            r"(insufficient|not enough|more|requires?) (balance|credits?|funds)",
            r"(n't|not|no) (have any )?credits",
            r"(key|spend(ing)?|budget|monthly|usage) limit (has been |was )?(exceeded|reached)",
            r"budget (has been |was )?exceeded",
            r"billing",
            r"payment (is )?required",
            r"余额不足|欠费",
        ),
        words_with=frozenset({0, 400, 402, 403, 429}),
        statuses=frozenset({402}),
        unless=lambda error: (
            error.status == 429 and (error.retry_after is not None or bool(PER_MINUTE.search(error.words)))
        ),
    ),
    Rule(
        "provider_forbidden",
        NOT_ALLOWED,
        words=_words(r"(insufficient|missing|(not|n't) have( the)?) (permissions?|scopes?)"),
        words_with=frozenset({0, 400, 401, 403}),
    ),
    Rule(
        "provider_forbidden",
        "This API key may not use this model. Choose another model, or check what the key is allowed to do.",
        words=_words(
            r"(not|n't|no) (have |has )?(access|permission)\b.{0,80}\bmodel\b",
            r"\bmodel\b.{0,80}(not|n't|no) (have |has )?(access|permission|permitted|allowed|authorized|entitled)\b",
            r"not (permitted|allowed|authorized|entitled) to (use|access).{0,40}\bmodel\b",
        ),
        words_with=frozenset({403}),
    ),
    Rule(
        "provider_auth",
        "The model's server refused the API key. The operator should check it.",
        codes=frozenset({"invalid_api_key", "authentication_error", "unauthorized", "unauthenticated", "auth_error"}),
        words=_words(
            r"\b(invalid|incorrect|wrong|missing|expired|no|malformed|provide|valid)\b"
            r".{0,30}\b(api[ _-]?key|auth\w*|credentials|token)\b",
            r"\b(api[ _-]?key|(access|security|session) token)\b"
            r".{0,40}(not|invalid|incorrect|missing|expired|required)",
        ),
        words_with=frozenset({400, 403}),
        statuses=frozenset({401}),
    ),
    Rule(
        "content_refused",
        "The model's server refused the content of the question or of the answer.",
        codes=frozenset(
            {"content_filter", "content_policy_violation", "responsibleaipolicyviolation", "data_inspection_failed"}
            | {"content_filter_error", "prohibited_content", "safety"}
        ),
        words=_words(
            r"content (management |usage )?polic",
            r"content.?filter",
            r"safety (system|filter|polic|settings)",
            r"\bflagged\b",
            r"blocked .{0,60}(moderation|safety|policy|content)",
            r"moderation",
            r"usage policies",
        ),
        words_with=frozenset({0, 400, 403, 422}),
    ),
    Rule(
        "model_not_found",
        "The model was not found.",
        codes=frozenset(
            {"model_not_found", "modelnotfound", "model_not_exist", "model_not_available", "unknown_model"}
            | {"model_decommissioned"}
            | {"deploymentnotfound", "deployment_not_found"}
        ),
        words=_words(
            # Of the model itself: a model may also be one that does not support an option.
            rf"\bmodels?\b\S*(?: \S+){{0,3}}? {NOT_THERE}",
            r"\bmodels?\b\S*(?: [^\s:]+)? (is|are|was)(n't| not)( currently| yet)? (available|supported)\b",
            r"\bmodel\b\S*(?: \S+)? (is|has been) (unknown|decommissioned|retired|deprecated)",
            r"\b(unknown|invalid|unsupported|unrecogni[sz]ed|no such|not find|not found:?)( the| a| any)?( requested)?"
            r" model\b(?! (param|option|setting|config|argument|response|output))",
            r"not a (valid|chat) model",
            r"server is pinned to .{1,200}; requested",  # transformers serve
            r"no (allowed )?(models?|endpoints?|providers|available channels?) .{0,40}(found|available|loaded|for)",
            r"无可用渠道|模型.{0,20}(不存在|未找到)|모델.{0,20}(없습니다|찾을 수)",
        ),
        words_with=frozenset({0, 400, 404, 410, 422, 503}),
    ),
    Rule(
        "provider_error",
        "The model's server knows no such address. {address} usually ends in /v1.",
        statuses=frozenset({404, 405}),
    ),
    Rule(
        "provider_forbidden",
        NOT_ALLOWED,
        codes=frozenset({"permission_denied", "permission_error", "forbidden", "access_denied"}),
        statuses=frozenset({403}),
    ),
    Rule(
        "rate_limited",
        "The model's server is not accepting more requests right now.",
        codes=frozenset({"rate_limit_exceeded", "rate_limit_error", "too_many_requests", "resource_exhausted"})
        | {"throttling", "throttlingexception", "limit_requests", "tokens", "requests"},
        words=PER_MINUTE,
        words_with=frozenset({0, 400, 403, 500, 503}),
        statuses=frozenset({429}),
    ),
    Rule(
        "provider_timeout",
        "The model took too long.",
        codes=frozenset({"timeout", "request_timeout"}),
        statuses=frozenset({408, 504, 524}),
    ),
    Rule(
        "provider_unavailable",
        "The model's server has a problem.",
        codes=frozenset({"server_error", "internal_error", "internal_server_error", "internalservererror"})
        | {"overloaded_error", "overloaded", "service_unavailable", "api_error", "engine_overloaded"},
        words=_words(
            r"overloaded", r"internal (server )?error", r"out of memory", r"bad gateway", r"at capacity", r"has crashed"
        ),
        words_with=frozenset({0, 400}),
    ),
)


TOO_LONG, LOADING = RULES[0], RULES[1]


def is_too_long(words: str) -> bool:
    """Tell whether an error's words say that the conversation is too long."""
    return TOO_LONG.fits(UpstreamError(words))


def is_loading(error: UpstreamError) -> bool:
    """Tell whether a server is still loading the model."""
    return LOADING.fits(error)

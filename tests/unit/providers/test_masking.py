"""What is masked in a provider's words, and what stays readable."""

import time

import pytest

from chatapp.providers.masking import MAX_CHARACTERS, mask

HEX = "0123456789abcdef" * 2


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("Incorrect API key provided: sk-abcd1234efgh.", "Incorrect API key provided: …"),
        (f"key {HEX} is over its quota", "key … is over its quota"),
        ("organization org-AbCdEf123456 was not found", "organization … was not found"),
        ("password=hunter2 for user bob", "password=… for user bob"),
        ('{"api_key": "abc", "model": "x"}', '{"api_key": "…", "model": "x"}'),
        ("Authorization: Bearer abc.def.ghi", "Authorization: Bearer …"),
        ("sent Basic dXNlcjpwYXNz to it", "sent Basic … to it"),
        ("OPENAI_API_KEY = 'x1y2'", "OPENAI_API_KEY = '…'"),
        ("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.sig", "…"),
        ("AKIAIOSFODNN7EXAMPLE", "…"),
        ("token QmFzZTY0IGlzIG5vdCBzZWNyZXQ== was sent", "token … was sent"),
        ("at http://10.0.0.5:8080/v1/models?key=3", "at http://…/v1/models?…"),
        ("at https://user:secret@vllm.corp.internal/v1", "at https://…/v1"),
        ("at http://vllm:8000/v1", "at http://…/v1"),
        ("at http://[fe80::1]:8000/v1", "at http://…/v1"),
        ("postgres://bob:hunter2@db/chat", "postgres://…/chat"),
        ("connect to 192.168.1.7:5432 failed", "connect to … failed"),
        ("peer fe80::1ff:fe23:4567:890a", "peer …"),
        ("no route to gpu-3.prod.svc.cluster.local:80", "no route to …"),
        ("Cannot connect to host vllm:8000", "Cannot connect to host …"),
        ("HTTPConnectionPool(host='gpu3', port=80)", "HTTPConnectionPool(host='…', port=80)"),
        ("half \ud83d", "half ?"),
    ],
)
def test_secrets_and_private_addresses_are_masked(text, masked):
    assert mask(text) == masked


@pytest.mark.parametrize(
    "text",
    [
        "You can find your API key at https://platform.openai.com/account/api-keys.",
        "This model's maximum context length is 8192 tokens, however you requested 9000 tokens.",
        "Rate limit reached at 10:30:00 for requests; request 0198c0de-1234-4000-8000-0123456789ab.",
        "The model `llama3.2:70b-instruct-q4_K_M` does not exist",
        'File "/home/me2/projects/chat/answers/my_app.py", line 3, in reply',
        "ValueError: 요청이 올바르지 않습니다",
    ],
)
def test_what_helps_stays(text):
    assert mask(text) == text


@pytest.mark.parametrize(
    "piece", ["a", "a1", ".", ":", "a:", "1.", "sk-", "http://", "password", "/", "-", "A1a-", "local."]
)
def test_no_text_takes_long(piece):
    started = time.process_time()
    assert len(mask(piece * 1_000_000)) <= 2 * MAX_CHARACTERS
    assert time.process_time() - started < 1

"""Passwords that guessers try early are refused."""

import pytest

from chatapp.passwords import is_common


@pytest.mark.parametrize(
    "password",
    [
        "12345678",
        "password",
        "P@ssw0rd",
        "qwertyuiop",
        "asdf1234",
        "chatapp1",
        "iloveyou2",
        "aaaaaaaaaaaa",
        "19870311",
        "x" * 500,
    ],
)
def test_common_passwords_are_named_so(password):
    assert is_common(password)


@pytest.mark.parametrize(
    "password",
    ["correct horse battery", "xk3jd82ma-7Qp", "정확한 말 배터리 스테이플", "correct horse 배터리 staple " * 20],
)
def test_others_are_not(password):
    assert not is_common(password)

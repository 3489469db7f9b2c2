"""What model servers and functions say about their errors: without secrets, and for the operator alone if he wants."""

from urllib.parse import quote

import pytest

from support.shapes import check_message

WORDS = "Key 0123456789abcdef0123456789abcdef of org-AbCdEf123456 at http://10.0.0.5/v1, password=hunter2, is blocked"
SECRETS = ("0123456789abcdef0123456789abcdef", "org-AbCdEf123456", "10.0.0.5", "hunter2")
MODEL = f"script?tokens=2&status={{}}&message={quote(WORDS, safe='')}"


def error_of(tab, status):
    ack = tab.ask(MODEL.format(status))
    return check_message(tab.wait_ended(ack["generation_id"])["message"])["error"]


@pytest.fixture(scope="module")
def quiet_server(module_server):
    return module_server(CHATAPP_PASSWORD="correct horse battery", CHATAPP_PROVIDER_WORDS="0")


@pytest.mark.parametrize("status", ["400", "401", "404", "429", "503"])
def test_users_get_a_sentence_and_a_reference_if_the_operator_wants(quiet_server, new_client, status):
    client = new_client(quiet_server, signed_in=False)
    assert client.sign_in(password="correct horse battery").status == 200
    error = error_of(client.tab(), status)
    assert "blocked" not in str(error)
    assert error["detail"].keys() == {"text", "values"}
    assert error["reference"] in error["message"]
    (line,) = [line for line in quiet_server.log().splitlines() if error["reference"] in line]
    assert "is blocked" in line
    for secret in SECRETS:
        assert secret not in line


def test_users_see_the_words_without_secrets(server, tab):
    error = error_of(tab, "400")
    assert error["detail"]["said"].endswith("is blocked")
    for secret in SECRETS:
        assert secret not in str(error)
        assert secret not in server.log()

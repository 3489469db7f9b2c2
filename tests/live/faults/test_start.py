"""A server that cannot start correctly does not start, and says why and what helps."""

import socket
import subprocess
import sys

import pytest

from support.paths import ROOT
from support.processes import Server, free_port
from support.waiting import LIMIT


def check_refused(server: Server, *names: str) -> str:
    """Expect the start to fail with these words in a short log; return the log."""
    server.trouble_expected = True
    server.spawn()
    assert server.wait() != 0
    output = server.log()
    assert "Traceback" not in output, output
    for name in names:
        assert name.lower() in output.lower(), output
    assert len(output.splitlines()) < 15, "a person must find the reason"
    return output


def test_a_second_server_on_the_same_folder_is_refused(server, tmp_path):
    second = Server(server.folder, server.env["OPENAI_BASE_URL"])
    second.log_path = tmp_path / "second.log"
    check_refused(second, str(server.folder))
    assert server.is_ready(), "the first one goes on"


def test_a_port_in_use_is_reported_plainly(new_server):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        check_refused(new_server(start=False, PORT=port), port, "in use")


def test_several_workers_are_refused(new_server):
    check_refused(new_server(start=False, WEB_CONCURRENCY="2"), "workers", "WEB_CONCURRENCY")


def test_several_workers_by_gunicorns_own_switch_are_refused(new_server):
    server = new_server(start=False)
    ran = subprocess.run(
        [sys.executable, "-m", "gunicorn", "-w", "2", "-b", f"127.0.0.1:{server.port}", "wsgi:app"],
        cwd=ROOT,
        env=server.env,
        capture_output=True,
        text=True,
        timeout=LIMIT,
        check=False,
    )
    assert ran.returncode != 0
    assert "workers" in ran.stdout + ran.stderr
    assert "Traceback" not in ran.stdout + ran.stderr


@pytest.mark.parametrize("host", ["0.0.0.0", "::"])  # noqa: S104 - only the refusal is tried
def test_an_open_address_without_a_password_is_refused_before_it_is_bound(new_server, host):
    output = check_refused(new_server(start=False, HOST=host), "CHATAPP_PASSWORD", "CHATAPP_PUBLIC")
    assert "Listening at" not in output


PUBLIC = {"CHATAPP_PUBLIC": "1", "CHATAPP_TOKENS_PER_DAY": "all=1000000"}


@pytest.mark.parametrize("guard", [{"CHATAPP_PASSWORD": "correct horse battery"}, PUBLIC])
def test_an_open_address_without_its_names_is_refused_before_it_is_bound(new_server, guard):
    output = check_refused(new_server(start=False, HOST="0.0.0.0", **guard), "CHATAPP_ORIGINS")  # noqa: S104
    assert "Listening at" not in output


def test_a_server_for_everybody_without_a_bound_is_refused(new_server):
    check_refused(new_server(start=False, CHATAPP_PUBLIC="1"), "CHATAPP_PUBLIC", "CHATAPP_TOKENS_PER_DAY")


def test_a_server_for_everybody_whose_models_nobody_chose_is_refused(new_server):
    check_refused(new_server(start=False, CHATAPP_MODEL="", **PUBLIC), "CHATAPP_PUBLIC", "CHATAPP_MODEL")


@pytest.mark.parametrize("port", ["x", "70000"])
def test_invalid_settings_are_named_all_at_once(new_server, port):
    wrong = {
        "CHATAPP_TOKENS_PER_DAY": "1000000",
        "CHATAPP_ANSWERS_AT_ONCE": "everybody=3",
        "CHATAPP_TOKEN_TIMEOUT": "abc",
        "CHATAPP_DRAIN_SECONDS": "-1",
        "CHATAPP_GENERATIONS_PER_OWNER": "many",
        "PORT": port,
    }
    check_refused(new_server(start=False, **wrong), *(f"{name}: " for name in wrong))


def test_a_folder_that_cannot_be_written_is_reported_plainly(new_server, tmp_path):
    (tmp_path / "file").write_text("not a folder")
    check_refused(new_server(start=False, CHATAPP_INSTANCE=str(tmp_path / "file")), str(tmp_path / "file"))


def test_an_empty_secret_key_is_reported_plainly(new_server):
    server = new_server(start=False)
    (server.folder / "secret_key").write_text("\n")
    check_refused(server, str(server.folder / "secret_key"), "holds no key")


@pytest.mark.parametrize("url", ["nonsense", "no-such-database://somebody:top-secret@127.0.0.1/x"])
def test_an_invalid_database_address_is_reported_without_its_password(new_server, url):
    output = check_refused(new_server(start=False, DATABASE_URL=url), "DATABASE_URL")
    assert output.count("DATABASE_URL") == 1
    assert "top-secret" not in output


def test_authorities_that_cannot_be_read_are_named(new_server, tmp_path):
    check_refused(new_server(start=False, SSL_CERT_FILE=str(tmp_path / "nowhere.pem")), "SSL_CERT_FILE")


@pytest.mark.parametrize("proxy", ["http://127.0.0.1:9", "socks5://127.0.0.1:9", "socks://127.0.0.1:9/", "socks4://x"])
def test_a_proxy_for_other_servers_keeps_nobody_from_the_demo(new_server, new_client, proxy):
    env = {"HTTP_PROXY": proxy, "ALL_PROXY": proxy, "OPENAI_API_KEY": "", "CHATAPP_MODEL": "script?tokens=3"}
    tab = new_client(new_server(base_url="", **env)).tab()
    ack = tab.ask("script?tokens=3")
    message = tab.wait_ended(ack["generation_id"])["message"]
    assert (message["status"], message["content"]) == ("complete", "1 2 3 ")


def test_a_free_port_and_folder_start(new_server):
    port = free_port()
    server = new_server(start=False, PORT=str(port))
    server.port = port
    server.start()
    assert server.is_ready()

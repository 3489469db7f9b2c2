"""`chatapp doctor` and scripts/try_server.py, against the demo and against servers that cannot be used."""

import subprocess
import sys

import pytest

from support.odd_upstream import OddUpstream
from support.paths import ROOT
from support.processes import clean_environment, free_port
from support.waiting import LIMIT

CHECKS = (
    *("server", "models", "streaming", "length", "stop", "thoughts", "continuation", "options"),
    *("unknown model", "wrong key", "context"),
)


def run(*command, **env):
    return subprocess.run(
        [sys.executable, *command],
        cwd=ROOT,
        env={**clean_environment(), "CHATAPP_CONFIG": "off", **env},
        capture_output=True,
        text=True,
        timeout=2 * LIMIT,
        check=False,
    )


def report(ran):
    """Return the verdict and the text of each check."""
    assert "Traceback" not in ran.stderr, ran.stderr
    lines = [line for line in ran.stdout.splitlines() if line.startswith("  ")]
    return {line[2:17].strip(): (line[17:26].strip(), line[26:]) for line in lines}


def test_the_demo_is_examined():
    ran = run("-m", "chatapp", "doctor", "--provider", "demo")
    found = report(ran)
    assert ran.returncode == 0, ran.stdout
    assert tuple(found) == CHECKS
    assert found["streaming"][0] == "ok"
    assert found["unknown model"] == ("ok", found["unknown model"][1])
    assert "model_not_found" in found["unknown model"][1]


def test_a_server_by_its_address_is_examined_with_a_key(upstream):
    ran = run(
        *("scripts/try_server.py", upstream.url, "--model", "script?tokens=60&rate=400&context=2000&resume=1"),
        *("--key-env", "MY_KEY"),
        MY_KEY="sk-mine",
    )
    found = report(ran)
    assert ran.returncode == 0, ran.stdout
    assert found["streaming"][0] == "ok"
    assert found["context"][0] == "ok"
    assert "context_too_long" in found["context"][1]
    assert "temperature" in found["options"][1]
    assert "sk-mine" not in ran.stdout + ran.stderr


def test_a_server_that_is_down_is_said_to_be():
    ran = run("scripts/try_server.py", f"http://127.0.0.1:{free_port()}/v1")
    assert (ran.returncode, ran.stdout) == (1, "")
    assert "cannot be reached" in ran.stderr
    ran = run("scripts/try_server.py", f"http://127.0.0.1:{free_port()}/v1", "--model", "m")
    assert ran.returncode == 1
    assert report(ran)["streaming"][0] == "FAILS"


@pytest.mark.parametrize(
    "arguments",
    [("--provider", "nobody"), ("--provider", "ftp://x"), (), ("--provider", "demo", "--seconds", "x")],
)
def test_wrong_arguments_are_named(arguments):
    ran = run("-m", "chatapp", "doctor", *arguments)
    assert (ran.returncode, ran.stdout) == (2, "")
    assert "Traceback" not in ran.stderr


def test_a_silent_server_takes_no_longer_than_the_bound():
    def silent(exchange):
        exchange.wait_client_closed(within=LIMIT)
        exchange.cut()

    upstream = OddUpstream({"m": silent})
    ran = run("scripts/try_server.py", upstream.url, "--model", "m", "--seconds", "1")
    upstream.close()
    assert ran.returncode == 1
    assert report(ran)["streaming"] == ("FAILS", "no end within 1 s")

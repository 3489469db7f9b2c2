"""`python -m chatapp`, with any Python."""

import subprocess
import sys
import venv

import pytest

from support.paths import ROOT
from support.processes import clean_environment
from support.waiting import LIMIT


@pytest.fixture(scope="module")
def bare_python(tmp_path_factory):
    """A Python without any package."""
    folder = tmp_path_factory.mktemp("bare")
    venv.create(folder, with_pip=False)
    return folder / "bin" / "python"


def run(python, *arguments, cwd=ROOT):
    command = [python, *arguments]
    env = clean_environment()
    return subprocess.run(command, cwd=cwd, env=env, capture_output=True, text=True, timeout=LIMIT, check=False)


def test_another_python_switches_to_the_environment_of_make(bare_python, tmp_path):
    ran = run(bare_python, ROOT / "chatapp", "chat", "--help", cwd=tmp_path)
    if (ROOT / ".venv").exists():
        assert (ran.returncode, "question" in ran.stdout) == (0, True), ran.stderr
    else:
        assert "make setup" in ran.stderr


def test_without_an_environment_the_error_says_what_to_do(bare_python, tmp_path):
    copy = tmp_path / "chatapp"
    copy.mkdir()
    for name in ("__init__.py", "__main__.py"):
        (copy / name).write_bytes((ROOT / "chatapp" / name).read_bytes())
    ran = run(bare_python, "-m", "chatapp", "chat", "Hello?", cwd=tmp_path)
    assert ran.returncode == 1
    assert "make setup" in ran.stderr
    assert "Traceback" not in ran.stderr


@pytest.mark.parametrize("word", ["help", "--help"])
def test_help_lists_the_commands(word):
    ran = run(sys.executable, "-m", "chatapp", word)
    assert ran.returncode == 0
    for command in ("run", "chat", "cache"):
        assert f"\n  {command} " in ran.stdout


def test_run_requires_the_name_of_the_function():
    ran = run(sys.executable, "-m", "chatapp", "run", "my_app.py")
    assert ran.returncode == 2
    assert "my_app.py:reply" in ran.stderr


def test_help_lists_the_commands_and_names_gunicorn():
    for argument in ("--help", "help"):
        done = subprocess.run(
            [sys.executable, "-m", "chatapp", argument], cwd=ROOT, capture_output=True, text=True, check=True
        )
        assert "chat " in done.stdout
        assert "gunicorn" in done.stdout
    done = subprocess.run([sys.executable, "-m", "chatapp", "--version"], cwd=ROOT, capture_output=True, text=True)
    assert done.stdout.startswith("gunicorn"), "every other argument is gunicorn's"

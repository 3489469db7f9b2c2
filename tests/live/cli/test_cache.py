"""`chatapp cache` without a database."""

import os
import sqlite3
import subprocess
import sys

from support.paths import ROOT
from support.processes import clean_environment
from support.waiting import LIMIT


def test_purging_without_a_current_database_says_why(tmp_path):
    def purge():
        command = [sys.executable, "-m", "chatapp", "cache", "purge"]
        env = {**clean_environment(), "CHATAPP_INSTANCE": str(tmp_path)}
        ran = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, timeout=LIMIT, check=False)
        assert ran.returncode == 1
        assert ran.stderr.count("\n") == 1
        return ran.stderr

    assert "There is no database" in purge()
    with sqlite3.connect(tmp_path / "chatapp.db") as database:
        database.execute("CREATE TABLE alembic_version (version_num TEXT)")
        database.execute("INSERT INTO alembic_version VALUES ('0001')")
    database.close()
    assert "The server's start upgrades it" in purge()


def test_showing_the_cache_of_a_server_that_never_ran_creates_no_files(tmp_path):
    env = {**clean_environment(), "CHATAPP_INSTANCE": str(tmp_path)}
    command = [sys.executable, "-m", "chatapp", "cache", "show"]
    ran = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, timeout=LIMIT, check=False)
    assert ran.returncode == 1
    assert "There is no database" in ran.stderr
    assert os.listdir(tmp_path) == []  # noqa: PTH208 (a short way to say that nothing was created)

"""One server per folder; locks that the kernel releases with a process show which workers are alive."""

import subprocess
import sys

import pytest

from chatapp.errors import SettingsError
from chatapp.server import instance as module
from chatapp.server.instance import Instance

HOLD = """
import sys
from pathlib import Path
from chatapp.server.instance import Instance
instance = Instance(Path(sys.argv[1]))
instance.create()
instance.claim()
instance.lock_worker()
print(instance.worker, flush=True)
sys.stdin.read()
"""


#: A master that forks a worker, which runs none of its own code before its master has looked.
FORK = """
import os, sys
from pathlib import Path
from chatapp.server.instance import Instance
folder = Path(sys.argv[1])
Instance.claim_for_workers(folder, is_successor=False)
for _ in range(2):
    Instance.lock_next_worker()
    reading, writing = os.pipe()
    pid = os.fork()
    if not pid:
        os.close(writing)
        os.read(reading, 1)
        os._exit(0)
    Instance.leave_lock_to_worker()
    print(Instance(folder).another_worker_is_alive())
    os.close(writing)
    os.waitpid(pid, 0)
    print(Instance(folder).another_worker_is_alive())
"""


@pytest.fixture
def instance(tmp_path):
    instance = Instance(tmp_path / "instance")
    instance.create()
    return instance


@pytest.fixture
def other(instance):
    """A process that has claimed the folder and keeps running."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, instance.folder], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    process.worker = process.stdout.readline().strip()
    with process:
        yield process
        process.kill()


def test_the_secret_key_is_made_once_and_readable_by_its_owner_only(instance):
    key = instance.secret_key()
    assert len(key) == 64
    assert instance.secret_key() == key
    assert (instance.folder / "secret_key").stat().st_mode & 0o777 == 0o600


def test_a_second_server_is_refused_with_advice(instance, other, monkeypatch):
    monkeypatch.setattr(module, "CLAIM_WAIT_SECONDS", 0.05)
    with pytest.raises(SettingsError, match="CHATAPP_INSTANCE="):
        instance.claim()


def test_a_server_that_is_shutting_down_is_waited_for(instance, other):
    other.stdin.close()
    instance.claim()
    assert other.wait(5) == 0


def test_a_killed_process_is_known_to_be_dead_at_once(instance, other):
    instance.lock_worker()
    assert instance.is_alive(other.worker)
    assert instance.another_worker_is_alive()
    other.kill()
    other.wait()
    assert not instance.is_alive(other.worker)
    assert not instance.another_worker_is_alive()
    assert instance.try_claim()


def test_a_forked_worker_is_alive_before_it_runs_and_until_it_ends(instance):
    output = subprocess.check_output([sys.executable, "-c", FORK, instance.folder], text=True, timeout=60)
    assert output.split() == ["True", "False"] * 2


def test_a_process_counts_itself_as_alive_but_not_as_another(instance):
    instance.lock_worker()
    assert instance.is_alive(instance.worker)
    assert not instance.another_worker_is_alive()
    assert not instance.is_alive("nobody")


def test_a_folder_that_cannot_be_made_is_named(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(SettingsError, match="CHATAPP_INSTANCE"):
        Instance(tmp_path / "file" / "instance").create()

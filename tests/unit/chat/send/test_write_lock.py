"""What the commands do while they hold the write lock."""

import pytest
from sqlalchemy import event

from chatapp.chat import answer_cache, prompt_context
from chatapp.providers.configured_provider import ModelChoice
from support.core import OWNER, store_path
from unit.chat.send.commands import continue_, edit, regenerate


class WriteLock:
    """Records the statements of writing transactions and counts SQLite's steps in them; `is_held` while one runs."""

    def __init__(self):
        self.is_held = False
        self.statements = []
        self.steps = 0

    def begin(self, connection):
        self.is_held = bool(connection.get_execution_options().get("chatapp_write"))
        connection.connection.driver_connection.set_progress_handler(self._step if self.is_held else None, 1)

    def end(self, _connection):
        self.is_held = False

    def execute(self, _connection, _cursor, statement, *_rest):
        if self.is_held:
            self.statements.append(statement)

    def record(self, act):
        """Return the statements that an action runs under the lock, and the steps of SQLite that they take."""
        self.statements, self.steps = [], 0
        act()
        return list(self.statements), self.steps

    def _step(self):
        self.steps += 1
        return 0


@pytest.fixture
def write_lock(database):
    lock = WriteLock()
    listeners = {"begin": lock.begin, "commit": lock.end, "rollback": lock.end, "before_cursor_execute": lock.execute}
    for name, listener in listeners.items():
        event.listen(database.engine, name, listener)
    yield lock
    for name, listener in listeners.items():
        event.remove(database.engine, name, listener)


PATH_COMMANDS = {
    "send": ("complete", lambda core, ids: core.send("More", ids[0])),
    "edit": ("complete", lambda core, ids: core.sender.edit(OWNER, edit(ids[-2]))),
    "regenerate": ("complete", lambda core, ids: core.sender.regenerate(OWNER, regenerate(ids[-1]))),
    "continue": ("stopped", lambda core, ids: core.sender.continue_(OWNER, continue_(ids[-1]))),
}


@pytest.mark.parametrize("name", PATH_COMMANDS)
def test_work_under_the_write_lock_does_not_grow_with_the_conversation(core, write_lock, monkeypatch, name):
    status, command = PATH_COMMANDS[name]
    calls = set()

    def watch(owner, function):
        watched = getattr(owner, function)

        def call(*args, **kw):
            calls.add((function, write_lock.is_held))
            return watched(*args, **kw)

        monkeypatch.setattr(owner, function, call)

    watch(prompt_context, "read")
    watch(ModelChoice, "prompt")
    watch(answer_cache, "key_of")
    command(core, store_path(2, status))  # warm up what is done once per process
    short, long = store_path(2, status), store_path(150, status)
    statements, steps = write_lock.record(lambda: command(core, short))
    longer_statements, more_steps = write_lock.record(lambda: command(core, long))
    assert longer_statements == statements
    assert more_steps == pytest.approx(steps, rel=0.1)
    assert calls <= {("read", False), ("prompt", False), ("key_of", False)}
    assert len(calls) >= 2


@pytest.mark.parametrize("name", PATH_COMMANDS)
def test_no_statement_under_the_write_lock_walks_the_path(core, write_lock, name):
    status, command = PATH_COMMANDS[name]
    path = store_path(3, status)
    statements, _ = write_lock.record(lambda: command(core, path))
    assert statements
    assert not any("RECURSIVE" in statement for statement in statements)

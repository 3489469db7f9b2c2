"""With `reload`, changed code answers the next question; running answers end with the old code."""

from support.waiting import eventually

SLOW = "import time\n\ndef reply(messages):\n    for _ in range(40):\n        yield 'old '\n        time.sleep(0.05)\n"


def write(path, code):
    """Write a file in one step, as an editor does."""
    new = path.with_suffix(".new")
    new.write_text(code)
    new.replace(path)


def test_changed_code_answers_the_next_question(functions, tmp_path):
    app = tmp_path / "app.py"
    app.write_text(SLOW)
    provider = functions.provider("app:reply", folder=tmp_path, reload=True)
    old = provider.ask().wait_text("old")
    before = provider.identity()
    (pid,) = functions.pids()
    write(app, "def reply(messages):\n    yield 'new'\n")
    assert provider.ask().wait_complete() == "new"
    assert provider.identity() != before
    assert old.wait_complete() == "old " * 40
    eventually(lambda: len(functions.pids()) == 1 and pid not in functions.pids(), what="the end of the old process")


def test_a_change_of_an_imported_module_reloads(functions, tmp_path):
    (tmp_path / "app.py").write_text("import helper\n\ndef reply(messages):\n    yield helper.WORD\n")
    helper = tmp_path / "helper.py"
    for word in ("first", "again", "third"):
        write(helper, f"WORD = '{word}'\n")
        if word == "first":
            provider = functions.provider("app:reply", folder=tmp_path, reload=True)
        assert provider.ask().wait_complete() == word


def test_a_change_of_a_module_imported_late_reloads(functions, tmp_path):
    (tmp_path / "app.py").write_text("def reply(messages):\n    import late\n\n    yield late.WORD\n")
    (tmp_path / "late.py").write_text("WORD = 'first'\n")
    provider = functions.provider("app:reply", folder=tmp_path, reload=True)
    assert provider.ask().wait_complete() == "first"
    write(tmp_path / "late.py", "WORD = 'other'\n")
    eventually(lambda: provider.ask().wait_complete() == "other", what="the new word")


def test_broken_code_is_reported_and_fixed_code_answers(functions, tmp_path):
    app = tmp_path / "app.py"
    app.write_text("def reply(messages):\n    yield 'good'\n")
    provider = functions.provider("app:reply", folder=tmp_path, reload=True)
    assert provider.ask().wait_complete() == "good"
    write(app, "def reply(messages:\n")
    assert "SyntaxError" in provider.ask().wait_failed()["message"]
    write(app, "def reply(messages):\n    yield 'mended'\n")
    assert provider.ask().wait_complete() == "mended"


def test_a_new_process_is_warm_before_the_question(functions, tmp_path):
    app = tmp_path / "app.py"
    app.write_text("def reply(messages):\n    yield 'good'\n")
    provider = functions.provider("app:reply", folder=tmp_path, reload=True)
    assert provider.ask().wait_complete() == "good"
    before = functions.pids()
    write(app, "print('imported anew')\n\ndef reply(messages):\n    yield 'better'\n")
    functions.wait_log("imported anew")
    eventually(lambda: len(functions.pids()) == 1 and functions.pids() != before, what="one new process")


def test_without_reload_the_code_stays(functions, tmp_path):
    app = tmp_path / "app.py"
    app.write_text("def reply(messages):\n    yield 'first'\n")
    provider = functions.provider("app:reply", folder=tmp_path)
    assert provider.ask().wait_complete() == "first"
    before = provider.identity()
    write(app, "def reply(messages):\n    yield 'other'\n")
    assert provider.ask().wait_complete() == "first"
    assert provider.identity() == before


def test_a_stopped_provider_no_longer_watches_its_files(functions, tmp_path):
    (tmp_path / "app.py").write_text("def reply(messages):\n    yield 'good'\n")
    before = functions.command("tasks")
    provider = functions.provider("app:reply", folder=tmp_path, reload=True)
    assert provider.ask().wait_complete() == "good"
    assert functions.command("tasks") > before
    provider.stop()
    eventually(lambda: functions.command("tasks") == before, what=lambda: functions.command("tasks"))

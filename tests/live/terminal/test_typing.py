"""On a terminal: one question after the other, and no control characters in the output."""

from support.tab import unique


def test_one_question_after_the_other_in_one_conversation(chat, browser):
    terminal = chat.type_at("--model", "script?tokens=3")
    for number in (1, 2):
        terminal.wait_for("> ", times=number)
        terminal.type(f"{unique()}\n")
        terminal.wait_for("1 2 3 \n", times=number)
    terminal.wait_for("> ", times=3)
    terminal.type("\x04")
    assert terminal.wait() == 0
    conversations = browser.get("/api/conversations").json["conversations"]
    assert len(conversations) == 1
    assert len(browser.saved(conversations[0]["id"])) == 4


def test_an_empty_line_ends(chat):
    terminal = chat.type_at()
    terminal.wait_for("> ")
    terminal.type("\n")
    assert terminal.wait() == 0


def test_a_line_can_be_edited(chat):
    """Backspace deletes a whole syllable, Ctrl-A moves to the start."""
    terminal = chat.type_at("--model", "script?echo=1&piece=1000")
    terminal.wait_for("> ")
    terminal.type("가나\x7f다\x01처음\n")
    terminal.wait_for('"content":"처음가다"')


def test_a_refused_question_does_not_end_the_session(new_server, new_chat):
    server = new_server(CHATAPP_CONTENT_CHARACTERS="100")
    terminal = new_chat(f"127.0.0.1:{server.port}").type_at()
    terminal.wait_for("> ")
    terminal.type("x" * 101 + "\n")
    terminal.wait_for("longer than the server accepts: 100 characters.\n> ")
    terminal.type(f"{unique()}\n")
    terminal.wait_for("1 2 3 ")
    terminal.wait_for("> ", times=3)
    terminal.type("\x04")
    assert terminal.wait() == 0


def test_control_characters_are_left_out(chat):
    model = "script?text=a%1B]0;title%07b%C2%9B2Jc%08%0Dd%09e%7F&reasoning=1"
    terminal = chat.type_at("--model", model, unique())
    assert terminal.wait() == 0
    assert "a]0;titleb2Jcd\te" in terminal.shown
    for control in ("\x07", "\x9b", "\x08", "\x7f", "\x1b]"):
        assert control not in terminal.raw


def test_reasoning_is_dim_and_separate_from_the_answer(chat):
    terminal = chat.type_at("--model", "script?tokens=2&reasoning=3&rate=50", unique())
    assert terminal.wait() == 0
    assert "\x1b[2mr1 \x1b[22m" in terminal.raw
    assert "r1 r2 r3 \n\n1 2 \n" in terminal.shown


def test_without_colours_there_is_only_the_answer(chat):
    for env in ({"NO_COLOR": "1"}, {"TERM": "dumb"}):
        terminal = chat.type_at("--model", "script?tokens=2&reasoning=3", unique(), **env)
        assert terminal.wait() == 0
        assert terminal.raw.replace("\r\n", "\n") == "script?tokens=2&reasoning=3\n1 2 \n"


def test_a_cached_answer_is_marked(chat):
    question = unique()
    assert "cache" not in chat.run(question).stderr
    assert chat.run(question).stderr == "script?tokens=20&rate=100 (from the cache)\n"

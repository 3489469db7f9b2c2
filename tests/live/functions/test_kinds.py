"""Kinds of functions, their arguments and the values that they may yield."""

import pytest

from support.functions import CODE


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("generator", "a plain generator heard 안녕"),
        ("async_generator", "an async generator heard 안녕"),
        ("coroutine", "a coroutine heard 안녕"),
        ("string", "a function heard 안녕"),
        ("returns_iterator", "an iterator heard 안녕"),
        ("returns_async_iterator", "an async generator heard 안녕"),
        ("coroutine_of_iterator", "an async generator heard 안녕"),
        ("coroutine_of_generator", "a plain generator heard 안녕"),
        ("bot", "an instance heard 안녕"),
        ("bot.method", "a method heard 안녕"),
        ("nothing", ""),
        ("none", ""),
        ("gaps", "ab"),
        ("odd_text", "nul\0 half😀 pair, 한국어 😀"),
    ],
)
def test_every_kind_of_function_answers(functions, name, text):
    answer = functions.provider(f"kinds:{name}").ask("안녕").wait_complete()
    # The buffer would join cut pairs; here each half arrives alone.
    assert answer.encode("utf-16", "surrogatepass").decode("utf-16") == text


def test_half_a_surrogate_pair_passes_the_channel(functions):
    assert functions.provider("kinds:half_text").ask().wait_complete() == "half \ud83d alone"


def test_chunks_arrive_as_they_are_yielded(functions):
    answer = functions.provider("slow:ticks").ask()
    answer.wait_text("1 ")
    assert not answer.is_over
    assert answer.wait_complete() == "".join(f"{number} " for number in range(60))
    assert len(answer.events) > 30, "chunks were delayed and joined"


def test_reasoning_is_not_part_of_the_text(functions):
    answer = functions.provider("kinds:thinking").ask()
    assert answer.wait_complete() == "yes"
    assert answer.reasoning == "hm, well"


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("takes_all", "a-model {'top_p': 0.5} c-1"),
        ("takes_options", "{'top_p': 0.5}"),
        ("takes_anything", "['conversation_id', 'model', 'options']"),
        ("takes_other_names", "plain none"),
        ("takes_first_by_its_name", "hello a-model"),
        ("echo_all", "[{'role': 'user', 'content': 'hello'}]"),
    ],
)
def test_a_function_is_called_with_the_arguments_of_its_signature(functions, name, text):
    provider = functions.provider(f"kinds:{name}")
    answer = provider.ask("hello", model="a-model", options={"top_p": 0.5}, conversation_id="c-1")
    assert answer.wait_complete() == text


@pytest.mark.parametrize(("name", "kind", "before"), [("no_text", "list", "fine, "), ("returns_number", "int", "")])
def test_a_value_that_is_not_text_is_an_error_that_names_its_type(functions, name, kind, before):
    answer = functions.provider(f"kinds:{name}").ask()
    error = answer.wait_failed()
    assert error["code"] == "provider_error"
    assert f"type {kind};" in error["message"]
    assert answer.text == before


def test_ten_megabytes_arrive_whole(functions):
    answer = functions.provider("kinds:ten_megabytes").ask()
    assert len(answer.wait_complete()) == 10 * (1 << 20)


def test_a_long_conversation_reaches_the_function(functions):
    long = "한" * 2_000_000
    assert functions.provider("kinds:string").ask(long).wait_complete() == f"a function heard {long}"


def test_a_file_may_be_named_by_its_path(functions, tmp_path):
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "beside.py").write_text("WORD = 'from beside'")
    code = "import beside\n\ndef reply(messages):\n    yield beside.WORD\n"
    (tmp_path / "deep" / "my-app.py").write_text(code)
    assert functions.provider("deep/my-app.py:reply", folder=tmp_path).ask().wait_complete() == "from beside"


def test_the_functions_module_may_be_called_chatapp(functions, tmp_path):
    (tmp_path / "chatapp.py").write_text("def reply(messages):\n    yield __file__\n")
    assert functions.provider("chatapp:reply", folder=tmp_path).ask().wait_complete() == str(tmp_path / "chatapp.py")


def test_a_function_works_in_its_folder_and_without_eventlet(functions, tmp_path):
    code = "import os, sys\n\ndef reply(messages):\n    return f\"{os.getcwd()} {'eventlet' in sys.modules}\"\n"
    (tmp_path / "app.py").write_text(code)
    assert functions.provider("app:reply", folder=tmp_path).ask().wait_complete() == f"{tmp_path} False"


def test_the_model_is_called_like_the_provider(functions):
    provider = functions.provider("kinds:generator", name="parrot")
    assert provider.models() == [{"id": "parrot", "name": "parrot", "provider": "parrot"}]


def test_the_identity_changes_with_the_code(functions, tmp_path):
    provider = functions.provider("kinds:generator", name="first")
    other = functions.provider("kinds:coroutine", name="second")
    assert provider.identity() != other.identity()
    (tmp_path / "kinds.py").write_text((CODE / "kinds.py").read_text() + "\n# changed\n")
    changed = functions.provider("kinds:generator", name="third", folder=tmp_path)
    assert provider.identity() != changed.identity()
    assert provider.identity() == functions.provider("kinds:generator", name="fourth").identity()

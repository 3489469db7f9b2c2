"""Continued answers of functions, and thoughts in their text."""

import pytest


@pytest.mark.parametrize(
    ("name", "partial", "new"),
    [
        ("continues", "one ", "two three"),
        ("takes_anything", "one", "['conversation_id', 'model', 'options', 'partial']"),
        ("says_it_again", "one two", " three"),
        ("says_it_again", "one ", "two three"),
        ("says_another", "It is one.", " Another one."),
    ],
)
def test_a_function_is_told_what_to_continue_if_it_takes_it(functions, name, partial, new):
    assert functions.provider(f"kinds:{name}").ask("hello", partial=partial).wait_complete() == new


def test_a_new_answer_continues_nothing(functions):
    assert functions.provider("kinds:continues").ask("hello").wait_complete() == "one two three"


def test_a_function_gets_no_request_to_continue(functions):
    answer = functions.provider("kinds:echo_all").ask("hello", partial="[{'role': ")
    assert answer.wait_complete() == "'user', 'content': 'hello'}]"


def test_thoughts_in_the_text_of_a_function_are_reasoning(functions):
    answer = functions.provider("kinds:thinks_aloud").ask()
    assert answer.wait_complete() == "yes"
    assert answer.reasoning == "hm"

"""What of a model's words becomes a title."""

import pytest

from chatapp.generation.title_writer import clean_title


@pytest.mark.parametrize(
    ("line", "wanted"),
    [
        ("Rabbits on the moon", "Rabbits on the moon"),
        ("달에 사는 토끼", "달에 사는 토끼"),
        ('"Rabbits on the moon."', "Rabbits on the moon"),
        ("**Title: Rabbits**", "Rabbits"),
        ("제목: 「달토끼」", "달토끼"),
        ("...", ""),
        ("word " * 40, "word " * 11 + "word…"),
    ],
)
def test_a_title_is_the_models_line_without_quotes_and_markup(line, wanted):
    assert clean_title(line) == wanted

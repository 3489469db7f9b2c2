"""Lists of models, in the shapes that servers send."""

import orjson
import pytest

from chatapp.providers.openai import model_list


@pytest.mark.parametrize(
    ("value", "ids"),
    [
        ({"object": "list", "data": [{"id": "a"}, {"id": "b"}]}, ["a", "b"]),
        ({"data": [{"id": "a", "created": "yesterday", "owned_by": None}]}, ["a"]),
        ({"data": None}, []),
        ({"data": []}, []),
        ([{"id": "a"}], ["a"]),
        ({"models": [{"name": "a"}, {"model": "b"}]}, ["a", "b"]),
        ({"data": ["a", "b"]}, ["a", "b"]),
        ({"data": [{"id": "a"}, {"id": "a"}, {"id": ""}, {"id": 7}, None, []]}, ["a"]),
        ({"data": [{"id": "a"}], "models": [{"name": "b"}]}, ["a"]),
    ],
)
def test_the_ids_are_read(value, ids):
    assert model_list.read(orjson.dumps(value)).ids == ids
    assert model_list.read(b"\xef\xbb\xbf" + orjson.dumps(value)).ids == ids


def test_the_owners_tell_what_the_server_is():
    assert model_list.read(b'{"data": [{"id": "a", "owned_by": "llamacpp"}, {}]}').owners == {"llamacpp"}
    assert model_list.read(b'{"data": [{"id": "a", "owned_by": 3}]}').owners == frozenset()


def test_descriptions_become_one_short_line():
    def description(value):
        return model_list.read(orjson.dumps([{"id": "a", "description": value}])).descriptions.get("a")

    assert description("Fast.\n\nSee [the page](https://example.com/x).  Cheap.") == "Fast. See the page. Cheap."
    long = description("word " * 100)
    assert len(long) <= model_list.DESCRIPTION_CHARACTERS + 1
    assert long.endswith("word…")
    assert len(description("긴" * 1000)) == model_list.DESCRIPTION_CHARACTERS + 1
    for nothing in (None, "", "  ", 7, ["x"], {}):
        assert description(nothing) is None


@pytest.mark.parametrize("body", [b"", b"<html></html>", b'"a"', b"3", b'{"error": "no"}', b'{"data": {"id": "a"}}'])
def test_anything_else_is_no_list(body):
    with pytest.raises(ValueError):  # noqa: PT011 (the JSON error is one, too)
        model_list.read(body)

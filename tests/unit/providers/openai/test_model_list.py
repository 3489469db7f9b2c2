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


@pytest.mark.parametrize("body", [b"", b"<html></html>", b'"a"', b"3", b'{"error": "no"}', b'{"data": {"id": "a"}}'])
def test_anything_else_is_no_list(body):
    with pytest.raises(ValueError):  # noqa: PT011 (the JSON error is one, too)
        model_list.read(body)

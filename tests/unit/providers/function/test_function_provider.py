"""A function's target is checked before anything starts."""

import pytest

from chatapp.errors import SettingsError
from chatapp.providers.function.function_provider import FunctionProvider
from support.functions import CODE


@pytest.mark.parametrize("target", ["app", "app:", ":reply", "app:2x", "a b:c d", "app:reply()"])
def test_an_invalid_target_stops_the_start(target):
    with pytest.raises(SettingsError, match=r"takes module:name, like my_app:reply, or path/to/file.py:name"):
        FunctionProvider("mine", target, folder=CODE)

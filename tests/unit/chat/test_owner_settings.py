"""An owner's defaults for new conversations."""

import pytest

from chatapp.chat import owner_settings
from chatapp.protocol.payloads import ChangeSettings, Options
from support.core import OTHER, OWNER

UNSET = {"model": None, "system_prompt": None, "options": None}


@pytest.fixture(autouse=True)
def _database(database):
    """Each test has a database of its own."""


def test_nothing_is_set_at_first():
    assert owner_settings.get(OWNER) == UNSET


def test_a_change_stores_and_returns_all_three_fields():
    request = ChangeSettings(model="mine", system_prompt="Be kind.", options=Options(temperature=0.5))
    stored = {"model": "mine", "system_prompt": "Be kind.", "options": {"temperature": 0.5}}
    assert owner_settings.change(OWNER, request) == stored
    assert owner_settings.get(OWNER) == stored


def test_fields_that_are_not_sent_are_reset():
    owner_settings.change(OWNER, ChangeSettings(model="mine", system_prompt="Be kind."))
    owner_settings.change(OWNER, ChangeSettings(system_prompt="Be brief."))
    assert owner_settings.get(OWNER) == {**UNSET, "system_prompt": "Be brief."}


def test_each_owner_has_their_own_defaults():
    owner_settings.change(OWNER, ChangeSettings(model="mine"))
    assert owner_settings.get(OTHER) == UNSET

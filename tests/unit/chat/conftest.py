"""The core on each kind of token log: what it stores must not depend on the kind."""

import pytest

from chatapp.storage.database import db
from chatapp.storage.token_log import DatabaseTokenLog
from support.memory_token_log import MemoryTokenLog


@pytest.fixture(params=[DatabaseTokenLog, MemoryTokenLog])
def core_on_each_log(new_core, request):
    return new_core(request.param(db))

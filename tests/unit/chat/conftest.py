"""The core on each token log: what is stored must not depend on where entries are kept."""

import pytest

from chatapp.storage.database import db
from chatapp.storage.token_log import DatabaseTokenLog
from support.memory_token_log import MemoryTokenLog


@pytest.fixture(params=[DatabaseTokenLog, MemoryTokenLog])
def core_on_each_log(new_core, request):
    return new_core(request.param(db))

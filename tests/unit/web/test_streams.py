"""How many streams an owner may have open."""

import pytest

from chatapp.errors import Busy
from chatapp.web.streams import Streams


def test_an_owner_has_so_many_streams_and_others_have_theirs():
    streams = Streams(2)
    streams.open("one")
    close = streams.open("one")
    with pytest.raises(Busy, match="2 of your answers"):
        streams.open("one")
    streams.open("other")
    close()
    streams.open("one")

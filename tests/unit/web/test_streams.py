"""The limit of an owner's open streams."""

import pytest

from chatapp.errors import Busy
from chatapp.web.streams import Streams


def test_streams_are_limited_for_each_owner():
    streams = Streams(2)
    streams.open("one")
    close = streams.open("one")
    with pytest.raises(Busy, match="2 of your answers"):
        streams.open("one")
    streams.open("other")
    close()
    streams.open("one")

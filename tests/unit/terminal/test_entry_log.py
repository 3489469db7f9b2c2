"""The terminal's copy of the log."""

from hypothesis import given
from hypothesis import strategies as st

from chatapp.terminal.entry_log import EntryLog

EVENTS = st.lists(st.tuples(st.integers(1, 12), st.booleans()), max_size=60)


@given(count=st.integers(1, 12), arriving=EVENTS)
def test_each_entry_is_shown_once_and_in_order_whatever_arrives(count, arriving):
    """An entry arrives any number of times, or never; a resume may happen at any time."""
    entries = [{"seq": number, "kind": "text", "text": f"{number} "} for number in range(1, count + 1)]
    log, shown = EntryLog(), ""
    newest = 0

    def resume():
        merged = "".join(entry["text"] for entry in entries[log.last : newest])
        return log.fill([{"seq": newest, "kind": "text", "text": merged}] if merged else [], newest)

    for number, asks in arriving:
        if number <= count:
            newest = max(newest, number)
            shown += "".join(entry["text"] for entry in log.accept(entries[number - 1]))
        if asks:
            shown += "".join(entry["text"] for entry in resume())
            assert not log.has_gap
        assert shown == "".join(entry["text"] for entry in entries[: log.last])
    newest = count
    shown += "".join(entry["text"] for entry in resume())
    assert shown == "".join(entry["text"] for entry in entries)

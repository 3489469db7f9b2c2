"""Random schedules: stored, logged and emitted text agree."""

from hypothesis import given
from hypothesis import strategies as st

from chatapp.chat import messages
from chatapp.errors import ProviderError
from chatapp.generation import pump
from chatapp.ids import new_id
from chatapp.providers import Finish, Reasoning, Usage
from chatapp.server import concurrency
from support.core import OWNER, conversation, generation
from unit.generation.runner.answers import emitted_text, stop

text = st.text(st.sampled_from("ab 가😀"), max_size=4)
chunks = st.one_of(text, text.map(Reasoning), st.just(Usage(1, 2, 3)), st.just(Finish("stop")))
script = st.lists(st.tuples(chunks, st.integers(0, 3)), max_size=10)
ends = st.sampled_from(["complete", "failed", "stopped", "interrupted"])


@given(script=script, end=ends)
def test_stored_logged_and_emitted_text_agree(core, emits, monkeypatch, script, end):
    monkeypatch.setattr(pump, "COMMIT_SECONDS", 0.0001)  # so that other tasks run during a commit
    result = core.send(new_id())
    generation_id = result.ack["generation_id"]
    wrong = []

    def check(emit):
        """Check at each emit that its text is logged, and that a snapshot has all that was emitted."""
        if emit.event == "token":
            logged = [entry for entry in core.log.read(generation_id) if entry.seq == emit.payload["seq"]]
            shown = [{"id": generation_id, "seq": one.seq, "text": one.text, "kind": one.kind} for one in logged]
            if shown != [{"kind": "text", **emit.payload}]:
                wrong.append((logged, emit))
            taken = messages.snapshot(OWNER, result.conversation_id, core.log, leaf_id=None, limit=10)
            (running,) = taken["running"]
            text = "".join(entry["text"] for entry in running["entries"] if entry["kind"] == "text")
            if not text.startswith(emitted_text(emits, result)):  # what is committed with it is emitted next
                wrong.append((running, emit))
        elif emit.event == "generation_ended" and generation(generation_id).status != emit.payload["status"]:
            wrong.append(emit)

    emits.on_emit = check
    stream = core.run(result)
    for chunk, switches in script:
        stream.say(chunk)
        for _ in range(switches):
            concurrency.sleep()
    if end == "complete":
        stream.end()
    elif end == "failed":
        stream.say(ProviderError("provider_error", "It broke."))
    elif end == "stopped":
        stop(core, result)
    else:
        core.runner.drain(0, lambda: None, lambda: False)
    stored = core.until_ended(result)
    assert wrong == []
    assert stored.status == end
    assert stored.content == emitted_text(emits, result)
    assert stored.reasoning == emits.text(generation_id, "reasoning")
    tokens, entries = emits.tokens(generation_id), core.log.read(generation_id)
    assert [token["seq"] for token in tokens] == list(range(1, len(tokens) + 1))
    assert [(entry.seq, entry.text) for entry in entries[:-1]] == [(token["seq"], token["text"]) for token in tokens]
    assert (entries[-1].kind, entries[-1].seq) == ("end", len(tokens) + 1)
    whole = "".join(chunk for chunk, _ in script if type(chunk) is str)
    if end in ("complete", "failed"):
        assert stored.content == whole
    else:
        assert whole.startswith(stored.content)
    assert conversation(result.conversation_id).revision == 4

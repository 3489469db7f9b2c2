#!/usr/bin/env bash
# streamlit 1.67.0: st.write_stream shows a failed answer of OpenAI's Responses API as a complete one.
#
# Guess: as it takes the events of `client.responses.create(stream=True)`, it raises, or tells, where an event says that
# the answer failed, since the openai package (3.54.0) yields such events and does not raise. Found: all events but
# response.output_text.delta and response.refusal.delta are dropped, `error`, `response.failed` and
# `response.incomplete` too: no exception, no element, and the text so far is returned as the answer.
#
# Output seen (2026-12-01, Python 3.11.7, Linux 6.18):
#   error: shown ['Hel'], returned 'Hel', exceptions 0
#   response.failed: shown ['Hel'], returned 'Hel', exceptions 0
#   response.incomplete: shown ['Hel'], returned 'Hel', exceptions 0
# Exits 1 where that has changed.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check streamlit==1.67.0 openai==3.54.0
cat > "$folder/look.py" <<'PYTHON'
import sys

from streamlit.testing.v1 import AppTest


def app(end):
    import streamlit as st
    from openai.types.responses import Response, ResponseStreamEvent
    from pydantic import TypeAdapter

    base = {"id": "r", "object": "response", "created_at": 1, "model": "m", "output": [], "parallel_tool_calls": True}
    base |= {"tool_choice": "auto", "tools": []}
    fields = {
        "error": {"code": "server_error", "message": "Sorry", "param": None},
        "response.failed": {
            "response": base | {"status": "failed", "error": {"code": "server_error", "message": "Sorry"}}
        },
        "response.incomplete": {
            "response": base | {"status": "incomplete", "incomplete_details": {"reason": "content_filter"}}
        },
    }
    place = {"item_id": "i", "output_index": 0, "content_index": 0, "logprobs": []}
    text = {"type": "response.output_text.delta", "sequence_number": 0, "delta": "Hel", **place}
    events = [text, {"type": end, "sequence_number": 1, **fields[end]}]
    st.caption(repr(st.write_stream(map(TypeAdapter(ResponseStreamEvent).validate_python, events))))


same = True
for end in ("error", "response.failed", "response.incomplete"):
    ran = AppTest.from_function(app, args=(end,), default_timeout=60).run()
    shown, returned = [one.value for one in ran.markdown], ran.caption[0].value
    print(f"{end}: shown {shown}, returned {returned}, exceptions {len(ran.exception)}")
    same = same and (shown, returned, len(ran.exception)) == (["Hel"], "'Hel'", 0)
sys.exit(0 if same else 1)
PYTHON
timeout 120 "$folder/venv/bin/python" "$folder/look.py" 2>/dev/null

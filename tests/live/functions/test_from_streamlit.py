"""The example of docs/from-streamlit.md: its function, and its Streamlit application where Streamlit is installed."""

import importlib.util
import subprocess
import sys

from support.paths import ROOT
from support.processes import clean_environment
from support.tab import unique
from support.waiting import LIMIT

EXAMPLE = ROOT / "examples" / "from_streamlit"
MODEL = "script?tokens=20&rate=200"
RULE = "Receipts are handed in within two weeks."


def test_the_function_answers_with_the_settings_of_the_conversation(new_server, new_client, upstream):
    env = {"CHATAPP_FUNCTION": "travel_desk.py:stream_gen", "CHATAPP_FUNCTION_FOLDER": str(EXAMPLE), "MODEL": MODEL}
    tab = new_client(new_server(**env)).tab()
    question = unique("Which class may I take to Busan?")
    ack = tab.ask("stream_gen", content=question, options={"temperature": 0.5})
    message = tab.wait_ended(ack["generation_id"])["message"]
    assert (message["status"], len(message["content"].split())) == ("complete", 20)
    assert message["finish_reason"] == "stop"
    call = upstream.closed_call(question)
    assert call["options"]["temperature"] == 0.5
    assert call["n"] in {told["n"] for told in upstream.calls(RULE)}


if importlib.util.find_spec("streamlit"):  # not one of the packages for development: a hundred others come with it

    def test_the_streamlit_application_answers(upstream):
        env = clean_environment() | {"MODEL": MODEL, "OPENAI_BASE_URL": upstream.url, "OPENAI_API_KEY": "x"}
        command = [sys.executable, str(EXAMPLE / "check_streamlit.py")]
        ran = subprocess.run(command, env=env, capture_output=True, text=True, timeout=LIMIT, check=False)
        assert ran.returncode == 0, ran.stderr
        question, answer = ran.stdout.splitlines()
        assert question == "Which class may I take to Busan?"
        assert len(answer.split()) == 20

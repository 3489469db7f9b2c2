"""After: what is left of the application. The page, the history, the settings and the stop button are chatapp's."""

import os
from pathlib import Path

from openai import OpenAI

MODEL = os.environ.get("MODEL", "gpt-5-mini")
CLIENT = OpenAI()
RULES = Path(__file__).with_name("rules.txt").read_text(encoding="utf-8")


def stream_gen(messages, options):
    prompt = [{"role": "system", "content": RULES}, *messages]
    call = {"model": MODEL, "messages": prompt, "stream": True, "stream_options": {"include_usage": True}}
    with CLIENT.chat.completions.create(**call, extra_body=options) as stream:
        yield from stream

"""Answers of odd but real servers: bytes in, message out, however the bytes are cut."""

# ruff: noqa: E501 -- a row of the tables is a line

import json

import pytest

from chatapp.demo.odd_answers import ANSWER, DONE, JSON, KINDS, THOUGHT, OddAnswer, chunk, events, stream, whole
from unit.providers.openai.playing import Seen, play, play_cut, provider

HI = "Hello there"
HELLO = Seen(text=HI, finish="stop")
REASONED = Seen(text=ANSWER, thought=THOUGHT, finish="stop")
TOOL = "The model wanted to use a tool (web_search) that is not available here, and wrote nothing."
NO_REASON = "The model's server ended the answer with an error, without saying which."
LOST = "The connection to the model was lost before the answer was whole."
#: Bodies up to this size are cut at every byte.
SMALL_BYTES = 400


def lines(*data, end="\n\n"):
    return OddAnswer(events(*data, end=end))


def body(value, **headers):
    return OddAnswer(json.dumps(value).encode(), headers={"Content-Type": JSON, **headers})


def finish(reason, **beside):
    return lines(chunk(HI), chunk({}, reason, **beside), DONE)


#: The demo's kinds with HTTP errors stand in test_odd_errors.py.
DEMO = {
    "think_inline": REASONED,
    "think_unopened": Seen(text=ANSWER, thought=THOUGHT + "\n", finish="stop"),
    "think_unclosed": Seen(thought=THOUGHT, error="empty_answer", sentence="The model thought, but wrote no answer."),
    "harmony": REASONED,
    "thinking_parts": REASONED,
    "reasoning_details": REASONED,
    "only_thought": Seen(thought=THOUGHT, error="empty_answer", sentence="The model thought, but wrote no answer."),
    "length_in_thought": Seen(
        thought=THOUGHT,
        error="empty_answer",
        sentence="The limit of tokens was reached before the model had written anything of its answer.",
    ),
    "empty_data": HELLO,
    "done_space": HELLO,
    "one_newline": HELLO,
    "byte_order_mark": HELLO,
    "plain_text_type": HELLO,
    "no_type": HELLO,
    "json_lines": HELLO,
    "whole_json": Seen(text=ANSWER, finish="stop"),
    "message_in_stream": Seen(text=ANSWER, finish="stop"),
    "text_in_stream": HELLO,
    "usage_odd": HELLO,
    "after_the_finish": HELLO,
    "other_model": Seen(text=HI, finish="stop", model="another-model-2026"),
    "nothing": Seen(error="empty_answer", sentence="The model wrote nothing."),
    "refusal": Seen(text="I'm sorry, I can't do that.", finish="refusal"),
    "content_filter": Seen(
        error="content_refused", sentence="The model's server withheld the answer because of its content."
    ),
    "tool_unasked": Seen(error="empty_answer", sentence=TOOL),
    "length_cut": Seen(text="The first step is to", finish="length"),
    "finish_error": Seen(text="Half a sen", error="provider_error", sentence=NO_REASON),
    "error_in_stream": Seen(
        text="Half a sen",
        error="provider_unavailable",
        sentence="The model's server has a problem.",
        said="EngineCore encountered an issue.",
    ),
    "cut_short": Seen(text="Half a sen", error="provider_unavailable", sentence=LOST),
}


def failed(code, said="", text=HI, sentence=None, **more):
    return Seen(text=text, error=code, said=said, **({} if sentence is None else {"sentence": sentence}), **more)


#: More of the same kinds. A failure's sentence matters where it is given.
MORE = {
    # The form of the stream.
    "sound": (stream("Hello", " there"), HELLO),
    "no [DONE]": (lines(chunk(HI), chunk({}, "stop")), HELLO),
    "no finish but [DONE]": (lines(chunk(HI), DONE), Seen(text=HI)),
    "no last newline": (OddAnswer(stream(HI).body.rstrip()), HELLO),
    "CR LF": (OddAnswer(stream("Hello", " there").body.replace(b"\n", b"\r\n")), HELLO),
    "CR alone": (OddAnswer(stream("Hello", " there").body.replace(b"\n", b"\r")), HELLO),
    "no space after data:": (OddAnswer(stream(HI).body.replace(b"data: ", b"data:")), HELLO),
    "data: twice": (OddAnswer(stream(HI).body.replace(b"data: ", b"data: data: ")), HELLO),
    "events with names and ids": (OddAnswer(b"event: message\nid: 7\nretry: 10\n" + stream(HI).body + b"event: close\ndata:\n\n"), HELLO),
    "comments": (OddAnswer(b": OPENROUTER PROCESSING\n\n: x\n" + stream(HI).body), HELLO),
    "blank lines first": (OddAnswer(b"\r\n\n\n" + stream(HI).body), HELLO),
    "two objects in one line": (OddAnswer(f"data: {json.dumps(chunk('Hello'))}{json.dumps(chunk(' there', 'stop'))}\n\n".encode()), HELLO),
    "two events in one line": (OddAnswer(f"data: {json.dumps(chunk('Hello'))}data: {json.dumps(chunk(' there', 'stop'))}\n\n".encode()), HELLO),
    "[DONE] glued to the last event": (OddAnswer(events(chunk("Hello")) + f"data: {json.dumps(chunk(' there', 'stop'))}data: [DONE]\n\n".encode()), HELLO),
    "[DONE] in quotes": (lines(chunk(HI, "stop"), '"[DONE]"'), HELLO),
    "done in small letters": (lines(chunk(HI), "[done]"), Seen(text=HI)),
    "an event in several data lines": (OddAnswer(b'data: {"choices":\ndata: [{"delta": {"content": "Hello there"}, "finish_reason": "stop"}]}\n\n'), HELLO),
    "a list of chunks": (lines([chunk("Hello"), chunk(" there", "stop")], DONE), HELLO),
    "a ping event": (lines({"type": "ping"}, chunk(HI, "stop"), DONE), HELLO),
    "numbers and words as data": (lines("0", "true", "keep-alive", chunk(HI, "stop"), DONE), HELLO),
    "a status object first": (lines({"status": "loading"}, chunk(HI, "stop"), DONE), HELLO),
    "code 0 and a message of success": (lines({"code": 0, "message": "success", "choices": []}, chunk(HI, "stop", code=200, msg="ok"), DONE), HELLO),
    "no error": (lines(chunk(HI, "stop", error=None, errors=[]), DONE), HELLO),
    "an empty error": (lines(chunk(HI, "stop", error={"code": None, "message": None}), DONE), HELLO),
    "an error with code 0": (lines(chunk(HI, "stop", error={"code": 0, "message": "success"}), DONE), HELLO),
    "base_resp of success": (lines(chunk(HI, "stop", base_resp={"status_code": 0, "status_msg": ""}), DONE), HELLO),
    "JSON in lines": (OddAnswer(json.dumps(whole({"content": HI}), indent=2).encode()), HELLO),
    "JSON with white space before it": (OddAnswer(b"\n\n  " + json.dumps(whole({"content": HI})).encode()), HELLO),
    "NaN": (OddAnswer(b'data: {"choices":[{"delta":{"content":"Hello there"},"logprobs":NaN,"finish_reason":"stop"}]}\n\n'), HELLO),
    "a log before the stream": (OddAnswer(b"[INFO] ready\n{0}\n" + stream(HI).body), HELLO),
    "a page before the stream": (OddAnswer(b"<!-- warm -->\n" + stream(HI).body), HELLO),
    "a cut event after the finish": (OddAnswer(events(chunk(HI, "stop")) + b'data: {"choi'), HELLO),
    "an error after [DONE]": (lines(chunk(HI), DONE, {"error": {"message": "late"}}), Seen(text=HI)),
    # Where the text is.
    "nulls": (lines(chunk({"role": None, "content": None, "tool_calls": None, "function_call": None, "refusal": None}), {"choices": None}, {"choices": [None]}, {"choices": [{"index": 0, "delta": None, "finish_reason": None}]}, chunk(HI, "stop", usage=None, system_fingerprint=None), DONE), HELLO),
    "no index": (lines({"choices": [{"delta": {"content": HI}, "finish_reason": "stop"}]}, DONE), HELLO),
    "another index": (lines({"choices": [{"index": 1, "delta": {"content": HI}, "finish_reason": "stop"}]}, DONE), HELLO),
    "odd indexes": (lines({"choices": [{"index": "0", "delta": {"content": "Hello"}}]}, {"choices": [{"index": [], "delta": {"content": " there"}, "finish_reason": "stop"}]}, DONE), HELLO),
    "two choices": (lines({"choices": [{"index": 0, "delta": {"content": HI}}, {"index": 1, "delta": {"content": "Other"}}]}, chunk({}, "stop"), DONE), HELLO),
    "the filter's results first": (lines({"choices": [], "prompt_filter_results": [{"prompt_index": 0}]}, chunk(HI), {"choices": [{"index": 0, "content_filter_offsets": {}, "finish_reason": None}]}, chunk({}, "stop"), DONE), HELLO),
    "the whole message repeated at the end": (lines(chunk("Hello"), chunk(" there"), {"choices": [{"index": 0, "delta": {}, "message": {"content": HI}, "finish_reason": "stop"}]}, DONE), HELLO),
    "the message so far beside each delta": (lines({"choices": [{"delta": {"content": "Hello"}, "message": {"content": "Hello"}}]}, {"choices": [{"delta": {"content": " there"}, "message": {"content": HI}, "finish_reason": "stop"}]}, DONE), HELLO),
    "an empty delta beside a message": (lines({"choices": [{"delta": {"role": "assistant", "content": ""}, "message": {"content": HI}, "finish_reason": "stop"}]}, DONE), HELLO),
    "choices is a choice": (lines({"choices": {"delta": {"content": HI}, "finish_reason": "stop"}}, DONE), HELLO),
    "delta is text": (lines({"choices": [{"delta": HI, "finish_reason": "stop"}]}, DONE), HELLO),
    "message is text": (lines({"choices": [{"message": HI, "finish_reason": "stop"}]}, DONE), HELLO),
    "content is one part": (stream({"content": {"type": "text", "text": HI}}), HELLO),
    "content is parts": (stream({"content": [{"type": "text", "text": "Hello"}, {"type": "text", "text": " there"}]}), HELLO),
    "content is a list of text": (stream({"content": ["Hello", " there"]}), HELLO),
    "text with annotations": (stream({"content": [{"type": "output_text", "text": {"value": HI, "annotations": []}}]}), HELLO),
    "parts without text": (stream({"content": [{"type": "reference", "reference_ids": [1]}, {"type": "text", "text": HI}, None, 7.5]}), Seen(text=HI + "7.5", finish="stop")),
    "a number": (stream({"content": 42}), Seen(text="42", finish="stop")),
    "halves of a character": (OddAnswer(b'data: {"choices":[{"delta":{"content":"\\ud83d"}}]}\n\ndata: {"choices":[{"delta":{"content":"\\ude00"},"finish_reason":"stop"}]}\n\n'), Seen(text="😀", finish="stop")),
    "a refusal as a part": (stream({"content": [{"type": "refusal", "refusal": "No."}]}), Seen(text="No.", finish="refusal")),
    "a refusal in a whole message": (body(whole({"content": None, "refusal": "No."})), Seen(text="No.", finish="refusal")),
    "audio with its transcript": (stream({"audio": {"transcript": HI}}), HELLO),
    "Korean": (stream("안녕", "하세요"), Seen(text="안녕하세요", finish="stop")),
    "white space of the answer": (stream("  - a\n", "  - b\n"), Seen(text="  - a\n  - b\n", finish="stop")),
    # Reasoning.
    "reasoning": (stream({"reasoning": "Hm"}, HI), Seen(text=HI, thought="Hm", finish="stop")),
    "reasoning_content beside text": (stream({"reasoning_content": "Hm", "content": None}, {"reasoning_content": None, "content": HI}), Seen(text=HI, thought="Hm", finish="stop")),
    "both names": (stream({"reasoning_content": "Hm", "reasoning": "Hm"}, HI), Seen(text=HI, thought="Hm", finish="stop")),
    "thinking_blocks beside it": (stream({"reasoning_content": "Hm", "thinking_blocks": [{"type": "thinking", "thinking": "Hm"}]}, HI), Seen(text=HI, thought="Hm", finish="stop")),
    "thinking_blocks alone": (stream({"thinking_blocks": [{"type": "thinking", "thinking": "Hm"}]}, HI), Seen(text=HI, thought="Hm", finish="stop")),
    "thought as a field": (stream({"thought": "Hm"}, HI), Seen(text=HI, thought="Hm", finish="stop")),
    "a flag and text": (stream({"thought": True, "content": "Hm"}, HI), Seen(text=HI, thought="Hm", finish="stop")),
    "a part with a flag": (stream({"content": [{"type": "text", "text": "Hm", "thought": True}, {"type": "text", "text": HI}]}), Seen(text=HI, thought="Hm", finish="stop")),
    "reasoning as an object": (stream({"reasoning": {"content": "Hm"}}, HI), Seen(text=HI, thought="Hm", finish="stop")),
    "a summary": (stream({"reasoning_details": [{"type": "reasoning.summary", "summary": "Hm"}]}, HI), Seen(text=HI, thought="Hm", finish="stop")),
    "an encrypted thought": (stream({"reasoning_details": [{"type": "reasoning.encrypted", "data": "x"}]}, HI), HELLO),
    "a thought in a whole message": (body(whole({"reasoning_content": "Hm", "content": HI})), Seen(text=HI, thought="Hm", finish="stop")),
    "tags in a whole message": (body(whole({"content": "<think>Hm</think>\nHello there"})), Seen(text=HI, thought="Hm", finish="stop")),
    "an unopened thought in a whole message": (body(whole({"content": "Hm\n</think>\n\nHello there"})), Seen(text=HI, thought="Hm\n", finish="stop")),
    "unopened within a sentence": (stream("Let's write", " it.</think>Hello there"), Seen(text=HI, thought="Let's write it.", finish="stop")),
    "reasoning and tags": (stream({"reasoning": "Hm"}, "<think>\n\n</think>\n\n", HI), Seen(text=HI, thought="Hm", finish="stop")),
    "a tag alone after reasoning": (stream({"reasoning_content": "Hm"}, "</think>\n\n", HI), Seen(text=HI, thought="Hm", finish="stop")),
    "tags as literal text": (stream("Use `<think>` and `</think>`", " in the template."), Seen(text="Use `<think>` and `</think>` in the template.", finish="stop")),
    "a thought before a tool": (stream({"reasoning": "Hm"}, {"tool_calls": [{"function": {"name": "web_search"}}]}, finish_reason="tool_calls"), Seen(thought="Hm", error="empty_answer", sentence=TOOL)),
    # Ends.
    "MAX_TOKENS": (finish("MAX_TOKENS"), Seen(text=HI, finish="length")),
    "max_tokens": (finish("max_tokens"), Seen(text=HI, finish="length")),
    "model_length": (finish("model_length"), Seen(text=HI, finish="length")),
    "STOP": (finish("STOP"), HELLO),
    "end_turn": (finish("end_turn"), HELLO),
    "eos": (finish("eos"), HELLO),
    "finishReason": (lines({"choices": [{"delta": {"content": HI}, "finishReason": "MAX_TOKENS"}]}, DONE), Seen(text=HI, finish="length")),
    "SAFETY": (finish("SAFETY"), Seen(text=HI, finish="content_filter")),
    "sensitive": (finish("sensitive"), Seen(text=HI, finish="content_filter")),
    "RECITATION": (finish("RECITATION"), Seen(text=HI, finish="content_filter")),
    "an unknown reason": (finish("moon"), Seen(text=HI, finish="moon")),
    "a reason that is no text": (lines(chunk(HI), {"choices": [{"delta": {}, "finish_reason": 1}]}, DONE), Seen(text=HI)),
    "an empty reason in each chunk": (lines(chunk("Hello", ""), chunk(" there", ""), chunk({}, "stop"), DONE), HELLO),
    "null as a word": (lines(chunk("Hello", "null"), chunk(" there", "stop"), DONE), HELLO),
    "the finish twice": (lines(chunk(HI, "stop"), chunk({}, "stop"), DONE), HELLO),
    "a finish in each chunk": (lines(chunk("Hello", "stop"), chunk(" there", "stop"), DONE), HELLO),
    "a tool call after text": (lines(chunk(HI), chunk({"tool_calls": [{"function": {"name": "web_search"}}]}), chunk({}, "tool_calls"), DONE), Seen(text=HI, finish="tool_calls", notices=("The model wanted to use a tool (web_search) that is not available here.",))),
    "function_call": (stream({"function_call": {"name": "web_search", "arguments": ""}}, finish_reason="function_call"), Seen(error="empty_answer", sentence=TOOL)),
    "a tool without a name": (stream({"tool_calls": [{}]}, finish_reason="tool_calls"), Seen(error="empty_answer", sentence="The model wanted to use a tool that is not available here, and wrote nothing.")),
    "white space alone": (stream(" \n"), Seen(error="empty_answer", sentence="The model wrote nothing.")),
    # Counts.
    "usage": (lines(chunk(HI, "stop"), {"choices": [], "usage": {"prompt_tokens": 3, "completion_tokens": 5, "total_tokens": 8}}, DONE), Seen(text=HI, finish="stop", usage=(3, 5))),
    "usage in the finish": (lines(chunk(HI), chunk({}, "stop", usage={"prompt_tokens": 3, "completion_tokens": 5}), DONE), Seen(text=HI, finish="stop", usage=(3, 5))),
    "usage in each chunk": (lines(chunk("Hello", usage={"prompt_tokens": 3, "completion_tokens": 1}), chunk(" there", "stop", usage={"prompt_tokens": 3, "completion_tokens": 2}), DONE), Seen(text=HI, finish="stop", usage=(3, 2))),
    "usage without choices": (lines(chunk(HI, "stop"), {"usage": {"input_tokens": 3, "output_tokens": 5}}, DONE), Seen(text=HI, finish="stop", usage=(3, 5))),
    "usage in x_groq": (lines(chunk(HI), chunk({}, "stop", x_groq={"usage": {"prompt_tokens": 3, "completion_tokens": 5}}), DONE), Seen(text=HI, finish="stop", usage=(3, 5))),
    "usage in the choice": (lines(chunk(HI), {"choices": [{"delta": {}, "finish_reason": "stop", "usage": {"prompt_tokens": 3, "completion_tokens": 5}}]}, DONE), Seen(text=HI, finish="stop", usage=(3, 5))),
    "counts as text": (lines(chunk(HI, "stop", usage={"prompt_tokens": "3", "completion_tokens": 5.0}), DONE), Seen(text=HI, finish="stop", usage=(3, 5))),
    "counts that are none": (lines(chunk(HI, "stop", usage={"prompt_tokens": None, "completion_tokens": -1, "total_tokens": True}), DONE), HELLO),
    "an impossible count": (lines(chunk(HI, "stop"), {"usage": {"prompt_tokens": 10**20, "completion_tokens": 1, "total_tokens": 8}}, DONE), HELLO),
    "an endless count": (lines(chunk(HI, "stop"), '{"usage": {"prompt_tokens": 1e999, "completion_tokens": 1}}', DONE), HELLO),
    "a count of words": (lines(chunk(HI, "stop", usage={"prompt_tokens": "many", "completion_tokens": 1}), DONE), HELLO),
    "one count alone": (lines(chunk(HI, "stop", usage={"completion_tokens": 5}), DONE), HELLO),
    "no tokens for a question": (lines(chunk(HI, "stop", usage={"prompt_tokens": 0, "completion_tokens": 5, "total_tokens": 5}), DONE), HELLO),
    "no tokens for a text": (lines(chunk(HI, "stop", usage={"prompt_tokens": 3, "completion_tokens": 0, "total_tokens": 3}), DONE), HELLO),
    "a count and the total": (lines(chunk(HI, "stop", usage={"completion_tokens": 5, "total_tokens": 8}), DONE), Seen(text=HI, finish="stop", usage=(3, 5))),
    "the question's count and the total": (lines(chunk(HI, "stop", usage={"prompt_tokens": 3, "total_tokens": 8}), DONE), Seen(text=HI, finish="stop", usage=(3, 5))),
    "a total that is too small": (lines(chunk(HI, "stop", usage={"prompt_tokens": 9, "total_tokens": 8}), DONE), HELLO),
    "no tokens yet": (lines({"usage": {"prompt_tokens": 3, "completion_tokens": 0}}, chunk(HI, "stop"), DONE), HELLO),
    "no tokens at all": (lines(chunk({}, "stop", usage={"prompt_tokens": 3, "completion_tokens": 0}), DONE), Seen(usage=(3, 0), error="empty_answer", sentence="The model wrote nothing.")),
    "a list of counts": (lines(chunk(HI, "stop", usage=[{"prompt_tokens": 3}]), DONE), HELLO),
    # Models.
    "the model asked for": (stream(chunk(HI, model="m")), HELLO),
    "an empty model": (stream(chunk("Hello", model=""), chunk(" there", model="m2")), Seen(text=HI, finish="stop", model="m2")),
    "another model and half a tag": (stream(chunk("<thi", model="m2"), chunk("nk>Hm</think>Hello there", model="m2")), Seen(text=HI, thought="Hm", finish="stop", model="m2")),
    "counts and half a tag": (stream(chunk("<thi", usage={"prompt_tokens": 3, "completion_tokens": 1}), "nk>Hm</think>Hello there"), Seen(text=HI, thought="Hm", finish="stop", usage=(3, 1))),
    "a model that is no text": (stream(chunk(HI, model={"id": "x"})), HELLO),
    # Errors in the stream.
    "error with code and finish": (lines(chunk(HI), {"error": {"code": "server_error", "message": "Provider disconnected"}, "choices": [{"index": 0, "delta": {"content": ""}, "finish_reason": "error"}]}, DONE), failed("provider_unavailable", "Provider disconnected")),
    "error beside text": (lines(*[chunk(text, model="m") for text in ("Hello", " there")], chunk("!", error={"message": "Provider disconnected", "code": 502})), failed("provider_unavailable", "Provider disconnected", text="Hello there!")),
    "error in the choice": (lines(chunk(HI), {"choices": [{"index": 0, "delta": {}, "error": {"code": 429, "message": "Slow down"}, "finish_reason": "error"}]}, DONE), failed("rate_limited", "Slow down")),
    "error as text": (lines(chunk(HI), {"error": "an error was encountered while running the model"}), failed("provider_error", "an error was encountered while running the model")),
    "error beside empty choices": (lines(chunk(HI), {"error": {"message": "the server had an error"}, "choices": []}, DONE), failed("provider_error", "the server had an error")),
    "error_message and error_type": (lines({"id": "", "choices": None, "error_type": "BadRequestError", "error_message": "maximum context length is 5 tokens"}, DONE), failed("context_too_long", "maximum context length is 5 tokens", text="")),
    "an error event": (OddAnswer(events(chunk(HI)) + b'event: error\ndata: {"status": {"code": "42901", "message": "Too many requests - rate exceeded"}}\n\n'), failed("rate_limited", "Too many requests - rate exceeded")),
    "an error event of a type": (lines(chunk(HI), {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}), failed("provider_unavailable", "Overloaded")),
    "an error field": (OddAnswer(events(chunk(HI)) + b'error: {"code":500,"message":"context size exceeded","type":"server_error"}\n\n'), failed("context_too_long", "context size exceeded")),
    "an error without a field": (OddAnswer(events(chunk(HI)) + b'{"error": {"message": "upstream failed", "code": 502}}'), failed("provider_unavailable", "upstream failed")),
    "a first error in the stream": (lines({"error": {"message": "This model's maximum context length is 8192 tokens.", "code": 400}}, DONE), failed("context_too_long", "This model's maximum context length is 8192 tokens.", text="")),
    "base_resp with an error": (body({"choices": None, "base_resp": {"status_code": 1008, "status_msg": "insufficient balance"}}), failed("quota_exceeded", "insufficient balance", text="")),
    "an error with status 200": (body({"error": {"message": "Invalid API key", "code": 401}}), failed("provider_auth", "Invalid API key", text="")),
    "code and message with status 200": (body({"code": 500, "message": "Internal Server Error", "data": None, "success": False}), failed("provider_unavailable", "Internal Server Error", text="")),
    "success is false": (body({"success": False, "errors": [{"code": 5007, "message": "No such model @cf/x"}], "result": {}}), failed("model_not_found", "No such model @cf/x", text="")),
    "insufficient_system_resource": (finish("insufficient_system_resource"), failed("provider_unavailable", "insufficient_system_resource")),
    "network_error": (finish("network_error"), failed("provider_unavailable", "network_error")),
    "abort": (finish("abort"), failed("provider_unavailable", "abort")),
    "MALFORMED_FUNCTION_CALL": (finish("MALFORMED_FUNCTION_CALL"), failed("provider_error", "MALFORMED_FUNCTION_CALL")),
    "cut within an event": (OddAnswer(events(chunk(HI)) + b'data: {"choi'), failed("provider_unavailable", sentence=LOST)),
    "malformed within the text": (lines(chunk("Hello"), '{"choices":[{"delta":{"content":" there}', chunk({}, "stop"), DONE), failed("provider_error", text="Hello", sentence="The model's server sent something that is not valid JSON.")),
    "a page": (OddAnswer(b"<!doctype html><title>Sign in</title><p>x</p>", headers={"Content-Type": "text/html"}), failed("provider_error", "Sign in", text="")),
    "plain words": (OddAnswer(b"no healthy upstream"), failed("provider_error", "no healthy upstream", text="")),
    "an empty body": (OddAnswer(b""), failed("provider_error", text="")),
    "another API's answer": (body({"id": "msg", "output": []}), failed("provider_error", text="")),
}  # fmt: skip
ROWS = {name: (KINDS[name], seen) for name, seen in DEMO.items()} | MORE


@pytest.mark.parametrize("name", ROWS)
def test_an_answer_is_read_as_it_is_meant(name):
    answer, expected = ROWS[name]
    seen = play(answer)
    assert seen == Seen(**{**expected.__dict__, "sentence": expected.sentence or seen.sentence})


@pytest.mark.parametrize("name", ROWS)
def test_the_cuts_of_the_bytes_do_not_matter(name):
    body = ROWS[name][0].body
    made = provider(lambda _request: None)
    expected = play_cut(made, [body])
    assert play_cut(made, [body[at : at + 1] for at in range(len(body))]) == expected
    for at in range(1, len(body), 1 if len(body) < SMALL_BYTES else 19):
        assert play_cut(made, [body[:at], body[at:]]) == expected, at

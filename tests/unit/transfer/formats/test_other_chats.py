"""Exports of other chats, rebuilt from their sources (tests/data/imports/README.md)."""

import json
import time

import pytest

from chatapp.errors import Invalid, TooLarge
from chatapp.transfer import import_file
from chatapp.transfer.formats.chatgpt_content import read_file_names
from chatapp.transfer.import_file import ImportContext
from chatapp.transfer.incoming import Bounds
from support.paths import DATA
from support.words import ENGLISH

EXPORTS = DATA / "imports"
BOUNDS = Bounds(text_characters=100_000, prompt_characters=1000, options_bytes=4096, file_bytes=1_000_000)


def read(value, **more):
    """Return the conversations of a file (a path, or what is in it). Raises the first error."""
    data = value.read_bytes() if hasattr(value, "read_bytes") else json.dumps(value).encode()
    return list(import_file.read(data, ImportContext(BOUNDS, ENGLISH, **more)))


def load(name):
    return json.loads((EXPORTS / name).read_text())


def told(conversation):
    """Return what was said, as (role, text) with the text above it."""
    texts = {message.id: message.content for message in conversation.messages}
    return [(texts.get(message.parent_id), message.role, message.content) for message in conversation.messages]


def by_text(conversation):
    return {message.content: message for message in conversation.messages}


def active(conversation):
    return next(message.content for message in conversation.messages if message.id == conversation.active_leaf_id)


def test_chatgpt_of_2026():
    names = read_file_names(load("chatgpt-2026/conversation_asset_file_names.json"))
    boats, letter = read(EXPORTS / "chatgpt-2026/conversations-000.json", files=names)
    question = "[image: harbour.jpg]\n\nWhat is this?\n\n[file: report.pdf]"
    assert told(boats) == [
        (None, "user", question),
        (question, "assistant", "A boat.([Boats](https://boats.example/a))"),
        (question, "assistant", "Or a ship."),
    ]
    assert (boats.key, active(boats)) == ("chatgpt:11111111-0000-4000-8000-000000000001", "Or a ship.")
    assert boats.messages[1].reasoning == "**Looking**\n\nA hull and a mast."
    assert letter.messages[1].content == ("Here it is.\n\n**Hello**\n\nDear all,\n\n```\n:::\n```\n\nShall I go on?"), (
        "the document stands in the answer, and its code is left alone"
    )
    (aloud,) = read(EXPORTS / "chatgpt-2026/conversations-001.json", files=names)
    assert aloud.messages[0].content == "Good morning.\n\n[video]"
    assert aloud.messages[1].content == "Good morning to you.\n\n[image]", "a made picture has no name"


def test_chatgpts_older_canvas_and_citations():
    made = json.dumps({"name": "sort", "type": "code/python", "content": "print(1)"})
    author = {"role": "assistant", "name": None, "metadata": {}}
    question = {"author": {"role": "user"}, "content": {"content_type": "text", "parts": ["q"]}}
    canvas = {
        "author": author,
        "recipient": "canmore.create_textdoc",
        "content": {"content_type": "code", "text": made},
    }
    mark = "Boats【1†source】 float."
    page = {"start_ix": 5, "end_ix": 15, "metadata": {"type": "webpage", "title": "B [1]", "url": "https://b.example/"}}
    answer = {"author": author, "content": {"content_type": "text", "parts": [mark]}, "metadata": {"citations": [page]}}
    nodes = {
        str(at): {"parent": str(at - 1) if at else None, "message": one}
        for at, one in enumerate([question, canvas, answer])
    }
    (one,) = read({"title": "t", "mapping": nodes})
    assert one.messages[1].content == (
        "**sort**\n\n```python\nprint(1)\n```\n\nBoats ([B  1 ](https://b.example/)) float."
    )


def test_claude_of_september_2026():
    (plans,) = read(EXPORTS / "claude-2026.json")
    question = "Compare these.\n\npasted text\nof two lines\n\n[file: plan.md]\n\n# Plan\n\n[image: sketch.png]"
    first = "The first one. ([Plans (1)](https://plans.example/1))\n\n**Costs**\n\n````python\nprint('```')\n````"
    assert told(plans) == [
        (None, "user", question),
        (question, "assistant", first),
        (question, "assistant", "The second one."),
        ("The second one.", "user", "Why?"),
        ("Why?", "assistant", "It is shorter."),
    ]
    assert plans.messages[1].reasoning == (
        'Which is cheaper?\n\n`web_search`\n\n```\n{\n  "query": "plans"\n}\n```\n\n`web_search`\n\n```\nfound it\n```'
    )
    assert (plans.title, plans.key) == ("Two plans", "claude:22222222-0000-4000-8000-000000000001")
    assert (plans.created_at, plans.updated_at) == (1788256800.0, 1788257100.0)
    assert "SECRET" not in json.dumps([message.content + message.reasoning for message in plans.messages])
    assert active(plans) == "It is shorter."


def test_claudes_content_may_be_a_text_of_json_or_be_missing():
    export = load("claude-2026.json")
    messages = export[0]["chat_messages"]
    messages[3]["content"] = json.dumps(messages[3]["content"])
    messages[4]["content"] = None
    for message in messages:
        del message["parent_message_uuid"]
    (one,) = read(export)
    assert [message.content for message in one.messages][-2:] == ["Why?", "It is shorter."]
    assert len(one.messages) == 4, "without parents, messages follow one another"


def test_claudes_manifest_is_told_from_its_conversations():
    with pytest.raises(Invalid, match="links to Claude's export"):
        read(EXPORTS / "claude-manifest.json")


def test_open_webui():
    sums, old = read(EXPORTS / "open-webui.json")
    question = "What is 15 * 17?\n\n[image]\n\n[file: sums.csv]"
    answer = "255 [1]\n\n1. [Sums (a)](https://sums.example/1)"
    assert told(sums) == [
        (None, "user", question),
        (question, "assistant", answer),
        (question, "assistant", "It is"),
        (answer, "user", "And the weather?"),
        ("And the weather?", "assistant", "Rain."),
    ]
    texts = by_text(sums)
    assert (texts[answer].reasoning, texts[answer].model) == ("15 * 17 = 255", "qwen3:8b")
    assert (texts["It is"].status, active(sums)) == ("interrupted", "It is")
    assert texts["Rain."].reasoning == (
        'I look it up.\n\n`get_weather`\n\n```\n{"city": "Paris"}\n```\n\n```\n18C, rain\n```'
    )
    assert (sums.pinned, sums.archived, sums.system_prompt) == (True, False, "Be brief.")
    assert (sums.created_at, sums.messages[0].created_at) == (1767225600.0, 1767225601.0)
    assert sums.key == "open-webui:55555555-0000-4000-8000-000000000001"
    assert told(old) == [(None, "user", "Hi"), ("Hi", "assistant", "Hello.")]
    assert old.archived


@pytest.mark.parametrize("name", ["librechat-tree.json", "librechat-flat.json"])
def test_librechat(name):
    (one,) = read(EXPORTS / name)
    more = "More?\n\n[image: a.png]"
    assert told(one) == [
        (None, "user", "One?"),
        ("One?", "assistant", "1."),
        ("1.", "user", more),
        (more, "assistant", "No."),
        ("One?", "assistant", "Uno"),
    ]
    texts = by_text(one)
    assert texts["No."].reasoning == 'Hm.\n\n`search`\n\n```\n{"q":1}\n```\n\n```\nnothing\n```'
    assert (texts["Uno"].status, texts["1."].model, texts["1."].finish_reason) == ("interrupted", "gpt-4-turbo", "stop")
    assert one.key == "librechat:66666666-0000-4000-8000-000000000001"
    assert one.system_prompt == ("Count." if "tree" in name else None)


def test_librechats_tree_is_as_deep_as_the_conversation_is_long():
    opening, depth = "", 5000
    for number in range(depth):
        opening += json.dumps({"messageId": str(number), "isCreatedByUser": number % 2 == 0, "text": f"{number}"})[:-1]
        opening += ', "children": ['
    text = '{"conversationId": "c", "title": "Deep", "messagesTree": [' + opening + "]}" * depth + "]}"
    (one,) = list(import_file.read(text.encode(), ImportContext(BOUNDS, ENGLISH)))
    assert len(one.messages) == depth
    assert active(one) == str(depth - 1)


def test_chat_ui():
    birds, old = read(EXPORTS / "chat-ui.json")
    assert told(birds) == [
        (None, "user", "A bird?"),
        ("A bird?", "assistant", "A wren."),
        ("A bird?", "assistant", "An ow"),
    ]
    assert (birds.system_prompt, birds.key) == ("Like birds.", "chat-ui:65f000000000000000000001")
    texts = by_text(birds)
    assert (texts["A wren."].reasoning, texts["A wren."].model) == (
        "Small ones first.",
        "meta-llama/Llama-3.3-70B-Instruct",
    )
    assert (texts["An ow"].reasoning, texts["An ow"].status) == ("Big ones.", "interrupted")
    assert told(old) == [(None, "user", "Hi"), ("Hi", "assistant", "Hello.")]
    assert (old.key, old.created_at) == ("chat-ui:65f000000000000000000002", 1685577600.0)


FILES = sorted(path.name for path in EXPORTS.glob("*.json") if path.name != "claude-manifest.json")


@pytest.mark.parametrize("name", FILES)
def test_a_single_conversation_and_a_list_are_the_same(name):
    value = load(name)
    one = value[0] if isinstance(value, list) else value
    assert [told(each) for each in read(one)] == [told(each) for each in read([one])]


ODD = [None, -1e300, "x", [[]], [{}], {"x": {}}]


@pytest.mark.parametrize("name", [*FILES, "chatgpt-2026/conversations-000.json"])
@pytest.mark.parametrize("odd", ODD, ids=str)
def test_odd_values_cost_at_most_their_conversation(name, odd):
    """Each value anywhere in the file is replaced in turn."""

    def places(value):
        pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
        for key, one in list(pairs):
            yield value, key
            yield from places(one)

    value = load(name)
    for holder, key in list(places(value)):
        kept, holder[key] = holder[key], odd
        context = ImportContext(BOUNDS, ENGLISH, refuse=lambda *_: None)
        try:
            for one in import_file.read(json.dumps(value).encode(), context):
                assert one.messages
        except Invalid:
            assert not isinstance(value, list), "a list always gives what can be taken"
        holder[key] = kept


@pytest.mark.parametrize(
    "text",
    [
        "<think>",
        '<details type="reasoning">',
        "<summary>",
        '<details type="reasoning"><summary></details>',
        ":::a{}\n",
        "【",
    ],
)
def test_a_hostile_text_is_read_in_linear_time(text):
    long = text * (80_000 // len(text))
    chat = load("open-webui.json")[0]
    for message in chat["chat"]["history"]["messages"].values():
        message["content"] = long
    assert read(chat)
    boats = load("chatgpt-2026/conversations-000.json")[0]
    boats["mapping"]["a2"]["message"]["content"]["parts"] = [long]
    assert read(boats)


def test_a_file_without_conversations_is_told_from_a_broken_one():
    with pytest.raises(Invalid, match="no conversations in this file"):
        read(load("chatgpt-2026/message_feedback.json"))


def test_more_text_than_an_import_may_hold_is_refused():
    bounds = Bounds(1000, 1000, 4096, 100)
    (one,) = load("chat-ui.json")[1:]
    one["messages"][1]["content"] = "x" * 90
    context = ImportContext(bounds, ENGLISH, refuse=lambda *_: None)
    with pytest.raises(TooLarge, match="more text than an import may hold"):
        list(import_file.read(json.dumps([one] * 9).encode(), context))


def test_the_data_has_a_source_for_every_file():
    text = (EXPORTS / "README.md").read_text()
    for path in EXPORTS.iterdir():
        assert f"`{path.name}{'/' if path.is_dir() else ''}`" in text or path.name == "README.md"


def test_zip_is_not_json():
    with pytest.raises(Invalid, match="must be JSON or a zip"):
        list(import_file.read(b"PK", ImportContext(BOUNDS, ENGLISH)))


def test_a_conversation_without_times_begins_now():
    before = time.time()
    (one,) = read([{"uuid": "u", "name": "n", "chat_messages": [{"sender": "human", "text": "q"}]}])
    assert before <= one.created_at <= one.messages[0].created_at <= one.updated_at <= time.time()

"""Exports of ChatGPT: nodes become alternating questions and answers."""

import json

import pytest

from chatapp.errors import Invalid, TooLarge
from chatapp.transfer import import_file
from chatapp.transfer.import_file import ImportContext
from chatapp.transfer.incoming import Bounds
from support.paths import DATA
from support.words import ENGLISH, KOREAN

SAMPLE = DATA / "chatgpt_conversations.json"
BOUNDS = Bounds(text_characters=100_000, prompt_characters=1000, options_bytes=4096, file_bytes=1_000_000)


def read(value, words=ENGLISH, bounds=BOUNDS, **more):
    """Return all conversations. Raises the first error."""
    return list(import_file.read(json.dumps(value).encode(), ImportContext(bounds, words, **more)))


@pytest.fixture
def sample():
    return json.loads(SAMPLE.read_text())


def by_text(conversation):
    return {message.content: message for message in conversation.messages}


def message_of(role, text, **fields):
    author = {"role": role, "name": None, "metadata": {}}
    return {"author": author, "content": {"content_type": "text", "parts": [text]}, "create_time": None, **fields}


def chain(*messages):
    """Return a conversation whose nodes follow one another."""
    mapping = {
        str(number): {"parent": str(number - 1) if number else None, "message": message, "children": []}
        for number, message in enumerate(messages)
    }
    return {"title": "x", "create_time": 1.0, "update_time": 2.0, "mapping": mapping, "current_node": None}


def test_thoughts_tools_and_text_become_one_answer(sample):
    first = read(sample)[0]
    question, answer = first.messages[0], first.messages[1]
    assert question.content == "[image: photo.png]\n\n이 사진의 도시는 어디야?\n\n[file: notes.pdf]"
    assert (answer.role, answer.parent_id, answer.status) == ("assistant", question.id, "complete")
    assert (answer.model, answer.finish_reason, answer.created_at) == ("gpt-5-thinking", "stop", 1730000002.0)
    assert answer.content == "[image]\n\n서울입니다.([위키](https://ko.wikipedia.org)) <b>굵게</b>"
    assert answer.reasoning == (
        "**Looking at the skyline**\n\nThe tower is N Seoul Tower."
        "\n\n`python`\n\n````python\nprint('```')\n````\n\n`python`\n\n````\n```\n````"
    )


def answer_of(content, **metadata):
    """Return the answer that has one message of this content."""
    author = {"role": "assistant", "name": None, "metadata": {}}
    (one,) = read([chain(message_of("user", "q"), {"author": author, "content": content, "metadata": metadata})])
    return one.messages[1]


CITED = {"type": "webpage", "title": "A", "url": "https://a/"}


@pytest.mark.parametrize(
    ("content", "text"),
    [
        ({"content_type": "code", "text": "1", "language": "unknown"}, "```\n1\n```"),
        ({"content_type": "code", "text": "1", "language": "c++"}, "```c++\n1\n```"),
        ({"content_type": "code", "text": "1", "language": "not one`word"}, "```\n1\n```"),
        ({"content_type": "code", "parts": ["1"]}, "```\n1\n```"),
        ({"content_type": "execution_output", "text": "1"}, "```\n1\n```"),
        ({"content_type": "new", "text": "as it is"}, "as it is"),
        ({"content_type": "text", "parts": ["\ue200entity\ue202[1\ue201."]}, "."),
        ({"content_type": "text", "parts": ['\ue200entity\ue202["city", "Seoul"]\ue201.']}, "Seoul."),
        ({"content_type": "multimodal_text", "parts": [{"content_type": "audio_transcription", "text": "a"}]}, "a"),
    ],
)
def test_a_kind_of_content(content, text):
    assert answer_of(content).content == text


def test_of_citations_that_overlap_the_first_is_linked():
    places = [(1, 4), (2, 4), (3, 9), (0, 1)]
    cited = [{"start_ix": start, "end_ix": end, "metadata": CITED} for start, end in places]
    content = {"content_type": "text", "parts": ["a【【】b"]}
    assert answer_of(content, citations=cited).content == "a ([A](https://a/))b"


def test_an_empty_thought_is_left_out():
    thoughts = [{"summary": "A", "content": " "}, {"summary": "", "content": "b"}]
    assert answer_of({"content_type": "thoughts", "thoughts": thoughts}).reasoning == "**A**\n\nb"


def test_messages_that_chatgpt_hides_are_left_out(sample):
    everything = json.dumps([message.content + message.reasoning for one in read(sample) for message in one.messages])
    for hidden in ("secret", "pirate", "8s", "turn0search0", "navlist", "file_0000"):
        assert hidden not in everything


def test_branches_times_and_marks_are_kept(sample):
    first = read(sample)[0]
    assert (first.title, first.titled_by) == ("서울 날씨와 그래프", "person")
    assert (first.created_at, first.updated_at) == (1730000000.123456, 1730000900.5)
    assert (first.pinned, first.archived) == (True, True)
    texts = by_text(first)
    assert texts["부산"].parent_id == first.messages[0].id
    assert (texts["부산"].status, texts["부산"].model) == ("stopped", "gpt-4o")
    assert [message.id for message in first.messages] == sorted(message.id for message in first.messages)


def test_a_question_without_an_answer_gets_an_empty_one(sample):
    first = read(sample)[0]
    last = first.messages[-1]
    assert (last.role, last.content, last.status) == ("assistant", "", "interrupted")
    assert last.parent_id == by_text(first)["고마워\ufffd"].id
    assert first.active_leaf_id == last.id


def test_an_answer_without_a_question_gets_one(sample):
    second = read(sample, KOREAN)[1]
    assert second.messages[0].content == KOREAN.no_question
    assert (second.messages[1].content, second.messages[1].parent_id) == ("Welcome!", second.messages[0].id)


def test_a_question_right_after_a_question_follows_an_empty_answer(sample):
    second = read(sample)[1]
    parents = {message.id: message for message in second.messages}
    above = parents[by_text(second)["and?"].parent_id]
    assert (above.role, above.content, above.status) == ("assistant", "", "interrupted")
    for message in second.messages:
        parent = parents.get(message.parent_id)
        assert (parent.role if parent else "assistant") != message.role


def test_unknown_content_leaves_a_note_and_a_missing_title_is_the_first_words(sample):
    second = read(sample)[1]
    assert "[content that could not be taken over: hologram_2030]" in by_text(second)
    assert (second.title, second.titled_by) == (None, "words")
    assert second.active_leaf_id == by_text(second)["That is all."].id, "the current node has no text: the newest leaf"
    assert by_text(second)["That is all."].finish_reason == "length"


def test_an_empty_conversation_is_left_out(sample):
    assert len(read(sample)) == 2


def test_a_file_may_hold_a_single_conversation(sample):
    assert read(sample[0])[0].title == "서울 날씨와 그래프"


def test_the_order_of_the_names_does_not_matter(sample):
    turned = [dict(reversed(conversation.items())) for conversation in sample]
    assert [one.title for one in read(turned)] == [one.title for one in read(sample)]


SPOILT = [
    (["mapping"], [], "conversations[0].mapping: must be an object"),
    (["mapping", "q1"], 7, "mapping.q1: must be an object"),
    (["mapping", "q1", "parent"], "nowhere", "mapping.q1.parent: names no node"),
    (["mapping", "q1", "parent"], 5, "mapping.q1.parent"),
    (["mapping", "q1", "parent"], "a1", "leads round in a circle"),
    (["mapping", "q1", "parent"], "q1", "leads round in a circle"),
    (["mapping", "q1", "message"], [], "mapping.q1.message.author"),
    (["mapping", "q1", "message", "author"], None, "mapping.q1.message.author"),
    (["mapping", "q1", "message", "author", "role"], "root", "mapping.q1.message.author.role"),
    (["mapping", "q1", "message", "author", "role"], {}, "mapping.q1.message.author.role"),
    (["mapping", "q1", "message", "create_time"], "noon", "mapping.q1.message.create_time"),
    (["mapping", "q1", "message", "create_time"], True, "mapping.q1.message.create_time"),
    (["mapping", "q1", "message", "create_time"], -1, "mapping.q1.message.create_time"),
    (["mapping", "q1", "message", "create_time"], 1e300, "mapping.q1.message.create_time"),
    (["update_time"], 10**20, "conversations[0].update_time"),
]


@pytest.mark.parametrize(("path", "value", "words"), SPOILT, ids=[f"{path[-1]}={value}" for path, value, _ in SPOILT])
def test_an_error_that_would_corrupt_a_conversation_is_named(sample, path, value, words):
    holder = sample[0]
    for name in path[:-1]:
        holder = holder[name]
    holder[path[-1]] = value
    with pytest.raises(Invalid) as refused:
        read(sample)
    assert words in str(refused.value)


ODD = [None, 7, "x", [], {}, [[]], {"content_type": []}, {"content_type": "text", "parts": 5}, [None], {"parts": [[1]]}]


@pytest.mark.parametrize("name", ["content", "metadata", "recipient", "status", "weight"])
@pytest.mark.parametrize("odd", ODD, ids=str)
def test_harmless_odd_shapes_are_tolerated(sample, name, odd):
    for node in sample[0]["mapping"].values():
        if node["message"]:
            node["message"][name] = odd
    assert read(sample)


@pytest.mark.parametrize(
    "kind", ["text", "code", "thoughts", "execution_output", "tether_quote", "multimodal_text", "?"]
)
@pytest.mark.parametrize("odd", ODD, ids=str)
def test_odd_contents_are_tolerated(sample, kind, odd):
    content = {"content_type": kind, "parts": [odd], "text": odd, "thoughts": [odd], "language": odd, "title": odd}
    for node in sample[0]["mapping"].values():
        if node["message"]:
            node["message"]["content"] = content
            node["message"]["metadata"] = {"content_references": [odd], "attachments": [odd], "finish_details": odd}
    assert read(sample)


def test_lone_surrogates_are_replaced(sample):
    damaged = read([chain(message_of("user", "a\ud800b"), message_of("assistant", "\ud83d\ude00"))])[0]
    assert [message.content for message in damaged.messages] == ["a\ufffdb", "😀"]


def test_a_tree_that_expands_without_bound_is_refused():
    nodes = chain(message_of("user", "q"), *[message_of("assistant", "x" * 100) for _ in range(300)])
    mapping = nodes["mapping"]
    for number in range(1, 301):
        mapping[f"again{number}"] = {"parent": str(number), "message": message_of("user", "again"), "children": []}
    with pytest.raises(TooLarge, match="versions"):
        read([nodes])


def test_a_message_beyond_the_bound_is_refused():
    with pytest.raises(TooLarge, match=r"mapping\.1: is a message of more than 10 characters"):
        read([chain(message_of("user", "q"), message_of("assistant", "x" * 11))], bounds=Bounds(10, 10, 4096, 1000))


def test_a_deep_conversation_is_read_without_deep_recursion():
    turns = [message_of("user" if number % 2 == 0 else "assistant", "x") for number in range(5000)]
    assert len(read([chain(*turns)])[0].messages) == 5000


@pytest.mark.parametrize("text", ["\ue200", "\ue200cite\ue202", "\ue200a", "\ue201", "```\n", "<!--"])
def test_a_hostile_text_is_read_in_linear_time(text):
    long = text * (400_000 // len(text))
    bounds = Bounds(1_000_000, 1000, 4096, 10_000_000)
    assert (
        read([chain(message_of("user", "q"), message_of("assistant", f"x{long}"))], bounds=bounds)[0]
        .messages[1]
        .content[0]
        == "x"
    )

"""Searching over HTTP: recent messages, the owner's conversations, and the hits shown."""

import sqlite3
import unicodedata
from contextlib import closing
from urllib.parse import quote

import pytest

from support.client import Client
from support.processes import Server
from support.shapes import check_conversation, check_problem
from support.stopwatch import Stopwatch
from support.tab import new_id, unique
from support.waiting import eventually

FAST = "script?tokens=3"
#: Longer than a title from a question's first words.
FILLER = "그냥 하는 이런저런 말 " * 8


def search(client, query, **parameters):
    """Return the conversations found, each checked against the protocol, with its hit."""
    more = "".join(f"&{name}={quote(str(value))}" for name, value in parameters.items())
    reply = client.get(f"/api/conversations?q={quote(query)}{more}")
    assert reply.status == 200, reply.body
    assert set(reply.json) == {"conversations", "next"}
    for conversation in reply.json["conversations"]:
        hit = conversation["hit"]
        assert set(hit) == {"message_id", "parts", "words"}
        assert all(set(part) == {"text", "match"} and part["text"] for part in hit["parts"])
        check_conversation({name: value for name, value in conversation.items() if name != "hit"})
    return reply.json["conversations"]


def find(client, query, **parameters):
    return [conversation["id"] for conversation in search(client, query, **parameters)]


def wait_found(client, query, *, count=1, **parameters):
    """Wait until `count` conversations are found; messages are indexed within about a second."""
    what = f"{count} found by {query!r}"
    eventually(lambda: len(find(client, query, **parameters)) == count, what=what)
    return search(client, query, **parameters)


def ask_with(tab, words, conversation_id=None, model=FAST):
    """Ask a question with these words beyond its title; return the ack after the answer."""
    return tab.ask_and_wait(model, conversation_id, content=f"{FILLER}{words} {unique('')}")


def marked(hit):
    return [part["text"] for part in hit["parts"] if part["match"]]


def text_of(hit):
    return "".join(part["text"] for part in hit["parts"])


def create(client, title):
    reply = client.post("/api/conversations", {"title": title})
    assert reply.status == 201
    return reply.json["conversation"]["id"]


def test_a_question_is_found_in_its_message(server, client, tab):
    ack = ask_with(tab, "오늘은 검색을\n만든다")
    watch = Stopwatch(*server.worker_pids())
    (conversation,) = wait_found(client, "검색")
    assert watch.seconds() < 3
    assert conversation["id"] == ack["conversation"]["id"]
    hit = conversation["hit"]
    assert hit["message_id"] == ack["message"]["id"]
    assert marked(hit) == ["검색"]
    assert "오늘은 검색을 만든다" in text_of(hit)
    assert text_of(hit).startswith("…")
    assert len(text_of(hit)) <= 180


def test_an_answer_is_found_once_it_has_ended_or_was_stopped(client, tab):
    ack = tab.ask("script?tokens=1000&rate=50&text=잠수함%20periscope%20", content=FILLER + unique())
    tab.wait_text(ack["generation_id"], "periscope")
    assert find(client, "periscope") == []
    tab.ok("stop_generation", generation_id=ack["generation_id"])
    (conversation,) = wait_found(client, "잠수함")
    assert conversation["hit"]["message_id"] == ack["assistant_message_id"]
    assert find(client, "peri") == [ack["conversation"]["id"]]


def test_typing_narrows_what_is_found(client, tab):
    ask_with(tab, "streaming")
    ask_with(tab, "strong")
    wait_found(client, "stream")
    counts = [len(find(client, "streaming"[:length])) for length in range(1, 10)]
    assert counts == [2, 2, 2, 1, 1, 1, 1, 1, 1]


@pytest.mark.parametrize(
    ("text", "query", "match"),
    [
        ("Flask로 만든", "flask로", "Flask로"),
        ("GPU가속기", "gpu가속", "GPU가속"),
        ("소켓IO서버", "소켓io", "소켓IO"),
        ("재검색을", unicodedata.normalize("NFD", "검색"), "검색"),
        (unicodedata.normalize("NFD", "된소리"), "된소", unicodedata.normalize("NFD", "된소")),
        ("ＴＯＫＥＮ", "token", "ＴＯＫＥＮ"),
        ("Crème brûlée", "creme", "Crème"),
        ("끝소리", "리", "리"),
    ],
)
def test_a_text_is_found_by_other_spellings(client, tab, text, query, match):
    ask_with(tab, text)
    (conversation,) = wait_found(client, query)
    assert marked(conversation["hit"]) == [match]


@pytest.mark.parametrize("query", ["검", "검ㅅ", "검새", "검색", "검색ㅇ", "검색으", "검색을"])
def test_results_do_not_flicker_while_a_korean_word_is_composed(client, tab, query):
    conversation_id = ask_with(tab, "검색을")["conversation"]["id"]
    wait_found(client, "검색")
    assert find(client, query) == [conversation_id]


def test_an_unfinished_syllable_matches_literally_if_it_is_found(client):
    itself = create(client, "검사하다")
    create(client, "검산하다")
    assert find(client, "검사") == [itself]
    assert marked(search(client, "검사")[0]["hit"]) == ["검사"]


def test_all_words_must_match_and_titles_come_first(client, tab):
    apart = ask_with(tab, "고양이")["conversation"]["id"]
    ask_with(tab, "강아지", apart)
    together = ask_with(tab, "강아지와 고양이")["conversation"]["id"]
    ask_with(tab, "고양이뿐")
    title = create(client, "고양이, 강아지")
    conversations = wait_found(client, "강아지 고양이", count=3)
    assert [conversation["id"] for conversation in conversations] == [title, together, apart]
    assert conversations[0]["hit"] == {
        "message_id": None,
        "parts": [
            {"text": "고양이", "match": True},
            {"text": ", ", "match": False},
            {"text": "강아지", "match": True},
        ],
        "words": ["고양이", "강아지"],
    }


def test_initial_consonants_find_titles_and_messages(client, tab):
    said = ask_with(tab, "파이썬 제너레이터를")["conversation"]["id"]
    title = create(client, "새 제너레이터")
    conversations = wait_found(client, "ㅈㄴㄹㅇㅌ", count=2)
    assert [conversation["id"] for conversation in conversations] == [title, said]
    assert [marked(conversation["hit"]) for conversation in conversations] == [["제너레이터"]] * 2
    assert find(client, "ㅈㄴㄹ ㅍㅇㅆ") == [said]
    assert search(client, "ㅈㄴㄹ ㅍㅇㅆ")[0]["hit"]["words"] == ["파이썬", "제너레"]
    assert find(client, "ㅈ") == [title, said]


def test_a_renamed_conversation_is_found_by_its_new_title_at_once(client):
    made = create(client, "첫 이름")
    assert find(client, "첫") == [made]
    client.patch(f"/api/conversations/{made}", {"title": "새 이름"})
    assert (find(client, "첫"), find(client, "새 이름")) == ([], [made])


def test_another_owners_conversations_are_not_found(client, tab, new_client):
    ask_with(tab, "비밀번호")
    create(client, "비밀")
    wait_found(client, "비밀", count=2)
    assert find(new_client(), "비밀") == []


def test_deleted_conversations_are_not_found_until_restored(client, tab):
    conversation_id = ask_with(tab, "지우개")["conversation"]["id"]
    wait_found(client, "지우개")
    assert client.delete(f"/api/conversations/{conversation_id}").status == 204
    assert find(client, "지우개") == []
    client.patch(f"/api/conversations/{conversation_id}", {"deleted": False})
    assert find(client, "지우개") == [conversation_id]


def test_archived_conversations_are_found_unless_excluded(client, tab):
    kept, archived = (ask_with(tab, "보관함")["conversation"]["id"] for _ in range(2))
    client.patch(f"/api/conversations/{archived}", {"archived": True})
    wait_found(client, "보관함", count=2)
    assert find(client, "보관함", archived=1) == [archived]
    assert find(client, "보관함", archived=0) == [kept]


def test_every_branch_is_found(client, tab):
    first = ask_with(tab, "가지치기")
    fields = {"client_message_id": new_id(), "content": f"{FILLER}꽃꽂이 {unique('')}", "model": FAST}
    second = tab.ok("edit_message", message_id=first["message"]["id"], **fields)
    tab.wait_ended(second["generation_id"])
    (old,), (new,) = wait_found(client, "가지치기"), wait_found(client, "꽃꽂이")
    assert old["id"] == new["id"] == first["conversation"]["id"]
    assert old["hit"]["message_id"] == first["message"]["id"]
    assert new["hit"]["message_id"] == second["message"]["id"]


def test_a_continued_answer_is_found_by_all_its_text(client, tab):
    model = "script?tokens=400&rate=100&resume=1"
    ack = tab.ask(model, content=FILLER + unique())
    tab.wait_text(ack["generation_id"], "3 ")
    tab.ok("stop_generation", generation_id=ack["generation_id"])
    (conversation,) = wait_found(client, "2 3")
    assert conversation["hit"]["message_id"] == ack["assistant_message_id"]
    again = tab.ok("continue_generation", message_id=ack["assistant_message_id"])
    tab.wait_ended(again["generation_id"])
    wait_found(client, "399 400")
    assert find(client, "2 3 400") == [conversation["id"]]


def test_pages_have_no_gaps_or_repeats(client):
    made = {create(client, f"쪽 {number}") for number in range(60)}
    pages, cursor = [], None
    while True:
        reply = client.get("/api/conversations?q=%EC%AA%BD" + (f"&cursor={quote(cursor)}" if cursor else "")).json
        pages.append([conversation["id"] for conversation in reply["conversations"]])
        cursor = reply["next"]
        if cursor is None:
            break
    assert [len(page) for page in pages] == [50, 10]
    assert {*pages[0], *pages[1]} == made
    check_problem(client.get("/api/conversations?q=a&cursor=nonsense"), 400, "invalid")
    listed = client.get("/api/conversations").json["next"]
    check_problem(client.get(f"/api/conversations?q=a&cursor={quote(listed)}"), 400, "invalid")


def post(client, **body):
    return client.post("/api/conversations/search", body)


def test_a_search_by_post_finds_what_a_search_by_get_finds(client):
    made = [create(client, f"우체국 {number}") for number in range(52)]
    archived = made[:2]
    for conversation_id in archived:
        assert client.patch(f"/api/conversations/{conversation_id}", {"archived": True}).status == 200
    first = post(client, q="우체국").json
    assert first == client.get("/api/conversations?q=%EC%9A%B0%EC%B2%B4%EA%B5%AD").json
    second = post(client, q="우체국", cursor=first["next"]).json
    assert {one["id"] for page in (first, second) for one in page["conversations"]} == set(made)
    assert second["next"] is None
    for wanted in (True, False):
        assert post(client, q="우체국", archived=wanted).json["conversations"] == search(
            client, "우체국", archived=wanted
        )


@pytest.mark.parametrize(
    "body",
    [{}, {"q": ""}, {"q": " \u3000"}, {"q": "a" * 201}, {"q": 7}, {"q": "a", "cursor": "x"}, {"q": "a", "limit": 1}],
)
def test_a_search_by_post_names_what_is_wrong(client, body):
    problem = check_problem(post(client, **body), 400, "invalid")
    assert problem["detail"].startswith(("cursor: ", "limit: ") if body.get("q") == "a" else "q: ")


@pytest.mark.parametrize("query", ["", " ", "%20%09%0A", "%E3%80%80"])
def test_a_blank_query_is_the_plain_list(client, query):
    made = create(client, "하나")
    reply = client.get(f"/api/conversations?q={quote(query, safe='%')}").json
    assert [conversation["id"] for conversation in reply["conversations"]] == [made]
    assert "hit" not in reply["conversations"][0]


HARMLESS = ['"', '"stream', "stream OR", "NEAR(stream, 3)", "stream*", "-stream", "^stream", "tokens:stream", "(", "\\"]
HARMLESS += [
    "%",
    "_",
    "'; DROP TABLE messages; --",
    "\0",
    "🎉",
    "👨‍👩‍👧",
    "!?…",
    "a" * 200,
    "가" * 200,
    "\ufeff",
    "{stream} +",
]


@pytest.mark.parametrize("query", HARMLESS)
def test_operators_in_a_query_are_plain_text(client, module_client, query):
    create(client, "stream")
    search(client, query)
    assert find(client, "stream") != []


@pytest.mark.parametrize("query", ["a" * 201, "가" * 400, " ".join("abcdefghijklmnopqrstuvwxyz")])
def test_a_query_that_is_too_long_is_named(client, query):
    problem = check_problem(client.get(f"/api/conversations?q={quote(query)}"), 400, "invalid")
    assert problem["detail"].startswith("q: ")


def test_an_enormous_query_is_refused_before_it_is_parsed(client):
    assert client.get(f"/api/conversations?q={'a' * 10_000}").status == 414
    assert find(client, "a") == []


def test_a_search_needs_a_session(new_client):
    check_problem(new_client(signed_in=False).get("/api/conversations?q=a"), 401, "unauthenticated")


def test_messages_sent_before_a_crash_are_found_after_it(new_server, new_client):
    server: Server = new_server()
    client: Client = new_client(server)
    tab = client.tab()
    conversation_id = ask_with(tab, "재시작")["conversation"]["id"]
    server.kill9()
    server.start()
    (conversation,) = wait_found(client, "재시작")
    assert conversation["id"] == conversation_id


def test_a_purged_conversation_is_removed_from_the_index(new_server, new_client):
    server: Server = new_server(CHATAPP_GRACE_SECONDS="0.1")
    client: Client = new_client(server)
    conversation_id = ask_with(client.tab(), "영영 사라질")["conversation"]["id"]
    wait_found(client, "사라질")
    assert client.delete(f"/api/conversations/{conversation_id}").status == 204
    with closing(sqlite3.connect(server.folder / "chatapp.db")) as database:
        query = """
            SELECT NOT EXISTS (
                SELECT id FROM messages UNION ALL SELECT id FROM search_parts UNION ALL SELECT number FROM search_blocks
                UNION ALL SELECT message_id FROM search_leftovers
            )
        """
        eventually(lambda: database.execute(query).fetchone()[0], what="the removal of everything")

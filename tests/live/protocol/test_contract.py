"""The application registers exactly what docs/protocol.md documents."""

import re

import pytest

from support.paths import ROOT
from support.registry import registered
from support.shapes import check_fact, check_queued
from support.tab import new_id, unique

PAGE = (ROOT / "docs" / "protocol.md").read_text()
EXTRA_COMMANDS = {"connect", "disconnect", "*"}


def section(title: str) -> str:
    """Return the text under one heading of the page."""
    return PAGE.split(f"## {title}\n", 1)[1].split("\n## ", 1)[0]


def first_cells(text: str) -> list[str]:
    """Return the first cell of each row of the tables in a text, without the headings."""
    rows = [re.split(r"(?<!\\)\|", line)[1].strip() for line in text.splitlines() if line.startswith("| ")]
    return [row for row in rows if row.startswith("`")]


def without_names(path: str) -> str:
    return re.sub(r"<[^>]*>", "<>", path)


def place_of(queued: dict[str, object]) -> dict[str, object]:
    """Return what an event says of a queued question that has not changed."""
    return {name: queued[name] for name in ("id", "parent_id", "revision")}


def documented_calls() -> set[tuple[str, str]]:
    """Return the methods and paths of the page's table, without the names in angle brackets."""
    calls, methods = set(), []
    for part in re.findall(r"`([^`]+)`", " ".join(first_cells(section("HTTP")))):
        method, _, path = part.partition(" ")
        methods.append(method)
        if path:
            calls |= {(one, without_names(path.split("?")[0])) for one in methods}
            methods = []
    return calls


@pytest.fixture(scope="module")
def application():
    """What the real application has registered."""
    return registered()


def test_the_commands_are_the_documented_ones(application):
    documented = {cell.strip("`") for cell in first_cells(section("Commands: client to server"))}
    assert len(documented) == 14
    assert set(application["commands"]) - EXTRA_COMMANDS == documented


def test_the_facts_are_the_documented_ones(application):
    text = section("Facts: server to room")
    table = {cell.strip("`") for cell in first_cells(text)}
    session = set(re.findall(r"`(conversation_\w+)`", text)) - {"conversation_id"}
    assert len(table | session) == 9
    assert set(application["events"]) == table | session


def test_the_calls_are_the_documented_ones(application):
    registered = {
        (method, without_names(rule))
        for methods, rule in application["rules"]
        for method in methods
        if not rule.startswith("/static/")
    }
    assert registered == documented_calls()


def test_a_whole_scenario_sends_only_documented_facts(client, tab):
    """Every command that makes facts, recorded by two tabs."""
    other = client.tab()
    first = tab.ask_and_wait("script?tokens=5&reasoning=2")
    conversation_id = first["conversation"]["id"]
    other.ok("open_conversation", conversation_id=conversation_id)
    running = tab.ask("script?tokens=1000&rate=100", conversation_id)
    queued = tab.ask("script?tokens=2", conversation_id, queue=True)["queued"]
    edit = {"queued_id": queued["id"], "revision": 1, "content": unique(), "options": {"top_p": 1}}
    edited = tab.ok("edit_queued", **edit)["queued"]
    assert check_queued(edited)["revision"] == 2
    moved = tab.ok("move_queued", queued_id=queued["id"], before=None)
    assert moved["queue"] == {"revision": 3, "questions": [place_of(edited)]}
    opened = other.ok("open_conversation", conversation_id=conversation_id)
    assert opened["queue"] == {"revision": 3, "questions": [edited]}
    assert tab.ok("take_back_queued", queued_id=queued["id"])["queued"] == edited
    tab.wait_text(running["generation_id"], "3 ")
    tab.ok("stop_generation", generation_id=running["generation_id"])
    continuation = tab.ok("continue_generation", message_id=running["assistant_message_id"])
    tab.ok("stop_generation", generation_id=continuation["generation_id"])
    fields = {"client_message_id": new_id(), "content": unique(), "model": "script?status=500"}
    failed = tab.ok("edit_message", message_id=first["message"]["id"], **fields)
    tab.wait_ended(failed["generation_id"])
    again = tab.ok("regenerate", message_id=first["assistant_message_id"], model="script?tokens=2")
    tab.wait_ended(again["generation_id"])
    tab.ok("select_branch", conversation_id=conversation_id, message_id=first["message"]["id"])
    client.patch(f"/api/conversations/{conversation_id}", {"title": "x"})
    client.delete(f"/api/conversations/{conversation_id}")
    for one in (tab, other):
        one.wait_fact("conversation_removed", conversation_id=conversation_id)
        for event in one.events:
            check_fact(event.name, event.payload)
    assert {event.name for event in other.events} == {
        "token",
        "message_added",
        "generation_started",
        "generation_ended",
        "queue_changed",
        "conversation_added",
        "conversation_changed",
        "conversation_removed",
    }

"""The pages of docs/: their commands and examples are extracted, run, and must do what the pages say."""

import json
import os
import re
import runpy
import shlex
import shutil
import subprocess
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path

import pytest

from chatapp import config
from support.client import Client
from support.paths import ROOT
from support.processes import Server, Upstream, clean_environment
from support.tab import Tab, new_id
from support.waiting import LIMIT

FENCED = re.compile(r"^( *)```(\w*)\n(.*?)^\1```$", re.DOTALL | re.MULTILINE)
LINK = re.compile(r"\]\(([^)\s#]*)(?:#([^)\s]+))?\)")
SETTINGS = re.compile(r"`((?:[A-Z_]+=\S+ )*[A-Z_]+=\S+)(?: make run)?`")
MAKE = re.compile(r"^make ([\w-]+)", re.MULTILINE)
TESTS = re.compile(r"`(tests/[\w./-]+)`")
LISTED = "http://localhost:11434/v1"  # Ollama's address, in the page's chatapp.toml

PAGES = [ROOT / "README.md", ROOT / "README.ko.md", *sorted((ROOT / "docs").glob("*.md"))]
PROVIDERS, PROVIDERS_KO = ROOT / "docs" / "providers.md", ROOT / "docs" / "providers.ko.md"
TERMINAL, TERMINAL_KO = ROOT / "docs" / "terminal.md", ROOT / "docs" / "terminal.ko.md"
CLONED = (
    "Makefile",
    "requirements.txt",
    "requirements-pip.txt",
    "gunicorn.conf.py",
    "wsgi.py",
    "chatapp",
    "migrations",
    "static",
    "templates",
)


def blocks(page: Path, language: str = "") -> list[str]:
    """Return the page's code blocks in one language, as a reader would paste them."""
    found = FENCED.findall(page.read_text(encoding="utf-8"))
    return [textwrap.dedent(code) for _, named, code in found if named == language]


def on_all_pages(pattern: re.Pattern[str]) -> list[str]:
    """Return the distinct matches on all pages, sorted."""
    return sorted({found for page in PAGES for found in pattern.findall(page.read_text(encoding="utf-8"))})


def slug(heading: str) -> str:
    """Return the anchor that GitHub gives to a heading."""
    return re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-")


def answer_of(file: Path, question: str) -> str:
    """Return the answer of the file's function, run as plain Python."""
    return "".join(runpy.run_path(str(file))["stream_gen"]([{"role": "user", "content": question}]))


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A fresh clone of the project, with the environment that `make` would install."""
    folder = tmp_path / "clone"
    folder.mkdir()
    for name in CLONED:
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
        copy(ROOT / name, folder / name)
    environment = folder / ".venv"
    environment.mkdir()
    for name in ("bin", "lib", "pyvenv.cfg"):
        (environment / name).symlink_to(Path(sys.prefix) / name)
    (environment / ".pip").touch()
    (environment / ".runtime").touch()
    (environment / ".dev").touch()
    return folder


@pytest.fixture
def start_server(clone: Path, new_server: Callable[..., Server]) -> Callable[..., Server]:
    """Start a server with a command of a page, run in a folder, on a port of its own."""

    def start(line: str, folder: Path = clone, **env: str) -> Server:
        server = new_server(start=False)
        server.command, server.cwd = shlex.split(line), folder
        server.env = {**own_environment(), "PORT": str(server.port), **env}
        return server.start()

    return start


def own_environment() -> dict[str, str]:
    """Return the environment without this project's settings and without those of a `make` that runs these tests."""
    return {name: value for name, value in clean_environment().items() if not name.startswith(("MAKE", "MFLAGS"))}


def ask(tab: Tab, question: str) -> tuple[str, list[str]]:
    """Ask without naming a model, as the page does; return the answer and its pieces."""
    ack = tab.ok("send_message", conversation_id=None, client_message_id=new_id(), content=question)
    message = tab.wait_ended(ack["generation_id"])["message"]
    assert message["status"] == "complete", message["error"]
    return message["content"], [token["text"] for token in tab.tokens(ack["generation_id"])]


@pytest.mark.parametrize("page", [PROVIDERS, PROVIDERS_KO], ids=lambda page: page.name)
def test_the_function_of_the_page_answers_before_and_after_an_edit(
    page: Path, clone: Path, start_server: Callable[..., Server], new_client: Callable[..., Client]
) -> None:
    code, line = blocks(page, "python")[0], next(block for block in blocks(page) if block.startswith("make run"))
    app = clone / "my_app.py"
    app.write_text(code, encoding="utf-8")
    tab = new_client(start_server(line)).tab()

    answer, pieces = ask(tab, "one two three")
    assert answer == answer_of(app, "one two three")
    assert len(pieces) > 1

    edited = re.sub(r'yield "[^"]+"', 'yield "Edited: "', code)
    assert edited != code
    app.write_text(edited, encoding="utf-8")
    assert ask(tab, "four")[0] == answer_of(app, "four") == "Edited: four "


def test_a_separate_folder_serves_its_function_and_the_terminal_asks_it(
    clone: Path, start_server: Callable[..., Server], tmp_path: Path
) -> None:
    work = tmp_path / "work"
    work.mkdir()
    (work / "my_app.py").write_text("def stream_gen(messages):\n    yield messages[-1]['content']\n")
    (line,) = {block for block in blocks(PROVIDERS) + blocks(PROVIDERS_KO) if "chatapp run" in block}
    server = start_server(line.replace("/path/to/project", str(clone)), work)
    env = {**server.env, "HOME": str(tmp_path), "XDG_CONFIG_HOME": str(tmp_path / "config")}
    # `git diff` in the clone then shows this line.
    shell("git init -q . && git add Makefile && echo added >> Makefile", clone, env)

    for page in (TERMINAL, TERMINAL_KO):
        *lines, endless = blocks(page)[0].splitlines()
        assert endless.endswith("chatapp chat")  # has no end; see tests/live/terminal/test_typing.py
        answers = [shell(line, clone, env) for line in lines]
        assert [answer.splitlines()[0] for answer in answers] == [shlex.split(line)[-1] for line in lines]
        assert "+added" in answers[1]

    alias = blocks(TERMINAL)[1].replace("/path/to/project", str(clone))
    _, _, command = shlex.split(alias)[1].partition("=")
    assert shell(f"{command} from elsewhere", work, env) == "from elsewhere\n"


def shell(line: str, folder: Path, env: dict[str, str]) -> str:
    """Run a line in a shell; return its output."""
    command = ["bash", "-c", line]
    ran = subprocess.run(
        command,
        cwd=folder,
        env=env,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=LIMIT,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    return ran.stdout


def test_the_function_of_a_streamlit_application_works_as_it_is(
    clone: Path, start_server: Callable[..., Server], new_client: Callable[..., Client], upstream: Upstream
) -> None:
    code = blocks(PROVIDERS, "python")[1]
    assert code == blocks(PROVIDERS_KO, "python")[1]
    assert '"gpt-5-mini"' in code
    known = code.replace('"gpt-5-mini"', '"script?tokens=20&rate=200"')  # the test's upstream has no other models
    (clone / "my_app.py").write_text(known, encoding="utf-8")
    key = re.search(r"`OPENAI_API_KEY=(\S+) (make run APP=[^`]+)`", PROVIDERS.read_text(encoding="utf-8"))
    server = start_server(key[2], OPENAI_API_KEY=key[1], OPENAI_BASE_URL=upstream.url)
    answer, _ = ask(new_client(server).tab(), "hello")
    assert len(answer.split()) == 20


def test_two_providers_work_side_by_side(
    clone: Path, start_server: Callable[..., Server], new_client: Callable[..., Client], upstream: Upstream
) -> None:
    (clone / "my_app.py").write_text(blocks(PROVIDERS, "python")[0], encoding="utf-8")
    file = blocks(PROVIDERS, "toml")[0]
    assert file == blocks(PROVIDERS_KO, "toml")[0]
    assert LISTED in file
    (clone / "chatapp.toml").write_text(file.replace(LISTED, upstream.url), encoding="utf-8")
    listed = new_client(start_server("make run")).get("/api/models").json
    ids = [model["id"] for model in listed["models"]]
    assert ids[-1] == "mine"
    assert ids[:-1]
    assert all(name.startswith("ollama/") for name in ids[:-1])
    assert listed["default"] == ids[0]


@pytest.mark.parametrize("name", ["exchange.md", "exchange.ko.md"])
def test_the_example_of_a_file_can_be_imported(name: str, client: Client) -> None:
    example = json.loads(blocks(ROOT / "docs" / name, "json")[0])
    reply = client.post("/api/conversations/import", example)
    assert reply.status == 201, reply.body
    (made,) = reply.json["conversations"]
    messages = client.get(f"/api/conversations/{made['id']}").json["messages"]
    (written,) = example["conversations"]
    assert [message["content"] for message in messages] == [message["content"] for message in written["messages"]]


@pytest.mark.parametrize("assignments", on_all_pages(SETTINGS))
def test_settings_that_a_page_names_exist(assignments: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)  # away from a developer's own .env
    for name in set(os.environ) - set(clean_environment()):
        monkeypatch.delenv(name)
    pairs = dict(assignment.split("=", 1) for assignment in shlex.split(assignments))
    for name, value in pairs.items():
        monkeypatch.setenv(name, value)
    settings = config.Settings()  # what else a public server needs stands beside it in the text
    assert config.unknown_variables() == []
    assert settings.openai_base_url == pairs.get("OPENAI_BASE_URL", "")
    assert settings.openai_api_key == pairs.get("OPENAI_API_KEY", "")


@pytest.mark.parametrize("target", on_all_pages(MAKE))
def test_make_targets_that_a_page_names_exist(target: str) -> None:
    command = ["make", "--dry-run", target]
    ran = subprocess.run(command, cwd=ROOT, env=own_environment(), capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    assert "Nothing to be done" not in ran.stdout  # as for a folder of that name


@pytest.mark.parametrize("path", on_all_pages(TESTS))
def test_tests_that_a_page_names_exist(path: str) -> None:
    assert (ROOT / path).exists()


def test_the_table_of_tests_has_every_package() -> None:
    section = (ROOT / "docs" / "development.md").read_text(encoding="utf-8").split("## Which tests cover what\n")[1]
    rows = set(re.findall(r"^\| `(\w+)`", section, re.MULTILINE))
    assert {path.parent.name for path in (ROOT / "chatapp").glob("*/__init__.py")} <= rows


def test_links_have_targets() -> None:
    links = [(page, *link) for page in PAGES for link in LINK.findall(page.read_text(encoding="utf-8"))]
    inside = [(page, path, anchor) for page, path, anchor in links if "://" not in path]
    assert [
        f"{page.name}: {path}#{anchor}" for page, path, anchor in inside if not has_target(page, path, anchor)
    ] == []


def has_target(page: Path, path: str, anchor: str) -> bool:
    """Tell whether the file and the heading that a link names exist."""
    target = page.parent / path if path else page
    if not anchor:
        return target.exists()
    text = FENCED.sub("", target.read_text(encoding="utf-8"))
    return anchor in {slug(heading) for heading in re.findall(r"^#+ (.+)$", text, re.MULTILINE)}

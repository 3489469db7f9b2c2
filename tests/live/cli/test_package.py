"""chatapp as `pip install` installs it: the wheel, in an environment of its own, started outside any checkout."""

import subprocess
import sys
import sysconfig
import venv
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from support.client import Client
from support.paths import ROOT
from support.processes import Server, clean_environment
from support.tab import Tab, new_id
from support.waiting import LIMIT

CARRIED = ("migrations", "static", "templates")
GUNICORN = "import sys\nfrom gunicorn.app.wsgiapp import run\nsys.exit(run())\n"


def pip(*arguments: str) -> None:
    """Run the environment's pip, without a registry."""
    command = [sys.executable, "-m", "pip", *arguments, "--quiet", "--no-deps", "--no-index"]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=LIMIT, check=False)
    assert ran.returncode == 0, ran.stderr


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, as the build system makes it."""
    folder = tmp_path_factory.mktemp("wheel")
    pip("wheel", "--no-build-isolation", "--wheel-dir", str(folder), str(ROOT))
    (made,) = folder.iterdir()
    return made


@pytest.fixture(scope="module")
def environment(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A virtual environment with the wheel; its dependencies come from the environment of the tests."""
    folder = tmp_path_factory.mktemp("environment")
    venv.create(folder, with_pip=False)
    pip("--python", str(folder / "bin" / "python"), "install", str(wheel))
    packages = package_of(folder).parent
    (packages / "tests.pth").write_text(f"{sysconfig.get_path('purelib')}\n")
    gunicorn = folder / "bin" / "gunicorn"  # as pip would have made it, had it installed gunicorn here
    gunicorn.write_text(f"#!{folder / 'bin' / 'python'}\n{GUNICORN}")
    gunicorn.chmod(0o755)
    return folder


@pytest.fixture
def start_installed(environment: Path, new_server: Callable[..., Server], tmp_path: Path) -> Callable[..., Server]:
    """Start a server by a command of the environment, from an empty folder and with an empty home."""

    def start(*command: str, **env: str) -> Server:
        server = new_server(start=False)
        server.command = [str(environment / "bin" / command[0]), *command[1:]]
        server.cwd = tmp_path / "empty"
        server.cwd.mkdir()
        home = {"HOME": str(tmp_path / "home"), "XDG_DATA_HOME": ""}
        server.env = {**clean_environment(), **home, "PORT": str(server.port), **env}
        return server.start()

    return start


def package_of(environment: Path) -> Path:
    (package,) = environment.glob("lib/python*/site-packages/chatapp")
    return package


def run(environment: Path, *arguments: str, **env: str) -> "subprocess.CompletedProcess[str]":
    """Run the command to its end."""
    command, env = [environment / "bin" / "chatapp", *arguments], {**clean_environment(), **env}
    return subprocess.run(command, env=env, capture_output=True, text=True, timeout=LIMIT, check=False)


def files_below(folder: Path) -> dict[str, tuple[int, int]]:
    """Return the size and the time of each file, except compiled Python."""
    files = (path for path in folder.rglob("*") if path.is_file() and path.suffix != ".pyc")
    return {str(path.relative_to(folder)): (path.stat().st_size, path.stat().st_mtime_ns) for path in files}


def ask(tab: Tab, question: str) -> str:
    """Ask; check that the tokens are the whole answer, and return it."""
    ack = tab.ok("send_message", conversation_id=None, client_message_id=new_id(), content=question)
    message = tab.wait_ended(ack["generation_id"])["message"]
    assert message["status"] == "complete", message["error"]
    assert "".join(token["text"] for token in tab.tokens(ack["generation_id"])) == message["content"]
    return message["content"]


def test_the_wheel_contains_the_files_beside_the_package(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        carried = {name.removeprefix("chatapp/files/") for name in archive.namelist() if "chatapp/files/" in name}
    beside = [path for name in CARRIED for path in (ROOT / name).rglob("*") if path.is_file()]
    expected = {str(path.relative_to(ROOT)) for path in beside if path.suffix != ".pyc"}
    single = {".env.example", "chatapp.example.toml", "gunicorn.conf.py", "wsgi.py"}
    assert carried == expected | single


def test_the_command_serves_the_page_and_a_whole_answer(
    environment: Path, start_installed: Callable[..., Server], new_client: Callable[..., Client], tmp_path: Path
) -> None:
    before = files_below(package_of(environment).parent)
    server = start_installed("chatapp")
    client = new_client(server)

    page = client.get("/")
    assert page.status == 200
    assert b"</html>" in page.body
    style = page.body.partition(b'href="/static/')[2].partition(b'"')[0].decode()
    assert client.get(f"/static/{style}").status == 200
    assert client.get("/static/any/vendor/VERSIONS.md").body == (ROOT / "static/vendor/VERSIONS.md").read_bytes()
    assert len(ask(client.tab(), "Hello?")) > 10

    server.close()
    assert "OPENAI_API_KEY=sk-... chatapp\n" in server.log(), "its hints name what one types"
    data = tmp_path / "home" / ".local" / "share" / "chatapp"
    assert {"chatapp.db", "secret_key"} <= {path.name for path in (data / "instance").iterdir()}
    assert data.stat().st_mode & 0o777 == 0o700
    assert list((tmp_path / "empty").iterdir()) == []
    assert files_below(package_of(environment).parent) == before


def test_files_are_where_help_says_and_gunicorn_serves_with_them(
    environment: Path, start_installed: Callable[..., Server], new_client: Callable[..., Client], tmp_path: Path
) -> None:
    output = run(environment, "help", XDG_DATA_HOME=str(tmp_path / "data")).stdout
    files = package_of(environment) / "files"
    assert f": {files}\n" in output
    assert f": {tmp_path / 'data' / 'chatapp'}\n" in output

    server = start_installed(
        "gunicorn", "--config", str(files / "gunicorn.conf.py"), XDG_DATA_HOME=str(tmp_path / "data")
    )
    assert ask(new_client(server).tab(), "Hello?")
    assert (tmp_path / "data" / "chatapp" / "instance" / "chatapp.db").exists()


def test_a_users_function_answers_with_the_settings_of_the_data_folder(
    start_installed: Callable[..., Server], new_client: Callable[..., Client], tmp_path: Path
) -> None:
    data = tmp_path / "home" / ".local" / "share" / "chatapp"
    data.mkdir(parents=True)
    (data / ".env").write_text(f"CHATAPP_INSTANCE={tmp_path / 'elsewhere'}\n")
    app = tmp_path / "my_app.py"
    app.write_text("def reply(messages):\n    yield 'You said: '\n    yield messages[-1]['content']\n")
    server = start_installed("chatapp", "run", f"{app}:reply")
    assert ask(new_client(server).tab(), "hello") == "You said: hello"
    assert (tmp_path / "elsewhere" / "chatapp.db").exists()


def test_chatapp_toml_is_read_from_the_data_folder(environment: Path, tmp_path: Path) -> None:
    (tmp_path / "chatapp").mkdir()
    (tmp_path / "chatapp" / "chatapp.toml").write_text("providers = 3\n")
    ran = run(environment, XDG_DATA_HOME=str(tmp_path))
    assert ran.returncode == 1
    assert "Error: chatapp.toml: providers" in ran.stderr


def test_a_data_folder_that_cannot_be_used_is_named(environment: Path, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    ran = run(environment, XDG_DATA_HOME=str(tmp_path / "file"))
    assert (ran.returncode, ran.stdout) == (1, "")
    assert ran.stderr.startswith(f"Error: The folder {tmp_path / 'file' / 'chatapp'} cannot be used")
    assert "XDG_DATA_HOME" in ran.stderr

"""`python -m chatapp`: run a command, or serve with gunicorn."""

import importlib
import importlib.util
import os
import sys
from pathlib import Path

if not __package__:  # started as `python /path/to/chatapp`: sys.path has the package itself, not its parent
    sys.path[0] = str(Path(__file__).resolve().parent.parent)

from chatapp import FILES, HOME, IS_INSTALLED, PACKAGE

#: Name -> (module with `main(arguments) -> exit status`, imported on use; description).
COMMANDS = {
    "run": ("chatapp.cli.run", "serve with a function of your own behind the page"),
    "chat": ("chatapp.terminal", "ask a running server from the terminal"),
    "owners": ("chatapp.cli.owners", "list who owns conversations, or give one's to another"),
    "doctor": ("chatapp.cli.doctor", "try a model server, and report what works with it"),
    "cache": ("chatapp.cli.cache", "show or empty the cache of answers to repeated questions"),
    "backup": ("chatapp.cli.backup", "copy the conversations and the secret key, also while the server runs"),
    "restore": ("chatapp.cli.restore", "put a backup in place of the conversations"),
}


def main() -> int:
    """Run the command that the first argument names; without one, serve. Returns the exit status."""
    use_own_environment()
    name, arguments = next(iter(sys.argv[1:]), ""), sys.argv[2:]
    if name in COMMANDS:
        command = importlib.import_module(COMMANDS[name][0])
        return int(command.main(arguments))
    if name in {"help", "--help", "-h"}:
        sys.stdout.write(help_text())
        return 0
    serve(sys.argv[1:])
    return 0


def use_own_environment() -> None:
    """Re-execute in the virtual environment of `make` if this Python lacks the dependencies. Exits without one."""
    if importlib.util.find_spec("websocket"):
        return
    if IS_INSTALLED:
        sys.exit("Error: what chatapp needs is not installed here. Install chatapp again, with its dependencies.")
    own = FILES / ".venv" / "bin" / "python"
    if not own.exists() or own.parent == Path(sys.executable).parent:
        sys.exit(f"Error: what chatapp needs is not installed here. `make setup` in {FILES} installs it.")
    os.execv(own, [str(own), str(PACKAGE), *sys.argv[1:]])  # noqa: S606 (a fixed command, no shell)


def help_text() -> str:
    """Return the text of `--help`."""
    lines = [f"  {name:<8} {description}" for name, (_, description) in COMMANDS.items()]
    return "\n".join(
        [
            "python -m chatapp COMMAND ...",
            *lines,
            "Each has a --help option.",
            "",
            "python -m chatapp [GUNICORN'S OPTIONS]",
            "  serves; .env.example has the settings, `gunicorn --help` the options.",
            "",
            f"Its files, including .env.example: {FILES}",
            f"The folder of .env, chatapp.toml and the instance folder: {HOME}",
            "",
        ]
    )


def serve(options: list[str]) -> None:
    """Replace this process with gunicorn, in chatapp's home folder. Exits where the folder cannot be used."""
    try:
        HOME.mkdir(parents=True, exist_ok=True, mode=0o700)
        os.chdir(HOME)
    except OSError as error:
        sys.exit(f"Error: The folder {HOME} cannot be used ({error.strerror}). XDG_DATA_HOME names its parent.")
    gunicorn = str(Path(sys.executable).with_name("gunicorn"))
    command = [gunicorn, "--config", str(FILES / "gunicorn.conf.py"), "wsgi:app", *options]
    os.execv(gunicorn, command)  # noqa: S606 (a fixed command, no shell)


if __name__ == "__main__":
    sys.exit(main())

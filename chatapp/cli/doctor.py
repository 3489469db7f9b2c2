"""`python -m chatapp doctor`: try a model server, and report in plain words what works with it and what differs."""

import argparse
import contextlib
import os
import sys
import warnings
from dataclasses import dataclass

warnings.filterwarnings("ignore", message=r"\s*Eventlet is deprecated")

from chatapp import HOME, config, demo  # noqa: E402
from chatapp.cli.answer import when_loaded  # noqa: E402
from chatapp.cli.examination import Examination, ExaminedProvider, Finding  # noqa: E402
from chatapp.cli.raw_server import RawServer  # noqa: E402
from chatapp.config import Settings  # noqa: E402
from chatapp.errors import ProviderError, SettingsError  # noqa: E402
from chatapp.providers import config_file, configured  # noqa: E402
from chatapp.providers.config_file import ProviderSettings  # noqa: E402
from chatapp.providers.openai.openai_compatible import OPENAI_URL  # noqa: E402

FAILED, WRONG = 1, 2


def main(arguments: list[str]) -> int:
    """Examine a server, and print the report. Returns 0 if it can be used, else 1; 2 for wrong arguments."""
    parser = argparse.ArgumentParser(
        prog="python -m chatapp doctor",
        description="Try a model server: streaming, stop, length, thoughts, continuing, options, wrong names and keys, "
        "a conversation that is too long. It asks some 30 short questions and a very long one, which may cost money.",
    )
    parser.add_argument("--provider", required=True, metavar="NAME|URL", help="of chatapp.toml, or a base URL")
    add_options(parser)
    chosen = parser.parse_args(arguments)
    return examine(chosen.provider, chosen.model, chosen.key_env, chosen.seconds)


def add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--model", default="", help="default: the first that the server lists")
    parser.add_argument("--key-env", default="", metavar="VARIABLE", help="the environment variable with the key")
    parser.add_argument("--seconds", type=float, default=120.0, help="the bound of each check (120)")


def examine(named: str, model: str, key_env: str, seconds: float) -> int:
    """Print the report of a server, line by line. Returns the exit status."""
    with contextlib.suppress(OSError):
        os.chdir(HOME)  # the folder of the server's settings
    try:
        server = _find(named, key_env)
        provider = server.with_key(server.key)
        listed, loading = when_loaded(provider.models)
    except SettingsError as error:
        sys.stderr.write(f"Error: {error}\n")
        return WRONG
    except ProviderError as error:
        if not model:
            sys.stderr.write(f"Error: the models cannot be listed ({error.message}); --model names one.\n")
            return FAILED
        listed, loading = [], ""
    model = model or next((each.id for each in listed), "")
    if not model:
        sys.stderr.write("Error: the server lists no model; --model names one.\n")
        return FAILED
    raw = RawServer(server.url, server.key, seconds)
    _print(f"{server.url}, model {model}\n")
    _print_finding(Finding("server", "ok", raw.description()))
    _print_finding(
        Finding("models", "ok" if listed else "differs", f"{len(listed)} listed{'; ' if loading else ''}{loading}")
    )
    verdicts = set()
    for finding in Examination(provider, model, raw, server.with_key, seconds).run():
        _print_finding(finding)
        verdicts.add(finding.verdict)
    return FAILED if "FAILS" in verdicts else 0


@dataclass(frozen=True)
class Examinee:
    """A server to examine. `address`: the name of the setting of its URL."""

    name: str
    section: ProviderSettings
    settings: Settings
    key: str
    address: str = ""

    @property
    def url(self) -> str:
        return self.section.base_url or ""

    def with_key(self, key: str) -> ExaminedProvider:
        return configured.make_server(self.name, self.section, self.settings, key=key, address=self.address)


def _find(named: str, key_env: str) -> Examinee:
    """Return the server of a base URL, or of a provider's name. Raises SettingsError."""
    key, settings = config_file.read_variable(key_env) if key_env else "", config.load()
    if "://" in named:
        if not named.startswith(("http://", "https://")):
            raise SettingsError(f"{named} is no address of a server: it begins with http:// or https://.")
        return Examinee("doctor", ProviderSettings(base_url=named), settings, key, "the URL")
    file = config_file.read(settings)
    if file is None:
        if named != ("demo" if settings.demo else "openai"):
            raise SettingsError(f"There is no provider {named}, since there is no chatapp.toml. Give a base URL.")
        url = demo.start() if settings.demo else settings.openai_base_url or OPENAI_URL
        section, key = ProviderSettings(base_url=url), key or settings.openai_api_key
        return Examinee(named, section, settings, key, "OPENAI_BASE_URL")
    section = file.providers.get(named, ProviderSettings(function="no:function"))
    if not section.base_url:
        names = ", ".join(name for name, each in file.providers.items() if each.base_url)
        raise SettingsError(f"There is no server {named} in chatapp.toml. There are: {names or 'none'}.")
    return Examinee(named, section, settings, key or config_file.read_variable(section.key_env or ""))


def _print_finding(finding: Finding) -> None:
    _print(f"  {finding.name:<14} {finding.verdict:<8} {_printable(finding.text)}\n")


def _print(text: str) -> None:
    sys.stdout.write(text)
    sys.stdout.flush()


def _printable(text: str) -> str:
    """Return one line without what a terminal would obey."""
    return "".join(character if character.isprintable() else " " for character in text)[:400]

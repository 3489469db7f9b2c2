"""The command line of `python -m chatapp chat`."""

import argparse
import json
import os
from typing import Any
from urllib.parse import urlsplit

DEFAULT_PORTS = {"http": 80, "https": 443}
EPILOG = """\
A pipe is attached to the question, or is the question:
  git diff | %(prog)s "review this"
Without a question, on a terminal: one question after the other. An empty line or Ctrl-D ends.
Ctrl-C stops the answer, a second one leaves.

The answer goes to standard output, all else to standard error.
Exit status: 0 complete, 1 failed, 2 wrong use, 3 no server, 4 not let in, 130 stopped.
"""


def parse_arguments(arguments: list[str]) -> argparse.Namespace:
    """Parse the command line. Wrong use exits with status 2."""
    parser = argparse.ArgumentParser(
        prog="python -m chatapp chat",
        description="Ask a running server, and see the answer as it comes.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("question", nargs="*", help="what to ask")
    parser.add_argument(
        "--server",
        type=parse_origin,
        metavar="URL",
        default=os.environ.get("CHATAPP_SERVER") or f"127.0.0.1:{os.environ.get('PORT') or 8000}",
        help="default: CHATAPP_SERVER, else port PORT or 8000 of this machine",
    )
    parser.add_argument("--model", help="who answers; --models lists them")
    parser.add_argument("--system", metavar="PROMPT", help="the system prompt of a new conversation")
    parser.add_argument(
        "--option", type=parse_option, action="append", default=[], metavar="NAME=VALUE", help="such as temperature=0.2"
    )
    where = parser.add_mutually_exclusive_group()
    where.add_argument(
        "--continue", action="store_true", dest="is_continued", help="go on in the conversation of last time"
    )
    where.add_argument(
        "--conversation", type=parse_conversation_id, metavar="ID", help="go on in this one; its URL does too"
    )
    parser.add_argument("--code", help="join the session of the browser that shows this one-time code")
    parser.add_argument("--password", action="store_true", help="ask for the server's password; else CHATAPP_PASSWORD")
    lists = parser.add_mutually_exclusive_group()
    lists.add_argument("--list", action="store_true", help="list the newest conversations, and end")
    lists.add_argument("--models", action="store_true", help="list the models, and end")
    options = parser.parse_args(arguments)
    if options.system is not None and (options.is_continued or options.conversation):
        parser.error("--system begins a new conversation: it does not go with --continue or --conversation")
    return options


def parse_origin(address: str) -> str:
    """Return the origin of a server's address, in the format of browsers."""
    parts = urlsplit(address if "://" in address else f"http://{address}")
    try:
        port = parts.port
    except ValueError:
        port = 0
    if parts.scheme not in DEFAULT_PORTS or not parts.hostname or port == 0:
        raise argparse.ArgumentTypeError(f"{address!r} is no address like http://127.0.0.1:8000")
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    return f"{parts.scheme}://{host}" + ("" if port in {None, DEFAULT_PORTS[parts.scheme]} else f":{port}")


def parse_option(text: str) -> tuple[str, Any]:
    """Parse NAME=VALUE. The value is JSON if it is valid JSON, else text."""
    name, separator, value = text.partition("=")
    if not separator or not name:
        raise argparse.ArgumentTypeError(f"{text!r} is not NAME=VALUE")
    try:
        return name, json.loads(value)
    except ValueError:
        return name, value


def parse_conversation_id(address: str) -> str:
    """Return a conversation's id, given the id or its page's URL."""
    return address.rstrip("/").rpartition("/")[2]

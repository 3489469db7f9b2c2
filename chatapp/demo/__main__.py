"""`python -m chatapp.demo`: the demo upstream as a process of its own."""

import argparse
import math
import os
import signal
import sys
import threading

from chatapp.demo.demo_server import Server

STOP = {signal.SIGTERM, signal.SIGINT}


def main() -> None:
    """Serve until a signal, or until stdin ends. Print the URL on one line."""
    arguments = parse_arguments()
    # Blocked before any thread starts, so that every thread inherits it and only sigwait() sees them.
    signal.pthread_sigmask(signal.SIG_BLOCK, STOP)
    server = Server(arguments.host, arguments.port, arguments.idle_seconds)
    threading.Thread(target=server.serve, daemon=True).start()
    if arguments.until_eof:
        threading.Thread(target=stop_at_eof, daemon=True).start()
    sys.stdout.write(f"listening on {server.base_url}\n")
    sys.stdout.flush()
    signal.sigwait(STOP)


def parse_arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="python -m chatapp.demo", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--idle-seconds", type=positive, help="close kept connections that are unused for so long")
    parser.add_argument("--until-eof", action="store_true", help="end when stdin ends: never outlive a parent")
    return parser.parse_args()


def positive(text: str) -> float:
    """Read a number of seconds."""
    seconds = float(text)
    if not 0 < seconds < math.inf:
        raise argparse.ArgumentTypeError("takes a number above zero")
    return seconds


def stop_at_eof() -> None:
    """Drain stdin, and end this process when stdin is closed."""
    # os.read, because a thread that holds the lock of sys.stdin would block the interpreter's exit.
    while os.read(0, 4096):
        pass
    os.kill(os.getpid(), signal.SIGTERM)


if __name__ == "__main__":
    main()

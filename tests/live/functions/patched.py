"""A process that is patched as a server is, and runs commands for providers of functions, one per line."""

import contextlib
import json
import logging
import os
import sys
from pathlib import Path
from typing import Any

import eventlet

sys.path[:0] = [str(Path(__file__).parents[3]), str(Path(__file__).parents[2])]
eventlet.monkey_patch()

from chatapp.errors import ProviderError  # noqa: E402
from chatapp.providers.base import Finish, Prompt, Reasoning, Usage  # noqa: E402
from chatapp.providers.function.function_provider import FunctionProvider  # noqa: E402
from chatapp.server import concurrency  # noqa: E402
from support.stopwatch import Stopwatch  # noqa: E402

providers: dict[str, FunctionProvider] = {}
answers: dict[str, concurrency.Task] = {}
gap = 0.0


def report(**event: Any) -> None:
    print(json.dumps(event), flush=True)


def heartbeat() -> None:
    """Record the longest time in which nothing else could run here, although there was a CPU for it."""
    global gap
    while True:
        watch = Stopwatch()
        concurrency.sleep(0.01)
        gap = max(gap, watch.seconds() - 0.01)


def new(name: str, target: str, folder: str, reload: bool) -> None:
    providers[name] = FunctionProvider(name, target, folder=Path(folder), reload=reload)
    providers[name].start()


def ask(name: str, answer: str, prompt: dict[str, Any], most: int | None) -> None:
    answers[answer] = concurrency.spawn(read, name, answer, Prompt(**prompt), most)


def ask_many(name: str, keys: list[str], prompt: dict[str, Any]) -> None:
    """Ask without a pause in between."""
    for answer in keys:
        ask(name, answer, prompt, None)


def read(name: str, answer: str, prompt: Prompt, most: int | None) -> None:
    """Read an answer as a server does; beyond `most` characters, as a server whose buffer is full."""
    error = None
    characters = 0
    try:
        with contextlib.closing(providers[name].stream(prompt)) as chunks:
            for chunk in chunks:
                report(answer=answer, **describe(chunk))
                characters += len(chunk) if isinstance(chunk, str) else 0
                while most is not None and characters > most:
                    concurrency.sleep(0.01)
                concurrency.sleep(0)
    except ProviderError as raised:
        error = raised.payload()
    report(answer=answer, end=error)


def describe(chunk: Any) -> dict[str, Any]:
    if isinstance(chunk, str):
        return {"reasoning" if isinstance(chunk, Reasoning) else "text": str(chunk)}
    if isinstance(chunk, Usage):
        return {"usage": [chunk.prompt_tokens, chunk.completion_tokens, chunk.total_tokens]}
    assert isinstance(chunk, Finish)
    return {"finish": chunk.reason}


def stop_answer(answer: str) -> None:
    """Stop an answer as a server does: its reader is interrupted where it waits."""
    answers[answer].cancel()
    answers[answer].wait()
    report(answer=answer, stopped=True)


def models(name: str) -> Any:
    try:
        return [model.payload() for model in providers[name].models()]
    except ProviderError as error:
        return error.payload()


def longest_gap() -> float:
    """Return the longest gap since the last call."""
    global gap
    found, gap = gap, 0.0
    return found


def stop_all() -> None:
    for answer in answers.values():
        answer.cancel()
    answers.clear()
    for provider in providers.values():
        provider.close()
    providers.clear()


def environment(name: str, value: str) -> None:
    os.environ[name] = value


def descriptors() -> int:
    return sum(1 for _ in Path("/proc/self/fd").iterdir())


COMMANDS = {
    "descriptors": descriptors,
    "environment": environment,
    "new": new,
    "ask": ask,
    "ask_many": ask_many,
    "stop_answer": stop_answer,
    "tasks": lambda: concurrency.Task.alive,
    "models": models,
    "identity": lambda name: providers[name].identity,
    "stop_all": stop_all,
    "stop": lambda name: providers[name].close(),
    "longest_gap": longest_gap,
}


def run_command(line: bytes) -> None:
    command, number, arguments = json.loads(line)
    report(reply=number, value=COMMANDS[command](**arguments))


def main() -> None:
    logging.basicConfig(level=logging.INFO, stream=sys.stderr, format="%(levelname)s %(name)s: %(message)s")
    concurrency.spawn(heartbeat)
    rest = b""
    while data := os.read(0, 65536):
        *lines, rest = (rest + data).split(b"\n")
        for line in lines:
            concurrency.spawn(run_command, line)
            concurrency.sleep(0)
    stop_all()


if __name__ == "__main__":
    main()

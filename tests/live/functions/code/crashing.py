"""Functions that fail: by an exception, by an exit, or with the whole process."""

import ctypes
import os
import signal
import sys
import time


def raises(messages):
    yield "so far"
    raise ValueError("the text with sk-abcdefghijk in it")


async def async_raises(messages):
    yield "so far"
    raise KeyError("missing")


class Surprise(BaseException):
    pass


def raises_base(messages):
    raise Surprise("no Exception")


def exits(messages):
    yield "so far"
    sys.exit(3)


async def async_exits(messages):
    yield "so far"
    sys.exit("bye")


def by(messages):
    """Crash as the question says, and otherwise answer."""
    how = messages[-1]["content"]
    if how == "slowly":
        for _ in range(100):
            yield "on "
            time.sleep(0.05)
    yield "so far"
    if how == "segfault":
        ctypes.string_at(0)
    elif how == "exit":
        os._exit(7)
    elif how == "kill":
        os.kill(os.getpid(), signal.SIGKILL)
    elif how == "fork":
        if os.fork() == 0:
            time.sleep(60)
        os._exit(8)
    elif how == "pid":
        yield f" {os.getpid()}"


class StatusError(Exception):
    def __init__(self, status, message, headers=None):
        super().__init__(message)
        self.status_code = status
        self.response = type("Response", (), {"status_code": status, "headers": headers or {}})()


class APIConnectionError(Exception):
    pass


class APITimeoutError(APIConnectionError):
    pass


def of_a_client(messages):
    how = messages[-1]["content"]
    if how == "connection":
        raise APIConnectionError("Connection error.")
    if how == "timeout":
        raise APITimeoutError("Request timed out.")
    if how == "refused":
        raise ConnectionRefusedError("nobody listens")
    raise StatusError(int(how), f"Error code: {how}", {"retry-after": "12"})

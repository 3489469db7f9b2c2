"""What keeps a function's process apart from the server, and lets it end with the server."""

import contextlib
import faulthandler
import os
import signal
import socket
import sys

PR_SET_PDEATHSIG = 1
LINE_BUFFERED = 1  # _IOLBF


def isolate(parent: int) -> None:
    """Leave signals to the server, end when it is killed, and let C code print line by line."""
    faulthandler.enable()
    # Handlers, not SIG_IGN: what a person's code starts would inherit that, and ignore its own terminate().
    # systemd sends SIGTERM to all processes of a service; the server says itself when this one shall end.
    signal.signal(signal.SIGTERM, _ignore_signal)
    signal.signal(signal.SIGINT, _ignore_signal)
    if sys.platform != "linux":
        return
    import ctypes

    libc = ctypes.CDLL(None, use_errno=True)
    # The socket's end tells of the server's end as well, but only code that lets other threads run sees it.
    libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        sys.exit("the server is gone")
    with contextlib.suppress(ValueError):
        libc.setvbuf(ctypes.c_void_p.in_dll(libc, "stdout"), None, LINE_BUFFERED, 0)


def close_in_forks(sockets: set[socket.socket]) -> None:
    """Give what a person's code forks none of this: a copy of a socket would hide that this process has ended."""

    def let_go() -> None:
        for one in tuple(sockets):
            one.close()
        for number in (signal.SIGTERM, signal.SIGINT):
            if signal.getsignal(number) is _ignore_signal:
                signal.signal(number, signal.SIG_DFL)

    os.register_at_fork(after_in_child=let_go)


def _ignore_signal(_number: int, _frame: object) -> None:
    """Do nothing."""

"""Isolates a function's process from the server, and ends it with the server."""

import contextlib
import faulthandler
import os
import signal
import socket
import sys

PR_SET_PDEATHSIG = 1
LINE_BUFFERED = 1  # _IOLBF


def isolate(parent: int) -> None:
    """Leave signals to the server, end with it, and make C code print line by line."""
    faulthandler.enable()
    # Handlers, not SIG_IGN: child processes of the user's code would inherit that, and ignore terminate().
    # systemd sends SIGTERM to all processes of a service; the server ends this one itself.
    signal.signal(signal.SIGTERM, _ignore_signal)
    signal.signal(signal.SIGINT, _ignore_signal)
    if sys.platform != "linux":
        return
    import ctypes

    libc = ctypes.CDLL(None, use_errno=True)
    # The socket's end shows the server's end as well, but not to code that never lets other threads run.
    libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        sys.exit("the server is gone")
    with contextlib.suppress(ValueError):
        libc.setvbuf(ctypes.c_void_p.in_dll(libc, "stdout"), None, LINE_BUFFERED, 0)


def close_in_forks(sockets: set[socket.socket]) -> None:
    """Close sockets and reset handlers in forked children: a copied socket would hide the end of this process."""

    def let_go() -> None:
        for one in tuple(sockets):
            one.close()
        for number in (signal.SIGTERM, signal.SIGINT):
            if signal.getsignal(number) is _ignore_signal:
                signal.signal(number, signal.SIG_DFL)

    os.register_at_fork(after_in_child=let_go)


def _ignore_signal(_number: int, _frame: object) -> None:
    """Do nothing."""

"""Memory of the process: large blocks are given back to the system."""

import contextlib
import ctypes

MMAP_THRESHOLD = -3  # as in malloc.h
LARGE_BYTES = 128 * 1024


def give_back_large_blocks() -> None:
    """Let glibc map each large block by itself (mallopt(3)), so that the system gets it back once it is freed.

    By default glibc keeps blocks of up to 32 MiB in its heap after the first ones were freed, and the heap cannot
    shrink below the last small block in use: a server that was flooded keeps the memory of its busiest moment.
    """
    with contextlib.suppress(OSError, AttributeError):  # other C libraries do not have it
        ctypes.CDLL(None).mallopt(MMAP_THRESHOLD, LARGE_BYTES)

"""How a function's process ended, for its log and as an answer's error. `status`: as of subprocess.Popen.returncode."""

import signal

from chatapp.errors import ProviderError


def while_writing(status: int) -> ProviderError:
    """Return the error of an answer that the process was writing."""
    if status == -signal.SIGKILL:
        return ProviderError(
            "provider_error",
            "The function's process was killed by {signal} while it wrote this answer. The machine may be out of "
            "memory.",
            signal=_name(status),
        )
    if status < 0:
        return ProviderError(
            "provider_error",
            "The function's process was killed by {signal} while it wrote this answer.",
            signal=_name(status),
        )
    return ProviderError(
        "provider_error",
        "The function's process exited with status {status} while it wrote this answer.",
        status=status,
    )


def while_loading(target: str, status: int) -> ProviderError:
    """Return the error of a function that the process was loading."""
    if status == -signal.SIGKILL:
        return ProviderError(
            "provider_unavailable",
            "The function {target} cannot be loaded: its process was killed by {signal}. The machine may be out of "
            "memory.",
            target=target,
            signal=_name(status),
        )
    if status < 0:
        return ProviderError(
            "provider_unavailable",
            "The function {target} cannot be loaded: its process was killed by {signal}.",
            target=target,
            signal=_name(status),
        )
    return ProviderError(
        "provider_unavailable",
        "The function {target} cannot be loaded: its process exited with status {status}.",
        target=target,
        status=status,
    )


def describe(status: int) -> str:
    """Return the cause for the log."""
    if status >= 0:
        return f"exited with status {status}"
    hint = "; the machine may be out of memory" if status == -signal.SIGKILL else ""
    return f"was killed by {_name(status)} ({signal.strsignal(-status)}{hint})"


def _name(status: int) -> str:
    return signal.Signals(-status).name if -status in set(signal.Signals) else f"signal {-status}"

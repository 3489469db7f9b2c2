"""`python -m live.connections.run NAME BASE_URL`: run one scenario, patched as a server is."""

import sys

import eventlet

eventlet.monkey_patch()

from live.connections.scenarios import bodies, interruption, network, pool, reuse  # noqa: E402
from live.connections.scenarios.harness import SCENARIOS  # noqa: E402

__all__ = ["bodies", "interruption", "network", "pool", "reuse"]


def main() -> None:
    name, base_url = sys.argv[1:]
    SCENARIOS[name](base_url)


if __name__ == "__main__":
    main()

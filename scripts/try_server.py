"""Try a model server that is not set up as a provider: `python scripts/try_server.py http://localhost:8080/v1`.

The report is that of `python -m chatapp doctor`.
"""

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from chatapp.cli import doctor


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("url", metavar="URL", help="the base URL, which usually ends in /v1")
    doctor.add_options(parser)
    chosen = parser.parse_args()
    return doctor.examine(chosen.url, chosen.model, chosen.key_env, chosen.seconds)


if __name__ == "__main__":
    sys.exit(main())

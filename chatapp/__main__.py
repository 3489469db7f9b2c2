"""`python -m chatapp`: serve, with gunicorn, on the port and folder that the settings name."""

import os
import sys

from chatapp import ROOT


def main() -> None:
    os.chdir(ROOT)
    command = [sys.executable, "-m", "gunicorn", "--config", "gunicorn.conf.py", "wsgi:app", *sys.argv[1:]]
    os.execv(sys.executable, command)  # noqa: S606 (the same process goes on as gunicorn)


if __name__ == "__main__":
    main()

"""`python -m chatapp`: serve, with gunicorn, on the port and folder that the settings name."""

import os
import sys
from pathlib import Path

from chatapp import ROOT


def main() -> None:
    os.chdir(ROOT)
    gunicorn = str(Path(sys.executable).with_name("gunicorn"))
    command = [gunicorn, "--config", "gunicorn.conf.py", "wsgi:app", *sys.argv[1:]]
    os.execv(gunicorn, command)  # noqa: S606 (the same process goes on as gunicorn)


if __name__ == "__main__":
    main()

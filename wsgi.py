"""The WSGI application for gunicorn: `gunicorn wsgi:app`."""

import gc
import sys

# Everything loaded during the start is permanent (application.py): collections would take a tenth of the start.
gc.disable()

import eventlet  # noqa: E402

# Before other imports, since modules keep references to unpatched functions.
eventlet.monkey_patch()

from chatapp import create_app  # noqa: E402
from chatapp.errors import SettingsError  # noqa: E402

WORKER_BOOT_ERROR = 3  # tells gunicorn not to try again

try:
    app = create_app()
except SettingsError as error:
    sys.stderr.write(f"Error: {error}\n")
    sys.exit(WORKER_BOOT_ERROR)
gc.enable()

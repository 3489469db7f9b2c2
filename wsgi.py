"""What gunicorn serves: `gunicorn wsgi:app`."""

import gc
import sys

# What is loaded now stays (application.py): looking through it all the while would take a tenth of the start.
gc.disable()

import eventlet  # noqa: E402

# Before anything else is imported: modules keep what they import.
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

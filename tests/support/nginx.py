"""nginx as docs/serving.md sets it up, in front of a server of the tests."""

import re
import shutil
import socket
import subprocess
from pathlib import Path

from support.paths import ROOT
from support.waiting import eventually

MISSING = "nginx is missing; on Debian or Ubuntu: apt-get install nginx-light"
CONFIGURATION = """
daemon off;
pid {folder}/pid;
error_log {folder}/error.log;
events {{}}
http {{
  access_log off;
  client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi;
  scgi_temp_path {folder}/scgi;
  map $http_upgrade $connection_upgrade {{ default upgrade; '' close; }}
  server {{
    listen 127.0.0.1:{port};
    {location}
  }}
}}
"""


def find() -> str | None:
    """Return the path of nginx, which is often not in the PATH of users."""
    return shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin:/usr/local/sbin")


class Nginx:
    """A running nginx on a port of its own."""

    def __init__(self, folder: Path, *, port: int, upstream: int) -> None:
        location = re.search(r"^```\n(location / \{.*?^\})", (ROOT / "docs/serving.md").read_text(), re.S | re.M)
        assert location, "docs/serving.md shows no location for nginx"
        configuration = folder / "nginx.conf"
        text = location[1].replace("127.0.0.1:8000", f"127.0.0.1:{upstream}")
        configuration.write_text(CONFIGURATION.format(folder=folder, port=port, location=text))
        self._process = subprocess.Popen([find(), "-p", str(folder), "-c", str(configuration)])
        self._port = port
        eventually(self._is_open, what="nginx")

    def _is_open(self) -> bool:
        assert self._process.poll() is None, "nginx ended"
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self._port)) == 0

    def close(self) -> None:
        self._process.terminate()
        self._process.wait(10)

"""nginx as docs/serving.md sets it up, in front of a server of the tests."""

import os
import re
import shutil
import socket
import ssl
import subprocess
from pathlib import Path

from support.paths import ROOT
from support.waiting import eventually

MISSING = "nginx is missing; on Debian or Ubuntu: apt-get install nginx-light"
#: The host of the documented configuration.
NAME = "chat.example.com"
CONFIGURATION = """
daemon off;
{user}
pid {folder}/pid;
error_log {folder}/error.log;
events {{}}
http {{
  access_log {folder}/access.log;
  client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi;
  scgi_temp_path {folder}/scgi;
  {documented}
}}
"""
#: What distinguishes the documented server of HTTPS from one of plain HTTP without limits.
TLS_AND_LIMITS = re.compile(r"^ +(?:ssl_|error_page |limit_|return ).*\n", re.M)
SERVER = re.compile(r"^server \{.*?^\}\n", re.M | re.S)


def find() -> str | None:
    """Return the path of nginx, which is often not in the PATH of users."""
    return shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin:/usr/local/sbin")


class Nginx:
    """A running nginx. With `tls`, a port, exactly as documented: `port` redirects to HTTPS.

    Without, `port` serves plain HTTP, without limits, else as documented.
    """

    def __init__(self, folder: Path, *, port: int, upstream: int, tls: int | None = None) -> None:
        self.folder, self.certificate = folder, folder / "certificate.pem"
        self._port = port
        text = _documented().replace("127.0.0.1:8000", f"127.0.0.1:{upstream}")
        if tls:
            _make_certificate(folder)
            text = text.replace("listen 80;", f"listen 127.0.0.1:{port};").replace(
                "listen 443 ", f"listen 127.0.0.1:{tls} "
            )
            text = re.sub(r"(?<=ssl_certificate ).*(?=;)", str(self.certificate), text)
            text = re.sub(r"(?<=ssl_certificate_key ).*(?=;)", str(folder / "key.pem"), text)
        else:
            head, (_, server) = text[: text.index("server {")], SERVER.findall(text)
            server = TLS_AND_LIMITS.sub("", server).replace("listen 443 ssl http2;", f"listen 127.0.0.1:{port};")
            text = head + server
        configuration = folder / "nginx.conf"
        user = "user root;" if os.geteuid() == 0 else ""  # else root's folder could not hold the bodies
        configuration.write_text(CONFIGURATION.format(user=user, folder=folder, documented=text))
        self._process = subprocess.Popen([find(), "-p", str(folder), "-c", str(configuration)])
        eventually(self._is_open, what="nginx")

    def connect(self, port: int) -> ssl.SSLSocket:
        """Open a TLS connection to the documented name."""
        context = ssl.create_default_context(cafile=self.certificate)
        return context.wrap_socket(socket.create_connection(("127.0.0.1", port)), server_hostname=NAME)

    def _is_open(self) -> bool:
        assert self._process.poll() is None, "nginx ended"
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self._port)) == 0

    def close(self) -> None:
        self._process.terminate()
        self._process.wait(10)


def _documented() -> str:
    """Return the file that docs/serving.md shows, without IPv6."""
    shown = re.search(r"^```nginx\n(.*?)^```$", (ROOT / "docs/serving.md").read_text(), re.S | re.M)
    assert shown, "docs/serving.md shows no file for nginx"
    return re.sub(r"^ *listen \[::\].*\n", "", shown[1], flags=re.M)


def _make_certificate(folder: Path) -> None:
    command = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -keyout key.pem"
    names = ["-out", "certificate.pem", "-subj", f"/CN={NAME}", "-addext", f"subjectAltName=DNS:{NAME}"]
    subprocess.run([*command.split(), *names], cwd=folder, check=True, capture_output=True)

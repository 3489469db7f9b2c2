#!/usr/bin/env bash
# eventlet 0.41.3: a patched socket.getaddrinfo() asks the unicast name server for names in .local.
#
# Guess: as everywhere, names are looked up as /etc/nsswitch.conf says, so that mDNS (.local), a VPN's resolver and 127.1
# work. Found: eventlet's green DNS (eventlet/support/greendns.py, by dnspython) reads /etc/hosts and asks the servers of
# /etc/resolv.conf, and nothing else. RFC 6762, 3: names in .local must not be sent there.
#
# Output seen (2026-11-30, Python 3.11.7, Linux 6.18):
#   the name server was asked for printer.local.; 127.1: system 127.0.0.1, eventlet gaierror
# Exits 1 where that has changed. The name server is one on loopback that knows no name.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check eventlet==0.41.3 greenlet==3.5.6 dnspython==2.9.2
cat > "$folder/look.py" <<'PYTHON'
import socket as plain
import sys
import threading

from eventlet.green import socket
from eventlet.support import greendns

asked = set()
server = plain.socket(plain.AF_INET, plain.SOCK_DGRAM)
server.bind(("127.0.0.1", 0))


def serve():
    while True:
        query, sender = server.recvfrom(512)
        name, at = "", 12
        while length := query[at]:
            name, at = name + query[at + 1 : at + 1 + length].decode() + ".", at + 1 + length
        asked.add(name)
        # The query as a response: no such name.
        server.sendto(query[:2] + b"\x81\x83" + query[4:6] + bytes(6) + query[12 : at + 5], sender)


threading.Thread(target=serve, daemon=True).start()
resolver = greendns.dns.resolver.Resolver(configure=False)
resolver.nameservers, resolver.port = ["127.0.0.1"], server.getsockname()[1]
greendns.resolver._resolver = resolver


def look_up(module, name):
    try:
        return module.getaddrinfo(name, 80, 0, plain.SOCK_STREAM)[0][4][0]
    except OSError as error:
        return type(error).__name__


look_up(socket, "printer.local")
local = ", ".join(sorted(name for name in asked if name.startswith("printer.")))
system, green = look_up(plain, "127.1"), look_up(socket, "127.1")
print(f"the name server was asked for {local or 'nothing'}; 127.1: system {system}, eventlet {green}")
sys.exit((local, system, green) != ("printer.local.", "127.0.0.1", "gaierror"))
PYTHON
timeout 60 "$folder/venv/bin/python" -W ignore "$folder/look.py"

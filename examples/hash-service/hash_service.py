#!/usr/bin/env python3
"""The backend that keeps an app token: hashes widget sessions for users who have logged in.

An app that holds the token gives it to whoever takes the app apart. This way the app asks, and what it gets is good for
one widget session only: POST /token-hash with the widget KS as the body, answered with hex(SHA256(KS + token)).

    APP_TOKEN=... PARTNER_ID=101 python3 hash_service.py [PORT]      (behind https, in earnest)
"""
import base64
import hashlib
import os
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

APP_TOKEN = os.environ["APP_TOKEN"]
PARTNER_ID = os.environ["PARTNER_ID"]
MAX_KS_BYTES = 16384


def user_of(headers):
    """Whoever is logged in: in earnest a session of your own, here any bearer token named as a known one."""
    return {"Bearer demo": "ann"}.get(headers.get("Authorization", ""))


def is_widget_ks(ks):
    """Of this account and short: the service hashes nothing else."""
    try:
        return base64.urlsafe_b64decode(ks).startswith(f"v2|{PARTNER_ID}|".encode())
    except ValueError:
        return False


class Service(BaseHTTPRequestHandler):
    def do_POST(self):
        length = int(self.headers.get("Content-Length", 0))
        if self.path != "/token-hash" or length > MAX_KS_BYTES:
            return self.answer(404, "no such service")
        ks = self.rfile.read(length).decode("ascii", "replace")
        if user_of(self.headers) is None:
            return self.answer(401, "log in first")
        if not is_widget_ks(ks):
            return self.answer(400, "no KS of this account")
        self.answer(200, hashlib.sha256((ks + APP_TOKEN).encode()).hexdigest())

    def answer(self, status, text):
        self.send_response(status)
        self.send_header("Content-Type", "text/plain")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, format, *arguments):
        """Nothing is logged: a hash with its KS is a session."""


if __name__ == "__main__":
    server = ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1]) if len(sys.argv) > 1 else 0), Service)
    print(f"http://127.0.0.1:{server.server_port}", flush=True)
    server.serve_forever()

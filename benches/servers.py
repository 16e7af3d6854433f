"""The servers of `make bench`: the bundled fake server, and nginx with fixed answers, both on loopback."""
import json
import re
import shutil
import socket
import subprocess
import time
import urllib.request
from pathlib import Path

SITES = {"http": "", "https": " ssl"}

NGINX = """
daemon off; master_process off; pid {folder}/pid; error_log {folder}/error.log;
events {{}}
http {{
  access_log off;
  keepalive_requests 100000000;
  client_body_temp_path {folder}; proxy_temp_path {folder}; fastcgi_temp_path {folder}; uwsgi_temp_path {folder};
  scgi_temp_path {folder};
  ssl_certificate {folder}/chain.pem; ssl_certificate_key {folder}/server.key; ssl_protocols TLSv1.2 TLSv1.3;
  map $http_accept $widget {{ default {widget_json}; text/xml {widget_xml}; }}
  map $http_accept $start {{ default {start_json}; text/xml {start_xml}; }}
  server {{
    listen 127.0.0.1:{http}; listen 127.0.0.1:{https} ssl;
    default_type application/json;
    add_header X-Kaltura-Session "1469598103, 1790000000";
    location = /api_v3/service/session/action/startWidgetSession {{ return 200 $widget; }}
    location = /api_v3/service/appToken/action/startSession {{ return 200 $start; }}
    location = /api_v3/service/apptoken/action/startSession {{ return 200 $start; }}
  }}
}}
"""

# A root, an authority below it, and the server's certificate: the chain that a public server shows.
CHAIN = """
key() {{ openssl genpkey -quiet -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out $1.key; }}
sign() {{ openssl req -new -key $1.key -subj "/CN=$1" | openssl x509 -req -CA $2.pem -CAkey $2.key -CAcreateserial \\
  -days 30 -extfile $1.ext -out $1.pem; }}
echo basicConstraints=critical,CA:true >middle.ext
printf 'subjectAltName=DNS:localhost,IP:127.0.0.1\\nextendedKeyUsage=serverAuth\\n' >server.ext
key root && key middle && key server &&
openssl req -x509 -new -key root.key -subj /CN=root -days 30 -addext keyUsage=keyCertSign -out root.pem &&
sign middle root && sign server middle && cat server.pem middle.pem >chain.pem
"""


class Server:
    """A process and its addresses: `urls` by scheme, the authority's file `ca`; whether it answers in XML too."""

    def __init__(self, name, version, process, urls, ca, has_xml):
        self.name, self.version, self.process, self.urls, self.ca, self.has_xml = name, version, process, urls, ca, has_xml

    def stop(self):
        self.process.terminate()
        self.process.wait()


def start_fake_server(program, folder):
    ca = folder / "fake-ca.pem"
    command = [program, "--http", "127.0.0.1:0", "--https", "127.0.0.1:0", "--ca-out", ca]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    urls = dict(process.stdout.readline().split() for _ in range(2))
    return Server("the fake server", "", process, urls, ca, has_xml=False)


def start_nginx(folder, fake):
    """Fixed answers, as the fake server gave them; None without nginx. In XML for the Python client, which reads no other."""
    nginx = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
    if nginx is None or shutil.which("openssl") is None:
        print("skipped: nginx with fixed answers, for want of nginx or openssl")
        return None
    subprocess.run(["sh", "-c", CHAIN.format()], cwd=folder, check=True, stderr=subprocess.DEVNULL)
    ports = {scheme: free_port() for scheme in ("http", "https")}
    config = folder / "nginx.conf"
    config.write_text(NGINX.format(folder=folder, **ports, **fixed_answers(fake)))
    process = subprocess.Popen([nginx, "-p", folder, "-e", folder / "error.log", "-c", config])
    for _ in range(100):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", ports["https"])) == 0:
                break
        time.sleep(0.05)
    urls = {scheme: f"{scheme}://localhost:{port}" for scheme, port in ports.items()}
    version = subprocess.run([nginx, "-v"], capture_output=True, text=True).stderr.split("/")[-1].strip()
    return Server("nginx", version, process, urls, folder / "root.pem", has_xml=True)


def fixed_answers(fake):
    from hashlib import sha256

    def ask(action, **fields):
        request = urllib.request.Request(f"{fake.urls['http']}/api_v3/service/{action}", json.dumps({"format": 1, **fields}).encode(),
                                         {"Content-Type": "application/json"})
        return urllib.request.urlopen(request).read().decode()

    widget = ask("session/action/startWidgetSession", widgetId="_101")
    ks = json.loads(widget)["ks"]
    token_hash = sha256((ks + "303132333435363738393a3b3c3d3e3f").encode()).hexdigest()
    start = ask("appToken/action/startSession", ks=ks, id="0_sha256tk", tokenHash=token_hash)
    quoted = lambda text: "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"
    return {"widget_json": quoted(widget), "widget_xml": quoted(as_xml(widget)),
            "start_json": quoted(start), "start_xml": quoted(as_xml(start))}


def as_xml(text):
    members = "".join(f"<{name}>{'' if value is None else value}</{name}>" for name, value in json.loads(text).items())
    return f'<?xml version="1.0" encoding="utf-8"?><xml><result>{members}</result><executionTime>0.01</executionTime></xml>'


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]

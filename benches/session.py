"""Sessions with Kaltura's own Python client, from PyPI. As benches/contender.h has it: URL CA_FILE [COUNT]."""
import hashlib
import os
import sys
import time

url, ca_file = sys.argv[1:3]
os.environ["REQUESTS_CA_BUNDLE"] = ca_file
from KalturaClient import KalturaClient, KalturaConfiguration  # noqa: E402, behind the setting that it reads

APP_TOKEN_ID, APP_TOKEN = "0_sha256tk", "303132333435363738393a3b3c3d3e3f"

config = KalturaConfiguration()
config.serviceUrl = url
client = KalturaClient(config)


def start_sessions(count):
    before = time.monotonic_ns()
    for _ in range(count):
        client.setKs("")
        widget_ks = client.session.startWidgetSession("_101").ks
        client.setKs(widget_ks)
        token_hash = hashlib.sha256((widget_ks + APP_TOKEN).encode()).hexdigest()
        session = client.appToken.startSession(APP_TOKEN_ID, token_hash)
        assert session.ks.startswith("djJ8") and session.expiry > 0, "that is no KS"
    return time.monotonic_ns() - before


if len(sys.argv) > 3:
    start_sessions(int(sys.argv[3]))
else:
    for line in sys.stdin:
        print(start_sessions(int(line)), flush=True)

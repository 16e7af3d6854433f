"""compare_ks.py TOOL: KSs of Kaltura's Python client and of ours, of the same fields and secret, say the same."""
import base64
import hashlib
import json
import os
import subprocess
import sys
import time
from urllib.parse import parse_qsl

from KalturaClient.Client import AES, KalturaClient

TOOL = sys.argv[1]
SECRET = os.environ["KALTURA_ADMIN_SECRET"]
PARTNER_ID = 101
CASES = [
    # user, type, life, privileges
    ("ann", 0, 3600, "sview:*,list:*,edit:0_abc/0_def"),
    ("first.last+tag@example.com", 2, 86400, "*"),
    ("", 0, 60, ""),
    ("~ \u00e9 /&=%", 0, 3600, "urirestrict:/api_v3/service/media/*|/x,appid:a-b.c:8443"),
    ("u", 2, 3600, "setrole:1,widget:1"),
]


def of_ours(version, user, kind, life, privileges):
    command = [TOOL, "sign", f"--ks-version={version}", f"--user-id={user}", f"--expiry={life}", f"--privileges={privileges}"]
    command.append("--type=" + ("admin" if kind == 2 else "user"))
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


def fields_v2(ks):
    """Opened with the client's own cipher and hash."""
    version, partner, encrypted = base64.urlsafe_b64decode(ks).split(b"|", 2)
    key = KalturaClient.hash(SECRET.encode())[:16]
    text = AES.new(key, AES.MODE_CBC, b"\0" * 16).decrypt(encrypted).rstrip(b"\0")
    assert text[:20] == KalturaClient.hash(text[20:]), "the hash fits"
    return version, partner, parse_qsl(text[36:].decode(), keep_blank_values=True)


def fields_v1(ks):
    signature, info = base64.b64decode(ks).split(b"|", 1)
    assert signature.decode() == hashlib.sha1(SECRET.encode() + info).hexdigest(), "the signature fits"
    parts = info.decode().split(";")
    parts[4] = "random"
    return parts[:7]


def without_expiry(fields):
    return [(name, value) for name, value in fields if name != "_e"]


def expiry_is_near(one, other):
    assert abs(int(one) - int(other)) <= 5, (one, other)


def inspect(ks):
    command = [TOOL, "inspect", "--json", "--ks-file=-"]
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True, input=ks).stdout)


for user, kind, life, privileges in CASES:
    theirs = KalturaClient.generateSessionV2(SECRET, user, kind, PARTNER_ID, life, privileges).decode()
    ours = of_ours(2, user, kind, life, privileges)
    assert fields_v2(theirs)[:2] == fields_v2(ours)[:2]
    assert without_expiry(fields_v2(theirs)[2]) == without_expiry(fields_v2(ours)[2]), (user, privileges)
    expiry_is_near(dict(fields_v2(theirs)[2])["_e"], dict(fields_v2(ours)[2])["_e"])

    theirs_v1 = KalturaClient.generateSession(SECRET, user, kind, PARTNER_ID, life, privileges).decode()
    ours_v1 = of_ours(1, user, kind, life, privileges)
    one, other = fields_v1(theirs_v1), fields_v1(ours_v1)
    expiry_is_near(one.pop(2), other.pop(2))
    assert one == other, (one, other)

    for ks in (theirs, theirs_v1):
        read = inspect(ks)
        assert read["verdict"] == "valid", read
        assert (read["userId"], read["privileges"]) == (user, privileges), read
        assert read["type"] == ("admin" if kind == 2 else "user"), read
        expiry_is_near(read["expiresAt"], time.time() + life)
print(f"{len(CASES)} cases, both versions, both directions")

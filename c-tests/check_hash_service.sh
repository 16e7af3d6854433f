#!/bin/sh
# The example in examples/hash-service before the fake server. CLIENT and FAKE_SERVER name the programs.
set -eu
cd "$(dirname "$0")/.."
. c-tests/tap.sh
work=$(mktemp -d)
children=
stop() {
  for child in $children; do kill "$child" || true; done
  rm -rf "$work"
}
trap stop EXIT

"$FAKE_SERVER" --http 127.0.0.1:0 --no-stdin >"$work/kaltura" &
children="$children $!"
APP_TOKEN=303132333435363738393a3b3c3d3e3f PARTNER_ID=101 python3 examples/hash-service/hash_service.py >"$work/service" &
children="$children $!"
APP_TOKEN=ffffffffffffffffffffffffffffffff PARTNER_ID=101 python3 examples/hash-service/hash_service.py >"$work/wrong" &
children="$children $!"

address() { # FILE: the first address in it, once it is there
  tries=0
  while [ $tries -lt 100 ]; do
    found=$(grep -o 'http://[0-9.:]*' "$1" | head -n 1)
    if [ -n "$found" ]; then
      echo "$found"
      return
    fi
    tries=$((tries + 1))
    sleep 0.1
  done
}
kaltura=$(address "$work/kaltura")
service=$(address "$work/service")
wrong=$(address "$work/wrong")

session() { "$CLIENT" "$kaltura" 101 0_sha256tk "${1##*:}"; }
no_session_because() { # PART_OF_MESSAGE SERVICE
  if session "$2" >"$work/said" 2>&1; then return 1; fi
  grep -q "$1" "$work/said" || { cat "$work/said"; return 1; }
}
answers() { # STATUS CURL_OPTION...
  python3 - "$@" <<'PYTHON'
import sys, urllib.error, urllib.request
wanted, url, body, login = int(sys.argv[1]), sys.argv[2], sys.argv[3].encode(), sys.argv[4]
request = urllib.request.Request(url, body, {"Authorization": login})
try:
    got = urllib.request.urlopen(request).status
except urllib.error.HTTPError as error:
    got = error.code
sys.exit(got != wanted)
PYTHON
}

check "the app gets a session though it has no token" session "$service"
check "a backend with a wrong token gives none" no_session_because INVALID_APP_TOKEN_HASH "$wrong"
check "a backend that is not there gives none" no_session_because "no hash" "http://127.0.0.1:1"
check "who is not logged in gets no hash" answers 401 "$service/token-hash" "djJ8MTAxfA==" "Bearer nobody"
check "what is no KS of the account is not hashed" answers 400 "$service/token-hash" "djJ8MTAyfA==" "Bearer demo"
finish

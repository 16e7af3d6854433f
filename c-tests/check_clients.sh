#!/bin/sh
# check_clients.sh TOOL FAKE_SERVER: Kaltura's own clients beside ours. Installs them from PyPI and npm into a folder that
# is removed; what cannot be installed is skipped by name.
set -u
cd "$(dirname "$0")/.."
. c-tests/tap.sh
tool=$1
fake_server=$2

work=$(mktemp -d)
stop() {
  if [ -n "${server:-}" ]; then kill "$server"; fi
  rm -rf "$work"
}
trap stop EXIT

export KALTURA_ADMIN_SECRET=a1b2c3d4e5f60718293a4b5c6d7e8f90 KALTURA_PARTNER_ID=101
mkfifo "$work/input"
"$fake_server" --http 127.0.0.1:0 <"$work/input" >"$work/addresses" &
server=$!
exec 3>"$work/input" # the server ends with its input
for _ in 1 2 3 4 5 6 7 8 9 10; do
  url=$(sed -n 's/^http //p' "$work/addresses")
  if [ -n "$url" ]; then break; fi
  sleep 0.2
done
export KALTURA_SERVICE_URL="$url"

if python3 -m venv "$work/python" 2>"$work/log" &&
  "$work/python/bin/pip" -q --disable-pip-version-check install KalturaApiClient==23.10.0 lxml==5.3.0 pycryptodome==3.21.0 >"$work/log" 2>&1; then
  check "the Python client signs and reads the same KSs" "$work/python/bin/python" c-tests/clients/compare_ks.py "$tool"
else
  sed 's/^/# /' "$work/log" | tail -n 3
  skip "the Python client signs and reads the same KSs" "PyPI's KalturaApiClient"
fi

if command -v npm >/dev/null && (cd "$work" && npm install --silent --no-audit --no-fund kaltura-client@21.20.0) >"$work/log" 2>&1; then
  cp c-tests/clients/use_session.js "$work"
  check "the Node client uses a session of the fake server" node "$work/use_session.js" "$tool"
else
  sed 's/^/# /' "$work/log" | tail -n 3
  skip "the Node client uses a session of the fake server" "npm's kaltura-client"
fi

finish

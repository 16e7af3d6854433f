#!/bin/sh
# demo.sh EXAMPLE FAKE_SERVER: runs the example against the server that SERVICE_URL or APP_TOKEN name, else against the
# fake one, over https, with an account of its built-in world.
set -eu
example=$1 fake_server=$2

if [ -n "${SERVICE_URL:-}${APP_TOKEN:-}" ]; then
  exec "$example"
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkfifo "$work/in" "$work/out"
"$fake_server" --https 127.0.0.1:0 --ca-out "$work/ca.pem" <"$work/in" >"$work/out" &
exec 3>"$work/in" 4<"$work/out" # the server ends when its input does
while read -r name url <&4 && [ "$name" != https ]; do :; done
[ -n "${url:-}" ] || { echo "the fake server did not start" >&2; exit 1; }

echo "A fake Kaltura server listens at $url; its account 101 has the app token 0_sha256tk."
status=0
SERVICE_URL=$url CA_FILE="$work/ca.pem" PARTNER_ID=101 APP_TOKEN_ID=0_sha256tk \
  APP_TOKEN=303132333435363738393a3b3c3d3e3f "$example" 3>&- 4<&- || status=$?
exec 3>&-
wait
exit "$status"

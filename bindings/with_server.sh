#!/bin/sh
# with_server.sh COMMAND...: runs it beside a fake server. FAKE_SERVER names the program; the command gets FAKE_URL, the
# server's http address, also for its control requests, and what the examples read.
set -eu
: "${FAKE_SERVER:?names the fake server}"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkfifo "$work/in" "$work/out"
"$FAKE_SERVER" --http 127.0.0.1:0 --https 127.0.0.1:0 --ca-out "$work/ca.pem" <"$work/in" >"$work/out" &
exec 3>"$work/in" 4<"$work/out" # the server ends when its input does
while [ -z "${http:-}" ] || [ -z "${https:-}" ]; do
  read -r name url <&4 || { echo "the fake server did not start" >&2; exit 1; }
  case $name in http) http=$url ;; https) https=$url ;; esac
done
export FAKE_URL="$http" SERVICE_URL="$https" CA_FILE="$work/ca.pem" PARTNER_ID=101 APP_TOKEN_ID=0_sha256tk \
  APP_TOKEN=303132333435363738393a3b3c3d3e3f
status=0
"$@" 3>&- 4<&- || status=$?
exec 3>&-
wait
exit "$status"

#!/bin/sh
# The example examples/server/app_token.c before the fake server. EXAMPLE and FAKE_SERVER name the programs.
set -eu
cd "$(dirname "$0")/.."
. c-tests/tap.sh
work=$(mktemp -d)
mkfifo "$work/in" "$work/out"
trap 'rm -rf "$work"' EXIT
"$FAKE_SERVER" --http 127.0.0.1:0 <"$work/in" >"$work/out" &
exec 3>"$work/in" 4<"$work/out" # the server ends when its input does
read -r _ url <&4

lives() { # SECRET
  PARTNER_ID=101 ADMIN_SECRET=$1 SERVICE_URL=$url "$EXAMPLE" >"$work/said" 2>&1 3>&- 4<&-
}
refused() { ! lives "$1"; }
says() { grep -q "$1" "$work/said" || { cat "$work/said"; return 1; }; }

check "an app token is made, used and deleted" lives a1b2c3d4e5f60718293a4b5c6d7e8f90
check "its session may what the token says" says '^session .*list:\*'
check "the server takes the session" says 'the server takes it'
check "afterwards there is no such token" says '^afterwards APP_TOKEN_ID_NOT_FOUND'
check "and what to do about it is said" says 'or it was deleted. Check id, partner id and region'
check "a wrong admin secret makes none" refused ffffffffffffffffffffffffffffffff
check "and that is said" says 'signed with another secret'
finish

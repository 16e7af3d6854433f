#!/bin/sh
# Nothing that is for servers is in what is built for apps: neither functions nor the cipher; and both are in the other,
# or this would prove nothing.
set -eu
cd "$(dirname "$0")/.."
. c-tests/tap.sh
target=${CARGO_TARGET_DIR:-target}
functions='kaltura_(ks_(sign|read|check|verdict|free)|privileges_|admin_|app_token_)'

symbols() { # ARCHIVE
  nm --defined-only "$1" 2>/dev/null
}

has_functions() { symbols "$1" | grep -qE " T $functions"; }
# ring, of the transport's TLS, has a cipher of its own. (The N: a symbol's hash may hold "3cbc".)
has_cipher() { symbols "$1" | grep -v 4ring | grep -qE 'N3aes|N3cbc|kaltura_session2ks|kaltura_session5admin'; }
lacks_functions() { ! has_functions "$1"; }
lacks_cipher() { ! has_cipher "$1"; }
depends_on_cipher() { # FEATURES
  cargo tree --locked --offline --edges normal --prefix none --format '{p}' "$@" | grep -qE '^(aes|cbc) '
}
does_not_depend_on_cipher() { ! depends_on_cipher "$@"; }

server="$target/server/debug/libkaltura_session.a"
check "the library for servers has the functions" has_functions "$server"
check "the library for servers has the cipher" has_cipher "$server"
check "the library for servers depends on the cipher" depends_on_cipher --features ks-tools,admin
check "the library for apps does not depend on it" does_not_depend_on_cipher
for archive in "$target/debug/libkaltura_session.a" dist/libkaltura_session.a; do
  if [ -f "$archive" ]; then
    check "$archive lacks the functions" lacks_functions "$archive"
    check "$archive lacks the cipher" lacks_cipher "$archive"
  fi
done
finish

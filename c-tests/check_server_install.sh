#!/bin/sh
# Installs with SERVER=1 below a temporary DESTDIR, and builds the example for servers from there with the flags of
# pkg-config and nothing else. FAKE_SERVER names the fake server.
set -eu
cd "$(dirname "$0")/.."
. c-tests/tap.sh

root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT
make_in_root() { "${MAKE:-make}" -s SERVER=1 "$1" DESTDIR="$root" PREFIX=/opt/kaltura; }
export PKG_CONFIG_LIBDIR="$root/opt/kaltura/lib/pkgconfig" PKG_CONFIG_SYSROOT_DIR="$root"

builds() {
  # shellcheck disable=SC2046 # one word per flag
  "${CC:-cc}" -std=c99 examples/server/app_token.c $(pkg-config --cflags --libs kaltura-session-server) -o "$root/app_token"
}
works() { EXAMPLE=$root/app_token c-tests/check_app_token.sh; }
nothing_is_left() { [ -z "$(find "$root/opt" ! -type d)" ]; }

check "make SERVER=1 install" make_in_root install
check "both libraries are there" test -f "$root/opt/kaltura/lib/libkaltura_session.a" -a -f "$root/opt/kaltura/lib/libkaltura_session_server.a"
check "the example builds" builds
check "it works" works
check "make SERVER=1 uninstall" make_in_root uninstall
check "nothing is left" nothing_is_left
finish

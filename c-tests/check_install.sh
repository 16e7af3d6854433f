#!/bin/sh
# Installs below a temporary DESTDIR and builds the examples from there, with the flags of pkg-config and nothing else:
# against the shared library, and against the static one when only that is there. FAKE_SERVER names the fake server; with
# HTTP=0 the library has no transport.
set -eu
cd "$(dirname "$0")/.."
. c-tests/tap.sh

root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT
make_in_root() { "${MAKE:-make}" -s "$1" DESTDIR="$root" PREFIX=/opt/kaltura; }
# libcurl's is the system's; a sysroot does no harm to what the compiler finds anyway.
PKG_CONFIG_LIBDIR="$root/opt/kaltura/lib/pkgconfig:$(pkg-config --variable pc_path pkg-config)"
export PKG_CONFIG_LIBDIR PKG_CONFIG_SYSROOT_DIR="$root"

check "make install" make_in_root install
lib=$root/opt/kaltura/lib
check "pkg-config knows the version" test "$(pkg-config --modversion kaltura-session)" = \
  "$(sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml | head -n 1)"

builds() { # EXAMPLE PACKAGE...
  example=$1
  shift
  # shellcheck disable=SC2046 # one word per flag
  "${CC:-cc}" -std=c99 "examples/c/$example.c" $(pkg-config --cflags --libs "$@") -o "$root/$example"
}
# Those that carry their requests themselves need libcurl; the others need a library that does.
build_examples() { # KIND
  for file in examples/c/*.c; do
    name=$(basename "$file" .c)
    case $name in
      flow_*)
        if pkg-config --exists libcurl; then
          check "$name builds against the $1 library" builds "$name" kaltura-session libcurl
        else
          skip "$name builds against the $1 library" libcurl
        fi ;;
      *) [ "${HTTP:-1}" = 0 ] || check "$name builds against the $1 library" builds "$name" kaltura-session ;;
    esac
  done
}
if [ "${HTTP:-1}" = 0 ]; then demo=flow_curl; else demo=start_session; fi
gives_a_ks() { LD_LIBRARY_PATH=$1 DYLD_LIBRARY_PATH=$1 packaging/demo.sh "$root/$demo" "$FAKE_SERVER" | grep '^KS '; }
does_not_start() { ! "$root/$demo" 2>/dev/null; }

build_examples shared
check "the program needs the shared library" does_not_start
check "the shared library gives a KS" gives_a_ks "$lib"

mkdir "$root/aside"
mv "$lib"/libkaltura_session.so* "$root/aside" 2>/dev/null || mv "$lib"/libkaltura_session*.dylib "$root/aside"
build_examples static
check "the static library gives a KS" gives_a_ks /nowhere
mv "$root/aside"/* "$lib"

imports() {
  clang -x objective-c -target arm64-apple-ios13 -ffreestanding -DUSE_MODULE -fmodules \
    -fmodules-cache-path="$root/cache" -fsyntax-only -I"$root/opt/kaltura/include" c-tests/header_use.c
}
if command -v clang >/dev/null; then
  check "the installed module can be imported" imports
else
  skip "the installed module can be imported" clang
fi

nothing_is_left() { [ -z "$(find "$root/opt" ! -type d)" ] && [ ! -e "$root/opt/kaltura/include/CKaltura" ]; }
check "make uninstall" make_in_root uninstall
check "nothing is left" nothing_is_left

finish

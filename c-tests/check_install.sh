#!/bin/sh
# Installs below a temporary DESTDIR and builds the examples from there, with the flags of pkg-config and nothing else:
# against the shared library, and against the static one when only that is there; then, from the tree moved elsewhere, with
# CMake's find_package. FAKE_SERVER names the fake server; with HTTP=0 the library has no transport.
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

# C++ needs a compiler, Objective-C one that knows it and GNUstep. What carries requests itself is shown in C alone.
build_other_examples() { # KIND
  [ "${HTTP:-1}" = 0 ] && return
  for file in examples/cpp/*.cpp; do
    name=cpp_$(basename "$file" .cpp)
    # shellcheck disable=SC2046
    check "$name builds against the $1 library" "${CXX:-c++}" -std=c++17 "$file" \
      $(pkg-config --cflags --libs kaltura-session) -pthread -o "$root/$name"
  done
  for file in examples/objc/*.m; do
    name=objc_$(basename "$file" .m)
    if command -v gnustep-config >/dev/null; then
      # shellcheck disable=SC2046
      check "$name builds against the $1 library" gcc -std=c99 $(bindings/objc/gnustep_flags.sh) -I"$objc" "$file" \
        "$objc"/KLT*.m $(pkg-config --cflags --libs kaltura-session) $(gnustep-config --base-libs) -o "$root/$name"
    else
      skip "$name builds against the $1 library" GNUstep
    fi
  done
}
objc=$root/opt/kaltura/share/kaltura-session/objc
refreshes() { # LIBRARY_PATH PROGRAM: it shows two sessions that differ
  LD_LIBRARY_PATH=$1 DYLD_LIBRARY_PATH=$1 packaging/demo.sh "$root/$2" "$FAKE_SERVER" 2>&1 | tee "$root/out"
  [ "$(sed -n 's/.*a KS that ends in \.\.\.\([^ ]*\).*/\1/p' "$root/out" | sort -u | wc -l)" -eq 2 ]
}
providers_refresh() { # LIBRARY_PATH
  [ "${HTTP:-1}" = 0 ] && return
  check "the C++ provider refreshes" refreshes "$1" cpp_provider
  if command -v gnustep-config >/dev/null; then check "the Objective-C provider refreshes" refreshes "$1" objc_provider; fi
}

if [ "${HTTP:-1}" = 0 ]; then demo=flow_curl; else demo=start_session; fi
gives_a_ks() { LD_LIBRARY_PATH=$1 DYLD_LIBRARY_PATH=$1 packaging/demo.sh "$root/$demo" "$FAKE_SERVER" | grep '^KS '; }
does_not_start() { ! "$root/$demo" 2>/dev/null; }

build_examples shared
build_other_examples shared
check "the program needs the shared library" does_not_start
check "the shared library gives a KS" gives_a_ks "$lib"
providers_refresh "$lib"

mkdir "$root/aside"
mv "$lib"/libkaltura_session.so* "$root/aside" 2>/dev/null || mv "$lib"/libkaltura_session*.dylib "$root/aside"
build_examples static
build_other_examples static
check "the static library gives a KS" gives_a_ks /nowhere
providers_refresh /nowhere
mv "$root/aside"/* "$lib"

with_cmake() {
  examples=$(find "$PWD/examples/c" "$PWD/examples/cpp" -name '*.c*' ! -name 'flow_*' | tr '\n' ';')
  cmake -S c-tests/cmake -B "$root/cmake" -DCMAKE_PREFIX_PATH="$root/moved" -DEXAMPLES="$examples" &&
    cmake --build "$root/cmake"
}
without_cmake() { # VERSION
  ! cmake -P /dev/stdin <<END
set(CMAKE_PREFIX_PATH "$root/moved")
set(CMAKE_SIZEOF_VOID_P 8)
find_package(KalturaSession $1 REQUIRED)
END
}
if [ "${HTTP:-1}" = 0 ]; then
  :
elif command -v cmake >/dev/null; then
  mv "$root/opt/kaltura" "$root/moved"
  check "every example builds with CMake's package, from a moved tree" with_cmake
  for kind in static shared KalturaSession; do
    demo=cmake/start_session_c_$kind
    check "CMake's KalturaSession::$kind gives a KS" gives_a_ks /nowhere
  done
  check "CMake is refused a later version" without_cmake 0.99
  check "CMake is refused another major version" without_cmake 1.0
  mv "$root/moved" "$root/opt/kaltura"
else
  skip "every example builds with CMake's package" cmake
fi

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

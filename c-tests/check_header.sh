#!/bin/sh
# Compiles header_use.c in each dialect of C, C++ and Objective-C, with each compiler, and for iOS and Android: no SDK is
# needed.
set -eu
cd "$(dirname "$0")/.."
. c-tests/tap.sh

compiles() { # COMPILER LANGUAGE OPTION...
  compiler=$1 language=$2
  shift 2
  "$compiler" -x "$language" "$@" -Wall -Wextra -Wpedantic -Werror -fsyntax-only -I"${INCLUDE:-include}" \
    ${FLAGS:-} c-tests/header_use.c
}

knows() { # COMPILER LANGUAGE
  echo | "$1" -x "$2" -fsyntax-only - >/dev/null 2>&1
}

for compiler in gcc clang; do
  for language in c c++ objective-c objective-c++; do
    if ! knows "$compiler" "$language"; then
      skip "$compiler $language" "$compiler for $language"
      continue
    fi
    case $language in
      *c++) standards="c++11 c++14 c++17 c++20 c++2b" ;;
      *) standards="c99 c11 c17 c2x" ;;
    esac
    for standard in $standards; do
      check "$compiler $language $standard" compiles "$compiler" "$language" -std="$standard"
    done
  done
done

cache=$(mktemp -d)
trap 'rm -rf "$cache"' EXIT
# Freestanding: clang's own headers suffice.
compiles_for_ios() { # LANGUAGE OPTION...
  compiles clang "$@" -target arm64-apple-ios13 -ffreestanding -stdlib=libc++
}
compiles_for_android() { # LANGUAGE ARCHITECTURE
  compiles clang "$1" -target "$2-linux-android21" -ffreestanding
}
if knows clang c; then
  for language in c c++ objective-c objective-c++; do
    check "clang $language for iOS" compiles_for_ios "$language"
  done
  for architecture in aarch64 x86_64; do
    check "clang c for Android on $architecture" compiles_for_android c "$architecture"
    check "clang c++ for Android on $architecture" compiles_for_android c++ "$architecture"
  done
  check "clang @import for iOS" compiles_for_ios objective-c -DUSE_MODULE -fmodules -fmodules-cache-path="$cache"
else
  skip "clang for iOS and Android" clang
fi

finish

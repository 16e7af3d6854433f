#!/bin/sh
# The KLT classes as they are compiled for Apple's systems: with ARC and without, blocks, nullability, generics and Swift names,
# against the declarations in stub/, for no SDK is needed to see whether it compiles. Nothing runs here.
set -eu
cd "$(dirname "$0")/../.."
. c-tests/tap.sh

compiles() { # TARGET LANGUAGE OPTION...
  target=$1 language=$2
  shift 2
  clang -x "$language" -target "$target" -stdlib=libc++ -ffreestanding -fblocks "$@" -Wall -Wextra -Wpedantic -Wshadow \
    -Wnullability-completeness -Wno-pointer-arith -Werror -isystem bindings/objc/stub -Iinclude -fsyntax-only \
    bindings/objc/KLT*.m
}
leaks_are_seen() { # by ARC: a retain in the source is an error
  printf '#import "KLTSession.m"\nvoid leak(KLTSession *session); void leak(KLTSession *session) { [session retain]; }\n' |
    clang -x objective-c -target arm64-apple-ios13 -ffreestanding -fblocks -fobjc-arc -isystem bindings/objc/stub -Iinclude \
      -Ibindings/objc -fsyntax-only - 2>&1 | grep 'ARC forbids'
}

if command -v clang >/dev/null; then
  for target in arm64-apple-ios13 arm64-apple-tvos13 arm64-apple-macos11; do
    for language in objective-c objective-c++; do
      check "$target $language ARC" compiles $target $language -fobjc-arc
      check "$target $language manual" compiles $target $language
    done
  done
  check "ARC is on" leaks_are_seen
else
  skip "KLTSession for Apple" clang
fi

finish

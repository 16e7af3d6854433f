#!/bin/sh
# The C++ headers alone, in each standard from C++17 on, with each compiler, and every warning that a strict program may have
# on: without exceptions and RTTI too, for the build without a transport, and for iOS.
set -eu
cd "$(dirname "$0")/.."
. c-tests/tap.sh

warnings="-Wall -Wextra -Wpedantic -Wconversion -Wsign-conversion -Wshadow -Wold-style-cast -Wnon-virtual-dtor
  -Woverloaded-virtual -Wnull-dereference -Wcast-qual -Wcast-align -Wformat=2 -Wundef -Wimplicit-fallthrough -Werror"
compiles() { # COMPILER OPTION...
  # shellcheck disable=SC2086 # one word per warning
  "$@" $warnings -O2 -c -Iinclude -isystem c-tests bindings/cpp/test_cpp.cc -o /dev/null
}
alone() { # HEADER COMPILER OPTION...: not the test, which needs exceptions and the transport
  header=$1
  shift
  # shellcheck disable=SC2086
  "$@" $warnings -fsyntax-only -Iinclude -include "$header" -x c++ /dev/null
}

for compiler in g++ clang++; do
  if ! command -v $compiler >/dev/null; then
    skip "$compiler" $compiler
    continue
  fi
  for standard in c++17 c++20 c++2b; do
    check "$compiler $standard" compiles $compiler -std=$standard
  done
  for header in kaltura_session.hpp kaltura_flow.hpp; do
    check "$compiler $header without exceptions" alone $header $compiler -std=c++20 -fno-exceptions -fno-rtti
  done
done

# What a build without the transport declares is a part of what the header declares with it.
lacks_http() { # COMPILER
  work=$(mktemp -d)
  # shellcheck disable=SC2086
  awk '/^\/\* ---- / { skip = /One call|how the server is reached/ } !skip' include/kaltura_session.h |
    sed 's/KALTURA_FEATURE_HTTP 1/KALTURA_FEATURE_HTTP 0/' >"$work/kaltura_session.h" &&
    "$1" -std=c++17 $warnings -fsyntax-only -I"$work" -idirafter include -include kaltura_flow.hpp -x c++ /dev/null
  status=$?
  rm -r "$work"
  return $status
}
check "without a transport" lacks_http "${CXX:-c++}"

finish

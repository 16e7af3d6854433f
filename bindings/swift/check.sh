#!/bin/sh
set -eu
. bindings/check.sh

# swift_package VERB ARGUMENT...: beside the installed library.
swift_package() {
  verb=$1
  shift
  swift "$verb" --package-path bindings/swift --scratch-path build/swift -Xlinker "-L$installed/lib" -Xlinker -lkaltura_session "$@"
}

# The fake server of the tests is their own. What the header has is compared by tests/header.rs.
check "the package and its examples build" swift_package build --build-tests
check "the tests" swift_package test --skip-build
if [ -e "$counted" ]; then
  check "10,000 sessions come back" comes_back swift_package run --skip-build Leaks
else
  skip "10,000 sessions come back" objcopy
fi
finish

#!/bin/sh
# shellcheck disable=SC2086 # $package is one word for each option
set -eu
. bindings/check.sh

package="--package-path bindings/swift --scratch-path build/swift -Xlinker -L$installed/lib -Xlinker -lkaltura_session"

# The fake server of the tests is their own. What they know of the header is compared by tests/header.rs.
check "the package and its examples build" swift build $package --build-tests
check "the tests" swift test $package --skip-build
if [ -e "$counted" ]; then
  check "10,000 sessions come back" comes_back swift run $package --skip-build Leaks
else
  skip "10,000 sessions come back" objcopy
fi
finish

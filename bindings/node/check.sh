#!/bin/sh
set -eu
. bindings/check.sh
# As npm would install it.
mkdir -p "$BUILD/node/node_modules"
ln -sfn "$PWD/bindings/node" "$BUILD/node/node_modules/kaltura-session"
export NODE_PATH="$BUILD/node/node_modules"

installs() { npm --prefix bindings/node ci --ignore-scripts --no-audit --no-fund; }
types_are_right() {
  bindings/node/node_modules/.bin/tsc --noEmit --strict --target es2022 --lib esnext,dom --module nodenext bindings/node/test/types.ts
}
names_no_address() { ! grep -n '"resolved"' bindings/node/package-lock.json; }

check "what is generated is not stale" nothing_is_stale
check "the lock file names no download address" names_no_address
check "npm ci" installs
check "the types" types_are_right
check "the tests" with_server node --test bindings/node/test/kaltura_session.test.js
check "the example refreshes" refreshes with_server node examples/node/provider.js
MAY_GROW_KIB=16384 # the collector of V8 takes its time
check "10,000 sessions come back" comes_back node --expose-gc --max-semi-space-size=1 bindings/node/test/leaks.js
finish

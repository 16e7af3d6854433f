#!/bin/sh
set -eu
. bindings/check.sh
export PKG_CONFIG_SYSROOT_DIR="$BUILD/root" PKG_CONFIG_LIBDIR="$installed/lib/pkgconfig"
export STORIES="$PWD/bindings/stories.txt" GOCACHE="$BUILD/go" GOFLAGS=-mod=mod GOTOOLCHAIN=local

in_folder() { (cd "$1" && shift && "$@"); }
is_formatted() { [ -z "$(gofmt -l bindings/go examples/go)" ]; }

check "what is generated is not stale" nothing_is_stale
check "formatting" is_formatted
check "go vet" in_folder bindings/go go vet ./...
check "go vet of the example" in_folder examples/go go vet ./...
check "the tests build" in_folder bindings/go go test -c -o "$BUILD/go_tests"
check "the tests" with_server "$BUILD/go_tests"
check "the tests with pointers checked" with_server env GODEBUG=cgocheck=2 "$BUILD/go_tests"
check "the example builds" in_folder examples/go go build -o "$BUILD/go_provider" ./provider
check "the example refreshes" refreshes with_server "$BUILD/go_provider"
check "the leak check builds" in_folder bindings/go go build -o "$BUILD/go_leaks" ./internal/leaks
MAY_GROW_KIB=4096 # with the collector at work all the time
check "10,000 sessions come back" comes_back env GOGC=10 "$BUILD/go_leaks"
finish

#!/bin/sh
set -eu
. bindings/check.sh
out=$BUILD/csharp
mkdir -p "$out"

compiles() { mcs -langversion:7.2 -warnaserror -warn:4 -debug "$@"; }
program() { compiles -reference:"$out/KalturaSession.dll" -out:"$out/$1.exe" "$2"; }

check "what is generated is not stale" nothing_is_stale
check "the wrapper compiles" compiles -target:library -out:"$out/KalturaSession.dll" bindings/csharp/*.cs
check "the tests compile" program Tests bindings/csharp/tests/Tests.cs
check "the tests" with_server mono --debug "$out/Tests.exe"
check "the example compiles" program ProviderExample examples/csharp/ProviderExample.cs
check "the example refreshes" refreshes with_server mono "$out/ProviderExample.exe"
MAY_GROW_KIB=16384 # the collector takes its time
check "10,000 sessions come back" comes_back mono "$out/Tests.exe" leaks
finish

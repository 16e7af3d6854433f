#!/bin/sh
# JNA names the jar of JNA, Debian's by default.
set -eu
. bindings/check.sh
classes=$BUILD/java
classpath=$classes:${JNA:=/usr/share/java/jna.jar}
rm -rf "$classes"
mkdir -p "$classes"

compiles() { # FILE...
  javac --release 17 -Xlint:all,-try -Werror -encoding UTF-8 -cp "$classpath" -d "$classes" "$@"
}

if [ ! -e "$JNA" ]; then
  skip "the wrapper" jna.jar
  finish
  exit
fi
check "what is generated is not stale" nothing_is_stale
check "the wrapper compiles" compiles bindings/java/com/kaltura/session/*.java
check "the tests compile" compiles bindings/java/tests/*.java
check "the tests" with_server java -cp "$classpath" KalturaSessionTest
check "the example compiles" compiles examples/java/*.java
check "the example refreshes" refreshes with_server java -cp "$classpath" ProviderExample
MAY_GROW_KIB=16384 # the heap of Java, of which it may have 32 MiB
check "10,000 sessions come back" comes_back java -Xms32m -Xmx32m -XX:+UseSerialGC -cp "$classpath" KalturaSessionTest leaks
finish

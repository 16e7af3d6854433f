#!/bin/sh
# prelink.sh ARCHIVE HEADER OUT [FUNCTION...]: makes of Rust's archive one that holds a single object, in which the
# functions of the header, and FUNCTION..., are the only global symbols. Two Rust archives define the same internal
# symbols and would clash in one program.
set -eu
archive=$1 header=$2 out=$3
shift 3

# A Mach-O image can name few personality routines; one of our own would use up another. Apple's linker is left to it.
if [ "$(uname -s)" = Darwin ]; then
  cp "$archive" "$out"
  exit
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${CC:-cc}" -E -P -x c "$header" | grep -o 'kaltura_[a-z0-9_]* *(' | tr -d ' (' >"$work/functions"
for function; do echo "$function"; done >>"$work/functions"

# --force-group-allocation: else lld finds DW.ref.rust_eh_personality in a discarded section.
# -R: the bitcode that Rust embeds makes LLVM's plugin abort ar and nm, silently.
# shellcheck disable=SC2046 # one word per option
"${LD:-ld}" -r --gc-sections --force-group-allocation -e kaltura_version $(sed 's/^/-u /' "$work/functions") \
  "$archive" -o "$work/all.o"
"${OBJCOPY:-objcopy}" -R .llvmbc -R .llvmcmd --keep-global-symbols="$work/functions" "$work/all.o" "$work/kept.o"
# A section for each function, so that a program may be linked without those that it does not use. But the sections need
# not have the functions' names, which were a seventh of the archive.
"${READELF:-readelf}" --sections --wide "$work/kept.o" |
  sed -nE 's/^ *\[ *[0-9]+\] ((\.text(\.unlikely)?|\.rodata|\.data\.rel\.ro|\.gcc_except_table)\.[^ ]*) .*/\1 \2/p' |
  awk '{ print "--rename-section " $1 "=" $2 "." NR }' >"$work/names"
"${OBJCOPY:-objcopy}" --strip-debug --strip-unneeded "@$work/names" "$work/kept.o" "$work/kaltura_session.o"
rm -f "$out"
(cd "$work" && "${AR:-ar}" rcsD kaltura_session.a kaltura_session.o)
cp "$work/kaltura_session.a" "$out"

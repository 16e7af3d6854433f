#!/bin/sh
# crate_bytes.sh LIBRARY: how many bytes of code and data each crate's symbols have in a shared library of `make dist` that is
# not yet stripped. What was inlined counts where it ended up; a generic counts where it was instantiated.
set -eu
nm --print-size --demangle --radix=d "$1" | awk '
  NF < 4 || $2 !~ /^[0-9]+$/ { next }
  {
    size = $2 + 0
    name = $0; sub(/^[0-9]+ [0-9]+ [a-zA-Z] /, "", name)
    if (name ~ /^kaltura_/) crate = "kaltura_session"
    else if (match(name, /^<[^:]* as [a-z_0-9]+::/)) { crate = substr(name, 1, RLENGTH - 2); sub(/.* as /, "", crate) }
    else if (match(name, /[a-z_0-9]+::/)) crate = substr(name, RSTART, RLENGTH - 2)
    else crate = "(C and assembly)"
    if (crate ~ /^ring/) crate = "ring"
    if (crate ~ /^(std|core|alloc|gimli|addr2line|miniz_oxide|rustc_demangle|hashbrown|std_detect|adler2|object|memchr)$/) crate = "std"
    bytes[crate] += size
  }
  END { for (crate in bytes) print bytes[crate], crate }' | sort -rn

#!/bin/sh
# size.sh NAME BOUND PROGRAM ARCHIVE RUST_ARCHIVE FLAG...: what a stripped C program is with the archive and without, in
# bytes, and which crates and functions the difference is made of. Fails if it is larger than BOUND, or the archive larger
# than 4.0 MB. RUST_ARCHIVE is what ARCHIVE was prelinked from, and still has names.
set -eu
name=$1 bound=$2 program=$3 archive=$4 rust_archive=$5
shift 5
archive_bound=4000000

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# linked OUT FLAG...: the program's size
linked() {
  out=$1
  shift
  "${CC:-cc}" -std=c99 -O2 "$program" "$@" -o "$out"
  strip -o "$out.stripped" "$out"
  wc -c <"$out.stripped"
}

without=$(linked "$work/without" "$@" -Wl,--unresolved-symbols=ignore-all)
plain=$(($(linked "$work/plain" "$archive" "$@") - without))
collected=$(($(linked "$work/collected" "$archive" "$@" -Wl,--gc-sections) - without))
archive_bytes=$(wc -c <"$archive")
linked "$work/named" "$rust_archive" "$@" -Wl,--gc-sections >/dev/null

echo "== $name: $(basename "$program")"
printf '%9d  the program without the library\n' "$without"
printf '%9d  more with it, linked with -Wl,--gc-sections (at most %d)\n' "$collected" "$bound"
printf '%9d  more with it, linked without\n' "$plain"
printf '%9d  the archive (at most %d)\n' "$archive_bytes" "$archive_bound"
nm --print-size --demangle --defined-only "$work/named" | perl -e '
  my (%crates, @functions);
  while (<STDIN>) {
    my ($size, $symbol) = /^[0-9a-f]+ ([0-9a-f]+) [trdRTD] (.*)$/ or next;
    my ($crate) = $symbol =~ /ring_core|ecp_nistz|GFp/ ? "ring" : $symbol =~ /^[^A-Za-z_]*(?:(?:dyn|mut|const) )*(\w+)::/;
    $crates{$crate // "(others)"} += hex $size;
    push @functions, [hex $size, $symbol];
  }
  sub lines { my $count = 0; for (sort { $b->[0] <=> $a->[0] } @_) { printf "%9d  %.100s\n", @$_; last if ++$count == 12 } }
  print "   of which, by crate (code and tables with a name):\n"; lines(map { [$crates{$_}, $_] } keys %crates);
  print "   and by function:\n"; lines(@functions);
'
[ "$collected" -le "$bound" ] && [ "$archive_bytes" -le "$archive_bound" ] || {
  echo "$name: larger than it may be" >&2
  exit 1
}

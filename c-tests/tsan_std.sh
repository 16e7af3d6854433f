#!/bin/sh
# tsan_std.sh ARCHIVE OUT: tells ThreadSanitizer of the locks of Rust's standard library, which comes compiled without it.
# Writes OUT.o, wrappers for its functions that the archive calls, and OUT.flags for the linker. The fast paths of locks are
# generic, so compiled with the archive, and seen; the slow ones are not, and every contended lock would look like a race.
set -eu
archive=$1 out=$2

mkdir -p "$(dirname "$out")"
nm "$archive" 2>/dev/null | awk '$1 == "U" { print $2 }' | sort -u >"$out.symbols"
echo 'void __tsan_acquire(void *); void __tsan_release(void *);' >"$out.c"
: >"$out.flags"

wrap() { # FUNCTION BEFORE AFTER: what it takes are a, b, ...
  for symbol in $(grep -E "^_RNv[^I]*3std$1\$" "$out.symbols"); do
    echo "-Wl,--wrap=$symbol" >>"$out.flags"
    cat >>"$out.c" <<C
long __real_$symbol(void *, void *, long, long, long, long);
long __wrap_$symbol(void *a, void *b, long c, long d, long e, long f) {
  long result;
  $2
  result = __real_$symbol(a, b, c, d, e, f);
  $3
  return result;
}
C
  done
}

wrap '3sys4sync5mutex5futex.*14lock_contended' '' '__tsan_acquire(a);'
wrap '3sys4sync6rwlock5futex.*(read|write)_contended' '' '__tsan_acquire(a);'
wrap '3sys4sync7condvar5futex.*7Condvar(4wait|12wait_timeout)' '__tsan_release(b);' '__tsan_acquire(b);'
wrap '3sys4sync4once5futex.*4Once4call' '' '__tsan_release(a); __tsan_acquire(a);'
wrap '6thread6thread.*6Thread(4park|12park_timeout)' '' '__tsan_acquire(*(void **)a);'
wrap '6thread6thread.*6Thread6unpark' '__tsan_release(*(void **)a);' ''

grep -q lock_contended "$out.flags" || { echo "the standard library has other locks now" >&2; exit 1; }
"${CC:-cc}" -O2 -c "$out.c" -o "$out.o"

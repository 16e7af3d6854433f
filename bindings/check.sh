# Sourced by the check of each language, which runs in the repository's root. BUILD is check.mk's folder: root/ is an
# installed tree, counted/ the library that counts handles. FAKE_SERVER names the fake server.
. c-tests/tap.sh

installed=$BUILD/root/opt/kaltura
counted=$BUILD/counted
export LD_LIBRARY_PATH="$installed/lib" DYLD_LIBRARY_PATH="$installed/lib"

with_server() { bindings/with_server.sh "$@"; }

nothing_is_stale() { python3 bindings/generate.py --check; }

# refreshes COMMAND...: the example prints three sessions, and the last one is not the first.
refreshes() {
  "$@" >"$BUILD/example.out" || return 1
  cat "$BUILD/example.out"
  [ "$(sed -n 's/^session .*\.\.\.//p' "$BUILD/example.out" | sort -u | wc -l)" -ge 3 ]
}

# comes_back COMMAND...: of all that the library gave the program nothing is out at its end; 10,000 sessions at least were,
# and the last 8,000 did not make it grow by more than $MAY_GROW_KIB.
comes_back() {
  rm -f "$BUILD/handles"
  KALTURA_HANDLES="$BUILD/handles" LD_LIBRARY_PATH="$counted" DYLD_LIBRARY_PATH="$counted" with_server "$@" || return 1
  od -A n -v -t d8 -w16 "$BUILD/handles" | awk -v kib="$(($(getconf PAGESIZE) / 1024))" -v may="${MAY_GROW_KIB:-1024}" '
    BEGIN { split("options provider session error cancellation hashing exchange user_data string", names) }
    NR <= 9 { print names[NR] ": " $1 " out, " $2 " back"; if ($1 != $2) bad = 1; if (NR == 3 && $1 < 10000) bad = 1 }
    NR == 10 { print "resident: " $1 * kib " KiB at 2,000 sessions, " $2 * kib " KiB at 10,000"
              if (($2 - $1) * kib > may || $2 == 0) bad = 1 }
    END { exit bad || NR != 10 }'
}

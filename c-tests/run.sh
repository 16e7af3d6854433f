#!/bin/sh
# run.sh PROGRAM...: runs programs that print TAP, each below $RUNNER if that is set. prove sums them up if it is there.
set -eu
if [ $# -eq 0 ]; then
  echo "no tests"
elif command -v prove >/dev/null; then
  # In CI, every test by its name.
  if [ "${CI:-}" = true ]; then set -- -v "$@"; fi
  prove -e "${RUNNER:-}" "$@"
else
  status=0
  for program; do
    echo "$program"
    ${RUNNER:-} "$program" || status=1
  done
  exit "$status"
fi

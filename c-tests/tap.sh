# Sourced by the checks that are shell scripts. They print TAP.
count=0
failed=0

# check NAME COMMAND...: one test.
check() {
  name=$1
  shift
  count=$((count + 1))
  if output=$("$@" 2>&1); then
    echo "ok $count - $name"
  else
    failed=$((failed + 1))
    echo "not ok $count - $name"
    printf '%s\n' "$output" | sed 's/^/# /'
  fi
}

# skip NAME TOOL: a test for which this machine lacks a tool. CI has every tool.
skip() {
  count=$((count + 1))
  if [ "${CI:-}" = true ]; then
    failed=$((failed + 1))
    echo "not ok $count - $1: $2 is missing"
  else
    echo "ok $count - $1 # SKIP $2 is missing"
  fi
}

finish() {
  echo "1..$count"
  [ "$failed" -eq 0 ]
}

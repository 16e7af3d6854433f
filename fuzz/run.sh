#!/bin/sh
# run.sh FOLDER HOST TARGET...: each fuzz target over its committed corpus, then on for FUZZ_SECONDS. What it finds on the
# way goes to CORPUS/TARGET if CORPUS is set.
set -eu
folder=$1 host=$2
shift 2
for target; do
  case $target in
  boundary) program=$folder/asan/$host/release/$target ;;
  *) program=$folder/$host/release/$target ;;
  esac
  new=${CORPUS:-$(mktemp -d)}/$target
  mkdir -p "$new" fuzz/artifacts
  log=$(mktemp)
  if ! "$program" -max_total_time="${FUZZ_SECONDS:-5}" -print_final_stats=1 -artifact_prefix="fuzz/artifacts/$target-" \
    ${FUZZ_ARGUMENTS:-} "$new" "fuzz/corpus/$target" >"$log" 2>&1; then
    tail -n 60 "$log"
    echo "$target: a finding, see fuzz/artifacts"
    exit 1
  fi
  coverage=$(grep -o 'cov: [0-9]*' "$log" | tail -n 1)
  runs=$(sed -n 's/^stat::number_of_executed_units: //p' "$log")
  echo "$target: $runs executions, $coverage"
  rm -f "$log"
done

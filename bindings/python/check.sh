#!/bin/sh
set -eu
. bindings/check.sh
export PYTHONPATH=bindings/python PYTHONDONTWRITEBYTECODE=1

check "what is generated is not stale" nothing_is_stale
if command -v mypy >/dev/null; then
  check "the types" mypy --strict --cache-dir "$BUILD/mypy" bindings/python examples/python
else
  skip "the types" mypy
fi
check "the tests" with_server python3 -W error bindings/python/tests/test_kaltura_session.py
check "the example refreshes" refreshes with_server python3 examples/python/provider.py
gives_a_ks() { with_server python3 examples/python/flow_urllib.py | grep '^KS .\{100\}'; }
check "the flow over urllib gives a KS" gives_a_ks
check "10,000 sessions come back" comes_back python3 bindings/python/tests/leaks.py
finish

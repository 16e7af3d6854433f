# What a session costs beside what a user would write instead (docs/performance.md). Included by the Makefile. Run by hand, on a
# quiet machine; check-bench alone is for CI, so that the programs do not rot.

BENCHES := build/benches
# Built for speed: where the server takes long, differences of the clients drown.
BENCH_SERVER := $(TARGET)/release/kaltura-fake-server
BENCH = benches/bench.py --build $(BENCHES)
BENCH_FLAGS = -std=c99 $(STRICT) -O2 -D_GNU_SOURCE -Ibenches

bench: $(BENCHES)/session $(BENCHES)/session_curl bench-clients $(BENCH_SERVER) ## a session's time, instructions and memory beside libcurl and Kaltura's own clients; renews the tables of README.md and docs/performance.md
	python3 $(BENCH) --fake-server $(BENCH_SERVER)

bench-cached: dist $(FAKE_SERVER) ## what a cached load costs, beside a mutex
	mkdir -p $(BENCHES)
	$(CC) -std=c99 $(STRICT) -O2 -D_GNU_SOURCE -pthread -Iinclude -Ic-tests benches/cached_load.c c-tests/fake_server.c \
	  dist/libkaltura_session.a $$(cat $(RELEASE)/native-static-libs) -o $(BENCHES)/cached_load
	FAKE_SERVER=$(FAKE_SERVER) $(BENCHES)/cached_load

bench-rtt: check-round-trips ## counts round trips: cold 4, warm 2, refresh 1, cached 0; and what they take when each takes 50 ms
	FAKE_SERVER=$(FAKE_SERVER) ROUND_TRIP_MS=50 $(OUT)/test_round_trips

check-round-trips: $(FAKE_SERVER)
	$(CARGO) build --lib
	$(MAKE) run-c-tests C_TESTS=$(OUT)/test_round_trips CXX_TESTS=

check-bench: $(FAKE_SERVER) # the C programs of bench get their sessions
	$(call with-libcurl,$(MAKE) $(BENCHES)/session $(BENCHES)/session_curl && $(call with,python3,python3 $(BENCH) --check --fake-server $(FAKE_SERVER)))

$(BENCHES)/session: benches/session.c benches/contender.h dist/libkaltura_session.a
	mkdir -p $(@D)
	$(CC) $(BENCH_FLAGS) -Iinclude $< dist/libkaltura_session.a $$(cat $(RELEASE)/native-static-libs) -Wl,--gc-sections -o $@

$(BENCHES)/session_curl: benches/session_curl.c benches/contender.h
	mkdir -p $(@D)
	$(CC) $(BENCH_FLAGS) $< $$(pkg-config --cflags --libs libcurl libcrypto) -o $@

$(BENCH_SERVER): FORCE
	$(CARGO) build --release --package kaltura-fake-server

# Kaltura's own clients, by their hashes. What cannot be installed is not measured, and named.
bench-clients:
	@test -d $(BENCHES)/python || python3 -m pip install --quiet --disable-pip-version-check --require-hashes \
	  --target $(BENCHES)/python --requirement benches/requirements.txt || \
	  { rm -rf $(BENCHES)/python; echo "skipped: Kaltura's Python client, which could not be installed"; }
	@test -d $(BENCHES)/node || { mkdir -p $(BENCHES)/node && cp benches/package.json benches/package-lock.json $(BENCHES)/node && \
	  npm ci --silent --no-audit --no-fund --prefix $(BENCHES)/node; } || \
	  { rm -rf $(BENCHES)/node; echo "skipped: Kaltura's Node client, which could not be installed"; }

.PHONY: bench bench-cached bench-clients bench-rtt check-round-trips check-bench

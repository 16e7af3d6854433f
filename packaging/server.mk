# The library for servers: all of the other, and what needs an account's admin secret. SERVER=1 builds and installs it
# beside the other; nothing of it is in the other. Included by the Makefile.

# Places of its own: cargo would mix up libraries that differ in features alone.
SERVER_TARGET := $(TARGET)/server
SERVER_FEATURES := --features ks-tools,admin
SERVER_RELEASE := $(SERVER_TARGET)/release
SERVER_HEADER := include/kaltura_session_server.h

ifeq ($(SERVER),1)
all: dist/libkaltura_session_server.a dist/kaltura-session-server.pc
install: install-server
endif

$(SERVER_RELEASE)/libkaltura_session.a: $(SOURCES)
	RUSTFLAGS="$$RUSTFLAGS $(RELEASE_RUSTFLAGS)" $(CARGO) rustc --locked --lib --release $(SERVER_FEATURES) --crate-type staticlib \
	  --target-dir $(SERVER_TARGET) -- $(PRELINKED) --print native-static-libs=$(SERVER_RELEASE)/native-static-libs
	touch $@

dist/libkaltura_session_server.a: $(SERVER_RELEASE)/libkaltura_session.a $(SERVER_HEADER) include/kaltura_session.h packaging/prelink.sh
	mkdir -p dist
	packaging/prelink.sh $< $(SERVER_HEADER) $@

dist/kaltura-session-server.pc: dist/kaltura-session.pc dist/libkaltura_session_server.a
	sed -e 's|^Name: .*|&-server|' -e 's|-lkaltura_session |-lkaltura_session_server |' $< >$@

install-server: dist/libkaltura_session_server.a dist/kaltura-session-server.pc
	install -d '$(DESTDIR)$(INCLUDEDIR)' '$(DESTDIR)$(LIBDIR)' '$(DESTDIR)$(PKGCONFIGDIR)'
	install -m 644 include/kaltura_session.h $(SERVER_HEADER) '$(DESTDIR)$(INCLUDEDIR)'
	install -m 644 dist/libkaltura_session_server.a '$(DESTDIR)$(LIBDIR)'
	install -m 644 dist/kaltura-session-server.pc '$(DESTDIR)$(PKGCONFIGDIR)'

GENERATED_SERVER_HEADER = "$$($(CARGO) check --lib $(SERVER_FEATURES) --target-dir $(SERVER_TARGET) --message-format=json | \
  sed -n 's/.*"package_id":"path+file:[^"]*kaltura-session[^"]*".*"out_dir":"\([^"]*\)".*/\1/p')/kaltura_session_server.h"

cli: ## the command kaltura-session, with its manual page and completions, in dist/cli/
	RUSTFLAGS="$$RUSTFLAGS $(REMAP)" $(CARGO) build --locked --release --package kaltura-session-cli --target-dir $(SERVER_TARGET)/cli
	mkdir -p dist/cli
	cp $(SERVER_TARGET)/cli/release/kaltura-session dist/cli
	dist/cli/kaltura-session man >dist/cli/kaltura-session.1
	for shell in bash zsh fish; do dist/cli/kaltura-session completions $$shell >dist/cli/kaltura-session.$$shell || exit 1; done

# ---- For developers --------------------------------------------------------------------------------------------------

header: server-header
server-header:
	cp $(GENERATED_SERVER_HEADER) $(SERVER_HEADER)

check-server: # lints and tests of what is for servers, in Rust and in C; the command; the hash service
	$(CARGO) clippy $(SERVER_FEATURES) --all-targets --target-dir $(SERVER_TARGET) -- -D warnings
	$(CARGO) clippy --package kaltura-session-cli --all-targets --target-dir $(SERVER_TARGET) -- -D warnings
	$(CARGO) test $(SERVER_FEATURES) --target-dir $(SERVER_TARGET) --lib -- ks:: admin::
	$(CARGO) test $(SERVER_FEATURES) --target-dir $(SERVER_TARGET) --test server_header
	INCLUDE=include FLAGS='-include kaltura_session_server.h' c-tests/run.sh c-tests/check_header.sh
	$(CARGO) test --package kaltura-session-cli --target-dir $(SERVER_TARGET)
	$(CARGO) build --lib $(SERVER_FEATURES) --target-dir $(SERVER_TARGET)
	$(MAKE) run-server-tests check-hash-service
	c-tests/run.sh c-tests/check_none_of_it.sh

check-hash-service: $(FAKE_SERVER) # the example: a session with a hash from the backend that keeps the app token
	mkdir -p $(OUT)/server
	$(CC) -std=c99 $(C_TEST_FLAGS) examples/hash-service/client.c $(SERVER_ARCHIVE) $(LDLIBS) -o $(OUT)/server/hash_client
	$(call with,python3,FAKE_SERVER=$(FAKE_SERVER) CLIENT=$(OUT)/server/hash_client c-tests/run.sh c-tests/check_hash_service.sh)

check-clients: $(FAKE_SERVER) # beside Kaltura's own clients, from PyPI and npm; not a part of check-all
	$(CARGO) build --package kaltura-session-cli --target-dir $(SERVER_TARGET)
	c-tests/check_clients.sh $(SERVER_TARGET)/debug/kaltura-session $(FAKE_SERVER)

# Those of c-tests/server; FLAVOUR, ARCHIVE and the rest as for run-c-tests.
SERVER_TESTS := $(patsubst c-tests/server/%.c,$(OUT)/server/%,$(wildcard c-tests/server/test_*.c))
SERVER_ARCHIVE ?= $(SERVER_TARGET)/debug/libkaltura_session.a

run-server-tests: $(SERVER_TESTS) $(FAKE_SERVER)
	FAKE_SERVER=$(FAKE_SERVER) RUNNER='$(RUNNER)' TIME_FACTOR=$(TIME_FACTOR) c-tests/run.sh $(SERVER_TESTS)

$(SERVER_TESTS): $(OUT)/server/%: c-tests/server/%.c $(OUT)/fake_server.o $(SERVER_ARCHIVE) include/kaltura_session.h $(SERVER_HEADER) $(wildcard c-tests/*.h)
	mkdir -p $(@D)
	$(CC) -std=c99 $(C_TEST_FLAGS) $< $(OUT)/fake_server.o $(SERVER_ARCHIVE) $(LDLIBS) -o $@

.PHONY: cli install-server server-header check-server run-server-tests check-hash-service check-clients

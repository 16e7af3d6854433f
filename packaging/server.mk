# The library for servers: all of the other, and what needs an account's admin secret. SERVER=1 builds and installs it
# beside the other; nothing of it is in the other. Included by the Makefile.

# Places of its own: cargo would mix up libraries that differ in features alone. HTTP=0 leaves the transport out here too.
SERVER_TARGET := $(TARGET)/server$(OF_BUILD)
SERVER_FEATURES := $(FEATURES) --features ks-tools,admin
SERVER_RELEASE := $(SERVER_TARGET)/release
SERVER_HEADER := $(INCLUDE)/kaltura_session_server.h

ifeq ($(SERVER),1)
all: $(DIST)/libkaltura_session_server.a $(DIST)/kaltura-session-server.pc
install: install-server
uninstall: uninstall-server
endif

$(SERVER_RELEASE)/libkaltura_session.a: $(SOURCES)
	RUSTFLAGS="$$RUSTFLAGS $(RELEASE_RUSTFLAGS)" $(CARGO) rustc --locked --lib --release $(SERVER_FEATURES) --crate-type staticlib \
	  --target-dir $(SERVER_TARGET) -- $(PRELINKED) --print native-static-libs=$(SERVER_RELEASE)/native-static-libs
	touch $@

$(DIST)/libkaltura_session_server.a: $(SERVER_RELEASE)/libkaltura_session.a $(SERVER_HEADER) $(HEADER) packaging/prelink.sh
	mkdir -p $(DIST)
	packaging/prelink.sh $< $(SERVER_HEADER) $@

$(DIST)/kaltura-session-server.pc: $(DIST)/kaltura-session.pc $(DIST)/libkaltura_session_server.a
	sed -e 's|^Name: .*|&-server|' -e 's|-lkaltura_session |-lkaltura_session_server |' $< >$@

install-server: $(DIST)/libkaltura_session_server.a $(DIST)/kaltura-session-server.pc
	install -d '$(DESTDIR)$(INCLUDEDIR)' '$(DESTDIR)$(LIBDIR)' '$(DESTDIR)$(PKGCONFIGDIR)'
	install -m 644 $(HEADER) $(SERVER_HEADER) '$(DESTDIR)$(INCLUDEDIR)'
	install -m 644 $(DIST)/libkaltura_session_server.a '$(DESTDIR)$(LIBDIR)'
	install -m 644 $(DIST)/kaltura-session-server.pc '$(DESTDIR)$(PKGCONFIGDIR)'

# The same with and without a transport, but for the header that it includes.
build/no-http/include/kaltura_session_server.h: include/kaltura_session_server.h
	mkdir -p $(@D)
	cp $< $@

uninstall-server:
	rm -f '$(DESTDIR)$(INCLUDEDIR)/kaltura_session_server.h' '$(DESTDIR)$(LIBDIR)/libkaltura_session_server.a'
	rm -f '$(DESTDIR)$(PKGCONFIGDIR)/kaltura-session-server.pc'

GENERATED_SERVER_HEADER = "$$($(CARGO) check --lib $(SERVER_FEATURES) --target-dir $(SERVER_TARGET) --message-format=json | \
  sed -n 's/.*"package_id":"path+file:[^"]*kaltura-session[^"]*".*"out_dir":"\([^"]*\)".*/\1/p')/kaltura_session_server.h"

cli: ## the command kaltura-session, with its manual pages and completions, in dist/cli/
	RUSTFLAGS="$$RUSTFLAGS $(REMAP)" $(CARGO) build --locked --release --package kaltura-session-cli --target-dir $(SERVER_TARGET)/cli
	mkdir -p dist/cli/man
	cp $(SERVER_TARGET)/cli/release/kaltura-session dist/cli
	dist/cli/kaltura-session man dist/cli/man
	for shell in bash zsh fish; do dist/cli/kaltura-session completions $$shell >dist/cli/kaltura-session.$$shell || exit 1; done

# ---- For developers --------------------------------------------------------------------------------------------------

header: server-header
server-header:
	cp $(GENERATED_SERVER_HEADER) include

ifneq ($(HTTP),0)
size: server-size
endif
server-size: $(DIST)/libkaltura_session_server.a
	packaging/size.sh SERVER=1 1750000 examples/server/app_token.c $< $(SERVER_RELEASE)/libkaltura_session.a -I$(INCLUDE)

check-server-install: $(DIST)/libkaltura_session_server.a $(FAKE_SERVER) # an example, built from an installed tree with pkg-config alone
	$(call with,pkg-config,FAKE_SERVER=$(FAKE_SERVER) c-tests/run.sh c-tests/check_server_install.sh)

check-server: # lints and tests of what is for servers, in Rust and in C; the command; the hash service
	$(CARGO) clippy $(SERVER_FEATURES) --all-targets --target-dir $(SERVER_TARGET) -- -D warnings
	$(CARGO) clippy --package kaltura-session-cli --all-targets --target-dir $(SERVER_TARGET) -- -D warnings
	$(CARGO) test $(SERVER_FEATURES) --target-dir $(SERVER_TARGET) --lib -- ks:: admin::
	$(CARGO) test $(SERVER_FEATURES) --target-dir $(SERVER_TARGET) --test server_header
	INCLUDE=include FLAGS='-include kaltura_session_server.h' c-tests/run.sh c-tests/check_header.sh
	$(CARGO) test --package kaltura-session-cli --target-dir $(SERVER_TARGET)
	$(MAKE) build-server-archive run-server-tests check-hash-service check-app-token
	$(call with,valgrind,$(MAKE) run-server-tests RUNNER='$(VALGRIND)' TIME_FACTOR=20)
	$(MAKE) HTTP=0 build-server-archive run-server-tests
	c-tests/run.sh c-tests/check_none_of_it.sh

build-server-archive:
	$(CARGO) build --lib $(SERVER_FEATURES) --target-dir $(SERVER_TARGET)

check-app-token: $(FAKE_SERVER) # the example: an app token from its making to its end
	mkdir -p $(OUT)/server
	$(CC) -std=c99 $(C_TEST_FLAGS) examples/server/app_token.c $(SERVER_ARCHIVE) $(LDLIBS) -o $(OUT)/server/app_token
	FAKE_SERVER=$(FAKE_SERVER) EXAMPLE=$(OUT)/server/app_token c-tests/run.sh c-tests/check_app_token.sh

check-hash-service: $(FAKE_SERVER) # the example: a session with a hash from the backend that keeps the app token
	mkdir -p $(OUT)/server
	$(CC) -std=c99 $(C_TEST_FLAGS) examples/hash-service/client.c $(SERVER_ARCHIVE) $(LDLIBS) -o $(OUT)/server/hash_client
	$(call with,python3,FAKE_SERVER=$(FAKE_SERVER) CLIENT=$(OUT)/server/hash_client c-tests/run.sh c-tests/check_hash_service.sh)

check-clients: $(FAKE_SERVER) # beside Kaltura's own clients, from PyPI and npm
	$(CARGO) build --package kaltura-session-cli --target-dir $(SERVER_TARGET)
	c-tests/check_clients.sh $(SERVER_TARGET)/debug/kaltura-session $(FAKE_SERVER)

# Those of c-tests/server; FLAVOUR, ARCHIVE and the rest as for run-c-tests. Where libcurl is, what speaks to a server does
# so with libcurl as the transport, and around flows, too; without a transport, only so.
SERVER_ARCHIVE ?= $(SERVER_TARGET)/debug/libkaltura_session.a
SERVER_NETWORK_TESTS := provisioning
SERVER_TESTS := $(patsubst c-tests/server/test_%.c,$(OUT)/server/test_%,$(wildcard c-tests/server/test_*.c))
ifeq ($(HTTP),0)
SERVER_TESTS := $(filter-out $(SERVER_NETWORK_TESTS:%=$(OUT)/server/test_%),$(SERVER_TESTS))
endif
SERVER_CURL_TESTS := $(foreach how,transport flow,$(SERVER_NETWORK_TESTS:%=$(OUT)/server/$(how)/test_%))
run-server-tests: $(SERVER_TESTS) $(FAKE_SERVER)
	FAKE_SERVER=$(FAKE_SERVER) RUNNER='$(RUNNER)' TIME_FACTOR=$(TIME_FACTOR) c-tests/run.sh $(SERVER_TESTS)
	$(call with-libcurl,$(MAKE) run-server-curl-tests)

run-server-curl-tests: $(SERVER_CURL_TESTS) $(FAKE_SERVER)
	FAKE_SERVER=$(FAKE_SERVER) RUNNER='$(RUNNER)' TIME_FACTOR=$(TIME_FACTOR) c-tests/run.sh $(SERVER_CURL_TESTS)

$(SERVER_TESTS) $(SERVER_CURL_TESTS): $(OUT)/fake_server.o $(SERVER_ARCHIVE) $(HEADER) $(SERVER_HEADER) $(wildcard c-tests/*.h c-tests/server/*.h)
$(SERVER_TESTS): $(OUT)/server/%: c-tests/server/%.c
	mkdir -p $(@D)
	$(CC) -std=c99 $(C_TEST_FLAGS) $< $(OUT)/fake_server.o $(SERVER_ARCHIVE) $(LDLIBS) -o $@

SERVER_CURL_PARTS = $(OUT)/curl_carrier.o $(OUT)/fake_server.o $(SERVER_ARCHIVE) $(LDLIBS) $$(pkg-config --libs libcurl)
$(SERVER_CURL_TESTS): $(OUT)/curl_carrier.o
$(OUT)/server/transport/%: c-tests/server/%.c
	mkdir -p $(@D)
	$(CC) -std=c99 $(C_TEST_FLAGS) -DCURL_TRANSPORT $< $(SERVER_CURL_PARTS) -o $@
$(OUT)/server/flow/%: c-tests/server/%.c
	mkdir -p $(@D)
	$(CC) -std=c99 $(C_TEST_FLAGS) -DCURL_FLOW $< $(SERVER_CURL_PARTS) -o $@

.PHONY: cli install-server uninstall-server server-header server-size check-server-install check-server build-server-archive run-server-tests run-server-curl-tests
.PHONY: check-hash-service check-app-token check-clients

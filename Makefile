# kaltura-session: build, test, install. `make help` lists the targets.

CARGO ?= cargo
CC ?= cc
CXX ?= c++
CFLAGS ?= -O2 -g
CXXFLAGS ?= $(CFLAGS)
PREFIX ?= /usr/local
LIBDIR ?= $(PREFIX)/lib
INCLUDEDIR ?= $(PREFIX)/include
PKGCONFIGDIR ?= $(LIBDIR)/pkgconfig

CARGO_TARGET_DIR ?= target
TARGET := $(abspath $(CARGO_TARGET_DIR))
export CARGO_TARGET_DIR := $(TARGET)
export CC CXX

VERSION := $(shell sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml | head -n 1)
ABI_VERSION := $(shell sed -n 's/^const ABI_VERSION: u32 = \(.*\);/\1/p' build.rs)
ifeq ($(shell uname -s),Darwin)
SHARED := libkaltura_session.$(VERSION).dylib
SHARED_LINKS := libkaltura_session.$(ABI_VERSION).dylib libkaltura_session.dylib
LDLIBS += -framework Security -framework CoreFoundation
else
SHARED := libkaltura_session.so.$(VERSION)
SHARED_LINKS := libkaltura_session.so.$(ABI_VERSION) libkaltura_session.so
endif

FAKE_SERVER := $(TARGET)/debug/kaltura-fake-server
STRICT := -Wall -Wextra -Wpedantic -Werror

all: dist/libkaltura_session.a dist/kaltura-session.pc ## the static library and its pkg-config file, in dist/ (default)

demo: build/examples/start_session $(FAKE_SERVER) ## a KS from the bundled fake server, or from SERVICE_URL=... PARTNER_ID=... APP_TOKEN_ID=... APP_TOKEN=... [USER_ID=...]
	@packaging/demo.sh $^

dist: all dist/$(SHARED) ## what all builds, and the shared library

examples: $(patsubst examples/c/%.c,build/examples/%,$(wildcard examples/c/*.c)) ## examples/c, in build/examples/

install: dist ## to PREFIX (/usr/local), below DESTDIR if that is set
	install -d '$(DESTDIR)$(INCLUDEDIR)/CKaltura' '$(DESTDIR)$(LIBDIR)' '$(DESTDIR)$(PKGCONFIGDIR)'
	install -m 644 include/kaltura_session.h '$(DESTDIR)$(INCLUDEDIR)'
	sed 's|header "|&../|' include/module.modulemap >'$(DESTDIR)$(INCLUDEDIR)/CKaltura/module.modulemap'
	install -m 644 dist/libkaltura_session.a dist/$(SHARED) '$(DESTDIR)$(LIBDIR)'
	for link in $(SHARED_LINKS); do ln -sf $(SHARED) '$(DESTDIR)$(LIBDIR)'/$$link || exit 1; done
	install -m 644 dist/kaltura-session.pc '$(DESTDIR)$(PKGCONFIGDIR)'

uninstall: ## takes away what install put there
	rm -f '$(DESTDIR)$(INCLUDEDIR)/kaltura_session.h' '$(DESTDIR)$(INCLUDEDIR)/CKaltura/module.modulemap'
	rm -f $(foreach file,libkaltura_session.a $(SHARED) $(SHARED_LINKS),'$(DESTDIR)$(LIBDIR)/$(file)')
	rm -f '$(DESTDIR)$(PKGCONFIGDIR)/kaltura-session.pc'
	-rmdir '$(DESTDIR)$(INCLUDEDIR)/CKaltura'

clean: ## removes all that was built
	$(CARGO) clean
	rm -rf build dist

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-10s %s\n", $$1, $$2 }' Makefile

# ---- What is shipped -------------------------------------------------------------------------------------------------

RELEASE := $(TARGET)/release
SOURCES := $(wildcard Cargo.* build.rs cbindgen.toml examples/c/generate_ks.c) $(shell find src -type f)
REMAP := --remap-path-prefix=$(CURDIR)=/kaltura-session --remap-path-prefix=$(TARGET)=/target \
  --remap-path-prefix=$${CARGO_HOME:-$$HOME/.cargo}=/cargo

# By crate types, not as Cargo.toml lists them: that would lose link-time optimisation. No path of this machine is inside.
$(RELEASE)/libkaltura_session.a: $(SOURCES)
	RUSTFLAGS="$$RUSTFLAGS $(REMAP)" $(CARGO) rustc --locked --lib --release --crate-type staticlib,cdylib -- \
	  --print native-static-libs=$(RELEASE)/native-static-libs
	touch $@

dist/libkaltura_session.a: $(RELEASE)/libkaltura_session.a include/kaltura_session.h packaging/prelink.sh
	mkdir -p dist
	packaging/prelink.sh $< include/kaltura_session.h $@

dist/$(SHARED): $(RELEASE)/libkaltura_session.a
	mkdir -p dist
	strip -x -o $@ $(wildcard $(RELEASE)/libkaltura_session.so $(RELEASE)/libkaltura_session.dylib)
	for link in $(SHARED_LINKS); do ln -sf $(SHARED) dist/$$link || exit 1; done

dist/kaltura-session.pc: dist/libkaltura_session.a FORCE # again and again: PREFIX may be another
	@rm -f $@
	@sed -e 's|@PREFIX@|$(PREFIX)|' -e 's|@VERSION@|$(VERSION)|' \
	  -e 's|@LIBDIR@|$(patsubst $(PREFIX)/%,$${prefix}/%,$(LIBDIR))|' \
	  -e 's|@INCLUDEDIR@|$(patsubst $(PREFIX)/%,$${prefix}/%,$(INCLUDEDIR))|' \
	  -e "s|@NATIVE_LIBS@|$$(cat $(RELEASE)/native-static-libs)|" packaging/kaltura-session.pc.in >$@

build/examples/%: examples/c/%.c dist/libkaltura_session.a include/kaltura_session.h
	mkdir -p build/examples
	$(CC) -std=c99 $(STRICT) $(CFLAGS) -Iinclude $< dist/libkaltura_session.a $$(cat $(RELEASE)/native-static-libs) -o $@

$(FAKE_SERVER): FORCE
	$(CARGO) build --package kaltura-fake-server

# ---- For developers --------------------------------------------------------------------------------------------------

header: ## renews include/kaltura_session.h from src/ffi
	cp "$$($(CARGO) check --lib --message-format=json | \
	  sed -n 's/.*"package_id":"path+file:[^"]*kaltura-session[^"]*".*"out_dir":"\([^"]*\)".*/\1/p')/kaltura_session.h" include

check: check-rust check-header check-c ## formatting, lints, Rust tests, the header in every dialect of C, C tests

check-all: check check-features check-schedules check-dist check-install check-valgrind check-asan check-tsan ## all that CI runs

check-rust: # formatting, lints, Rust tests; one package at a time, so that neither has the features of the other
	$(CARGO) fmt --all --check
	$(CARGO) clippy --all-targets -- -D warnings
	$(CARGO) clippy --package kaltura-fake-server --all-targets -- -D warnings
	$(CARGO) test
	$(CARGO) test --package kaltura-fake-server

check-header: # in every dialect that the compilers here know
	c-tests/run.sh c-tests/check_header.sh

check-schedules: # the provider's locks and threads under an explorer of schedules; KALTURA_SCHEDULES sets how many
	RUSTFLAGS='--cfg kaltura_shuttle' $(CARGO) test --lib --target-dir $(TARGET)/schedules schedules

bench: dist $(FAKE_SERVER) ## what a cached load costs, beside a mutex
	mkdir -p build/benches
	$(CC) -std=c99 $(STRICT) -O2 -D_GNU_SOURCE -pthread -Iinclude -Ic-tests benches/cached_load.c c-tests/fake_server.c \
	  dist/libkaltura_session.a $$(cat $(RELEASE)/native-static-libs) -o build/benches/cached_load
	FAKE_SERVER=$(FAKE_SERVER) build/benches/cached_load

check-features: # without the transport; the documentation
	$(CARGO) clippy --no-default-features --all-targets -- -D warnings
	$(CARGO) test --no-default-features
	RUSTDOCFLAGS='-D warnings' $(CARGO) doc --no-deps

check-dist: dist build/clash/libkaltura_session.a # what is in the libraries, what they need, beside another Rust library
	$(CARGO) clippy --test dist -- -D warnings
	$(CARGO) test --test dist
	$(MAKE) run-c-tests FLAVOUR=dist ARCHIVE=dist/libkaltura_session.a

check-install: dist $(FAKE_SERVER) # the examples, built from an installed tree with pkg-config alone
	$(call with,pkg-config,FAKE_SERVER=$(FAKE_SERVER) c-tests/run.sh c-tests/check_install.sh)

check-c:
	$(CARGO) build --lib
	$(MAKE) run-c-tests

# What is only possibly lost is reached through the middle of a hash table.
VALGRIND := valgrind -q --error-exitcode=9 --leak-check=full --show-leak-kinds=definite --errors-for-leak-kinds=definite \
  --suppressions=c-tests/valgrind.supp
check-valgrind: # the programs of check-c
	$(CARGO) build --lib
	$(call with,valgrind,$(MAKE) run-c-tests RUNNER='$(VALGRIND)' TIME_FACTOR=20)

SANITIZED = $(TARGET)/$@/$(HOST)/debug/libkaltura_session.a
check-asan: # with Rust's and the C compiler's AddressSanitizer
	$(call sanitized-archive,address)
	$(MAKE) run-c-tests FLAVOUR=asan ARCHIVE=$(SANITIZED) SANITIZE=-fsanitize=address TIME_FACTOR=5

check-tsan: # with Rust's ThreadSanitizer, whose runtime knows more than the C compiler's
	$(call sanitized-archive,thread)
	c-tests/tsan_std.sh $(SANITIZED) build/c-tests/tsan/std
	TSAN_OPTIONS='suppressions=c-tests/tsan.supp die_after_fork=0' $(MAKE) run-c-tests FLAVOUR=tsan ARCHIVE=$(SANITIZED) \
	  SANITIZE=-fsanitize=thread TIME_FACTOR=5 LDLIBS='build/c-tests/tsan/std.o @build/c-tests/tsan/std.flags -nodefaultlibs \
	  -Wl,--whole-archive $(wildcard $(shell rustc --print target-libdir)/librustc-*_rt.tsan.a) -Wl,--no-whole-archive \
	  -lc -lm -lgcc_s -lgcc -ldl -lpthread -lrt'

sanitized-archive = RUSTC_BOOTSTRAP=1 RUSTFLAGS='-Zsanitizer=$(1) -Cunsafe-allow-abi-mismatch=sanitizer' $(CARGO) rustc --lib \
  --crate-type staticlib --target $(HOST) --target-dir $(TARGET)/$@
HOST = $(shell rustc -vV | sed -n 's/^host: //p')

# with TOOL,COMMAND: a machine without the tool skips the command and says so; CI has every tool.
with = if command -v $(1) >/dev/null; then $(2); else echo "skipped: $@, for want of $(1)"; test "$$CI" != true; fi

# The C tests: FLAVOUR names their folder, ARCHIVE the library, SANITIZE is for the compiler; RUNNER runs them, TIME_FACTOR
# times as slowly.
FLAVOUR ?= plain
ARCHIVE ?= $(TARGET)/debug/libkaltura_session.a
TIME_FACTOR ?= 1
C_TEST_FLAGS = $(STRICT) $(CFLAGS) $(SANITIZE) -D_GNU_SOURCE -pthread -Iinclude -Ic-tests
C_TESTS := $(patsubst c-tests/%.c,build/c-tests/$(FLAVOUR)/%,$(wildcard c-tests/test_*.c))
CXX_TESTS := $(patsubst c-tests/%.cc,build/c-tests/$(FLAVOUR)/%,$(wildcard c-tests/test_*.cc))

run-c-tests: $(C_TESTS) $(CXX_TESTS) $(FAKE_SERVER)
	FAKE_SERVER=$(FAKE_SERVER) RUNNER='$(RUNNER)' TIME_FACTOR=$(TIME_FACTOR) c-tests/run.sh $(C_TESTS) $(CXX_TESTS)

build/c-tests/$(FLAVOUR)/fake_server.o: c-tests/fake_server.c c-tests/fake_server.h
	mkdir -p $(@D)
	$(CC) -std=c99 $(C_TEST_FLAGS) -c $< -o $@

C_TEST_PARTS := build/c-tests/$(FLAVOUR)/fake_server.o $(ARCHIVE)
$(C_TESTS) $(CXX_TESTS): include/kaltura_session.h $(wildcard c-tests/*.h)
$(C_TESTS): build/c-tests/$(FLAVOUR)/%: c-tests/%.c $(C_TEST_PARTS)
	$(CC) -std=c99 $(C_TEST_FLAGS) $< $(C_TEST_PARTS) $(LDLIBS) -o $@

build/c-tests/$(FLAVOUR)/test_costs: C_TEST_FLAGS += $(addprefix -Wl$(comma)--wrap=,malloc calloc realloc posix_memalign)
comma := ,

$(CXX_TESTS): build/c-tests/$(FLAVOUR)/%: c-tests/%.cc $(C_TEST_PARTS)
	$(CXX) -std=c++17 $(C_TEST_FLAGS) $< $(C_TEST_PARTS) $(LDLIBS) -o $@

# Without the transport it is built in seconds, and what is tested of it is the same.
build/clash/libkaltura_session.a: $(SOURCES) packaging/prelink.sh c-tests/clash/second-library/src/lib.rs
	mkdir -p build/clash
	$(CARGO) build --release --manifest-path c-tests/clash/second-library/Cargo.toml
	cp $(RELEASE)/libsecond_library.a build/clash
	$(CARGO) rustc --lib --release --no-default-features --crate-type staticlib --target-dir $(TARGET)/clash -- \
	  --cfg kaltura_test_panic
	packaging/prelink.sh $(TARGET)/clash/release/libkaltura_session.a include/kaltura_session.h $@ kaltura_test_panic

FORCE:
.PHONY: all demo dist examples install uninstall clean help header check check-all check-rust check-header check-features
.PHONY: bench check-schedules check-dist check-install check-c check-valgrind check-asan check-tsan run-c-tests
.NOTPARALLEL:
.DELETE_ON_ERROR:

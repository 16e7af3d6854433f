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
CMAKEDIR ?= $(LIBDIR)/cmake/KalturaSession
OBJCDIR ?= $(PREFIX)/share/kaltura-session/objc

CARGO_TARGET_DIR ?= target
TARGET := $(abspath $(CARGO_TARGET_DIR))
export CARGO_TARGET_DIR := $(TARGET)
export CC CXX

VERSION := $(shell sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml | head -n 1)
ABI_VERSION := $(shell sed -n 's/^const ABI_VERSION: u32 = \(.*\);/\1/p' build.rs)
ifeq ($(shell uname -s),Darwin)
SHARED := libkaltura_session.$(VERSION).dylib
SHARED_LINKS := libkaltura_session.$(ABI_VERSION).dylib libkaltura_session.dylib
SONAME := @rpath/libkaltura_session.$(ABI_VERSION).dylib
LDLIBS += -framework Security -framework CoreFoundation
CRATE_TYPES := staticlib,cdylib
LINK_SHARED = strip -x -o $@ $(RELEASE)/libkaltura_session.dylib
else
SHARED := libkaltura_session.so.$(VERSION)
SHARED_LINKS := libkaltura_session.so.$(ABI_VERSION) libkaltura_session.so
# packaging/prelink.sh makes one object, and the shared library is made of that.
CRATE_TYPES := staticlib
PRELINKED := --cfg kaltura_prelinked
LINK_SHARED = $(CC) -shared -s -o $@ -Wl,-soname,libkaltura_session.so.$(ABI_VERSION) -Wl,-z,relro,-z,now,-z,defs \
  -Wl,--gc-sections,--as-needed,--whole-archive $< -Wl,--no-whole-archive $$(cat $(RELEASE)/native-static-libs)
SONAME := libkaltura_session.so.$(ABI_VERSION)
endif

FAKE_SERVER := $(TARGET)/debug/kaltura-fake-server

# HTTP=0 leaves the library's own transport out. What is built without it has places of its own.
HTTP ?= 1
ifeq ($(HTTP),0)
FEATURES := --no-default-features
OF_BUILD := /no-http
INCLUDE := build/no-http/include
else
INCLUDE := include
endif
BUILD := build$(OF_BUILD)
DIST := dist$(OF_BUILD)
LIB_TARGET := $(TARGET)$(OF_BUILD)
HEADER := $(INCLUDE)/kaltura_session.h
STRICT := -Wall -Wextra -Wpedantic -Werror

all: $(DIST)/libkaltura_session.a $(DIST)/kaltura-session.pc ## the static library and its pkg-config file, in dist/ (default); HTTP=0: without a transport, in dist/no-http/; SERVER=1: the library for servers too

demo: $(BUILD)/examples/$(if $(OF_BUILD),flow_curl,start_session) $(FAKE_SERVER) ## a KS from the bundled fake server, or from SERVICE_URL=... PARTNER_ID=... APP_TOKEN_ID=... APP_TOKEN=... [USER_ID=...]
	@packaging/demo.sh $^

CMAKE_FILES := KalturaSessionConfig.cmake KalturaSessionConfigVersion.cmake
dist: all $(DIST)/$(SHARED) $(CMAKE_FILES:%=$(DIST)/%) ## what all builds, the shared library, and the files of a CMake package

# Those that need libcurl are built where it is; those that need the transport, where that is.
EXAMPLES := $(wildcard examples/c/*.c)
CURL_EXAMPLES := $(wildcard examples/c/flow_*.c)
HTTP_EXAMPLES := $(filter-out $(CURL_EXAMPLES),$(EXAMPLES))
HAS_CURL := $(shell pkg-config --exists libcurl 2>/dev/null && echo 1)
BUILT_EXAMPLES := $(if $(OF_BUILD),,$(HTTP_EXAMPLES)) $(if $(HAS_CURL),$(CURL_EXAMPLES))
examples: $(BUILT_EXAMPLES:examples/c/%.c=$(BUILD)/examples/%) ## examples/c, in build/examples/

CXX_HEADERS := $(wildcard include/*.hpp)
OBJC_SOURCES := $(wildcard bindings/objc/KLT*)
install: dist ## to PREFIX (/usr/local), below DESTDIR if that is set
	install -d '$(DESTDIR)$(INCLUDEDIR)/CKaltura' '$(DESTDIR)$(LIBDIR)' '$(DESTDIR)$(PKGCONFIGDIR)'
	install -m 644 $(HEADER) '$(DESTDIR)$(INCLUDEDIR)'
	install -m 644 include/CKaltura.apinotes '$(DESTDIR)$(INCLUDEDIR)/CKaltura'
	sed 's|header "|&../|' include/module.modulemap >'$(DESTDIR)$(INCLUDEDIR)/CKaltura/module.modulemap'
	install -m 644 $(DIST)/libkaltura_session.a $(DIST)/$(SHARED) '$(DESTDIR)$(LIBDIR)'
	for link in $(SHARED_LINKS); do ln -sf $(SHARED) '$(DESTDIR)$(LIBDIR)'/$$link || exit 1; done
	install -m 644 $(DIST)/kaltura-session.pc '$(DESTDIR)$(PKGCONFIGDIR)'
	install -d '$(DESTDIR)$(CMAKEDIR)' '$(DESTDIR)$(OBJCDIR)'
	install -m 644 $(CXX_HEADERS) '$(DESTDIR)$(INCLUDEDIR)'
	install -m 644 $(CMAKE_FILES:%=$(DIST)/%) '$(DESTDIR)$(CMAKEDIR)'
	install -m 644 $(OBJC_SOURCES) '$(DESTDIR)$(OBJCDIR)'

uninstall: ## takes away what install put there
	rm -f '$(DESTDIR)$(INCLUDEDIR)/kaltura_session.h' '$(DESTDIR)$(INCLUDEDIR)/CKaltura/module.modulemap'
	rm -f '$(DESTDIR)$(INCLUDEDIR)/CKaltura/CKaltura.apinotes'
	rm -f $(foreach file,libkaltura_session.a $(SHARED) $(SHARED_LINKS),'$(DESTDIR)$(LIBDIR)/$(file)')
	rm -f '$(DESTDIR)$(PKGCONFIGDIR)/kaltura-session.pc'
	rm -f $(foreach file,$(notdir $(CXX_HEADERS)),'$(DESTDIR)$(INCLUDEDIR)/$(file)')
	rm -f $(foreach file,$(CMAKE_FILES),'$(DESTDIR)$(CMAKEDIR)/$(file)')
	rm -f $(foreach file,$(notdir $(OBJC_SOURCES)),'$(DESTDIR)$(OBJCDIR)/$(file)')
	-rmdir '$(DESTDIR)$(INCLUDEDIR)/CKaltura' '$(DESTDIR)$(CMAKEDIR)' '$(DESTDIR)$(OBJCDIR)'

clean: ## removes all that was built
	$(CARGO) clean
	rm -rf build dist

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

# ---- What is shipped -------------------------------------------------------------------------------------------------

RELEASE := $(LIB_TARGET)/release
SOURCES := $(wildcard Cargo.* build.rs cbindgen.toml examples/c/generate_ks.c) $(shell find src -type f)
REMAP := --remap-path-prefix=$(CURDIR)=/kaltura-session --remap-path-prefix=$(TARGET)=/target \
  --remap-path-prefix=$${CARGO_HOME:-$$HOME/.cargo}=/cargo --remap-path-prefix=$${CARGO_HOME:-$$HOME/.cargo}/registry/src=

# Tables for unwinding are shorter where functions keep a frame pointer.
RELEASE_RUSTFLAGS := $(REMAP) -Cforce-frame-pointers=yes

# By crate types, not as Cargo.toml lists them: that would lose link-time optimisation. No path of this machine is inside.
$(RELEASE)/libkaltura_session.a: $(SOURCES)
	RUSTFLAGS="$$RUSTFLAGS $(RELEASE_RUSTFLAGS)" $(CARGO) rustc --locked --lib --release $(FEATURES) --crate-type $(CRATE_TYPES) \
	  --target-dir $(LIB_TARGET) -- $(PRELINKED) --print native-static-libs=$(RELEASE)/native-static-libs
	touch $@

$(DIST)/libkaltura_session.a: $(RELEASE)/libkaltura_session.a $(HEADER) packaging/prelink.sh
	mkdir -p $(DIST)
	packaging/prelink.sh $< $(HEADER) $@

$(DIST)/$(SHARED): $(DIST)/libkaltura_session.a
	$(LINK_SHARED)
	for link in $(SHARED_LINKS); do ln -sf $(SHARED) $(DIST)/$$link || exit 1; done

$(DIST)/kaltura-session.pc: $(DIST)/libkaltura_session.a FORCE # again and again: PREFIX may be another
	@rm -f $@
	@sed -e 's|@PREFIX@|$(PREFIX)|' -e 's|@VERSION@|$(VERSION)|' \
	  -e 's|@LIBDIR@|$(patsubst $(PREFIX)/%,$${prefix}/%,$(LIBDIR))|' \
	  -e 's|@INCLUDEDIR@|$(patsubst $(PREFIX)/%,$${prefix}/%,$(INCLUDEDIR))|' \
	  -e "s|@NATIVE_LIBS@|$$(cat $(RELEASE)/native-static-libs)|" packaging/kaltura-session.pc.in >$@

# Relative to where the file is, if it and the headers are below PREFIX, so that the tree may be moved.
UP = $(subst $(SPACE),,$(foreach part,$(subst /, ,$(CMAKEDIR:$(PREFIX)/%=%)),/..))
RELATIVE_PREFIX = $(if $(filter $(PREFIX)/%,$(CMAKEDIR)),$${CMAKE_CURRENT_LIST_DIR}$(UP),$(PREFIX))
EMPTY :=
SPACE := $(EMPTY) $(EMPTY)
$(DIST)/%.cmake: packaging/%.cmake.in $(DIST)/libkaltura_session.a FORCE
	@sed -e 's|@RELATIVE_PREFIX@|$(RELATIVE_PREFIX)|' -e 's|@VERSION@|$(VERSION)|' -e 's|@SHARED@|$(SHARED)|' \
	  -e 's|@RELATIVE_INCLUDEDIR@|$(patsubst $(PREFIX)/%,$${_kaltura_prefix}/%,$(INCLUDEDIR))|' \
	  -e 's|@SONAME@|$(SONAME)|' -e "s|@NATIVE_LIBS@|$$(sed 's/ -/;-/g' $(RELEASE)/native-static-libs)|" $< >$@

# The committed header is the whole one; one that lacks something is made with the build that lacks it.
GENERATED_HEADER = "$$($(CARGO) check --lib $(FEATURES) --target-dir $(LIB_TARGET) --message-format=json | \
  sed -n 's/.*"package_id":"path+file:[^"]*kaltura-session[^"]*".*"out_dir":"\([^"]*\)".*/\1/p')/kaltura_session.h"
build/no-http/include/kaltura_session.h: $(SOURCES) include/module.modulemap
	mkdir -p $(@D)
	cp include/module.modulemap $(@D)
	cp $(GENERATED_HEADER) $@

$(BUILD)/examples/%: examples/c/%.c $(DIST)/libkaltura_session.a $(HEADER)
	mkdir -p $(@D)
	$(CC) -std=c99 $(STRICT) $(CFLAGS) -I$(INCLUDE) $< $(DIST)/libkaltura_session.a $$(cat $(RELEASE)/native-static-libs) \
	  $(if $(filter flow_%,$*),$$(pkg-config --cflags --libs libcurl)) -o $@

$(FAKE_SERVER): FORCE
	$(CARGO) build --package kaltura-fake-server

include packaging/apple/apple.mk

# ---- For developers --------------------------------------------------------------------------------------------------

header: ## renews the headers in include/ from src/ffi, and from that what the wrappers know of it
	cp $(GENERATED_HEADER) $(INCLUDE)
	$(if $(OF_BUILD),,bindings/generate.py)

check: check-rust check-header check-c check-curl ## formatting, lints, Rust tests, the header in every dialect of C, C tests; HTTP=0: of the build without a transport

check-all: check check-docs check-mobile-types check-no-http check-schedules check-dist check-install check-cpp check-objc check-valgrind check-asan-ubsan check-tsan check-helgrind check-bindings check-server check-server-install check-clients check-memory check-deny check-panics check-fuzz check-bench ## all that CI runs

check-rust: # formatting, lints, Rust tests; one package at a time, so that neither has the features of the other
	$(CARGO) fmt --all --check
	$(CARGO) clippy $(FEATURES) --all-targets -- -D warnings
	$(CARGO) clippy --package kaltura-fake-server --all-targets -- -D warnings
	$(CARGO) test $(FEATURES)
	$(CARGO) test --package kaltura-fake-server

check-header: $(HEADER) # in every dialect that the compilers here know
	INCLUDE=$(INCLUDE) c-tests/run.sh c-tests/check_header.sh

check-schedules: # the provider's locks and threads under an explorer of schedules; KALTURA_SCHEDULES sets how many
	RUSTFLAGS='--cfg kaltura_shuttle' $(CARGO) test --lib --target-dir $(TARGET)/schedules schedules

# Each build in its turn; the bounds are for x86-64 Linux.
ifeq ($(HTTP),0)
SIZE = HTTP=0 300000 examples/c/flow_curl.c
SIZE_LIBS = $$(pkg-config --cflags --libs libcurl)
else
SIZE = default 1600000 examples/c/generate_ks.c
endif
size: $(DIST)/libkaltura_session.a ## what a stripped C program grows by with each build of the library, and what that is made of
	$(if $(OF_BUILD),,$(MAKE) HTTP=0 size)
	packaging/size.sh $(SIZE) $< $(RELEASE)/libkaltura_session.a -I$(INCLUDE) $(SIZE_LIBS)

check-no-http: # all of check, and an install, for the build without a transport
	$(MAKE) HTTP=0 check check-install

check-docs: # the documentation of the Rust crate
	RUSTDOCFLAGS='-D warnings' $(CARGO) doc --no-deps

check-dist: dist build/clash/libkaltura_session.a # what is in the libraries, what they need, beside another Rust library
	$(MAKE) HTTP=0 all
	$(CARGO) clippy --test dist -- -D warnings
	$(CARGO) test --test dist
	$(MAKE) run-c-tests FLAVOUR=dist ARCHIVE=dist/libkaltura_session.a

check-install: dist $(FAKE_SERVER) # the examples, built from an installed tree with pkg-config alone
	$(call with,pkg-config,HTTP=$(HTTP) FAKE_SERVER=$(FAKE_SERVER) c-tests/run.sh c-tests/check_install.sh)

check-c:
	$(CARGO) build --lib $(FEATURES) --target-dir $(LIB_TARGET)
	$(MAKE) run-c-tests

# Without its own transport it is built in seconds, and what is tested is the same.
check-panics: # a panic in any layer of a library that was built for it
	$(CARGO) rustc --lib --no-default-features --crate-type staticlib --target-dir $(TARGET)/panics -- --cfg kaltura_test_panic
	mkdir -p $(OUT)
	$(CC) -std=c99 $(C_TEST_FLAGS) c-tests/panics.c $(TARGET)/panics/debug/libkaltura_session.a $(LDLIBS) -lm -o $(OUT)/panics
	c-tests/run.sh $(OUT)/panics

check-curl: # those that start sessions, with libcurl as the transport, and around a flow; and a thousand flows at once
	$(CARGO) build --lib $(FEATURES) --target-dir $(LIB_TARGET)
	$(call with-libcurl,$(MAKE) run-curl-tests)

# What is only possibly lost is reached through the middle of a hash table.
VALGRIND := valgrind -q --error-exitcode=9 --leak-check=full --show-leak-kinds=definite --errors-for-leak-kinds=definite \
  --suppressions=c-tests/valgrind.supp
check-valgrind: # the programs of check-c
	$(CARGO) build --lib
	$(call with,valgrind,$(MAKE) run-c-tests RUNNER='$(VALGRIND)' TIME_FACTOR=20)

SANITIZED = $(TARGET)/$@/$(HOST)/debug/libkaltura_session.a
check-asan-ubsan: # with Rust's and the C compiler's AddressSanitizer, and the C compiler's UndefinedBehaviorSanitizer
	$(call sanitized-archive,address)
	$(MAKE) run-c-tests FLAVOUR=asan ARCHIVE=$(SANITIZED) SANITIZE='-fsanitize=address,undefined -fno-sanitize-recover=undefined' TIME_FACTOR=5

# Its runtime has a thread and descriptors of its own, which two of the programs would count.
check-tsan: # with Rust's ThreadSanitizer, whose runtime knows more than the C compiler's
	$(call sanitized-archive,thread)
	c-tests/tsan_std.sh $(SANITIZED) build/c-tests/tsan/std
	TSAN_OPTIONS='suppressions=c-tests/tsan.supp die_after_fork=0' $(MAKE) run-c-tests FLAVOUR=tsan ARCHIVE=$(SANITIZED) UNFIT='chaos exhaustion' \
	  SANITIZE=-fsanitize=thread TIME_FACTOR=5 LDLIBS='build/c-tests/tsan/std.o @build/c-tests/tsan/std.flags -nodefaultlibs \
	  -Wl,--whole-archive $(wildcard $(shell rustc --print target-libdir)/librustc-*_rt.tsan.a) -Wl,--no-whole-archive \
	  -lc -lm -lgcc_s -lgcc -ldl -lpthread -lrt'

HELGRIND_HISTORY ?= approx
HELGRIND = valgrind -q --tool=helgrind --history-level=$(HELGRIND_HISTORY) --error-exitcode=9 --suppressions=c-tests/helgrind.supp
HELGRIND_TESTS := $(patsubst %,c-tests/test_%.c,callbacks exchange provider threads time)
ATOMICS_ALONE := $(addprefix -Cllvm-args=-tsan-instrument-,memory-accesses=0 func-entry-exit=0 memintrinsics=0)
check-helgrind: # with valgrind's helgrind, which c-tests/helgrind_atomics.c tells of Rust's locks
	$(call sanitized-archive,thread,$(ATOMICS_ALONE))
	c-tests/tsan_std.sh $(SANITIZED) build/c-tests/helgrind/std
	$(call with,valgrind,$(CC) -std=c99 $(STRICT) -O2 -g -c c-tests/helgrind_atomics.c -o build/c-tests/helgrind/atomics.o && \
	  $(MAKE) run-c-tests FLAVOUR=helgrind ARCHIVE=$(SANITIZED) RUNNER='$(HELGRIND)' SANITIZE=-fsanitize=thread TIME_FACTOR=20 \
	  C_TESTS='$(HELGRIND_TESTS:c-tests/%.c=build/c-tests/helgrind/%)' LDLIBS='build/c-tests/helgrind/atomics.o \
	  build/c-tests/helgrind/std.o @build/c-tests/helgrind/std.flags -Wl$(comma)--wrap=syscall -nodefaultlibs \
	  -lc -lm -lgcc_s -lgcc -ldl -lpthread')

sanitized-archive = RUSTC_BOOTSTRAP=1 RUSTFLAGS='-Zsanitizer=$(1) -Cunsafe-allow-abi-mismatch=sanitizer $(2)' $(CARGO) rustc --lib \
  --crate-type staticlib --target $(HOST) --target-dir $(TARGET)/$@
HOST = $(shell rustc -vV | sed -n 's/^host: //p')

# with TOOL,COMMAND: a machine without the tool skips the command and says so; CI has every tool.
with = if command -v $(1) >/dev/null; then $(2); else echo "skipped: $@, for want of $(1)"; test "$$CI" != true; fi

with-libcurl = if pkg-config --exists libcurl; then $(1); else echo "skipped: $@, for want of libcurl"; test "$$CI" != true; fi

# The C tests: FLAVOUR names their folder, ARCHIVE the library, SANITIZE is for the compiler; RUNNER runs them, TIME_FACTOR
# times as slowly.
FLAVOUR ?= plain
ARCHIVE ?= $(LIB_TARGET)/debug/libkaltura_session.a
TIME_FACTOR ?= 1
OUT := $(BUILD)/c-tests/$(FLAVOUR)
C_TEST_FLAGS = $(STRICT) $(CFLAGS) $(SANITIZE) -D_GNU_SOURCE -pthread -I$(INCLUDE) -Ic-tests
# Cells of the fault matrix wait for a session to grow old, which must not take longer: its rows are in test_errors and
# test_time as well.
NOT_SLOWED := $(if $(filter 1,$(TIME_FACTOR)),,c-tests/test_faults.c)
# What there is to test of a library without a transport.
NO_HTTP_TESTS := header exchange flow
C_TESTS := $(patsubst c-tests/%.c,$(OUT)/%,$(if $(OF_BUILD),$(NO_HTTP_TESTS:%=c-tests/test_%.c),$(filter-out $(NOT_SLOWED) $(UNFIT:%=c-tests/test_%.c),$(wildcard c-tests/test_*.c))))
CXX_TESTS := $(patsubst c-tests/%.cc,$(OUT)/%,$(wildcard c-tests/test_*.cc))

run-c-tests: $(C_TESTS) $(CXX_TESTS) $(FAKE_SERVER)
	FAKE_SERVER=$(FAKE_SERVER) RUNNER='$(RUNNER)' TIME_FACTOR=$(TIME_FACTOR) c-tests/run.sh $(C_TESTS) $(CXX_TESTS)

$(OUT)/%.o: c-tests/%.c c-tests/fake_server.h
	mkdir -p $(@D)
	$(CC) -std=c99 $(C_TEST_FLAGS) -c $< -o $@

C_TEST_PARTS := $(OUT)/fake_server.o $(ARCHIVE)
FAULT_TESTS := $(foreach folder,$(OUT) $(OUT)/transport $(OUT)/flow,$(addprefix $(folder)/test_,errors faults time))
$(FAULT_TESTS): $(OUT)/faults.o
$(FAULT_TESTS): FAULTS = $(OUT)/faults.o
$(C_TESTS) $(CXX_TESTS): $(HEADER) $(wildcard c-tests/*.h)
$(C_TESTS): $(OUT)/%: c-tests/%.c $(C_TEST_PARTS)
	$(CC) -std=c99 $(C_TEST_FLAGS) $< $(FAULTS) $(C_TEST_PARTS) $(LDLIBS) -o $@

$(OUT)/test_costs: C_TEST_FLAGS += $(addprefix -Wl$(comma)--wrap=,malloc calloc realloc posix_memalign)
$(OUT)/test_exhaustion: C_TEST_FLAGS += $(addprefix -Wl$(comma)--wrap=,pthread_create socket socketpair malloc calloc realloc posix_memalign free) \
  $(if $(filter dist,$(FLAVOUR)),-DHAS_RESERVE)
comma := ,

faults-page: $(OUT)/test_faults ## renews docs/faults.md from the table in c-tests/faults.c
	$< --page >docs/faults.md

$(OUT)/test_boundary: $(OUT)/boundary_calls.h
$(OUT)/test_boundary: C_TEST_FLAGS += -I$(OUT)
$(OUT)/boundary_calls.h: c-tests/boundary.awk $(HEADER)
	mkdir -p $(@D)
	awk -f $^ >$@

# The same programs, with libcurl as the transport or around a flow.
CURL_TRANSPORT_TESTS := $(addprefix $(OUT)/transport/test_,arguments callbacks chaos errors faults hash_types provider sessions threads time)
CURL_FLOW_TESTS := $(addprefix $(OUT)/flow/test_,errors faults hash_types sessions)

run-curl-tests: $(CURL_TRANSPORT_TESTS) $(CURL_FLOW_TESTS) $(OUT)/many_flows $(BUILD)/examples/flow_multi $(FAKE_SERVER)
	FAKE_SERVER=$(FAKE_SERVER) RUNNER='$(RUNNER)' TIME_FACTOR=$(TIME_FACTOR) c-tests/run.sh $(CURL_TRANSPORT_TESTS) $(CURL_FLOW_TESTS)
	FAKE_SERVER=$(FAKE_SERVER) $(OUT)/many_flows $(BUILD)/examples/flow_multi

$(OUT)/many_flows: c-tests/many_flows.c $(OUT)/fake_server.o c-tests/harness.h
	$(CC) -std=c99 $(C_TEST_FLAGS) $< $(OUT)/fake_server.o -o $@

CURL_TEST_PARTS := $(OUT)/curl_carrier.o $(C_TEST_PARTS)
$(CURL_TRANSPORT_TESTS) $(CURL_FLOW_TESTS): $(HEADER) $(wildcard c-tests/*.h) $(CURL_TEST_PARTS)
$(OUT)/transport/%: c-tests/%.c
	mkdir -p $(@D)
	$(CC) -std=c99 $(C_TEST_FLAGS) -DCURL_TRANSPORT $< $(FAULTS) $(CURL_TEST_PARTS) $(LDLIBS) $$(pkg-config --libs libcurl) -o $@
$(OUT)/flow/%: c-tests/%.c
	mkdir -p $(@D)
	$(CC) -std=c99 $(C_TEST_FLAGS) -DCURL_FLOW $< $(FAULTS) $(CURL_TEST_PARTS) $(LDLIBS) $$(pkg-config --libs libcurl) -o $@

$(CXX_TESTS): $(OUT)/%: c-tests/%.cc $(C_TEST_PARTS)
	$(CXX) -std=c++17 $(C_TEST_FLAGS) $< $(C_TEST_PARTS) $(LDLIBS) -o $@

# Without the transport it is built in seconds, and what is tested of it is the same.
build/clash/libkaltura_session.a: $(SOURCES) packaging/prelink.sh c-tests/clash/second-library/src/lib.rs
	mkdir -p build/clash
	$(CARGO) build --release --manifest-path c-tests/clash/second-library/Cargo.toml
	cp $(RELEASE)/libsecond_library.a build/clash
	$(CARGO) rustc --lib --release --no-default-features --crate-type staticlib --target-dir $(TARGET)/clash -- \
	  $(PRELINKED) --cfg kaltura_test_panic
	packaging/prelink.sh $(TARGET)/clash/release/libkaltura_session.a include/kaltura_session.h $@ kaltura_test_panic

include bindings/native.mk
include bindings/check.mk
include packaging/server.mk
include c-tests/memory.mk fuzz/fuzz.mk packaging/supply.mk benches/bench.mk

FORCE:
.PHONY: all demo dist examples install uninstall clean help header check check-all check-rust check-header check-docs
.PHONY: check-no-http check-curl run-curl-tests size check-schedules check-dist check-install check-c check-valgrind check-asan-ubsan check-tsan check-helgrind run-c-tests
.PHONY: faults-page check-panics
.NOTPARALLEL:
.DELETE_ON_ERROR:

# C++ and Objective-C against the fake server. Their tests are programs that print TAP, as those of c-tests/ are.

NATIVE := build/bindings
NATIVE_TEST = FAKE_SERVER=$(FAKE_SERVER) c-tests/run.sh
SESSIONS_OF_LEAK_CHECK := 10000

check-cpp: $(FAKE_SERVER) # the headers in each standard; the test of each compiler, and 10,000 sessions under a leak checker
	$(CARGO) build --lib
	c-tests/run.sh bindings/check_hpp.sh
	$(MAKE) $(NATIVE)/cpp17 $(NATIVE)/cpp20 $(NATIVE)/cpp20-asan CXX=g++
	$(NATIVE_TEST) $(NATIVE)/cpp17 $(NATIVE)/cpp20
	SESSIONS=$(SESSIONS_OF_LEAK_CHECK) $(NATIVE_TEST) $(NATIVE)/cpp20-asan
	$(call with,clang++,$(MAKE) $(NATIVE)/cpp20-clang CXX=clang++ && $(NATIVE_TEST) $(NATIVE)/cpp20-clang)

check-objc: $(FAKE_SERVER) # below GNUstep with gcc, and with clang and blocks; 10,000 sessions under a leak checker; for Apple
	$(CARGO) build --lib
	c-tests/run.sh bindings/objc/check_apple.sh
	$(call with,gnustep-config,$(MAKE) run-objc-tests)

run-objc-tests: $(NATIVE)/objc-gcc $(NATIVE)/objc-asan
	$(NATIVE_TEST) $(NATIVE)/objc-gcc
	SESSIONS=$(SESSIONS_OF_LEAK_CHECK) LSAN_OPTIONS=suppressions=bindings/objc/lsan.supp $(NATIVE_TEST) $(NATIVE)/objc-asan
	$(call with,clang,$(MAKE) $(NATIVE)/objc-clang && $(NATIVE_TEST) $(NATIVE)/objc-clang)

ASAN_UBSAN := -fsanitize=address,undefined -fno-sanitize-recover=undefined
CPP_TEST_PARTS := bindings/cpp/test_cpp.cc $(NATIVE)/fake_server.o $(TARGET)/debug/libkaltura_session.a
$(NATIVE)/cpp17 $(NATIVE)/cpp20 $(NATIVE)/cpp20-asan $(NATIVE)/cpp20-clang: $(CPP_TEST_PARTS) $(wildcard include/* c-tests/*.h)
	$(CXX) -std=c++$(patsubst cpp%,%,$(firstword $(subst -, ,$(@F)))) $(STRICT) -O1 -g \
	  $(if $(filter %-asan,$@),$(ASAN_UBSAN)) -pthread -Iinclude -isystem c-tests \
	  $(CPP_TEST_PARTS) $(LDLIBS) -o $@

# GNUstep's Foundation asks for a header of another runtime where there are blocks; its own runtime of blocks lacks one class.
GCC_HEADERS = $(dir $(shell $(CC) -print-file-name=include/objc/objc.h))..
BLOCKS = -fblocks -fobjc-runtime=gcc -isystem $(GCC_HEADERS) -isystem $(NATIVE)/include
OBJC_SOURCES_OF_TEST := $(wildcard bindings/objc/KLT*.m) bindings/objc/test_objc.m
OBJC_TEST_PARTS := $(OBJC_SOURCES_OF_TEST) $(NATIVE)/fake_server.o $(TARGET)/debug/libkaltura_session.a
OBJC_FLAGS = -std=c99 $(STRICT) -Wno-pedantic $$(bindings/objc/gnustep_flags.sh) -D_GNU_SOURCE -Iinclude -Ibindings/objc \
  -isystem c-tests
OBJC_LIBS = $$(gnustep-config --base-libs) $(LDLIBS)

$(NATIVE)/objc-%: $(OBJC_TEST_PARTS) $(wildcard bindings/objc/KLT*.h) $(wildcard include/* c-tests/*.h) $(NATIVE)/include/objc/blocks_runtime.h
	$(if $(filter clang,$*),clang $(BLOCKS),gcc $(if $(filter asan,$*),$(ASAN_UBSAN))) $(OBJC_FLAGS) $(OBJC_TEST_PARTS) \
	  $(if $(filter clang,$*),-L$(dir $(shell gcc -print-file-name=libobjc.so)) -Wno-unused-command-line-argument) \
	  $(OBJC_LIBS) $(if $(filter clang,$*),-lBlocksRuntime) -o $@

$(NATIVE)/include/objc/blocks_runtime.h:
	mkdir -p $(@D)
	echo '#include <Block.h>' >$@

$(NATIVE)/fake_server.o: c-tests/fake_server.c c-tests/fake_server.h
	mkdir -p $(@D)
	$(CC) -std=c99 $(STRICT) -D_GNU_SOURCE -g -c $< -o $@

.PHONY: check-cpp check-objc run-objc-tests

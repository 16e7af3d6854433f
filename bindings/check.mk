# The wrappers of other languages against an installed tree: their tests, their examples, and 10,000 sessions of each with
# every handle counted, on Linux.

BINDINGS := $(CURDIR)/build/bindings
BINDING_CHECKS := check-python check-go check-node check-java check-csharp
TOOL_python := python3
TOOL_go := go
TOOL_node := npm
TOOL_java := javac
TOOL_csharp := mcs
TOOL_swift := swift

check-bindings: $(BINDING_CHECKS) ## the wrappers of other languages, each beside an installed tree

# check-swift is not part of check-all: where a Swift toolchain is, it is large.
$(BINDING_CHECKS) check-swift: check-%: bindings-stage $(FAKE_SERVER)
	$(call with,$(TOOL_$*),FAKE_SERVER=$(FAKE_SERVER) BUILD=$(BINDINGS) c-tests/run.sh bindings/$*/check.sh)

bindings-stage: dist $(if $(filter Darwin,$(shell uname -s)),,$(BINDINGS)/counted/libkaltura_session.so)
	$(MAKE) -s install DESTDIR=$(BINDINGS)/root PREFIX=/opt/kaltura

# The library with the functions of count_handles.c in place of some of its own.
$(BINDINGS)/counted/libkaltura_session.so: bindings/count_handles.c dist/libkaltura_session.a include/kaltura_session.h
	mkdir -p $(@D)
	$(CC) -std=c99 $(STRICT) $(CFLAGS) -D_GNU_SOURCE -fPIC -Iinclude -c $< -o $(@D)/count_handles.o
	nm -u $(@D)/count_handles.o | sed -n 's/.* real_\(.*\)/\1 real_\1/p' >$(@D)/renamed
	objcopy --redefine-syms=$(@D)/renamed dist/libkaltura_session.a $(@D)/library.a
	$(CC) -shared -Wl,-z,defs -Wl,-soname,libkaltura_session.so.$(ABI_VERSION) $(@D)/count_handles.o \
	  -Wl,--whole-archive $(@D)/library.a -Wl,--no-whole-archive $$(cat $(RELEASE)/native-static-libs) -o $@
	ln -sf libkaltura_session.so $@.$(ABI_VERSION)

.PHONY: check-bindings bindings-stage $(BINDING_CHECKS) check-swift

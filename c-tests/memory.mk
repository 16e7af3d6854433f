# The memory of a process after use. Linux only, where one process can look into another; against what is shipped, for what
# stays on a stack depends on the optimiser.
check-memory: dist $(FAKE_SERVER)
	$(MAKE) run-memory-test FLAVOUR=dist ARCHIVE=dist/libkaltura_session.a

run-memory-test: $(OUT)/memory $(FAKE_SERVER)
	FAKE_SERVER=$(FAKE_SERVER) c-tests/run.sh $(OUT)/memory

$(OUT)/memory: c-tests/memory.c $(C_TEST_PARTS) $(wildcard c-tests/*.h)
	$(CC) -std=c99 $(C_TEST_FLAGS) $< $(C_TEST_PARTS) $(LDLIBS) -o $@

.PHONY: check-memory run-memory-test

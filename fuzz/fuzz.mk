# Fuzzing: targets, corpora and figures are described in docs/fuzzing.md. No tool beyond Rust and a C++ compiler is needed.

FUZZ_TARGETS := reply headers options blob flow ks_read boundary
FUZZ_OUT := $(TARGET)/fuzz
FUZZ_SECONDS ?= 5

# What `cargo fuzz` passes, without it. SANITIZER is for the boundary, whose code is the only one with pointers.
FUZZ_FLAGS = --cfg fuzzing -Ccodegen-units=1 -Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
  -Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table \
  -Cllvm-args=-sanitizer-coverage-trace-compares
build-fuzzers:
	RUSTFLAGS='$(FUZZ_FLAGS)' $(CARGO) build --locked --release --manifest-path fuzz/Cargo.toml --target $(HOST) \
	  --target-dir $(FUZZ_OUT) $(addprefix --bin ,$(filter-out boundary,$(FUZZ_TARGETS)))
	RUSTC_BOOTSTRAP=1 RUSTFLAGS='$(FUZZ_FLAGS) -Zsanitizer=address' $(CARGO) build --locked --release \
	  --manifest-path fuzz/Cargo.toml --target $(HOST) --target-dir $(FUZZ_OUT)/asan --bin boundary

# With CORPUS the fuzzers keep what they find there; without it nothing is written into the tree.
check-fuzz: build-fuzzers # each target over its corpus, and some seconds on; FUZZ_SECONDS sets how many
	FUZZ_SECONDS=$(FUZZ_SECONDS) fuzz/run.sh $(FUZZ_OUT) $(HOST) $(FUZZ_TARGETS)

.PHONY: build-fuzzers check-fuzz

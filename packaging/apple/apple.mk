# Apple and Android, included by the Makefile. See README.md here.

# Another system's toolchain, unpacked once; KALTURA_TOOLCHAIN says where, if it is to outlive `make clean`.
KALTURA_TOOLCHAIN ?= $(TARGET)/apple-toolchain
APPLE_ENV := TOOLCHAIN=$(abspath $(KALTURA_TOOLCHAIN))
MOBILE_TARGETS := aarch64-apple-ios aarch64-linux-android x86_64-linux-android

check-mobile-types: # the types of the iOS and Android builds, with Debian's rustc; needs no SDK
	if apt-cache show rustc-web rust-web-src >/dev/null 2>&1; then \
	  packaging/apple/toolchain.sh check $(abspath $(KALTURA_TOOLCHAIN)) && $(MAKE) run-mobile-types; \
	else echo "skipped: $@, for want of Debian's rustc-web"; test "$$CI" != true; fi

# All targets at once: they share what runs at build time, which need not be fast. A warning fails.
MOBILE_CHECK = $(APPLE_ENV) packaging/apple/cargo.sh '$(MOBILE_TARGETS)' check --locked --lib --target-dir $(TARGET)/mobile \
  -Zwarnings --config 'build.warnings="deny"' --config 'profile.dev.package."*".opt-level=0' --config profile.dev.debug=false
run-mobile-types:
	$(MOBILE_CHECK)
	$(MOBILE_CHECK) --no-default-features

xcframework: ## CKaltura.xcframework, its zip, Swift package and podspec, in dist/apple; PLATFORMS, IDENTITY and URL as packaging/apple/build.sh has them
	test "$$(uname -s)" = Darwin || packaging/apple/toolchain.sh build $(abspath $(KALTURA_TOOLCHAIN))
	$(APPLE_ENV) packaging/apple/build.sh $(PLATFORMS)

check-xcframework: xcframework # what is in it, on Linux; takes minutes for each platform, so it is not part of check-all
	$(APPLE_ENV) python3 packaging/apple/check.py dist/apple/CKaltura.xcframework

.PHONY: check-mobile-types run-mobile-types xcframework check-xcframework

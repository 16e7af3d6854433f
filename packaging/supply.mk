# What the library is made of: licences and sources of its dependencies, the same bytes from every build, a list of parts.

check-deny: # licences, sources, duplicates and bans, as deny.toml says
	$(call with,cargo-deny,cargo-deny --locked --log-level error check licenses bans sources)

# The build with a transport takes three times as long: by hand, before a release.
REPRODUCIBLE_HTTP ?= 0
check-reproducible: # two builds in two folders have the same bytes; REPRODUCIBLE_HTTP=1 for the build with a transport
	packaging/check_reproducible.sh $(REPRODUCIBLE_HTTP)

sbom: ## dist/kaltura-session.cdx.json: all that is linked, with versions, licences and checksums, as CycloneDX
	mkdir -p dist
	packaging/sbom.py >dist/kaltura-session.cdx.json

.PHONY: check-deny check-reproducible sbom

#!/usr/bin/env python3
"""Prints what is linked into the library as a CycloneDX 1.5 document. It has no date: the same sources, the same bytes."""

import json
import subprocess
import sys

TARGETS = ["x86_64-unknown-linux-gnu", "aarch64-apple-darwin", "aarch64-apple-ios", "aarch64-linux-android"]


def cargo(*arguments):
    return subprocess.run(["cargo", *arguments], check=True, stdout=subprocess.PIPE, text=True).stdout


def linked():
    """(name, version) of what a target links; build and test dependencies are no part of the library."""
    found = set()
    for target in TARGETS:
        tree = cargo("tree", "--locked", "--edges", "normal,no-proc-macro", "--target", target, "--prefix", "none", "--format", "{p}")
        found.update(tuple(line.split()[:2]) for line in tree.splitlines() if line)
    return {(name, version.lstrip("v")) for name, version in found}


def checksums():
    sums, entry = {}, {}
    with open("Cargo.lock", encoding="utf-8") as lock:
        for line in lock:
            key, _, value = line.strip().partition(" = ")
            entry = {} if line.startswith("[[package]]") else {**entry, key: value.strip('"')}
            if key == "checksum":
                sums[entry["name"], entry["version"]] = entry["checksum"]
    return sums


def component(package, checksum):
    name, version = package["name"], package["version"]
    found = {
        "type": "library",
        "bom-ref": f"pkg:cargo/{name}@{version}",
        "name": name,
        "version": version,
        "licenses": [{"expression": package["license"].replace("/", " OR ")}],
        "purl": f"pkg:cargo/{name}@{version}",
    }
    if checksum:
        found["hashes"] = [{"alg": "SHA-256", "content": checksum}]
    if package["repository"]:
        found["externalReferences"] = [{"type": "vcs", "url": package["repository"]}]
    return found


def main():
    metadata = json.loads(cargo("metadata", "--locked", "--format-version", "1"))
    packages = {(package["name"], package["version"]): package for package in metadata["packages"]}
    sums, parts = checksums(), linked()
    (root,) = [key for key in parts if key[0] == "kaltura-session"]
    components = [component(packages[key], sums.get(key)) for key in sorted(parts - {root})]
    document = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "version": 1,
        "metadata": {"component": component(packages[root], None)},
        "components": components,
    }
    json.dump(document, sys.stdout, indent=1)
    print()


if __name__ == "__main__":
    main()

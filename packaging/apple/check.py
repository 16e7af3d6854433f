"""check.py XCFRAMEWORK: looks into what build.sh made, on Linux, with the LLVM that $TOOLCHAIN has. Prints TAP."""

import glob
import hashlib
import os
import plistlib
import re
import subprocess
import sys
import tempfile
import zipfile
import zlib

from xcframework import NAME, PLATFORMS, is_versioned
from zip import paths

TOOLCHAIN = os.environ["TOOLCHAIN"]
ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
HEADER = os.path.join(ROOT, "include", "kaltura_session.h")

# What Mach-O, linkers and compilers call the platforms.
LINKER = {
    "ios": (2, "ios", "ios{}"),
    "ios-simulator": (7, "ios-simulator", "ios{}-simulator"),
    "macos": (1, "macos", "macos{}"),
    "catalyst": (6, "mac-catalyst", "ios{}-macabi"),
    "tvos": (3, "tvos", "tvos{}"),
    "tvos-simulator": (8, "tvos-simulator", "tvos{}-simulator"),
    "visionos": (11, "xros", "xros{}"),
    "visionos-simulator": (12, "xros-simulator", "xros{}-simulator"),
}
# No Mac or simulator with an arm64 processor runs anything older.
OLDEST_ON_ARM64 = {"ios-simulator": "14.0", "tvos-simulator": "14.0", "catalyst": "14.0"}

# Whoever calls these declares why in PrivacyInfo.xcprivacy: Apple, "Describing use of required reason API". The C functions
# alone: the library has no Objective-C.
REQUIRED_REASON = {
    "NSPrivacyAccessedAPICategoryFileTimestamp": "stat fstat fstatat lstat getattrlist getattrlistbulk fgetattrlist getattrlistat",
    "NSPrivacyAccessedAPICategorySystemBootTime": "mach_absolute_time",
    "NSPrivacyAccessedAPICategoryDiskSpace": "statfs statvfs fstatfs fstatvfs getattrlist fgetattrlist getattrlistat",
}

# On iOS, what a program may grow by.
MOST_BYTES = 1_200_000

count = failures = 0


def main(xcframework):
    with open(os.path.join(xcframework, "Info.plist"), "rb") as file:
        libraries = plistlib.load(file)["AvailableLibraries"]
    system = libsystem_symbols()
    for library in libraries:
        platform = next(name for name, row in PLATFORMS.items() if row[0] == library["LibraryIdentifier"])
        framework = os.path.join(xcframework, library["LibraryIdentifier"], library["LibraryPath"])
        check_files(platform, framework)
        binary = os.path.join(framework, NAME)
        architectures = tool("lipo", "-archs", binary).split()
        expect(f"{platform}: architectures", sorted(architectures), sorted(library["SupportedArchitectures"]))
        for architecture in architectures:
            with tempfile.TemporaryDirectory() as work:
                check_slice(platform, architecture, binary, framework, system, work)
    check_package(xcframework)
    print(f"1..{count}")
    return 1 if failures or not libraries else 0


def check_files(platform, framework):
    content = os.path.join(framework, "Versions", "A") if is_versioned(platform) else framework
    resources = os.path.join(content, "Resources") if is_versioned(platform) else content
    for file in ("Headers/kaltura_session.h", "Headers/CKaltura.apinotes", "Modules/module.modulemap"):
        expect(f"{platform}: {file}", os.path.isfile(os.path.join(content, file)), True)
    for file in ("Info.plist", "PrivacyInfo.xcprivacy"):
        expect(f"{platform}: {file}", os.path.isfile(os.path.join(resources, file)), True)


def check_package(xcframework):
    """What is beside the XCFramework names the zip of it."""
    folder = os.path.dirname(xcframework)
    with open(xcframework + ".zip", "rb") as file:
        checksum = hashlib.sha256(file.read()).hexdigest()
    for name in ("Package.swift", "KalturaSession.podspec"):
        with open(os.path.join(folder, name), encoding="utf-8") as file:
            expect(f"{name}: the checksum is the zip's", re.findall(r"\b[0-9a-f]{64}\b", file.read()), [checksum])
    with zipfile.ZipFile(xcframework + ".zip") as archive:
        zipped = {entry.filename: entry.CRC for entry in archive.infolist()}
    expect("the zip holds the XCFramework", zipped, {os.path.relpath(path, folder): crc(path) for path in paths(xcframework)})


def crc(path):
    if os.path.islink(path):
        return zlib.crc32(os.readlink(path).encode())
    with open(path, "rb") as file:
        return zlib.crc32(file.read())


def check_slice(platform, architecture, binary, framework, system, work):
    name = f"{platform} {architecture}"
    number, linker_name, target = LINKER[platform]
    target = f"{architecture}-apple-{target}"
    oldest = PLATFORMS[platform][5]
    if architecture == "arm64":
        oldest = OLDEST_ON_ARM64.get(platform, oldest)

    archive = os.path.join(work, "archive.a")
    if len(tool("lipo", "-archs", binary).split()) > 1:
        tool("lipo", "-thin", architecture, binary, "-output", archive)
    else:
        os.symlink(os.path.abspath(binary), archive)

    commands = tool("otool", "-l", archive)
    expect(f"{name}: platform", sorted(set(re.findall(r"^ *platform (\S+)$", commands, re.M))), [str(number)])
    oldest_found = max(re.findall(r"^ *minos (\S+)$", commands, re.M), key=version)
    expect(f"{name}: oldest system is {oldest}", version(oldest_found) <= version(oldest), True, oldest_found)

    works(f"{name}: imports as a module", lambda: clang(
        target, oldest, "-fmodules", f"-fmodules-cache-path={work}", "-F" + os.path.dirname(framework), "-fsyntax-only",
        "-Werror", "-DUSE_MODULE", "-x", "objective-c", f"{ROOT}/c-tests/header_use.c"))  # fmt: skip

    exported, private, undefined = symbols(archive)
    expect(f"{name}: exports the functions of the header alone", exported, functions())
    # All but the compiler's own arithmetic, which is the same everywhere.
    stand_ins = {symbol for symbol in private & system if not symbol.startswith("___")}
    expect(f"{name}: stands in for no function of the system's", stand_ins, set())
    # src/ffi/reserve.rs: another Rust library in the image must not come upon it.
    allocators = {symbol for symbol in exported | private if re.search(r"_rust_(alloc|dealloc|realloc)", symbol)}
    expect(f"{name}: its allocator is its own", allocators, set())
    imported = undefined - exported - private
    frameworks = {symbol for symbol in imported if re.match(r"_k?(Sec|CF)[A-Z]|___CF", symbol)}
    expect(f"{name}: needs libSystem, Security and CoreFoundation alone", imported - frameworks - system, set())
    declared = declared_reasons(framework)
    for category, names in REQUIRED_REASON.items():
        # On x86-64 macOS some have a variant in their name: _fstat$INODE64.
        used = {symbol for symbol in imported if symbol.split("$")[0][1:] in names.split()}
        expect(f"{name}: {category} is declared if used", bool(used), category in declared, used)

    linked = linker(architecture, linker_name, oldest, system, work)
    later = [option for symbol in sorted(frameworks) for option in ("-U", symbol)]
    dylib = works(f"{name}: links", lambda: linked("-dylib", "-all_load", archive, *later))
    if not dylib:
        return
    expect(f"{name}: what it is linked into exports nothing else", symbols(dylib)[0], functions())
    unwinding = tool("objdump", "--macho", "--unwind-info", dylib)
    # LLVM leaves Rust's to __eh_frame, which has no limit: 0. An older one would name it: 1.
    personalities = int(re.search(r"Number of personality functions in array: +(\S+)", unwinding)[1], 16)
    expect(f"{name}: at most one personality routine", personalities <= 1, True, personalities)
    if platform == "ios":
        grown = grown_by(target, oldest, archive, linked, work)
        print(f"# {name}: a stripped program grows by {grown:,} bytes")
        expect(f"{name}: a program grows by at most {MOST_BYTES:,} bytes", grown <= MOST_BYTES, True, grown)


def grown_by(target, oldest, archive, linked, work):
    """What a stripped C program grows by with the library, in bytes; docs/size.md has the numbers."""
    program = os.path.join(work, "program.o")
    clang(target, oldest, "-O2", "-I" + os.path.dirname(HEADER), "-c", f"{ROOT}/examples/c/generate_ks.c", "-o", program)
    sizes = []
    for objects in ([program], [program, archive]):
        binary = linked(*objects, "-dead_strip", "-undefined", "dynamic_lookup")
        tool("strip", binary)
        sizes.append(os.path.getsize(binary))
    return sizes[1] - sizes[0]


def linker(architecture, platform, oldest, system, work):
    """Links against a libSystem that is a list of names."""
    target = f"{architecture}-{platform.replace('mac-catalyst', 'maccatalyst')}"
    names = ", ".join(f"'{symbol}'" for symbol in sorted(system))
    with open(os.path.join(work, "libSystem.tbd"), "w", encoding="utf-8") as file:
        file.write(
            f"--- !tapi-tbd\ntbd-version: 4\ntargets: [ {target} ]\ninstall-name: '/usr/lib/libSystem.B.dylib'\n"
            f"exports:\n  - targets: [ {target} ]\n    symbols: [ {names} ]\n...\n"
        )

    def linked(*arguments):
        out = os.path.join(work, "linked")
        run(f"{TOOLCHAIN}/usr/bin/ld64.lld-22", "-arch", architecture, "-platform_version", platform, oldest, oldest,
            "-L" + work, "-lSystem", *arguments, "-o", out)  # fmt: skip
        return out

    return linked


def symbols(file):
    """Exported, private to an image, undefined."""
    exported, private, undefined = set(), set(), set()
    # Of code, not of the bitcode that some of the compiler's own objects carry along.
    for line in tool("nm", "--no-llvm-bc", "-m", "-p", file).splitlines():
        name = line.split(" (from")[0].rsplit(" ", 1)[-1]
        if " (undefined) " in line:
            undefined.add(name)
        elif " private external " in line:
            private.add(name)
        elif " external " in line:
            exported.add(name)
    return exported, private, undefined


def functions():
    with open(HEADER, encoding="utf-8") as file:
        text = re.sub(r"#if defined\(__ANDROID__\).*?#endif", "", file.read(), flags=re.S)
    text = re.sub(r"/\*.*?\*/", "", text, flags=re.S)
    return {"_" + name for name in re.findall(r"^[a-z].*?\b(kaltura_\w+)\(", text, re.M) if not name.endswith("_fn")}


def libsystem_symbols():
    (path,) = glob.glob(f"{TOOLCHAIN}/ziglang/**/libSystem.tbd", recursive=True)
    with open(path, encoding="utf-8") as file:
        lists = re.findall(r"symbols:\s*\[(.*?)\]", file.read(), re.S)
    names = {name.strip(" '\n") for names in lists for name in names.split(",")}
    return {name for name in names if re.fullmatch(r"[\w$]+", name)}


def declared_reasons(framework):
    path = glob.glob(f"{framework}/PrivacyInfo.xcprivacy") or glob.glob(f"{framework}/Resources/PrivacyInfo.xcprivacy")
    if not path:
        return []
    with open(path[0], "rb") as file:
        return [entry["NSPrivacyAccessedAPIType"] for entry in plistlib.load(file)["NSPrivacyAccessedAPITypes"]]


def version(text):
    return [int(number) for number in text.split(".")]


def clang(target, oldest, *arguments):
    return run(f"{TOOLCHAIN}/usr/bin/clang-22", "-target", target.format(oldest), "-isysroot", f"{TOOLCHAIN}/sdk", *arguments)


def tool(name, *arguments):
    return run(f"{TOOLCHAIN}/usr/bin/llvm-{name}-22", *arguments)


def run(*command):
    environment = dict(os.environ, LD_LIBRARY_PATH=f"{TOOLCHAIN}/usr/lib/x86_64-linux-gnu")
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, env=environment).stdout


def works(what, action):
    """A test that is one tool's verdict: gives what the action gave, or None."""
    try:
        result = action()
    except subprocess.CalledProcessError:
        result = None
    expect(what, result is not None, True)
    return result


def expect(what, found, wanted, detail=""):
    global count, failures
    count += 1
    if found == wanted:
        print(f"ok {count} - {what}")
        return
    failures += 1
    print(f"not ok {count} - {what}")
    if isinstance(found, dict):
        found, wanted = set(found.items()), set(wanted.items())
    if isinstance(found, set):
        print(f"# too many: {sorted(found - wanted)}\n# missing: {sorted(wanted - found)}")
    else:
        print(f"# found {found!r} {detail}, wanted {wanted!r}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))

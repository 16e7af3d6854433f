"""check.py XCFRAMEWORK: looks into what build.sh made, on Linux, with the LLVM that $TOOLCHAIN has. Prints TAP."""

import glob
import os
import plistlib
import re
import subprocess
import sys
import tempfile

from xcframework import NAME, PLATFORMS, is_versioned

TOOLCHAIN = os.environ["TOOLCHAIN"]
HEADER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "include", "kaltura_session.h")

# What Mach-O and linkers call the platforms, and the oldest system where it differs by architecture.
LINKER = {
    "ios": (2, "ios"),
    "ios-simulator": (7, "ios-simulator"),
    "macos": (1, "macos"),
    "catalyst": (6, "mac-catalyst"),
    "tvos": (3, "tvos"),
    "tvos-simulator": (8, "tvos-simulator"),
    "visionos": (11, "xros"),
    "visionos-simulator": (12, "xros-simulator"),
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
    print(f"1..{count}")
    return 1 if failures or not libraries else 0


def check_files(platform, framework):
    content = os.path.join(framework, "Versions", "A") if is_versioned(platform) else framework
    resources = os.path.join(content, "Resources") if is_versioned(platform) else content
    for file in ("Headers/kaltura_session.h", "Headers/CKaltura.apinotes", "Modules/module.modulemap"):
        expect(f"{platform}: {file}", os.path.isfile(os.path.join(content, file)), True)
    for file in ("Info.plist", "PrivacyInfo.xcprivacy"):
        expect(f"{platform}: {file}", os.path.isfile(os.path.join(resources, file)), True)


def check_slice(platform, architecture, binary, framework, system, work):
    name = f"{platform} {architecture}"
    number, linker_name = LINKER[platform]
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

    exported, private, undefined = symbols(archive)
    expect(f"{name}: exports the functions of the header alone", exported, functions())
    imported = undefined - exported - private
    frameworks = {symbol for symbol in imported if re.match(r"_k?(Sec|CF)[A-Z]|___CF", symbol)}
    expect(f"{name}: needs libSystem, Security and CoreFoundation alone", imported - frameworks - system, set())
    declared = declared_reasons(framework)
    for category, names in REQUIRED_REASON.items():
        used = imported & {"_" + function for function in names.split()}
        expect(f"{name}: {category} is declared if used", bool(used), category in declared, used)

    dylib = link(architecture, linker_name, oldest, archive, frameworks, system, work)
    expect(f"{name}: what it is linked into exports nothing else", symbols(dylib)[0], functions())
    unwinding = tool("objdump", "--macho", "--unwind-info", dylib)
    # LLVM leaves Rust's to __eh_frame, which has no limit: 0. An older one would name it: 1.
    personalities = int(re.search(r"Number of personality functions in array: +(\S+)", unwinding)[1], 16)
    expect(f"{name}: at most one personality routine", personalities <= 1, True, personalities)


def link(architecture, platform, oldest, archive, frameworks, system, work):
    """A shared library of all that is in the archive, against a libSystem that is a list of names."""
    target = f"{architecture}-{platform.replace('mac-catalyst', 'maccatalyst')}"
    with open(os.path.join(work, "libSystem.tbd"), "w", encoding="utf-8") as file:
        file.write(
            f"--- !tapi-tbd\ntbd-version: 4\ntargets: [ {target} ]\ninstall-name: '/usr/lib/libSystem.B.dylib'\n"
            f"exports:\n  - targets: [ {target} ]\n    symbols: [ {', '.join(sorted(system))} ]\n...\n"
        )
    dylib = os.path.join(work, "all.dylib")
    options = [option for symbol in sorted(frameworks) for option in ("-U", symbol)]
    run(f"{TOOLCHAIN}/usr/bin/ld64.lld-22", "-dylib", "-all_load", "-arch", architecture, "-platform_version", platform,
        oldest, oldest, "-L" + work, "-lSystem", *options, archive, "-o", dylib)  # fmt: skip
    return dylib


def symbols(file):
    """Exported, private to an image, undefined."""
    exported, private, undefined = set(), set(), set()
    for line in tool("nm", "-m", "-p", file).splitlines():
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
    return {name for name in names if re.fullmatch(r"\w+", name)}


def declared_reasons(framework):
    path = glob.glob(f"{framework}/PrivacyInfo.xcprivacy") or glob.glob(f"{framework}/Resources/PrivacyInfo.xcprivacy")
    with open(path[0], "rb") as file:
        return [entry["NSPrivacyAccessedAPIType"] for entry in plistlib.load(file)["NSPrivacyAccessedAPITypes"]]


def version(text):
    return [int(number) for number in text.split(".")]


def tool(name, *arguments):
    return run(f"{TOOLCHAIN}/usr/bin/llvm-{name}-22", *arguments)


def run(*command):
    environment = dict(os.environ, LD_LIBRARY_PATH=f"{TOOLCHAIN}/usr/lib/x86_64-linux-gnu")
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, env=environment).stdout


def expect(what, found, wanted, detail=""):
    global count, failures
    count += 1
    if found == wanted:
        print(f"ok {count} - {what}")
        return
    failures += 1
    print(f"not ok {count} - {what}")
    if isinstance(found, set):
        print(f"# too many: {sorted(found - wanted)}\n# missing: {sorted(wanted - found)}")
    else:
        print(f"# found {found!r} {detail}, wanted {wanted!r}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))

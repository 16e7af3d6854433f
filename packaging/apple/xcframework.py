"""xcframework.py VERSION OUT PLATFORM=LIBRARY...: puts one library for each platform into an XCFramework of static
frameworks. It does what `xcodebuild -create-xcframework` does, which build.sh prefers where there is one.
"""

import os
import plistlib
import shutil
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
INCLUDE = os.path.join(HERE, "..", "..", "include")
NAME = "CKaltura"

# Folder, as Xcode calls it; architectures; what Info.plist calls the platform and its variant; oldest system.
PLATFORMS = {
    "ios": ("ios-arm64", ["arm64"], "ios", None, "iPhoneOS", "13.0"),
    "ios-simulator": ("ios-arm64_x86_64-simulator", ["arm64", "x86_64"], "ios", "simulator", "iPhoneSimulator", "13.0"),
    "macos": ("macos-arm64_x86_64", ["arm64", "x86_64"], "macos", None, "MacOSX", "11.0"),
    "catalyst": ("ios-arm64_x86_64-maccatalyst", ["arm64", "x86_64"], "ios", "maccatalyst", "MacOSX", "14.0"),
    "tvos": ("tvos-arm64", ["arm64"], "tvos", None, "AppleTVOS", "13.0"),
    "tvos-simulator": ("tvos-arm64_x86_64-simulator", ["arm64", "x86_64"], "tvos", "simulator", "AppleTVSimulator", "13.0"),
    "visionos": ("xros-arm64", ["arm64"], "xros", None, "XROS", "1.0"),
    "visionos-simulator": ("xros-arm64-simulator", ["arm64"], "xros", "simulator", "XRSimulator", "1.0"),
}


def main(version, out, *libraries):
    shutil.rmtree(out, ignore_errors=True)
    available = []
    for platform, library in (argument.split("=", 1) for argument in libraries):
        folder, architectures, system, variant, _, _ = PLATFORMS[platform]
        write_framework(os.path.join(out, folder, NAME + ".framework"), platform, library, version)
        entry = {
            "LibraryIdentifier": folder,
            "LibraryPath": NAME + ".framework",
            "BinaryPath": binary_path(platform),
            "SupportedArchitectures": architectures,
            "SupportedPlatform": system,
        }
        if variant:
            entry["SupportedPlatformVariant"] = variant
        available.append(entry)
    write_plist(
        os.path.join(out, "Info.plist"),
        {"AvailableLibraries": available, "CFBundlePackageType": "XFWK", "XCFrameworkFormatVersion": "1.0"},
    )


def is_versioned(platform):
    """On a Mac a framework has a folder for each version, and links to the current one."""
    return platform in ("macos", "catalyst")


def binary_path(platform):
    return f"{NAME}.framework/" + (f"Versions/A/{NAME}" if is_versioned(platform) else NAME)


def write_framework(path, platform, library, version):
    content, resources = path, path
    if is_versioned(platform):
        content = os.path.join(path, "Versions", "A")
        resources = os.path.join(content, "Resources")
    for folder in (os.path.join(content, "Headers"), os.path.join(content, "Modules"), resources):
        os.makedirs(folder, exist_ok=True)
    shutil.copy(library, os.path.join(content, NAME))
    for header in ("kaltura_session.h", "CKaltura.apinotes"):
        shutil.copy(os.path.join(INCLUDE, header), os.path.join(content, "Headers"))
    shutil.copy(os.path.join(HERE, "module.modulemap"), os.path.join(content, "Modules"))
    shutil.copy(os.path.join(HERE, "PrivacyInfo.xcprivacy"), resources)
    write_plist(os.path.join(resources, "Info.plist"), info(platform, version))
    if is_versioned(platform):
        os.symlink("A", os.path.join(path, "Versions", "Current"))
        for link in (NAME, "Headers", "Modules", "Resources"):
            os.symlink(os.path.join("Versions", "Current", link), os.path.join(path, link))


def info(platform, version):
    _, _, _, _, supported, oldest = PLATFORMS[platform]
    oldest_key = "LSMinimumSystemVersion" if is_versioned(platform) else "MinimumOSVersion"
    return {
        "CFBundleDevelopmentRegion": "en",
        "CFBundleExecutable": NAME,
        "CFBundleIdentifier": "com.kaltura.session." + NAME,
        "CFBundleInfoDictionaryVersion": "6.0",
        "CFBundleName": NAME,
        "CFBundlePackageType": "FMWK",
        "CFBundleShortVersionString": version,
        "CFBundleSupportedPlatforms": [supported],
        "CFBundleVersion": version,
        oldest_key: "10.15" if platform == "catalyst" else oldest,
    }


def write_plist(path, value):
    with open(path, "wb") as file:
        plistlib.dump(value, file)


if __name__ == "__main__":
    main(*sys.argv[1:])

#!/bin/sh
# build.sh [PLATFORM...]: builds CKaltura.xcframework, zips it, and writes the Swift package and the podspec that name the zip,
# all in dist/apple. PLATFORM is ios, ios-simulator, macos (these three by default), catalyst, tvos, tvos-simulator, visionos or
# visionos-simulator. IDENTITY signs it, on a Mac; URL is where the zip will be. On Linux TOOLCHAIN is what
# toolchain.sh unpacked; see README.md here for what that is good for.
set -eu
cd "$(dirname "$0")/../.."
if [ $# -eq 0 ]; then set -- ios ios-simulator macos; fi
out=dist/apple
target_dir=$(mkdir -p "${CARGO_TARGET_DIR:-target}" && cd "${CARGO_TARGET_DIR:-target}" && pwd)/apple
version=$(sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml | head -n 1)
url=${URL:-https://example.com/CKaltura-$version.xcframework.zip}
here=packaging/apple
if [ "$(uname -s)" = Darwin ]; then
  lipo=lipo sha256="shasum -a 256"
else
  lipo=$TOOLCHAIN/usr/bin/llvm-lipo-22 sha256=sha256sum
  export LD_LIBRARY_PATH="$TOOLCHAIN/usr/lib/x86_64-linux-gnu"
fi

targets_of() { # PLATFORM
  case $1 in
    ios) echo aarch64-apple-ios ;;
    ios-simulator) echo aarch64-apple-ios-sim x86_64-apple-ios ;;
    macos) echo aarch64-apple-darwin x86_64-apple-darwin ;;
    catalyst) echo aarch64-apple-ios-macabi x86_64-apple-ios-macabi ;;
    tvos) echo aarch64-apple-tvos ;;
    tvos-simulator) echo aarch64-apple-tvos-sim x86_64-apple-tvos ;;
    visionos) echo aarch64-apple-visionos ;;
    visionos-simulator) echo aarch64-apple-visionos-sim ;;
    *) echo "no such platform: $1" >&2; exit 2 ;;
  esac
}

# An app pays for size, and has no use for the speed that Cargo.toml buys with it: all is made as small as can be.
small=$(sed -n '/^\[profile.release.package\]/,/^$/s/^\([a-z_-]*\) = .*/--config profile.release.package.\1.opt-level="z"/p' Cargo.toml)

build() { # TARGET: prints the library
  # shellcheck disable=SC2086 # two words per package
  RUSTFLAGS="--remap-path-prefix=$PWD=/kaltura-session --remap-path-prefix=$target_dir=/target \
    --remap-path-prefix=${CARGO_HOME:-$HOME/.cargo}=/cargo${TOOLCHAIN:+ --remap-path-prefix=$TOOLCHAIN=/toolchain} \
    -Cforce-frame-pointers=yes" \
    $here/cargo.sh "$1" rustc --locked --lib --release $small --crate-type staticlib --target-dir "$target_dir" -- \
    --cfg kaltura_prelinked >&2
  python3 $here/hide_symbols.py "$target_dir/$1/release/libkaltura_session.a" "$target_dir/$1/CKaltura.a"
  echo "$target_dir/$1/CKaltura.a"
}

mkdir -p $out
slices=
for platform; do
  libraries=
  for target in $(targets_of "$platform"); do
    library=$(build "$target")
    libraries="$libraries $library"
  done
  # shellcheck disable=SC2086 # one word per library
  "$lipo" -create $libraries -output "$target_dir/$platform"
  slices="$slices $platform=$target_dir/$platform"
done

# shellcheck disable=SC2086 # one word per slice
python3 $here/xcframework.py "$version" $out/CKaltura.xcframework $slices
if [ "$(uname -s)" = Darwin ]; then
  rm -rf "$target_dir/frameworks"
  mv $out/CKaltura.xcframework "$target_dir/frameworks"
  set --
  for framework in "$target_dir"/frameworks/*/CKaltura.framework; do set -- "$@" -framework "$framework"; done
  xcodebuild -create-xcframework "$@" -output $out/CKaltura.xcframework
fi
if [ -n "${IDENTITY:-}" ]; then
  codesign --timestamp -s "$IDENTITY" $out/CKaltura.xcframework
fi
python3 $here/zip.py $out/CKaltura.xcframework $out/CKaltura.xcframework.zip
checksum=$($sha256 $out/CKaltura.xcframework.zip | cut -d ' ' -f 1)
for file in Package.swift KalturaSession.podspec; do
  sed -e "s|@VERSION@|$version|" -e "s|@URL@|$url|" -e "s|@CHECKSUM@|$checksum|" $here/$file.in >$out/$file
done
mkdir -p $out/Sources
cp -R bindings/swift/Sources/KalturaSession $out/Sources
echo "$out/CKaltura.xcframework.zip $checksum"

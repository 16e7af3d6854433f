#!/bin/sh
# toolchain.sh check|build DIR: unpacks, on Debian, what compiles Rust for Apple's and Android's platforms: Debian's rustc with
# the sources of its std, and for "build" LLVM and Apple's public C headers. Nothing is installed.
set -eu
purpose=$1 dir=$2
packages="rustc-web libstd-rust-web-dev libstd-rust-web-1.96 rust-web-src libllvm22"
if [ "$purpose" = build ]; then
  packages="$packages clang-22 libclang-common-22-dev libclang-cpp22 lld-22 llvm-22"
fi
if [ -e "$dir/$purpose" ]; then exit; fi

mkdir -p "$dir/packages" "$dir/sdk/usr"
cd "$dir/packages"
# shellcheck disable=SC2086 # one word per package
apt-get download -qq -o APT::Sandbox::User=root $packages
for package in *.deb; do dpkg -x "$package" ..; done
if [ "$purpose" = build ]; then
  # Among them Darwin's C headers, and a list of what libSystem exports.
  pip download -q --no-deps -d . ziglang==0.17.1
  python3 -c 'import sys, zipfile
archive = zipfile.ZipFile(sys.argv[1])
archive.extractall(sys.argv[2], [name for name in archive.namelist() if "any-darwin-any" in name or name.endswith("libSystem.tbd")])' \
    ziglang-*.whl ..
  ln -sfn ../../ziglang/lib/libc/include/any-darwin-any ../sdk/usr/include
fi
cd ..
rm -r packages
touch "$purpose"

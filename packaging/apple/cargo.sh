#!/bin/sh
# cargo.sh "TARGET..." COMMAND [ARGUMENT...]: cargo for targets of Apple's or Android's. On a Mac it is plain cargo, whose rustup
# has the targets' std; on Linux, TOOLCHAIN is what toolchain.sh unpacked, and std is built along.
set -eu
targets=$1 command=$2
shift 2
for target in $targets; do set -- --target "$target" "$@"; done
export IPHONEOS_DEPLOYMENT_TARGET=13.0 TVOS_DEPLOYMENT_TARGET=13.0 XROS_DEPLOYMENT_TARGET=1.0 MACOSX_DEPLOYMENT_TARGET=11.0
case $targets in *-macabi) export IPHONEOS_DEPLOYMENT_TARGET=14.0 ;; esac
if [ "$(uname -s)" = Darwin ]; then
  exec "${CARGO:-cargo}" "$command" "$@"
fi

if [ "$command" = check ]; then
  # No C is compiled to check types. What std prints of a panic is not needed either, and costs a third of std.
  cc=true ar=true
  set -- -Zbuild-std-features= "$@"
else
  cc=$TOOLCHAIN/usr/bin/clang-22 ar=$TOOLCHAIN/usr/bin/llvm-ar-22
fi
for target in $targets; do
  suffix=$(echo "$target" | tr - _)
  export "CC_$suffix=$cc" "AR_$suffix=$ar"
done
export RUSTC="$TOOLCHAIN/usr/bin/rustc" RUSTC_BOOTSTRAP=1 SDKROOT="$TOOLCHAIN/sdk"
export LD_LIBRARY_PATH="$TOOLCHAIN/usr/lib/x86_64-linux-gnu${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}"
exec "${CARGO:-cargo}" "$command" -Zbuild-std=std,panic_unwind "$@"

#!/bin/sh
# cargo.sh TARGET COMMAND [ARGUMENT...]: cargo for a target of Apple's or Android's. On a Mac it is plain cargo, whose rustup has
# the target's std; on Linux, TOOLCHAIN is what toolchain.sh unpacked, and std is built along.
set -eu
target=$1 command=$2
shift 2
export IPHONEOS_DEPLOYMENT_TARGET=13.0 TVOS_DEPLOYMENT_TARGET=13.0 XROS_DEPLOYMENT_TARGET=1.0 MACOSX_DEPLOYMENT_TARGET=11.0
case $target in *-macabi) export IPHONEOS_DEPLOYMENT_TARGET=14.0 ;; esac
if [ "$(uname -s)" = Darwin ]; then
  exec "${CARGO:-cargo}" "$command" --target "$target" "$@"
fi

suffix=$(echo "$target" | tr - _)
if [ "$command" = check ]; then
  # No C is compiled to check types.
  export "CC_$suffix=true" "AR_$suffix=true"
else
  export "CC_$suffix=$TOOLCHAIN/usr/bin/clang-22" "AR_$suffix=$TOOLCHAIN/usr/bin/llvm-ar-22"
fi
export RUSTC="$TOOLCHAIN/usr/bin/rustc" RUSTC_BOOTSTRAP=1 SDKROOT="$TOOLCHAIN/sdk"
export LD_LIBRARY_PATH="$TOOLCHAIN/usr/lib/x86_64-linux-gnu${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}"
exec "${CARGO:-cargo}" "$command" -Zbuild-std=std,panic_unwind --target "$target" "$@"

#!/bin/sh
# check_reproducible.sh HTTP: builds the archive twice, from copies of the tree in two folders whose paths differ in length,
# with build folders of their own; the bytes must be the same.
set -eu
http=$1
place=$([ "$http" = 0 ] && echo dist/no-http || echo dist)/libkaltura_session.a
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
unset MAKEFLAGS MAKELEVEL RUSTFLAGS
git ls-files -z --cached --others --exclude-standard | tar --null --files-from=- --create --file="$work/tree.tar"
for folder in "$work/a" "$work/somewhere/else/altogether"; do
  mkdir -p "$folder"
  tar --extract --directory="$folder" --file="$work/tree.tar"
  (cd "$folder" && CARGO_TARGET_DIR="$folder-target" make --no-print-directory HTTP="$http" all >"$folder.log" 2>&1) || {
    tail -n 30 "$folder.log"
    exit 1
  }
  rm -rf "$folder-target"
  sha256sum "$folder/$place" | sed "s|$work/||"
done
cmp "$work/a/$place" "$work/somewhere/else/altogether/$place"
echo "reproducible: $(wc -c <"$work/a/$place") bytes, HTTP=$http"

"""zip.py FOLDER OUT: a zip whose bytes depend on nothing but the files, with symbolic links as links."""

import os
import stat
import sys
import zipfile


def main(folder, out):
    parent = os.path.dirname(folder)
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(paths(folder)):
            entry = zipfile.ZipInfo(os.path.relpath(path, parent))
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.create_system = 3  # Unix, whose modes follow
            if os.path.islink(path):
                entry.external_attr = (stat.S_IFLNK | 0o755) << 16
                archive.writestr(entry, os.readlink(path))
            else:
                entry.external_attr = (stat.S_IFREG | 0o644) << 16
                with open(path, "rb") as file:
                    archive.writestr(entry, file.read())


def paths(folder):
    for parent, folders, files in os.walk(folder):
        yield from (os.path.join(parent, name) for name in files)
        yield from (path for path in (os.path.join(parent, name) for name in folders) if os.path.islink(path))


if __name__ == "__main__":
    main(*sys.argv[1:])

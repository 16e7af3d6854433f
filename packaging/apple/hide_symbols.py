"""hide_symbols.py ARCHIVE OUT: leaves _kaltura_* as the only symbols that a Mach-O archive exports.

All others become private to the image that the archive is linked into, and weak, so that another Rust library in the same
image, which defines many of the same names, does not clash with them. That is one bit each in the symbol table. `ld -r`
could make them local instead; but then a second copy of Rust's personality routine could be one more of the three that
an image's compact unwind table can name.

A function of the system's for which the library has a stand-in, src/ffi/backtrace.rs, gets another name of that length:
whoever else is in the image shall have the system's.
"""

import struct
import sys

HEADER_BYTES = 60  # of a member of an archive
MAGIC = 0xFEEDFACF
LC_SYMTAB = 2
N_STAB, N_PEXT, N_TYPE, N_EXT = 0xE0, 0x10, 0x0E, 0x01
N_UNDF = 0
N_WEAK_DEF = 0x80
STAND_IN, STAND_IN_NAME = b"__Unwind_Backtrace\0", b"__kaltura_no_trace\0"


def main(archive, out):
    with open(archive, "rb") as file:
        data = bytearray(file.read())
    for start, end in members(data):
        # An archive's table of contents is no Mach-O.
        if end - start > 32 and struct.unpack_from("<I", data, start)[0] == MAGIC:
            hide(data, start)
    with open(out, "wb") as file:
        file.write(data)


def members(data):
    """Where the members of an archive begin and end, BSD's long names left out."""
    position = 8
    while position + HEADER_BYTES <= len(data):
        name = bytes(data[position : position + 16])
        size = int(data[position + 48 : position + 58])
        start = position + HEADER_BYTES
        name_bytes = int(name[3:]) if name.startswith(b"#1/") else 0
        yield start + name_bytes, start + size
        position = start + size + size % 2


def hide(data, start):
    commands = struct.unpack_from("<I", data, start + 16)[0]
    command = start + 32
    for _ in range(commands):
        kind, size = struct.unpack_from("<II", data, command)
        if kind == LC_SYMTAB:
            hide_table(data, start, *struct.unpack_from("<IIII", data, command + 8))
        command += size


def hide_table(data, start, symbols, count, strings, _):
    for symbol in range(start + symbols, start + symbols + 16 * count, 16):
        name, kind, _, description = struct.unpack_from("<IBBH", data, symbol)
        is_defined = kind & N_EXT and kind & N_TYPE != N_UNDF and not kind & N_STAB
        name += start + strings
        if is_defined and data.startswith(STAND_IN, name):
            data[name : name + len(STAND_IN)] = STAND_IN_NAME
        if is_defined and not data.startswith(b"_kaltura_", name):
            struct.pack_into("<B", data, symbol + 4, kind | N_PEXT)
            struct.pack_into("<H", data, symbol + 6, description | N_WEAK_DEF)


if __name__ == "__main__":
    main(*sys.argv[1:])

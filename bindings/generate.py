#!/usr/bin/env python3
"""Writes what each language's wrapper has of include/kaltura_session.h: constants, functions, and whatever of a class follows from
these alone. With --check it compares."""
import sys
from pathlib import Path

from generators import cpp, csharp, go, java, node, objc, python
from generators.header import Header

BINDINGS = Path(__file__).resolve().parent

FILES = {
    "../include/kaltura_values.hpp": cpp.generate,
    "csharp/CApi.cs": csharp.functions,
    "csharp/Classes.cs": csharp.classes,
    "go/c_api.go": go.generate,
    **{f"java/com/kaltura/session/{name}.java": write for name, write in java.FILES.items()},
    "node/c_api.js": node.c_api,
    "node/handles.d.ts": node.types,
    "node/handles.js": node.handles,
    "objc/KLTValues.h": objc.interface,
    "objc/KLTValues.m": objc.implementation,
    "python/kaltura_session/c_api.py": python.c_api,
    "python/kaltura_session/handles.py": python.handles,
}


def main():
    header = Header((BINDINGS.parent / "include/kaltura_session.h").read_text())
    stale = []
    for path, write in FILES.items():
        text = ("\n".join(write(header)) + "\n").replace("#endif\n#if KALTURA_FEATURE_HTTP\n", "")
        if "--check" not in sys.argv:
            (BINDINGS / path).write_text(text)
        elif not (BINDINGS / path).exists() or (BINDINGS / path).read_text() != text:
            stale.append(f"bindings/{path} is not what the header says: run bindings/generate.py")
    sys.exit("\n".join(stale) or None)


main()

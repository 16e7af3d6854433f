"""Python: what ctypes must know, and the classes that ask and tell without callbacks."""
import textwrap

from .header import NOTE, SECRETS, camel, sentence, wrapped

CLASSES = (
    ("session", "Session", "A Kaltura Session, as granted and not as asked for. Its KS is wiped when it is closed or collected."),
    ("cancellation", "Cancellation", "Ends the calls that it was given to, running or to come."),
    ("exchange", "Exchange", "A request to carry: reply or fail, at once or later, on any thread; closed unanswered, it has failed."),
    ("provider", "ProviderMethods", "What a provider does without callbacks."),
    ("flow", "Flow", "The way from app token to session in steps, over the app's own HTTP, for one thread at a time: kaltura_flow in the "
     "header\n    says what each step wants. A call out of turn raises KalturaError."),
)
TYPES = {"text": "str", "string": "str", "truth": "bool", "number": "int", "bytes": "bytes"}


def c_api(header):
    types = {"void": "None", "text*": "c_char_p", "kaltura_error**": "POINTER(c_void_p)", "size_t": "c_size_t"}
    types.update((name, "c_" + name[:-2]) for name in ("int32_t", "int64_t", "uint32_t"))
    types.update((f.name, camel(f.name[len("kaltura_"):])) for f in header.callbacks)

    def name_of(value):
        return types.get(value.c_type, "c_void_p")

    yield f'"""{NOTE}"""'
    yield "from ctypes import CFUNCTYPE, POINTER, c_char_p, c_int32, c_int64, c_size_t, c_uint32, c_void_p"
    yield "from enum import IntEnum, IntFlag"
    yield f"from typing import Any, Optional\n\nABI_VERSION = {header.abi_version}"
    for enum in header.enums:
        yield f"\n\nclass {enum.name}({'IntFlag' if enum.is_flags else 'IntEnum'}):"
        yield f'    """{enum.doc}"""\n'
        for name, value, doc in enum.values:
            yield from wrapped(doc, "    ", "# ")
            yield f"    {name} = {value}"
    yield "\n\nclass KalturaError(Exception):"
    yield '    """Why a call failed. It never holds a KS, a token or a token hash, so it may be logged. str() is what went wrong.\n'
    yield '    Numbers that this version does not know are given as they are.\n    """\n'
    for f in header.getters("error"):
        yield from wrapped(f.doc, "    ", "# ")
        # The message and the hint are always there.
        of_type = TYPES.get(f.brings, "int")
        yield f"    {f.short}: {f'Optional[{of_type}]' if f.brings == 'text' and 'never NULL' not in f.returns else of_type}"
    yield "    # The arguments of the server's message, by name.\n    api_args: dict[str, str]"
    converters = {"enum": lambda f: f.result.enum.name, "truth": lambda f: "bool"}
    yield "\n\n# What becomes of a number of an error's."
    known = (f'"{f.short}": {converters[f.brings](f)}' for f in header.getters("error") if f.brings in converters)
    yield f"ERROR_NUMBERS: dict[str, Any] = {{{', '.join(known)}}}\n"
    for f in header.callbacks:
        yield f"{types[f.name]} = CFUNCTYPE({', '.join(map(name_of, [f.result, *f.parameters]))})"
    yield "\n# The result and the parameters of each function.\nFUNCTIONS: dict[str, tuple[Any, list[Any]]] = {"
    for f in header.functions:
        yield f'    "{f.name}": ({name_of(f.result)}, [{", ".join(map(name_of, f.parameters))}]),'
    yield "}"


def handles(header):
    yield f'"""{NOTE}"""'
    yield "from ctypes import create_string_buffer, string_at\nfrom dataclasses import dataclass, field"
    yield "from typing import TYPE_CHECKING, Optional, Sequence\n"
    yield f"from .c_api import {', '.join(sorted(enum.name for enum in header.enums if enum.name != 'LogLevel'))}, KalturaError"
    yield "from .library import Handle, call, known, taken\n\nif TYPE_CHECKING:\n    from .options import Options\n"
    yield from options(header)
    for owner, class_name, text in CLASSES:
        yield f'\n\nclass {class_name}(Handle):\n    """{text}"""\n\n    _kind = "{owner}"'
        for f in header.makers(owner):
            parameters, given = (", options: \"Options\"", ", options") if f.can_fail else ("", "")
            yield f'\n    def __init__(self{parameters}) -> None:\n        super().__init__(call("{owner}_new"{given}))'
        for f in header.getters(owner):
            if f.short != "body_length":
                yield f"\n    @property\n    def {f.short}(self) -> {'bytes' if f.short == 'body' else type_of(f.result)}:"
                yield from body(f, f'self._ask("{f.short}")')
        for f in header.methods(owner):
            arguments = ", ".join([f'"{f.short}"', *(f"{p.name}, len({p.name})" if p.kind == "bytes" else p.name for p in f.wanted)])
            yield f"\n    def {f.short}({', '.join(['self', *map(parameter, f.wanted)])}) -> {result(f)}:"
            yield from body(f, f"self._ask({arguments})")
        for f in header.fillers(owner):
            yield f"\n    def {f.short}(self) -> bytes:"
            yield from doc_string(f.doc)
            yield f'        buffer = create_string_buffer(self._ask("{f.short}", None, 0))'
            yield f'        self._ask("{f.short}", buffer, len(buffer))\n        return buffer.raw'
    for f in header.calls():
        parameters = ['options: "Options"' if p.handle == "options" else parameter(p) for p in f.wanted]
        yield f"\n\ndef {f.short}({', '.join(defaults_last(parameters))}) -> {result(f)}:"
        arguments = ", ".join([f'"{f.short}"', *(p.name for p in f.wanted)])
        yield textwrap.indent(textwrap.dedent("\n".join(body(f, f"call({arguments})"))), "    ")


def defaults_last(parameters):
    """As they are, but only those at the end have defaults."""
    last = max((i for i, p in enumerate(parameters) if "=" not in p), default=-1)
    return [p.replace(" = None", "") if i < last else p for i, p in enumerate(parameters)]


def parameter(value):
    of_type = type_of(value)
    return f"{value.name}: Optional[{of_type}] = None" if value.is_null_fine and value.kind != "bytes" else f"{value.name}: {of_type}"


def type_of(value):
    if value.kind == "handle":
        return "KalturaError" if value.handle == "error" else camel(value.handle)
    return TYPES.get(value.kind) or ("int" if value.name == "result" and not value.enum.is_flags else value.enum.name)


def is_owed(f):
    """Whether a false answer leaves an error with the flow."""
    return "kaltura_flow_take_error" in f.returns


def may_be_none(f):
    return not f.can_fail and not f.short.startswith("take_")


def result(f):
    if f.brings == "nothing" or is_owed(f):
        return "None"
    return f"Optional[{type_of(f.result)}]" if f.brings == "handle" and may_be_none(f) else type_of(f.result)


def body(f, asked):
    text = f.doc + (f" {sentence(f.returns)}" if f.brings == "enum" and not f.result.enum.is_flags else "")
    yield from doc_string(text)
    if is_owed(f):
        yield f"        if not {asked}:\n            raise taken(call(\"flow_take_error\", self._pointer))"
    elif f.brings == "nothing":
        yield f"        {asked}"
    elif f.brings == "handle":
        make = "taken" if f.result.handle == "error" else camel(f.result.handle)
        yield f"        pointer = {asked}"
        if f.short.startswith("take_"):
            yield '        if not pointer:\n            raise ValueError("there is nothing to take")'
        yield f"        return {make}(pointer)" + (" if pointer else None" if may_be_none(f) else "")
    elif f.brings == "string":
        yield f"        string = {asked}\n        try:\n            return string_at(string).decode()"
        yield "        finally:\n            call(\"free_string\", string)"
    elif f.brings == "enum":
        kind = f.result.enum
        yield f"        return {kind.name}({asked})" if kind.is_flags else f"        return known({kind.name}, {asked})"
    else:
        yield f"        return {'str.encode' if f.short == 'body' else TYPES[f.brings]}({asked})"


def doc_string(text):
    first, *more = wrapped('"""' + text.replace("NULL", "None"), "        ", "")
    yield from [first, *more, '        """'] if more or first.endswith('"') else [first + '"""']


def options(header):
    yield '\n@dataclass\nclass OptionValues:\n    """What a session shall be, but for callbacks. None, or nothing in a list, is the library\'s default."""\n'
    required = [p for p in header.options_new.parameters]
    for p in required:
        yield from wrapped(sentence(p.doc).replace("NULL", "None"), "    ", "# ")
        yield f"    {p.name}: {'Optional[str] = field(default=None, repr=False)' if p.is_null_fine else TYPES[p.kind]}"
    for f in header.setters():
        types = [TYPES.get(p.kind) or "int" for p in f.wanted]
        yield from wrapped(f.described.replace("NULL", "None"), "    ", "# ")
        if f.short.startswith("add_"):
            yield f"    {f.option}: Sequence[{types[0]}] = ()"
        else:
            of_type = types[0] if len(types) == 1 else f"tuple[{', '.join(types)}]"
            default = "field(default=None, repr=False)" if f.option in SECRETS else "None"
            yield f"    {f.option}: Optional[{of_type}] = {default}"
    yield "\n    def _new(self) -> int:"
    yield f'        options: int = call("options_new", {", ".join("self." + p.name for p in required)})'
    for f in header.setters():
        if f.short.startswith("add_"):
            yield f'        for value in self.{f.option}:\n            call("options_{f.short}", options, value)'
        else:
            star = "*" if len(f.wanted) > 1 else ""
            yield f'        if self.{f.option} is not None:\n            call("options_{f.short}", options, {star}self.{f.option})'
    yield "        return options"

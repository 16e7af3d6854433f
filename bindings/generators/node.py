"""Node: what koffi must know, the classes that ask and tell without callbacks, and their types for TypeScript."""
from .header import NOTE, SECRETS, camel, lower_camel, mapped, sentence, wrapped

CLASSES = (
    ("session", "Session", "A Kaltura Session, as granted and not as asked for. Its KS is wiped when it is closed or collected."),
    ("provider", "ProviderMethods", "What a provider does at once."),
    ("exchange", "Exchange", "A request to carry: reply or fail, once; closed unanswered, it has failed."),
)
# These wait: Node has promises in their place.
BUT = ("load", "end_session", "drain")
CALLS = ("version", "has_feature")


def c_api(header):
    types = {"text*": "str", "char*": "void *", "kaltura_error**": "_Out_ void **"}
    types.update((name, name) for name in ("void", "int32_t", "int64_t", "uint32_t", "size_t"))

    def prototype(f):
        parameters = ", ".join(f"{mapped(types, p.c_type, 'void *')}{' *' if p.c_type.endswith('_fn') else ''} {p.name}" for p in f.parameters)
        return f'  "{mapped(types, f.result.c_type, "void *")} {f.name}({parameters})",'

    yield f'// {NOTE}\n"use strict";'
    yield f"\nexports.ABI_VERSION = {header.abi_version};"
    for enum in header.enums:
        yield f"\n/** {enum.doc} */\nexports.{enum.name} = Object.freeze({{"
        for name, value, doc in enum.values:
            yield from jsdoc(doc, "  ")
            yield f"  {name}: {value},"
        yield "});"
    yield "\n/** The setter of each option, and whether it takes one value of the option's after the other. */\nexports.setters = {"
    for f in header.setters():
        yield f'  {lower_camel(f.option)}: ["options_{f.short}", {str(f.short.startswith("add_")).lower()}],'
    yield "};\n\n/** The whole numbers that JavaScript may hold and C cannot. */\nexports.int32Options = new Set(["
    yield from (f'  "{lower_camel(f.option)}",' for f in header.setters() if f.wanted[0].c_type == "int32_t")
    yield "]);\n\nexports.callbacks = ["
    yield from map(prototype, header.callbacks)
    yield "];\n\nexports.functions = ["
    yield from map(prototype, header.functions)
    yield "];"


def handles(header):
    yield f'// {NOTE}\n"use strict";\n'
    yield 'const { Handle, call, callOrThrow } = require("./library.js");\n'
    yield "/** Why a call failed. It never holds a KS, a token or a token hash, so it may be logged. */"
    yield "exports.KalturaError = class KalturaError extends Error {\n  constructor(error, cause) {\n    try {"
    yield '      super(call("error_message", error), { cause });\n      this.name = "KalturaError";'
    for f in error_getters(header):
        yield f'      this.{lower_camel(f.short)} = call("error_{f.short}", error){" !== 0" if f.brings == "truth" else ""};'
    yield '      this.code = call("status_name", this.status);\n      this.apiArgs = {};'
    yield '      for (let index = 0, name; (name = call("error_api_arg_name", error, index)) !== null; index++) {'
    yield '        this.apiArgs[name] = call("error_api_arg", error, name);\n      }'
    yield '    } finally {\n      call("error_free", error);\n    }\n  }\n};'
    for owner, name, doc in CLASSES:
        yield f"\n/** {doc} */\nexports.{name} = class {name} extends Handle {{"
        yield f'  constructor(pointer) {{\n    super(pointer, "{owner}");\n  }}'
        for f in getters(header, owner):
            yield from ("", *jsdoc(f.doc, "  "))
            yield f'  get {lower_camel(f.short)}() {{\n    return this.ask("{f.short}"){" !== 0" if f.brings == "truth" else ""};\n  }}'
        for f in header.methods(owner, BUT):
            yield from ("", *jsdoc(f.doc, "  "))
            parameters = ", ".join(lower_camel(p.name) + (" = null" if p.is_null_fine else "") for p in f.wanted)
            values = ", ".join(f"{p.name}, {p.name}?.length ?? 0" if p.kind == "bytes" else lower_camel(p.name) for p in f.wanted)
            values = f', {values}' if values else ""
            asked = f'callOrThrow("{f.owner}_{f.short}", this.pointer{values})' if f.can_fail else f'this.ask("{f.short}"{values})'
            yield f"  {lower_camel(f.short)}({parameters}) {{"
            if f.brings == "handle":
                yield f"    const pointer = {asked};\n    return pointer === null ? null : new exports.{camel(f.result.handle)}(pointer);"
            else:
                yield f"    {'' if f.brings == 'nothing' else 'return '}{asked};"
            yield "  }"
        yield "};"
    for f in header.calls():
        if f.short in CALLS:
            parameters = ", ".join(lower_camel(p.name) for p in f.wanted)
            yield from ("", *jsdoc(f.doc, ""))
            given = f', {parameters}' if parameters else ""
            yield f'exports.{lower_camel(f.short)} = ({parameters}) => call("{f.short}"{given}){" !== 0" if f.brings == "truth" else ""};'


def types(header):
    """For TypeScript."""
    yield f"// {NOTE}"
    for enum in header.enums:
        yield f"\n/** {enum.doc} */\nexport const {enum.name}: {{"
        for name, value, doc in enum.values:
            yield from jsdoc(doc, "  ")
            yield f"  readonly {name}: {value};"
        yield "};"
    yield "\n/** Why a call failed. It never holds a KS, a token or a token hash, so it may be logged. */"
    yield "export class KalturaError extends Error {\n  private constructor();"
    for f in error_getters(header):
        yield from jsdoc(f.doc, "  ")
        yield f"  readonly {lower_camel(f.short)}: {ts(f.result)}{' | null' if f.brings == 'text' and 'never NULL' not in f.returns else ''};"
    yield "  /** The name of the status. */\n  readonly code: string;"
    yield "  /** The arguments of the server's message, by name. */\n  readonly apiArgs: Readonly<Record<string, string>>;\n}"
    yield "\n/** Options that are values. What is undefined or null is the library's default. */\nexport interface OptionValues {"
    for p in header.options_new.parameters:
        yield from jsdoc(sentence(p.doc), "  ")
        yield f"  {lower_camel(p.name)}{'?' if p.is_null_fine else ''}: {ts(p)}{' | null' if p.is_null_fine else ''};"
    for f in header.setters():
        yield from jsdoc(f.described, "  ")
        values = [ts(p) for p in f.wanted]
        of_type = f"readonly {values[0]}[]" if f.short.startswith("add_") else values[0] if len(values) == 1 else f"readonly [{', '.join(values)}]"
        yield f"  {lower_camel(f.option)}?: {of_type} | null;"
    yield "}\n\n/** What is freed by close(), or by the garbage collector. */\nexport class Handle {"
    yield "  protected constructor();\n  /** Lets go of it. Again, it does nothing. */\n  close(): void;\n  [Symbol.dispose](): void;\n}"
    for owner, name, doc in CLASSES:
        yield f"\n/** {doc} */\nexport class {name} extends Handle {{"
        for f in getters(header, owner):
            yield from jsdoc(f.doc, "  ")
            yield f"  readonly {lower_camel(f.short)}: {ts(f.result)};"
        for f in header.methods(owner, BUT):
            yield from jsdoc(f.doc, "  ")
            parameters = ", ".join(f"{lower_camel(p.name)}{'?' if p.is_null_fine else ''}: {ts(p)}{' | null' if p.is_null_fine else ''}" for p in f.wanted)
            yield f"  {lower_camel(f.short)}({parameters}): {'void' if f.brings == 'nothing' else ts(f.result)}{' | null' if f.brings == 'handle' else ''};"
        yield "}"
    for f in header.calls():
        if f.short in CALLS:
            yield from ("", *jsdoc(f.doc, ""))
            yield f"export function {lower_camel(f.short)}({', '.join(f'{p.name}: {ts(p)}' for p in f.wanted)}): {ts(f.result)};"


def ts(value):
    if value.handle:
        return camel(value.handle)
    return {"text": "string", "truth": "boolean", "bytes": "Uint8Array"}.get(value.kind, "number")


def getters(header, owner):
    return [f for f in header.getters(owner) if f.short != "body_length"]


def error_getters(header):
    """An Error has its message already."""
    return [f for f in header.getters("error") if f.short != "message"]


def jsdoc(text, indent):
    lines = wrapped(text.replace("NULL", "null"), indent, " * ")
    return [f"{indent}/** {lines[0].strip()[2:]} */"] if len(lines) == 1 else [indent + "/**", *lines, indent + " */"]

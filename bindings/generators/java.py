"""Java: constants, what JNA must know, the exception, and whatever a handle or the options do without callbacks."""
import re

from .header import NOTE, camel, lower_camel, mapped, store_doc, wrapped

PACKAGE = f"// {NOTE}\npackage com.kaltura.session;"
CLASSES = (
    ("session", "Session", "A Kaltura Session, as granted and not as asked for. Its KS is wiped when it is closed or collected."),
    ("provider", "ProviderMethods", "What a provider does without callbacks."),
    ("exchange", "Exchange", "A request to carry: reply or fail, once; closed unanswered, it has failed."),
    ("cancellation", "Cancellation", "Ends the blocking calls that it was given to, running or to come."),
)
IMPORTS = ("com.sun.jna.NativeLong", "com.sun.jna.Pointer", "java.time.Duration", "java.time.Instant", "java.util.Optional")
PRIMITIVES = {"int32_t": "int", "uint32_t": "int", "int64_t": "long", "size_t": "NativeLong"}


def javadoc(text, indent="    ", of=None):
    """Of says which constants a number is one of."""
    text = text.replace("NULL", "null").replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("@", "{@literal @}")
    text += f" A {{@link Constants.{of.name}}}." if of else ""
    lines = wrapped(text, indent, " * ")
    return [f"{indent}/** {lines[0].strip()[2:]} */"] if len(lines) == 1 else [indent + "/**", *lines, indent + " */"]


def constants(header):
    yield PACKAGE
    yield "\n/** The numbers of the C header, which may grow: keep a default branch. */"
    yield f"public final class Constants {{\n    static final int ABI_VERSION = {header.abi_version};"
    yield "\n    private Constants() {}"
    for enum in header.enums:
        yield from ("", *javadoc(enum.doc))
        yield f"    public static final class {enum.name} {{\n        private {enum.name}() {{}}\n"
        for name, value, doc in enum.values:
            yield from javadoc(doc, "        ")
            yield f"        public static final int {name} = {value};"
        yield "    }"
    yield "}"


def functions(header):
    types = {"void": "void", "text*": "String", "kaltura_error**": "PointerByReference", "uint8_t*": "Pointer", **PRIMITIVES}

    def signature(f, name):
        parameters = ", ".join(f"{c_type(f, p)} {lower_camel(p.name)}" for p in f.parameters)
        return f"{mapped(types, f.result.c_type, 'Pointer')} {name}({parameters});"

    def c_type(f, p):
        # An array for what C reads during the call; a callback is given a pointer.
        return "byte[]" if p.kind == "bytes" and f in header.functions else mapped(types, p.c_type, "Pointer")

    yield f"{PACKAGE}\n\nimport com.sun.jna.Callback;\nimport com.sun.jna.Library;"
    yield "import com.sun.jna.NativeLong;\nimport com.sun.jna.Pointer;\nimport com.sun.jna.ptr.PointerByReference;"
    yield "\n/** The C functions. */\ninterface CLibrary extends Library {"
    for f in header.callbacks:
        yield f"    interface {f.name} extends Callback {{\n        {signature(f, 'invoke')}\n    }}\n"
    yield from ("    " + signature(f, f.name) for f in header.functions)
    yield "}"


def exception(header):
    yield f"{PACKAGE}\n\nimport com.sun.jna.NativeLong;\nimport com.sun.jna.Pointer;\nimport java.util.LinkedHashMap;\nimport java.util.Map;"
    yield "\n/** Why a call failed. It never holds a KS, a token or a token hash, so it may be logged. */"
    yield "public final class KalturaException extends RuntimeException {\n    private static final long serialVersionUID = 1;\n"
    getters = [f for f in header.getters("error") if f.short != "message"]
    for f in getters:
        null = " Null if there is none." if f.brings == "text" and "never NULL" not in f.returns else ""
        yield from javadoc(f.doc + null, of=f.result.enum)
        yield f"    public final {type_of(f.result)} {lower_camel(f.short)};"
    yield "    /** The arguments of the server's message, by name. */"
    yield "    public final Map<String, String> apiArgs = new LinkedHashMap<>();"
    yield "\n    /** Frees the error. */\n    KalturaException(Pointer error) {\n        super(C.LIBRARY.kaltura_error_message(error));"
    for f in getters:
        yield f"        {lower_camel(f.short)} = C.LIBRARY.{f.name}(error){' != 0' if f.brings == 'truth' else ''};"
    yield "        String name;"
    yield "        while ((name = C.LIBRARY.kaltura_error_api_arg_name(error, new NativeLong(apiArgs.size()))) != null) {"
    yield "            apiArgs.put(name, C.LIBRARY.kaltura_error_api_arg(error, name));\n        }"
    yield "        C.LIBRARY.kaltura_error_free(error);\n    }\n}"


def type_of(value):
    return {"text": "String", "truth": "boolean", "bytes": "byte[]"}.get(value.kind) or PRIMITIVES[value.c_type]


def to_c(p):
    name = lower_camel(p.name)
    return {"text": f"C.text({name})", "truth": f"{name} ? 1 : 0", "bytes": f"{name}, new NativeLong({name}.length)"}.get(p.kind, name)


def options(header):
    made_of = header.options_new.parameters
    yield f"{PACKAGE}\n\nimport com.sun.jna.Pointer;\nimport java.util.ArrayList;\nimport java.util.List;"
    yield "import java.util.function.Consumer;\nimport java.util.function.Function;"
    yield "\n/** The options that are values. What is not set is the library's default. */\nabstract class OptionValues {"
    yield from (f"    private final {type_of(p)} {lower_camel(p.name)};" for p in made_of)
    yield "    private final List<Consumer<Pointer>> settings = new ArrayList<>();"
    yield f"\n    OptionValues({', '.join(f'{type_of(p)} {lower_camel(p.name)}' for p in made_of)}) {{"
    yield from (f"        this.{lower_camel(p.name)} = {lower_camel(p.name)};" for p in made_of)
    yield "    }\n\n    /** Keeps what is to be done with all C options that are made of these. */"
    yield "    Options set(Consumer<Pointer> setting) {\n        settings.add(setting);\n        return (Options) this;\n    }"
    yield "\n    /** Lends C options to a function. */\n    <T> T with(Function<Pointer, T> use) {"
    yield f"        Pointer options = C.LIBRARY.kaltura_options_new({', '.join(map(to_c, made_of))});"
    yield "        try {\n            settings.forEach(setting -> setting.accept(options));\n            return use.apply(options);"
    yield "        } finally {\n            C.LIBRARY.kaltura_options_free(options);\n        }\n    }"
    for f in header.setters():
        name = "add" + camel(f.option) if f.short.startswith("add_") else lower_camel(f.option)
        parameters = ", ".join(f"{type_of(p)} {lower_camel(p.name)}" for p in f.wanted)
        yield from ("", *javadoc(f.described))
        yield f"    public Options {name}({parameters}) {{"
        yield f"        return set(o -> C.LIBRARY.{f.name}(o, {', '.join(map(to_c, f.wanted))}));\n    }}"
    yield "}"


def handle(owner, class_name, doc):
    def write(header):
        lines = "\n".join(members(header, owner, class_name))
        yield PACKAGE + "\n"
        yield from (f"import {name};" for name in IMPORTS if re.search(rf"\b{name.rpartition('.')[2]}\b", lines))
        yield from ("", *javadoc(doc, ""))
        yield f"{'abstract' if class_name.endswith('Methods') else 'public final'} class {class_name} extends Handle {{\n{lines}\n}}"

    return write


def members(header, owner, class_name):
    maker = next(iter(header.makers(owner)), None)
    if maker and not maker.can_fail:
        yield f"    public {class_name}() {{\n        super(C.LIBRARY.{maker.name}(), C.LIBRARY::kaltura_{owner}_free);\n    }}"
    else:
        yield f"    {class_name}(Pointer pointer) {{\n        super(pointer, C.LIBRARY::kaltura_{owner}_free);\n    }}"
    for f in header.calls():
        if f.result.handle == owner:
            yield from method(f)
    for f in header.getters(owner) + header.methods(owner):
        if f.short != "body_length":
            yield from method(f)


def calls(header):
    yield f"{PACKAGE}\n\nimport com.sun.jna.Pointer;\n\n/** What belongs to no handle. */\npublic final class Kaltura {{\n    private Kaltura() {{}}"
    for f in header.calls():
        if f.brings != "handle":
            yield from method(f)
    yield "\n    private static String taken(Pointer string) {\n        try {\n            return string.getString(0, \"UTF-8\");"
    yield "        } finally {\n            C.LIBRARY.kaltura_free_string(string);\n        }\n    }\n}"


def store(header):
    """What is asked to keep bytes returns those it has, null for none."""
    yield f"{PACKAGE}\n\n/** Where a provider keeps its session between runs. Its methods are called one at a time. */\npublic interface Store {{"
    for f in header.callbacks:
        if "_store_" in f.name:
            fills = any(p.c_type == "kaltura_blob*" for p in f.parameters)
            parameters = ", ".join(f"{type_of(p)} {p.name}" for p in f.parameters[1:] if p.kind in ("text", "bytes"))
            yield from javadoc(store_doc(f, "null", "true", "false"))
            yield f"    {'byte[]' if fills else 'boolean'} {f.name.split('_')[2]}({parameters});"
    yield "}"


def method(f):
    """A method, or what belongs to no handle and is static; with a cancellation, and without."""
    name = lower_camel(f.short.removesuffix("_session") if f.result.handle and not f.owner else without_unit(f))
    result = ("void" if f.brings == "nothing" else "Instant" if f.is_point_in_time else "Duration" if f.unit and not f.wanted
              else "String" if f.brings == "string" else type_of(f.result) if f.brings != "handle"
              else camel(f.result.handle) if f.can_fail else f"Optional<{camel(f.result.handle)}>")
    wanted = [p for p in f.wanted if p.handle != "cancellation"]
    head = f"    public {'' if f.owner else 'static '}{result} {name}"
    parameters = ", ".join("Options options" if p.handle else f"{type_of(p)} {lower_camel(p.name)}" for p in wanted)
    if len(wanted) < len(f.wanted):
        given = ", ".join([*(lower_camel(p.name) for p in wanted), "null"])
        yield from ("", *javadoc(f.doc, of=f.result.enum))
        yield f"{head}({parameters}) {{\n        {'' if result == 'void' else 'return '}{name}({given});\n    }}"
        parameters = ", ".join(filter(None, [parameters, "Cancellation cancellation"]))
    yield from ("", *javadoc(f.doc, of=f.result.enum))
    yield f"{head}({parameters}) {{\n        {'' if f.brings == 'nothing' else 'return '}{converted(f, called(f))};\n    }}"


def without_unit(f):
    return f.short.removesuffix("_ms").removesuffix("_seconds") if not f.wanted else f.short


def called(f):
    """The call, with what it needs held, and what it failed with thrown."""
    given = ["handle"] if f.owner else []
    given += ["cancel" if p.handle == "cancellation" else "o" if p.handle else to_c(p) for p in f.wanted]
    call = f"C.LIBRARY.{f.name}({', '.join(given + ['error'] * f.can_fail)})"
    if f.can_fail:
        call = f"callOrThrow(error -> {call})" if f.owner or f.result.handle else f"Handle.callOrThrow(error -> {call})"
    if any(p.handle == "cancellation" for p in f.wanted):
        call = f"useIfAny(cancellation, cancel -> {call})"
    if any(p.handle == "options" for p in f.wanted):
        call = f"options.with(o -> {call})"
    if f.owner:
        call = f"{'run' if f.brings == 'nothing' and not f.can_fail else 'use'}(handle -> {call})"
    return call


def converted(f, asked):
    if f.is_point_in_time:
        return f"Instant.ofEpochSecond({asked})"
    if f.unit and not f.wanted:
        return f"Duration.of{'Millis' if f.unit == 'ms' else 'Seconds'}({asked})"
    if f.brings == "truth":
        return asked + " != 0"
    if f.brings == "string":
        return f"taken({asked})"
    if f.brings == "handle":
        made = camel(f.result.handle)
        return f"new {made}({asked})" if f.can_fail else f"Optional.ofNullable({asked}).map({made}::new)"
    return asked


FILES = {
    "Constants": constants,
    "CLibrary": functions,
    "KalturaException": exception,
    "Kaltura": calls,
    "OptionValues": options,
    "Store": store,
    **{name: handle(owner, name, doc) for owner, name, doc in CLASSES},
}

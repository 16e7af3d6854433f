"""C#: constants, what P/Invoke must know, and the part of each class that follows from the header."""
from .header import NOTE, camel, lower_camel, mapped, sentence, store_doc, wrapped

CLASSES = (
    ("session", "A Kaltura Session, as granted and not as asked for. Its KS is wiped when it is disposed of or collected."),
    ("provider", "Keeps a valid session at hand, for any number of threads."),
    ("exchange", "A request to carry: reply or fail, once; disposed of unanswered, it has failed."),
)
# Handles are counted while a call uses them; a function that frees takes the pointer itself.
COUNTED = {f"kaltura_{name}*": camel(name) + "Handle" for name in ("cancellation", "exchange", "provider", "session")}
TYPES = {"void": "void", "text*": "byte[]", "uint8_t*": "byte[]", "int32_t": "int", "uint32_t": "uint", "int64_t": "long",
         "size_t": "UIntPtr", "kaltura_error**": "out IntPtr"}
DEFAULT_TOKEN = "CancellationToken token = default(CancellationToken)"


def summary(text, indent="        "):
    text = text.replace("NULL", "null").replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    lines = wrapped(text, indent, "/// ")
    if len(lines) == 1:
        return [f"{indent}/// <summary>{lines[0].strip()[4:]}</summary>"]
    return [indent + "/// <summary>", *lines, indent + "/// </summary>"]


def functions(header):
    def signature(f, types):
        result = mapped({**types, "text*": "IntPtr", **dict.fromkeys(COUNTED, "IntPtr")}, f.result.c_type, "IntPtr")
        parameters = ", ".join(f"{mapped(types, p.c_type, 'IntPtr')} @{lower_camel(p.name)}" for p in f.parameters)
        return f"{result} {f.name}({parameters});"

    yield f"// {NOTE}\nusing System;\nusing System.Runtime.InteropServices;\n\nnamespace KalturaSession\n{{"
    for enum in header.enums:
        yield from summary(enum.doc + " New ones may appear.", "    ")
        if enum.is_flags:
            yield "    [Flags]"
        yield f"    public enum {enum.name} : {TYPES[enum.c_type]}\n    {{"
        for name, value, doc in enum.values:
            yield from summary(doc)
            yield f"        {camel(name)} = {value},"
        yield "    }\n"
    given = {**TYPES, "text*": "IntPtr", "uint8_t*": "IntPtr"}
    for f in header.callbacks:
        yield "    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]"
        yield f"    delegate {signature(f, given)}\n"
    yield f"    static class C\n    {{\n        internal const int AbiVersion = {header.abi_version};"
    yield '        const string Library = "kaltura_session";'
    for f in header.functions:
        yield "\n        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]"
        yield f"        internal static extern {signature(f, TYPES if f.name.endswith('_free') else {**TYPES, **COUNTED})}"
    yield "    }\n}"


def type_of(value):
    return {"text": "string", "string": "string", "truth": "bool", "bytes": "byte[]"}.get(value.kind) or (
        value.enum.name if value.enum else TYPES[value.c_type])


def classes(header):
    yield f"// {NOTE}\nusing System;\nusing System.Collections.Generic;\nusing System.Threading;\nusing static KalturaSession.Interop;"
    yield "\nnamespace KalturaSession\n{"
    for c_type, name in COUNTED.items():
        yield f"    sealed partial class {name} : KalturaHandle\n    {{"
        if name != "CancellationHandle":
            yield f"        internal {name}(IntPtr pointer) : base(pointer) {{ }}\n"
        yield f"        protected override bool ReleaseHandle()\n        {{\n            C.{c_type[:-1]}_free(handle);"
        yield "            return true;\n        }\n    }\n"
    yield from exception(header)
    yield from options(header)
    yield from store(header)
    for owner, doc in CLASSES:
        yield from ("", *summary(doc, "    "))
        yield f"    public sealed partial class {camel(owner)} : IDisposable\n    {{"
        yield f"        readonly {camel(owner)}Handle handle;"
        for f in header.makers(owner):
            yield from ("", *summary(f.doc))
            yield f"        public {camel(owner)}(Options options)\n        {{\n            handle = options.With(o =>\n            {{"
            yield f"                IntPtr made = C.{f.name}(o, out IntPtr error);\n                ThrowIfAny(error);"
            yield f"                return new {camel(owner)}Handle(made);\n            }});\n        }}"
        if not header.makers(owner):
            yield f"\n        internal {camel(owner)}(IntPtr pointer) => handle = new {camel(owner)}Handle(pointer);"
        for f in header.calls():
            if f.result.handle == owner:
                yield from method(f)
        for f in header.getters(owner):
            if f.short != "body_length":
                yield from getter(f)
        for f in header.methods(owner):
            yield from method(f)
        if owner != "provider":
            yield "\n        public void Dispose() => handle.Dispose();"
        yield "    }"
    yield '\n    /// <summary>What belongs to no handle.</summary>\n    public static class Kaltura\n    {'
    for f in header.calls():
        if f.brings != "handle":
            yield from method(f)
    yield "    }\n}"


def exception(header):
    yield "    /// <summary>Why a call failed. It never holds a KS, a token or a token hash, so it may be logged.</summary>"
    yield "    public sealed class KalturaException : Exception\n    {"
    getters = [f for f in header.getters("error") if f.short != "message"]
    for f in getters:
        yield from summary(f.doc + (" Null if there is none." if f.brings == "text" and "never NULL" not in f.returns else ""))
        yield f"        public {'TimeSpan' if f.unit else type_of(f.result)} {name_of(f)} {{ get; }}"
    yield "        /// <summary>The arguments of the server's message, by name.</summary>"
    yield "        public IReadOnlyDictionary<string, string> ApiArgs { get; }"
    yield "\n        /// <summary>Frees the error.</summary>"
    yield "        internal KalturaException(IntPtr error) : base(Text(C.kaltura_error_message(error)))\n        {"
    for f in getters:
        yield f"            {name_of(f)} = {from_c(f, f'C.{f.name}(error)')};"
    yield "            var arguments = new Dictionary<string, string>();\n            string name;"
    yield "            while ((name = Text(C.kaltura_error_api_arg_name(error, (UIntPtr)arguments.Count))) != null)\n            {"
    yield "                arguments[name] = Text(C.kaltura_error_api_arg(error, Utf8(name)));\n            }"
    yield "            ApiArgs = arguments;\n            C.kaltura_error_free(error);\n        }\n    }\n"


def options(header):
    made_of = header.options_new.parameters
    yield "    public sealed partial class Options\n    {"
    for p in made_of:
        yield from summary(sentence(p.doc))
        yield f"        public {type_of(p)} {camel(p.name)} {{ get; set; }}\n"
    for f in header.setters():
        yield from summary(f.described)
        if f.short.startswith("add_"):
            yield f"        public IList<{type_of(f.wanted[0])}> {camel(f.option)} {{ get; }} = new List<{type_of(f.wanted[0])}>();\n"
        else:
            of_type = ", ".join(type_of(p) for p in f.wanted)
            of_type = of_type if len(f.wanted) == 1 else f"Tuple<{of_type}>"
            null = "" if of_type == "string" or len(f.wanted) > 1 else "?"
            yield f"        public {of_type}{null} {camel(f.option)} {{ get; set; }}\n"
    yield "        IntPtr NewHandle()\n        {"
    yield f"            IntPtr options = C.kaltura_options_new({', '.join(to_c(p, camel(p.name)) for p in made_of)});"
    for f in header.setters():
        name = camel(f.option)
        if f.short.startswith("add_"):
            yield f"            foreach ({type_of(f.wanted[0])} value in {name})\n            {{"
            yield f"                C.{f.name}(options, {to_c(f.wanted[0], 'value')});\n            }}"
            continue
        values = [f"{name}.Item{i + 1}" for i in range(len(f.wanted))] if len(f.wanted) > 1 else [
            name if f.wanted[0].kind == "text" else name + ".Value"]
        yield f"            if ({name} != null)\n            {{"
        yield f"                C.{f.name}(options, {', '.join(to_c(p, v) for p, v in zip(f.wanted, values))});\n            }}"
    yield "            return options;\n        }\n    }\n"


def store(header):
    yield "    /// <summary>Where a provider keeps its session between runs. Its methods are called one at a time.</summary>"
    yield "    public interface IStore\n    {"
    for f in header.callbacks:
        if "_store_" in f.name:
            fills = any(p.c_type == "kaltura_blob*" for p in f.parameters)
            parameters = ", ".join(f"{type_of(p)} {p.name}" for p in f.parameters[1:] if p.kind in ("text", "bytes"))
            yield from summary(store_doc(f, "null", "true", "false"))
            yield f"        {'byte[]' if fills else 'bool'} {camel(f.name.split('_')[2])}({parameters});"
    yield "    }"


def name_of(f):
    is_unit_shown = f.unit and not f.wanted
    return camel(f.short.removesuffix("_ms").removesuffix("_seconds") if is_unit_shown else f.short)


def to_c(p, name):
    if p.kind == "enum":
        return f"({TYPES[p.c_type]}){name}"
    return {"text": f"Utf8({name})", "truth": f"{name} ? 1 : 0", "bytes": f"{name}, (UIntPtr){name}.Length"}.get(p.kind, name)


def from_c(f, asked):
    if f.is_point_in_time:
        return f"DateTimeOffset.FromUnixTimeSeconds({asked})"
    if f.unit and not f.wanted:
        return f"TimeSpan.From{'Milliseconds' if f.unit == 'ms' else 'Seconds'}({asked})"
    if f.result.enum:
        return f"({f.result.enum.name}){asked}"
    return {"text": f"Text({asked})", "string": f"Taken({asked})", "truth": f"{asked} != 0"}.get(f.brings, asked)


def getter(f):
    of_type = "DateTimeOffset" if f.is_point_in_time else "TimeSpan" if f.unit else type_of(f.result)
    # A text is the handle's: that must live until the text is copied.
    asked = f"TextOf(handle, C.{f.name})" if f.brings == "text" else from_c(f, f"C.{f.name}(handle)")
    yield from ("", *summary(f.doc))
    yield f"        public {of_type} {name_of(f)} => {asked};"


def method(f):
    name = name_of(f).replace("Session", "") if f.result.handle and not f.owner else name_of(f)
    result = "void" if f.brings == "nothing" else camel(f.result.handle) if f.brings == "handle" else type_of(f.result)
    parameters, given = [], ["handle"] if f.owner else []
    is_cancelled, of_options = (any(p.handle == kind for p in f.wanted) for kind in ("cancellation", "options"))
    for p in f.wanted:
        if p.handle == "cancellation":
            given.append("cancellation")
            parameters.append(DEFAULT_TOKEN)
        elif p.handle == "options":
            given.append("o")
            parameters.append("Options options")
        else:
            given.append(to_c(p, lower_camel(p.name)))
            # Only those at the end may be left out.
            is_last = all(q.is_null_fine for q in f.wanted[f.wanted.index(p):])
            parameters.append(f"{type_of(p)} {lower_camel(p.name)}{' = null' if is_last and p.kind == 'text' else ''}")
    call = f"C.{f.name}({', '.join(given + ['out IntPtr error'] * f.can_fail)})"
    lines = [call + ";"] if f.brings == "nothing" else [f"{TYPES.get(f.result.c_type, 'IntPtr') if f.brings != 'string' else 'IntPtr'} result = {call};"]
    if f.can_fail:
        lines.append(f"ThrowIfAny(error{', token' if is_cancelled else ''});")
    if f.brings == "handle":
        made = f"new {result}(result)"
        lines.append(f"return {made if f.can_fail else f'result == IntPtr.Zero ? null : {made}'};")
    elif f.brings != "nothing":
        lines.append(f"return {from_c(f, 'result')};")
    if f.brings == "text":
        lines = [f"return Text({call});"]
    if of_options:
        lines = ["return options.With(o =>", "{", *("    " + line for line in lines), "});"]
    if is_cancelled:
        lines = ["using (var cancellation = new CancellationHandle(token))", "{", *("    " + line for line in lines), "}"]
    yield from ("", *summary(f.doc))
    yield f"        public {'' if f.owner else 'static '}{result} {name}({', '.join(parameters)})\n        {{"
    yield from ("            " + line for line in lines)
    yield "        }"

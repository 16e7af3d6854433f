"""Go: constants, the error, the options, and whatever a handle does without callbacks."""
from .header import NOTE, camel, lower_camel, sentence, store_doc, wrapped

# Words that Go writes in capitals.
INITIALISMS = {"API", "CA", "DNS", "HTTP", "ID", "IP", "KS", "MD5", "OK", "PEM", "SHA1", "SHA256", "SHA512", "SPKI", "TLS", "URI", "URL"}
CLASSES = (
    ("session", "Session is a Kaltura Session, as granted and not as asked for. Its KS is wiped when it is closed or collected."),
    ("provider", "Provider keeps a valid session at hand, for any number of goroutines."),
    ("exchange", "Exchange is a request to carry: reply or fail, once."),
)
# These wait, so that Go has others in their place.
BUT = ("load", "drain")


def name_of(name):
    return camel(name, INITIALISMS)


def without_unit(f, name=None):
    return (name or f.short).removesuffix("_ms").removesuffix("_seconds")


def comment(text, indent="\t"):
    return wrapped(text.replace("NULL", "nothing"), indent, "// ")


def generate(header):
    # A file with exports may declare C functions, not define them.
    exports = "\n".join(declaration(f) for f in header.callbacks)
    yield f"// {NOTE}\n\npackage kaltura\n\n/*\n#include <kaltura_session.h>\n\n{exports}\n*/\nimport \"C\"\n\nimport (\n\t\"context\"\n\t\"runtime\""
    yield f"\t\"time\"\n\t\"unsafe\"\n)\n\nconst abiVersion = {header.abi_version}"
    for enum in header.enums:
        name = name_of(enum.c_name[len("kaltura_"):])
        yield from ("", *comment(f"{name}: {enum.doc} New ones may appear.", ""))
        yield f"type {name} {enum.c_type[:-2]}\n\nconst ("
        for value, number, doc in enum.values:
            yield from comment(doc)
            yield f"\t{name}{name_of(value)} {name} = {number}"
        yield ")"
    yield from error(header)
    yield from options(header)
    for owner, text in CLASSES:
        yield from handle(header, owner, text)
    yield from callbacks(header)
    for f in header.calls():
        yield from ("", *comment(f"{name_of(f.short)}: {f.doc}", ""))
        yield from function(f, "", "")


def type_of(value, f=None):
    if f and f.is_point_in_time:
        return "time.Time"
    if f and f.unit or value.name.endswith("_ms"):
        return "time.Duration"
    if value.handle:
        return "*" + name_of(value.handle)
    if value.enum:
        return name_of(value.enum.c_name[len("kaltura_"):])
    return {"text": "string", "string": "string", "truth": "bool", "bytes": "[]byte"}.get(value.kind) or value.c_type[:-2]


def to_go(f, asked):
    """A result of C's, as Go has it."""
    if f.is_point_in_time:
        return f"time.Unix(int64({asked}), 0)"
    if f.unit:
        return f"time.Duration({asked}) * time.{'Second' if f.unit == 'seconds' else 'Millisecond'}"
    if f.brings == "text":
        return f"C.GoString({asked})"
    if f.brings == "truth":
        return f"{asked} != 0"
    return f"{type_of(f.result)}({asked})"


def to_c(value, name):
    """A parameter of C's, from what Go has."""
    if value.kind == "text":
        return f"texts.{'optional' if value.is_null_fine else 'c'}({name})"
    if value.kind == "bytes":
        return f"bytesOf({name}), C.size_t(len({name}))"
    return f"C.{value.enum.c_name if value.enum else value.c_type}({name})"


def error(header):
    yield "\n// Error says why a call failed. It never holds a KS, a token or a token hash, so it may be logged. After a context ended,"
    yield "// errors.Is finds that context's error in it.\ntype Error struct {"
    for f in header.getters("error"):
        yield from comment(f.doc)
        yield f"\t{name_of(without_unit(f))} {type_of(f.result, f)}"
    yield "\t// The arguments of the server's message, by name.\n\tAPIArgs map[string]string\n\tcause   error\n}"
    yield "\nfunc (e *Error) fill(failure *C.kaltura_error) {"
    for f in header.getters("error"):
        yield f"\te.{name_of(without_unit(f))} = {to_go(f, f'C.{f.name}(failure)')}"
    yield "}"


def fields(f):
    """The fields for a setter, and their types: zero is for the default."""
    if len(f.wanted) > 1:
        return [(name_of(f"{without_unit(f, f.option)}_{p.name}"), type_of(p, f), p) for p in f.wanted]
    of_type = type_of(f.wanted[0], f)
    if f.short.startswith("add_"):
        of_type = "[]" + of_type
    elif f.has_meaning_in_zero:
        of_type = "*" + of_type
    return [(name_of(without_unit(f, f.option)), of_type, f.wanted[0])]


def options(header):
    yield "\n// Options say what a session shall be. What is zero or nil is the library's default; a bad value is reported by the call"
    yield "// that takes the options.\ntype Options struct {"
    for p in header.options_new.parameters:
        yield from comment(sentence(p.doc))
        yield f"\t{name_of(p.name)} {type_of(p)}"
    for f in header.setters():
        yield from comment(f.described + (f" Whole {'seconds' if f.unit == 'seconds' else 'milliseconds'} count." if f.unit else ""))
        # Side by side, gofmt aligns them.
        names = fields(f)
        width = max(len(name) for name, _, _ in names)
        yield from (f"\t{name.ljust(width)} {of_type}" for name, of_type, _ in names)
    yield "\tCallbacks\n}\n\nfunc (o *Options) toC(texts *texts) *C.kaltura_options {"
    given = ", ".join(to_c(p, "o." + name_of(p.name)) for p in header.options_new.parameters)
    yield f"\toptions := C.kaltura_options_new({given})"
    for f in header.setters():
        names = fields(f)
        if f.short.startswith("add_"):
            yield f"\tfor _, value := range o.{names[0][0]} {{\n\t\tC.{f.name}(options, {to_c(f.wanted[0], 'value')})\n\t}}"
            continue
        condition = " || ".join(f"o.{name}" + {"bool": "", "string": ' != ""'}.get(of_type, " != nil" if of_type[0] == "*" else " != 0")
                                for name, of_type, _ in names)
        scale = {"ms": "/time.Millisecond", "seconds": "/time.Second"}.get(f.unit, "")
        values = [to_c(p, f"{'*' if of_type[0] == '*' else ''}o.{name}{scale}") for name, of_type, p in names]
        if names[0][1] == "bool":
            values = ["1"]
        yield f"\tif {condition} {{\n\t\tC.{f.name}(options, {', '.join(values)})\n\t}}"
    yield "\treturn options\n}"


def declaration(f):
    """Of the Go function that C calls, whose types have no const."""
    types = [p.enum.c_name if p.enum else p.c_type.replace("text*", "char*") for p in f.parameters]
    return f"{f.result.c_type} {export_name(f)}({', '.join(types)});"


def export_name(f):
    return "kalturaGo" + camel(f.name[len("kaltura_"):])


def callbacks(header):
    """What C calls: user_data is a function, or for those that share it, as a store's do, an interface."""
    yield "\n// Store is where a provider keeps its session between runs of the program. Its methods are called one at a time."
    yield "type Store interface {"
    stores = [f for f in header.callbacks if "_store_" in f.name]
    for f in stores:
        yield from comment(store_doc(f, "nil", "true", "false"))
        yield f"\t{name_of(f.name.split('_')[2])}({', '.join(f'{p.name} {type_of(p)}' for p in seen(f))}){callback_result(f)}"
    yield "}\n\nvar ("
    names = {f.name: lower_camel(f.name[len("kaltura_"):]) for f in header.callbacks}
    for f in header.callbacks:
        yield f"\t{names[f.name].ljust(max(map(len, names.values())))} = (C.{f.name})(C.{export_name(f)})"
    yield ")"
    for f in header.callbacks:
        if f.name != "kaltura_destroy_fn":
            yield from trampoline(f, f in stores)


def seen(f):
    """What a callback of Go's gets: bytes know their length, and a blob is what it returns."""
    return [p for p in f.parameters[1:] if p.c_type not in ("size_t", "kaltura_blob*")]


def callback_result(f):
    if any(p.c_type == "kaltura_blob*" for p in f.parameters):
        return " []byte"
    return " bool" if f.result.c_type == "int32_t" else ""


def trampoline(f, is_method):
    def c_type(p):
        if p.c_type == "void*":
            return "unsafe.Pointer"
        base = p.enum.c_name if p.enum else p.c_type.replace("text*", "char*")
        return "*C." + base[:-1] if base.endswith("*") else "C." + base

    def from_c(p):
        if p.kind == "bytes":
            return f"C.GoBytes(unsafe.Pointer({p.name}), C.int(length))"
        if p.kind == "text":
            return f"C.GoString({p.name})"
        return f"{type_of(p)}({p.name})" if p.enum else p.name

    parameters = ", ".join(f"{lower_camel(p.name)} {c_type(p)}" for p in f.parameters)
    c_result = "" if f.result.c_type == "void" else " C." + f.result.c_type
    arguments = ", ".join(from_c(p) for p in seen(f))
    go_types = ", ".join(c_type(p) if p.kind == "handle" else type_of(p) for p in seen(f))
    called = f"valueOf(userData).({'Store' if is_method else f'func({go_types}){callback_result(f)}'})"
    called += f"{'.' + name_of(f.name.split('_')[2]) if is_method else ''}({arguments})"
    yield f"\n//export {export_name(f)}\nfunc {export_name(f)}({parameters}){c_result} {{"
    if callback_result(f) == " []byte":
        yield f"\tbrought := {called}\n\tC.kaltura_blob_set(blob, bytesOf(brought), C.size_t(len(brought)))"
    elif c_result:
        yield f"\tif {called} {{\n\t\treturn 1\n\t}}\n\treturn 0"
    else:
        yield "\t" + called
    yield "}"


def handle(header, owner, text):
    name = name_of(owner)
    yield from ("", *comment(text, ""))
    yield f"type {name} struct{{ handle }}\n\nfunc new{name}(c *C.kaltura_{owner}) *{name} {{"
    yield f"\tfree := func(c unsafe.Pointer) {{ C.kaltura_{owner}_free((*C.kaltura_{owner})(c)) }}"
    yield f"\tmade := &{name}{{handle{{c: unsafe.Pointer(c), free: free}}}}\n\truntime.SetFinalizer(made, (*{name}).Close)\n\treturn made\n}}"
    for f in header.makers(owner):
        yield from ("", *comment(f"New{name}: {f.doc}", ""))
        yield from function(f, "", "New" + name)
    for f in header.getters(owner) + header.methods(owner, BUT):
        if f.short != "body_length":
            go_name = name_of(without_unit(f))
            yield from ("", *comment(f"{go_name}: {f.doc}", ""))
            yield from function(f, f"(h *{name}) ", go_name)


def function(f, receiver, name):
    """A function or a method that calls one of C's: with texts that are freed, a context that cancels, an error that comes."""
    of_handle = bool(receiver)
    wanted = f.wanted if f.owner != "options" else f.parameters[:-1]
    parameters, arguments = [], [f"(*C.kaltura_{f.owner})(c)"] if of_handle else []
    is_cancelled = any(p.handle == "cancellation" for p in wanted)
    if is_cancelled:
        parameters.append("ctx context.Context")
    for p in wanted:
        go_name = lower_camel(p.name, INITIALISMS)
        if p.handle == "cancellation":
            arguments.append("cancellation")
        elif p.handle == "options":
            parameters.append("options *Options")
            arguments.append("options.c")
        else:
            parameters.append(f"{go_name} {type_of(p)}")
            arguments.append(to_c(p, go_name))
    name = name or name_of(f.short)
    has_texts = any(p.kind == "text" for p in wanted)
    results = [] if f.brings == "nothing" else [f"result {type_of(f.result, f)}"]
    results += ["err error"] if f.can_fail else []
    result = f" ({', '.join(results)})" if results else ""
    yield f"func {receiver}{name}({', '.join(parameters)}){result} {{"
    tabs = "\t"
    if has_texts:
        yield "\tvar texts texts\n\tdefer texts.free()"
    closers = []
    if any(p.handle == "options" for p in wanted):
        yield f"{tabs}options.use(func(options *C.kaltura_options) {{"
        arguments = ["options" if a == "options.c" else a for a in arguments]
        closers.append("})")
    if of_handle:
        yield f"{tabs * (len(closers) + 1)}h.use(func(c unsafe.Pointer) {{"
        closers.append("})")
    if is_cancelled:
        yield f"{tabs * (len(closers) + 1)}cancelledBy(ctx, func(cancellation *C.kaltura_cancellation) {{"
        closers.append("})")
    inner = tabs * (len(closers) + 1)
    if f.can_fail:
        yield f"{inner}var failure *C.kaltura_error"
        arguments.append("&failure")
    call = f"C.{f.name}({', '.join(arguments)})"
    if f.brings == "nothing":
        yield inner + call
    elif f.brings in ("handle", "string"):
        make = f"result = new{name_of(f.result.handle)}(made)" if f.brings == "handle" else "result = C.GoString(made)"
        yield f"{inner}if made := {call}; made != nil {{\n{inner}\t{make}"
        if f.brings == "string":
            yield f"{inner}\tC.kaltura_free_string(made)"
        yield inner + "}"
    else:
        yield f"{inner}result = {to_go(f, call)}"
    if f.can_fail:
        yield f"{inner}err = takeError(failure, {'ctx' if is_cancelled else 'nil'})"
    while closers:
        yield tabs * len(closers) + closers.pop()
    if results:
        yield f"\treturn {', '.join(r.split()[0] for r in results)}"
    yield "}"

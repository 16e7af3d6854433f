"""C++: the error, the session, and whatever a handle or the options do without callbacks."""
from .header import HTTP_SECTIONS, NOTE, wrapped

CLASSES = (
    ("cancellation", "cancellation", "Ends the calls that it is given to: cancel() from any thread."),
    ("session", "session", "A session as granted. Any thread may use it. Its KS is wiped with the last session that retain() gave."),
    ("hashing", "hashing", "A widget KS to hash: reply() or fail(), at once or later, from any thread. Destroyed unanswered, it has failed."),
    ("exchange", "exchange", "A request to carry: reply() or fail(), at once or later, from any thread. Destroyed unanswered, it has failed."),
    ("provider", "provider_methods", "What a provider does without callbacks."),
    ("flow", "flow_methods", "The flow in steps, but for how it begins."),
)


def comment(text, indent="  "):
    lines = wrapped(text, indent, "   ")
    return [f"{indent}/* {line.strip()}" if i == 0 else line for i, line in enumerate(lines[:-1])] + [
        (lines[-1] if len(lines) > 1 else f"{indent}/* {lines[0].strip()}") + " */"]


def generate(header):
    yield f"// {NOTE}\n#ifndef KALTURA_VALUES_HPP\n#define KALTURA_VALUES_HPP\n\n#include <kaltura_handle.hpp>\n\nnamespace kaltura {{"
    yield "\n/* Why a call failed: kaltura_error_*. Never holds a secret. Copies share it; any thread may use any copy. */"
    yield "class error : public std::exception {\n public:"
    yield "  explicit error(kaltura_error *owned) : shared_(owned, kaltura_error_free) {}"
    yield "  const kaltura_error *get() const noexcept { return shared_.get(); }"
    yield "  const char *what() const noexcept override { return kaltura_error_message(get()); }"
    yield "  std::string_view status_name() const noexcept { return kaltura_status_name(status()); }"
    for f in header.getters("error"):
        yield from method(f)
    for f in header.methods("error"):
        yield from method(f)
    yield "\n private:\n  std::shared_ptr<const kaltura_error> shared_;\n};"
    for owner, name, doc in CLASSES:
        base = f"detail::handle<kaltura_{owner}, kaltura_{owner}_free>"
        yield from ("", *comment(doc, ""))
        yield f"class {name} : public {base} {{\n public:\n  using handle::handle;"
        for f in header.makers(owner):
            if not f.can_fail:
                yield f"  {name}() : handle({f.name}()) {{}}"
        for f in header.functions:
            if f.name == f"kaltura_{owner}_retain":
                yield from comment(f.doc)
                yield f"  {name} retain() const noexcept {{ return {name}({f.name}(get())); }}"
        for f in header.getters(owner) + header.methods(owner, ("take_session", "take_error")):
            if f.short != "body_length":
                yield from method(f)
        for f in header.functions:
            if f.owner == owner and f.short == "on_cancel":
                yield from comment(f.doc)
                yield "  void on_cancel(const std::function<void()> &function) const {"
                yield "    auto callback = [](void *user_data) noexcept { detail::kept<std::function<void()>>(user_data)(); };"
                yield f"    detail::set(function, callback, {f.name}, get());\n  }}"
        for f in header.fillers(owner):
            yield from comment(f.doc)
            yield f"  std::string {f.short}() const {{\n    std::string bytes({f.name}(get(), nullptr, 0), '\\0');"
            yield f"    {f.name}(get(), reinterpret_cast<uint8_t *>(bytes.data()), bytes.size());\n    return bytes;\n  }}"
        yield "};"
    yield from options(header)
    for f in header.calls():
        if f.brings == "string":
            yield from ("", *guarded(f, [*method(f, "inline ")]))
    yield "\n}  // namespace kaltura\n\n#endif /* KALTURA_VALUES_HPP */"


def guarded(f, lines):
    """What a build without the transport does not declare."""
    return ["#if KALTURA_FEATURE_HTTP", *lines, "#endif"] if f.section in HTTP_SECTIONS else lines


def type_of(p, f=None):
    unit = f and f.unit or ("ms" if p.name.endswith("_ms") or p.name == "ms" else "seconds" if p.name == "seconds" else "")
    if f and f.is_point_in_time:
        return "system_clock::time_point"
    if unit:
        return "milliseconds" if unit == "ms" else "seconds"
    if p.handle in ("cancellation", "options"):
        return f"const {p.handle} {'*' if p.handle == 'cancellation' else '&'}"
    return {"text": "std::string_view", "bytes": "std::string_view", "truth": "bool", "nothing": "void"}.get(p.kind) or (
        p.enum.c_name if p.enum else "int" if p.c_type == "int32_t" else p.c_type)


def name_of(p):
    return {"ms": "time", "seconds": "time", "cancellation": "cancel"}.get(p.name, p.name.removesuffix("_ms"))


def without_unit(name):
    return name.removesuffix("_ms").removesuffix("_seconds")


def to_c(p, f):
    name = name_of(p)
    if p.kind == "text":
        return f"detail::text({name})"
    if p.kind == "bytes":
        return f"detail::bytes({name}), {name}.size()"
    if p.handle == "cancellation":
        return "detail::raw(cancel)"
    return name + (".get()" if p.handle else ".count()" if type_of(p, f) in ("milliseconds", "seconds") else "")


def declared(f):
    parts = []
    for p in f.wanted:
        default = " = nullptr" if p.handle else " = {}" if p.kind == "text" and p.is_null_fine and f.wanted[-1] is p else ""
        of_type = type_of(p, f if f.unit and f.owner == "options" else None)
        parts.append(f"{of_type}{'' if of_type.endswith(('*', '&')) else ' '}{name_of(p)}{default if p.handle != 'options' else ''}")
    return ", ".join(parts)


def method(f, start="  ", get="get()"):
    """One function of C's as one of C++'s; what makes a handle and can fail is two: try_, and one that throws."""
    const = " const" if f.owner and (f.owner != "flow" or f.parameters[0].is_const) else ""
    given = ", ".join([get] * bool(f.owner) + [to_c(p, None) for p in f.wanted])
    name = without_unit(f.short) if not f.wanted else f.short
    yield from comment(f.doc, "  " if f.owner else "")
    if f.brings == "handle" and f.can_fail:
        made = f.result.handle
        passed = ", ".join(name_of(p) for p in f.wanted)
        arguments = ", ".join([f.name, *([get] * bool(f.owner)), *(to_c(p, None) for p in f.wanted)])
        yield f"{start}result<{made}> try_{name}({declared(f)}){const} {{ return detail::make<{made}>({arguments}); }}"
        yield f"{start}{made} {name}({declared(f)}){const} {{ return try_{name}({passed}).value(); }}"
    elif f.brings == "handle":
        yield f"{start}std::optional<{f.result.handle}> {name}({declared(f)}){const} noexcept {{"
        yield f"  {start}if (auto *owned = {f.name}({given})) return {f.result.handle}(owned);\n  {start}return std::nullopt;\n{start}}}"
    elif f.brings == "string":
        arguments = ", ".join([f.name, *(to_c(p, None) for p in f.wanted)])
        yield f"{start}std::string {name}({declared(f)}) {{"
        yield f"  using string = detail::handle<char, kaltura_free_string>;\n  return detail::make<string>({arguments}).value().get();\n}}"
    elif f.can_fail:
        arguments = ", ".join([f.name, get, *(to_c(p, None) for p in f.wanted)])
        yield f"{start}outcome {name}({declared(f)}){const} {{ return detail::run<outcome>({arguments}); }}"
    else:
        call = f"{f.name}({given})"
        if f.short == "body":
            call = f"{{{call}, {f.name}_length({given})}}"
        elif f.is_point_in_time:
            call = f"system_clock::time_point(seconds({call}))"
        elif f.unit and not f.wanted:
            call = f"{type_of(f.result, f)}({call})"
        elif f.brings == "text":
            call = f"detail::view({call})"
        elif f.brings == "truth":
            call += " != 0"
        noexcept = "" if any(p.kind == "text" for p in f.wanted) else " noexcept"
        returns = "" if f.brings == "nothing" else "return "
        of_type = type_of(f.result, f if not f.wanted else None)
        yield f"{start}{of_type} {name}({declared(f)}){const}{noexcept} {{ {returns}{call}; }}"


def options(header):
    yield "\n/* The options that are values. */\ntemplate <class Options>"
    yield "class option_setters : public detail::handle<kaltura_options, kaltura_options_free> {\n public:\n  using handle::handle;"
    made_of = header.options_new.parameters
    for p in made_of:
        yield from comment(f"{p.name}: {p.doc}")
    parameters = ", ".join(f"{type_of(p)} {p.name}{' = {}' if p.is_null_fine else ''}" for p in made_of)
    yield f"  option_setters({parameters})"
    yield f"      : handle({header.options_new.name}({', '.join(to_c(p, None) for p in made_of)})) {{}}"
    for f in header.setters():
        name = f.short if f.short.startswith("add_") else without_unit(f.option)
        given = ", ".join(["this->get()", *(to_c(p, f) for p in f.wanted)])
        lines = [*comment(f.described), f"  Options &{name}({declared(f)}) {{ return {f.name}({given}), self(); }}"]
        yield from guarded(f, lines)
    yield "\n private:\n  Options &self() noexcept { return static_cast<Options &>(*this); }\n};"

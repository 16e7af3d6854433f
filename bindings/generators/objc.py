"""Objective-C: the keys of errors, the session, and whatever a handle or the options do without callbacks."""
from .go import INITIALISMS
from .header import HTTP_SECTIONS, NOTE, camel, lower_camel, wrapped

LICENCE = "Licence: MIT OR Apache-2.0."
# In the words of Cocoa: the selector, and the name in Swift where that differs. All others are the header's own.
SELECTORS = {
    "kaltura_exchange_add_header": ("addHeader:value:", None),
    "kaltura_exchange_fail": ("failWithStatus:message:", None),
    "kaltura_exchange_reply": ("replyWithStatus:body:", None),
    "kaltura_hashing_fail": ("failWithMessage:", None),
    "kaltura_hashing_reply": ("replyWithHash:", None),
    "kaltura_options_set_refresh_windows_seconds": ("setRefreshWindowsAdvisorySeconds:mandatorySeconds:", None),
    "kaltura_provider_drain": ("drain:", None),
    "kaltura_provider_end_session": ("endSessions:cancellation:error:", "endSessions(_:cancellation:)"),
    "kaltura_provider_invalidate": ("invalidateKS:", None),
    "kaltura_provider_load": ("loadWithCancellation:error:", "load(cancellation:)"),
    "kaltura_provider_report_error": ("reportErrorForKS:apiCode:ksID:", "reportError(ks:apiCode:ksID:)"),
    "kaltura_provider_set_user_id": ("switchToUserID:error:", "switchUser(to:)"),
    "kaltura_start_session": ("startWithOptions:cancellation:error:", "start(_:cancellation:)"),
}
PROPERTIES = {"expires_at_seconds": "expirationDate", "remaining_ms": "remainingTime", "timeout_ms": "timeout", "peek": "currentSession"}
CLASSES = (
    ("cancellation", "KLTCancellation", "Cancellation", "Ends the calls that it is given to."),
    ("hashing", "KLTHashing", "Hashing", "A widget KS to hash. Answer at once or later, from any thread; unanswered, it has failed."),
    ("exchange", "KLTExchange", "Exchange", "A request to carry. Answer at once or later, from any thread; unanswered, it has failed."),
    ("options", "KLTOptionValues", "OptionValues", "The options that are values; see KLTSessionOptions."),
    ("session", "KLTSession", "Session", "A session as granted. Its KS in C is wiped with it; the NSString that -ks gives is not."),
    ("provider", "KLTProviderMethods", "ProviderMethods", "What a provider does without callbacks; see KLTSessionProvider."),
)


def comment(text, indent=""):
    lines = wrapped(text.replace("NULL", "nil"), indent, "   ")
    lines[0] = f"{indent}/* {lines[0].strip()}"
    return [*lines[:-1], lines[-1] + " */"]


def interface(header):
    yield f"// {NOTE} {LICENCE}\n#import <Foundation/Foundation.h>\n#include <kaltura_session.h>"
    yield "\n/* For compilers and Foundations that lack them. */\n#if !defined(__clang__)\n#define _Nullable\n#endif"
    yield "#if !defined(NS_SWIFT_NAME)\n#define NS_SWIFT_NAME(name)\n#endif\n\nNS_ASSUME_NONNULL_BEGIN\n\n@class KLTSessionOptions;"
    yield "\nFOUNDATION_EXPORT NSString *const KLTErrorDomain;\n\n/* Keys of an error's userInfo. What the error does not have is missing. */"
    for f in user_info(header):
        kind = f" A {f.result.enum.c_name.upper()} constant." if f.result.enum else " In seconds." if f.unit else ""
        yield from comment(f.doc + kind)
        yield f"FOUNDATION_EXPORT NSString *const {key(f)};"
    yield "/* The arguments of the server's message: a dictionary of strings. */"
    yield "FOUNDATION_EXPORT NSString *const KLTErrorAPIArgumentsKey;"
    for owner, name, swift, doc in CLASSES:
        yield from ("", *comment(doc))
        yield f"NS_SWIFT_NAME({swift})\n@interface {name} : NSObject {{\n @public /* for the implementation */"
        yield f"  kaltura_{owner} *_handle;\n}}"
        for f, head, swift_name in methods(header, owner):
            yield from guarded(f, [*comment(described(f)),
                                   f"{head}{f' NS_SWIFT_NAME({swift_name})' if swift_name else ''};"])
        for f in on_cancel(header, owner):
            yield from ["#if __has_feature(blocks)", *comment(f.doc), "- (void)onCancel:(void (^_Nullable)(void))block;", "#endif"]
        yield "@end"
    yield "\nNS_ASSUME_NONNULL_END"


def implementation(header):
    yield f'// {NOTE} {LICENCE}\n#import "KLTPrivate.h"\n\nNSString *const KLTErrorDomain = @"com.kaltura.session";'
    for name in [*(key(f) for f in user_info(header)), "KLTErrorAPIArgumentsKey"]:
        yield f'NSString *const {name} = @"{name[:-3]}";'
    yield "\nNSError *KLTErrorOf(kaltura_error *failure) {\n  if (failure == NULL) return nil;"
    yield "  NSMutableDictionary *info = [NSMutableDictionary dictionary], *arguments = [NSMutableDictionary dictionary];"
    yield "  const char *name;\n  for (size_t index = 0; (name = kaltura_error_api_arg_name(failure, index)) != NULL; index++) {"
    yield "    [arguments setValue:KLTString(kaltura_error_api_arg(failure, name)) forKey:KLTString(name)];\n  }"
    yield "  [info setValue:arguments forKey:KLTErrorAPIArgumentsKey];"
    yield "  [info setValue:KLTString(kaltura_error_message(failure)) forKey:NSLocalizedDescriptionKey];"
    yield "  [info setValue:KLTString(kaltura_error_hint(failure)) forKey:NSLocalizedRecoverySuggestionErrorKey];"
    for f in user_info(header):
        call = f"{f.name}(failure)"
        value = {"text": f"KLTString({call})", "truth": f"[NSNumber numberWithBool:{call} != 0]"}.get(f.brings) or (
            f"[NSNumber numberWithDouble:KLTSeconds({call})]" if f.unit else f"[NSNumber numberWithInt:{call}]")
        yield f"  [info setValue:{value} forKey:{key(f)}];"
    yield "  NSInteger code = kaltura_error_status(failure);\n  kaltura_error_free(failure);"
    yield "  return [NSError errorWithDomain:KLTErrorDomain code:code userInfo:info];\n}"
    yield "\nKLTSession *KLTSessionOf(kaltura_session *owned) {"
    yield "  KLTSession *session = owned != NULL ? KLT_AUTORELEASE([[KLTSession alloc] init]) : nil;"
    yield "  if (session != nil) session->_handle = owned;\n  return session;\n}"
    for owner, name, _, _ in CLASSES:
        yield f"\n@implementation {name}"
        for f, head, _ in methods(header, owner):
            yield from guarded(f, [f"{plain(head)} {{", *body(f), "}"])
        for f in on_cancel(header, owner):
            yield "#if __has_feature(blocks)\n- (void)onCancel:(void (^)(void))block {"
            yield f"  {f.name}(_handle, block != nil ? KLTRunBlock : NULL, block != nil ? KLT_COPIED(block) : NULL, KLTLetGoBlock);\n}}\n#endif"
        yield f"- (void)dealloc {{ kaltura_{owner}_free(_handle); KLT_DEALLOC_SUPER; }}\n@end"


def described(f):
    seconds = " Here it is in seconds." if any(p.name in ("ms", "timeout_ms") for p in f.wanted) else ""
    return (f.described if f.owner == "options" else f.doc) + seconds


def guarded(f, lines):
    return ["#if KALTURA_FEATURE_HTTP", *lines, "#endif"] if f.section in HTTP_SECTIONS else lines


def on_cancel(header, owner):
    return [f for f in header.functions if f.owner == owner and f.short == "on_cancel"]


def user_info(header):
    """What NSError has no place of its own for."""
    return [f for f in header.getters("error") if f.short not in ("status", "message", "hint")]


def key(f):
    return f"KLTError{camel(f.short.removeprefix('is_').removesuffix('_ms'), INITIALISMS)}Key"


def methods(header, owner):
    """Each function with its head, and its name in Swift if that is another."""
    for f in header.makers(owner):
        if owner == "options":
            yield f, "- (instancetype)init" + with_parameters(f, ["WithPartnerID", "appTokenID", "appToken"], f.parameters), None
        elif f.can_fail:
            yield f, "- (instancetype _Nullable)initWithOptions:(KLTSessionOptions *)options error:(NSError **)error", None
        else:
            yield f, "- (instancetype)init", None
    for f in header.calls():
        if f.result.handle == owner:
            yield f, *named(f, "+ ")
    if owner == "options":
        for f in header.setters():
            yield f, *named(f, "- ")
        return
    for f in header.getters(owner):
        if f.short != "body_length":
            yield f, f"@property (nonatomic, readonly{', getter=' + lower_camel(f.short) if f.brings == 'truth' else ''}) {of_result(f)}{property_name(f)}", None
    for f in header.methods(owner):
        if f.short == "peek":
            yield f, f"@property (nonatomic, readonly) {of_result(f)}{property_name(f)}", None
        else:
            yield f, *named(f, "- ")


def property_name(f):
    return PROPERTIES.get(f.short) or lower_camel(f.short.removeprefix("is_"), INITIALISMS)


def named(f, start):
    short = f.short.removesuffix("_ms") if f.unit == "ms" else f.short
    derived = lower_camel(short, INITIALISMS) + ("" if not f.wanted else ":")
    selector, swift = SELECTORS.get(f.name, (derived, None))
    words = [word for word in selector.split(":") if word]
    parameters = [*f.wanted, None] if f.can_fail else f.wanted
    result = f"({of_result(f).rstrip()})"
    return f"{start}{result}" + (with_parameters(f, words, parameters) if parameters else words[0]), swift


def with_parameters(f, words, parameters):
    return " ".join(f"{word}:({of_parameter(f, p)}){name_of(p)}" for word, p in zip(words, parameters))


def name_of(p):
    return "error" if p is None else {"ms": "seconds", "timeout_ms": "timeout", "hash": "hash"}.get(p.name) or lower_camel(p.name, INITIALISMS)


def of_parameter(f, p):
    if p is None:
        return "NSError **"
    if p.name in ("ms", "timeout_ms"):
        return "NSTimeInterval"
    kind = {"text": "NSString *", "bytes": "NSData *", "truth": "BOOL"}.get(p.kind)
    if p.handle:
        kind = {"cancellation": "KLTCancellation *", "options": "KLTSessionOptions *"}[p.handle]
    may_be_nil = p.is_null_fine or p.kind == "text" and f.owner == "options" and f.short.startswith("set_")
    return (kind + "_Nullable" * (may_be_nil and "*" in kind)) if kind else p.enum.c_name if p.enum else p.c_type


def of_result(f):
    if f.is_point_in_time:
        return "NSDate *"
    if f.unit and not f.wanted:
        return "NSTimeInterval "
    if f.short == "body":
        return "NSData *"
    if f.can_fail and f.brings == "nothing" or f.brings == "truth":
        return "BOOL "
    if f.brings == "handle":
        return "KLTSession *_Nullable "
    return {"text": "NSString *", "nothing": "void "}.get(f.brings) or (f.result.enum.c_name if f.result.enum else f.result.c_type) + " "


def plain(head):
    """A head as the implementation has it."""
    if head.startswith("@property"):
        _, _, declared = head.partition(") ")
        of_type, star, name = declared.replace("_Nullable", "").replace("*", "* ").rpartition(" ")
        getter = head.partition("getter=")[2].partition(")")[0]
        return f"- ({of_type.strip()}){getter or name}"
    return head.replace(" *_Nullable", " *").replace(" _Nullable", "")


def to_c(p):
    if p.handle:
        return {"cancellation": "KLTHandleOf(cancellation)", "options": "options->_handle"}[p.handle]
    if p.kind == "bytes":
        return f"(const uint8_t *)[{p.name} bytes], [{p.name} length]"
    if p.name in ("ms", "timeout_ms"):
        return f"KLTMilliseconds({name_of(p)})"
    return f"KLTText({name_of(p)})" if p.kind == "text" else name_of(p)


def body(f):
    if f.name.endswith("_new"):
        yield "  if ((self = [super init]) != nil) {"
        if f.can_fail:
            yield f"    kaltura_error *failure;\n    _handle = {f.name}(options->_handle, &failure);"
            yield "    if (!KLTDone(_handle != NULL, failure, error)) { KLT_RELEASE(self); self = nil; }"
        else:
            yield f"    _handle = {f.name}({', '.join(map(to_c, f.parameters))});"
        yield "  }\n  return self;"
        return
    given = ", ".join((["_handle"] if f.owner else []) + [to_c(p) for p in f.wanted] + ["&failure"] * f.can_fail)
    call = f"{f.name}({given})"
    if f.can_fail and f.brings == "handle":
        yield f"  kaltura_error *failure;\n  kaltura_session *owned = {call};\n  KLTDone(owned != NULL, failure, error);"
        yield "  return KLTSessionOf(owned);"
    elif f.can_fail:
        yield f"  kaltura_error *failure;\n  int32_t isDone = {call};\n  return KLTDone(isDone, failure, error);"
    elif f.is_point_in_time:
        yield f"  return [NSDate dateWithTimeIntervalSince1970:{call}];"
    elif f.short == "body":
        yield f"  return [NSData dataWithBytes:{call} length:{f.name}_length(_handle)];"
    elif f.brings == "nothing":
        yield f"  {call};"
    else:
        shape = "KLTSeconds({})" if f.unit and not f.wanted else {"text": "KLTString({})", "handle": "KLTSessionOf({})", "truth": "{} != 0"}.get(f.brings, "{}")
        yield f"  return {shape.format(call)};"

/*
 * kaltura_session.h - turns a Kaltura app token into a Kaltura Session (KS) and keeps a valid KS at hand.
 *
 * Version 0.1.0. Licence: MIT OR Apache-2.0. Generated from src/ffi: edit there, then run `make header`.
 *
 *   // A KS from an app token, in one call.
 *   #include <kaltura_session.h>
 *   #include <stdio.h>
 *
 *   int main(void) {
 *     kaltura_error *error;
 *     char *ks = kaltura_generate_ks(NULL, 101, "0_ab12cd34", "00112233445566778899aabbccddeeff", NULL, &error);
 *     if (ks == NULL) {
 *       fprintf(stderr, "%s\n%s\n", kaltura_error_message(error), kaltura_error_hint(error));
 *       kaltura_error_free(error);
 *       return 1;
 *     }
 *     puts(ks);
 *     kaltura_free_string(ks);
 *     return 0;
 *   }
 *
 * What is what
 *   An app token stands for what its sessions may do; appToken.add makes one, with an id and a token value. A KS is the
 *   session itself: the text that every other call to Kaltura wants. The library gets a widget session, which anybody
 *   may have, proves with hex(H(widget KS + app token)) that it knows the token, and is given the KS. An app token in
 *   an app is anybody's who takes the app apart: kaltura_options_set_token_hash() is for one that stays on a backend.
 *
 * Conventions, for every function below
 *   Names      kaltura_<noun>_<verb>; constants KALTURA_<TYPE>_<VALUE>; units are part of a name (_ms, _seconds).
 *   Strings    In: NUL-terminated UTF-8, copied during the call. Out: `char *` is the caller's, for
 *              kaltura_free_string(); `const char *` belongs to the handle that it came from and lives as long, a
 *              flow's until the next call that changes the flow. Valid UTF-8; NULL only where said.
 *   Results    A call that can fail takes a `kaltura_error **error`, last; the pointer may be NULL. It returns its
 *              result, and *error is NULL; or it returns NULL or 0, and *error says why, for kaltura_error_free().
 *              *error need not be initialised. Truth values are int32_t, 0 or 1.
 *   NULL       Every _free takes NULL. A NULL handle is answered (NULL, 0, "", KALTURA_STATUS_INVALID_ARGUMENT),
 *              never a crash. So is text that is not UTF-8, a number out of range, an unknown constant.
 *   Panics     No Rust panic leaves the library, none prints: a bug in it is KALTURA_STATUS_PANIC.
 *   Threads    Sessions, errors, providers, cancellations, hashings and exchanges: any thread, concurrently. Options
 *              and flows: one call at a time, on any thread, not always the same; functions that take a const handle
 *              may run beside each other. No state is kept in threads.
 *   Blocking   KALTURA_BLOCKS marks calls that use the network; they return within the total timeout, whatever the
 *              server or a callback does, and can be cancelled. Not for a user interface's thread. No other call
 *              blocks.
 *   Callbacks  Never under a lock; never inside the call that was given them, log lines excepted; on a thread of the
 *              library's, log lines excepted, with at least 1 MiB of stack and asynchronous signals blocked but for
 *              those that garbage collectors stop threads with (real-time signals, SIGPWR, SIGXCPU). They return
 *              normally: no exception, no longjmp. They may call any function.
 *   user_data  Never looked at. Its destroy function comes exactly once, after the last callback returned, on any
 *              thread: also when the call failed, when a later setter replaces it, and, for options, when the options
 *              and everything made from them are gone.
 *   Free       Never waits, and may be called anywhere, also in a callback or a destroy function.
 *   Secrets    The library's own copies of a KS, token or token hash are wiped from memory when they are freed; none is
 *              in an error, a log line or a URL.
 *   fork       Sessions and errors go on working in a child process, and it can start sessions of its own.
 *   Signals    None is raised, SIGPIPE included, and none need be ignored.
 *   Versions   Within one KALTURA_ABI_VERSION functions and constants are added, never changed or taken away.
 */
#ifndef KALTURA_SESSION_H
#define KALTURA_SESSION_H

#include <stddef.h>
#include <stdint.h>

#define KALTURA_VERSION_MAJOR 0
#define KALTURA_VERSION_MINOR 1
#define KALTURA_VERSION_PATCH 0
#define KALTURA_VERSION "0.1.0"

/* What this header was made for, see kaltura_has_feature(). */
#define KALTURA_FEATURE_HTTP 1

/*
 * What compilers know more about, each empty where it is unknown. KALTURA_MUST_USE: the result is the caller's to
 * free or to look at. KALTURA_BLOCKS: blocks its thread; in Swift not to be called from async functions.
 * KALTURA_SENDABLE: in Swift, a closure that may run on any thread. KALTURA_ENUM, KALTURA_FLAG_ENUM: an open enum
 * with a fixed underlying type where the language has that, a typedef elsewhere; the ABI is int32_t or uint32_t
 * either way.
 */
#ifndef __has_attribute
#define __has_attribute(x) 0
#define KALTURA_UNDEF_HAS_ATTRIBUTE
#endif
#ifndef __has_extension
#define __has_extension(x) 0
#define KALTURA_UNDEF_HAS_EXTENSION
#endif
#if __has_attribute(swift_attr)
#define KALTURA_SENDABLE __attribute__((swift_attr("@Sendable")))
#define KALTURA_BLOCKS \
  __attribute__((swift_attr("@_unavailableFromAsync(message: \"blocks its thread; use the _async call\")")))
#else
#define KALTURA_SENDABLE
#define KALTURA_BLOCKS
#endif
#if __has_attribute(warn_unused_result)
#define KALTURA_MUST_USE __attribute__((warn_unused_result))
#else
#define KALTURA_MUST_USE
#endif
#if __has_attribute(enum_extensibility)
#define KALTURA_OPEN __attribute__((enum_extensibility(open)))
#else
#define KALTURA_OPEN
#endif
#if __has_attribute(flag_enum)
#define KALTURA_FLAGS __attribute__((flag_enum))
#else
#define KALTURA_FLAGS
#endif
#if (defined(__cplusplus) && __cplusplus >= 201103L) || (defined(__STDC_VERSION__) && __STDC_VERSION__ >= 202311L) || \
    (!defined(__cplusplus) && __has_extension(cxx_fixed_enum))
#define KALTURA_ENUM(type, name) \
  enum KALTURA_OPEN name : type; \
  typedef enum name name; \
  enum name : type
#define KALTURA_FLAG_ENUM(type, name) \
  enum KALTURA_OPEN KALTURA_FLAGS name : type; \
  typedef enum name name; \
  enum name : type
#else
#define KALTURA_ENUM(type, name) \
  typedef type name; \
  enum
#define KALTURA_FLAG_ENUM(type, name) \
  typedef type name; \
  enum
#endif
#ifdef KALTURA_UNDEF_HAS_ATTRIBUTE
#undef __has_attribute
#undef KALTURA_UNDEF_HAS_ATTRIBUTE
#endif
#ifdef KALTURA_UNDEF_HAS_EXTENSION
#undef __has_extension
#undef KALTURA_UNDEF_HAS_EXTENSION
#endif

#if defined(__clang__)
#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wunknown-warning-option"
#pragma clang diagnostic ignored "-Wc23-extensions"
#pragma clang diagnostic ignored "-Wfixed-enum-extension"
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* ---- Library ----------------------------------------------------------------------------------------------------- */

/**
 * Grows by one when a program built against an older header would not run with this library.
 */
#define KALTURA_ABI_VERSION 1

/**
 * The version of the library that is linked, for instance "0.1.0".
 *
 * @return a static string, never NULL
 *
 * Threads: any, concurrently.
 */
const char *kaltura_version(void);

/**
 * The ABI version of the library that is linked.
 *
 * A program that loads the library at run time compares it with KALTURA_ABI_VERSION of the header that it was built
 * with: they must be equal.
 *
 * @return the number, 1 or more
 *
 * Threads: any, concurrently.
 */
int32_t kaltura_abi_version(void);

/**
 * Whether the library that is linked was built with a feature.
 *
 * @param name  "http": carries requests itself; "ks-tools", "admin": what kaltura_session_server.h declares; others
 *              are unknown to this version
 * @return 1 if it was; 0 if not, or if `name` is NULL or unknown
 *
 * Threads: any, concurrently.
 */
int32_t kaltura_has_feature(const char *name);

/**
 * Wipes a string that the library gave away, then frees it.
 *
 * @param string  a `char *` that a call returned; NULL is fine
 *
 * Threads: any.
 */
void kaltura_free_string(char *string);

/* ---- Errors ------------------------------------------------------------------------------------------------------ */

/**
 * What became of a call.
 *
 * The numbers are stable and never reused; new ones may appear, so keep a default branch. Grouped by whose turn it
 * is, see kaltura_error_category(). docs/statuses.md lists each with its cause and what to do.
 */
KALTURA_ENUM(int32_t, kaltura_status) {
  /** The call succeeded. */
  KALTURA_STATUS_OK = 0,
  /** A value is outside its range; kaltura_error_option() names it. */
  KALTURA_STATUS_INVALID_ARGUMENT = 1,
  /** The handle is NULL or in a state in which this call means nothing. */
  KALTURA_STATUS_WRONG_STATE = 2,
  /** The caller's own cancellation, nothing else. */
  KALTURA_STATUS_CANCELLED = 3,
  /** A callback of the host's gave no usable answer. */
  KALTURA_STATUS_CALLBACK_FAILED = 4,
  /** The provider was shut down. */
  KALTURA_STATUS_SHUT_DOWN = 5,
  /** The user was switched while this call waited. */
  KALTURA_STATUS_SUPERSEDED = 6,
  /** The handle was made before fork() and is used in the child. */
  KALTURA_STATUS_AFTER_FORK = 7,
  /** The host name was not found. */
  KALTURA_STATUS_DNS = 20,
  /** No connection could be made. */
  KALTURA_STATUS_CONNECT = 21,
  /** The server's certificate is not trusted. */
  KALTURA_STATUS_CERTIFICATE = 22,
  /** The secure connection failed for another reason. */
  KALTURA_STATUS_TLS = 23,
  /** The proxy refused. */
  KALTURA_STATUS_PROXY = 24,
  /** The connection broke before the whole reply had come. */
  KALTURA_STATUS_CONNECTION_LOST = 25,
  /** No answer came in time. */
  KALTURA_STATUS_TIMEOUT = 26,
  /** An HTTP status that is not a success, and no error of Kaltura's inside. */
  KALTURA_STATUS_HTTP_STATUS = 40,
  /** The server wants another address; redirects are not followed. */
  KALTURA_STATUS_REDIRECT = 41,
  /** The reply is longer than 64 KiB. */
  KALTURA_STATUS_REPLY_TOO_LARGE = 42,
  /** The reply is not what the protocol allows. */
  KALTURA_STATUS_BAD_REPLY = 43,
  /** The server knows no such partner or widget: INVALID_WIDGET_ID. */
  KALTURA_STATUS_UNKNOWN_PARTNER = 60,
  /** Kaltura has blocked the account: SERVICE_FORBIDDEN_CONTENT_BLOCKED. */
  KALTURA_STATUS_PARTNER_BLOCKED = 61,
  /** The app token is unknown, deleted, or of another partner: APP_TOKEN_ID_NOT_FOUND. */
  KALTURA_STATUS_APP_TOKEN_NOT_FOUND = 62,
  /** The app token is disabled: APP_TOKEN_NOT_ACTIVE. */
  KALTURA_STATUS_APP_TOKEN_NOT_ACTIVE = 63,
  /** The app token has expired: APP_TOKEN_EXPIRED. */
  KALTURA_STATUS_APP_TOKEN_EXPIRED = 64,
  /** The token is wrong, or its hash type if one was named: INVALID_APP_TOKEN_HASH. */
  KALTURA_STATUS_APP_TOKEN_MISMATCH = 65,
  /** The server refused a KS: INVALID_KS; see kaltura_error_ks_reason(). */
  KALTURA_STATUS_INVALID_KS = 66,
  /** Access control refuses: SERVICE_FORBIDDEN and its kin. */
  KALTURA_STATUS_FORBIDDEN = 67,
  /** Too many requests: ACTION_BLOCKED, or HTTP 429. */
  KALTURA_STATUS_RATE_LIMITED = 68,
  /** The server failed inside: INTERNAL_SERVERL_ERROR and its kin. */
  KALTURA_STATUS_SERVER_FAILURE = 69,
  /** The KS had expired when it was given. */
  KALTURA_STATUS_DEAD_SESSION = 70,
  /** Any other error of the server's; see kaltura_error_api_code(). */
  KALTURA_STATUS_API = 79,
  /** No thread, descriptor or memory was to be had. */
  KALTURA_STATUS_RESOURCES = 90,
  /** A bug in this library. */
  KALTURA_STATUS_PANIC = 99,
};

/**
 * Whose turn it is after a failure.
 */
KALTURA_ENUM(int32_t, kaltura_category) {
  /** Nobody's: no failure. */
  KALTURA_CATEGORY_NONE = 0,
  /** The caller's: change the call. */
  KALTURA_CATEGORY_CALLER = 1,
  /** The network's: try again, elsewhere or later. */
  KALTURA_CATEGORY_NETWORK = 2,
  /** Whatever answered is not, or not now, a Kaltura server. */
  KALTURA_CATEGORY_REPLY = 3,
  /** The Kaltura account's: the server understood and refused. */
  KALTURA_CATEGORY_SERVER = 4,
  /** This library's or the process's own. */
  KALTURA_CATEGORY_LIBRARY = 5,
};

/**
 * Where in the flow something happened.
 */
KALTURA_ENUM(int32_t, kaltura_step) {
  /** Before the first request. */
  KALTURA_STEP_NONE = 0,
  /** session.startWidgetSession. */
  KALTURA_STEP_WIDGET_SESSION = 1,
  /** Computing the token hash. */
  KALTURA_STEP_TOKEN_HASH = 2,
  /** appToken.startSession. */
  KALTURA_STEP_START_SESSION = 3,
  /** session.end. */
  KALTURA_STEP_END_SESSION = 4,
};

/**
 * Why the server refused a KS; from the argument KSID of INVALID_KS.
 */
KALTURA_ENUM(int32_t, kaltura_ks_reason) {
  /** No KS was refused. */
  KALTURA_KS_REASON_NONE = 0,
  /** The server could not read it: damaged, of another server, or signed with another secret. */
  KALTURA_KS_REASON_UNREADABLE = 1,
  /** It has expired. */
  KALTURA_KS_REASON_EXPIRED = 2,
  /** It, or its app token's sessions, were ended. */
  KALTURA_KS_REASON_LOGOUT = 3,
  /** Its privilege actionslimit is used up. */
  KALTURA_KS_REASON_ACTIONS_LIMIT = 4,
  /** Its privilege iprestrict names another address. */
  KALTURA_KS_REASON_IP = 5,
  /** Its privilege urirestrict names another URI. */
  KALTURA_KS_REASON_URI = 6,
  /** A reason that this version does not know. */
  KALTURA_KS_REASON_OTHER = 7,
};

/**
 * Why a call failed. Immutable and reference-counted; it never holds a KS, a token or a token hash, so it may be
 * logged.
 */
typedef struct kaltura_error kaltura_error;

/**
 * What went wrong.
 *
 * @param error  NULL is fine
 * @return a KALTURA_STATUS value; KALTURA_STATUS_OK for NULL
 *
 * Threads: any, concurrently.
 */
kaltura_status kaltura_error_status(const kaltura_error *error);

/**
 * The name of a status, for a log.
 *
 * @param status  any number
 * @return a static string such as "KALTURA_STATUS_TIMEOUT", never NULL; "KALTURA_STATUS_UNKNOWN" for a number that
 *         this version does not know
 *
 * Threads: any, concurrently.
 */
const char *kaltura_status_name(kaltura_status status);

/**
 * Whose turn it is.
 *
 * @param error  NULL is fine
 * @return a KALTURA_CATEGORY value; KALTURA_CATEGORY_NONE for NULL
 *
 * Threads: any, concurrently.
 */
kaltura_category kaltura_error_category(const kaltura_error *error);

/**
 * Where in the flow it happened.
 *
 * @param error  NULL is fine
 * @return a KALTURA_STEP value; KALTURA_STEP_NONE for NULL, and before the first request
 *
 * Threads: any, concurrently.
 */
kaltura_step kaltura_error_step(const kaltura_error *error);

/**
 * What went wrong, in one line without secrets, for a log.
 *
 * @param error  NULL is fine
 * @return a string of the error's, never NULL; "" for NULL
 *
 * Threads: any, concurrently.
 */
const char *kaltura_error_message(const kaltura_error *error);

/**
 * What to do about it, in plain words, for whoever set up the app.
 *
 * @param error  NULL is fine
 * @return a string of the error's, never NULL; "" for NULL
 *
 * Threads: any, concurrently.
 */
const char *kaltura_error_hint(const kaltura_error *error);

/**
 * Which value was refused.
 *
 * @param error  NULL is fine
 * @return for KALTURA_STATUS_INVALID_ARGUMENT the name of the parameter, or of the option as its setter spells it,
 *         for instance "service_url"; a string of the error's; else NULL
 *
 * Threads: any, concurrently.
 */
const char *kaltura_error_option(const kaltura_error *error);

/**
 * The server's own code.
 *
 * @param error  NULL is fine
 * @return a string of the error's, for instance "INVALID_APP_TOKEN_HASH"; NULL if the server gave none
 *
 * Threads: any, concurrently.
 */
const char *kaltura_error_api_code(const kaltura_error *error);

/**
 * The server's own message, with everything that may be a secret redacted.
 *
 * @param error  NULL is fine
 * @return a string of the error's; NULL if the server gave none
 *
 * Threads: any, concurrently.
 */
const char *kaltura_error_api_message(const kaltura_error *error);

/**
 * The names of the arguments of the server's message, one by one.
 *
 * @param error  NULL is fine
 * @param index  from 0 on
 * @return a string of the error's; NULL past the end
 *
 * Threads: any, concurrently.
 */
const char *kaltura_error_api_arg_name(const kaltura_error *error,
                                       size_t index);

/**
 * An argument of the server's message, with everything that may be a secret redacted.
 *
 * @param error  NULL is fine
 * @param name   its name, for instance "ID"; NULL is fine
 * @return a string of the error's; NULL if there is no such argument
 *
 * Threads: any, concurrently.
 */
const char *kaltura_error_api_arg(const kaltura_error *error,
                                  const char *name);

/**
 * Why the server refused a KS.
 *
 * @param error  NULL is fine
 * @return a KALTURA_KS_REASON value; KALTURA_KS_REASON_NONE unless the status is KALTURA_STATUS_INVALID_KS
 *
 * Threads: any, concurrently.
 */
kaltura_ks_reason kaltura_error_ks_reason(const kaltura_error *error);

/**
 * The HTTP status of the reply that was the failure.
 *
 * @param error  NULL is fine
 * @return 100 to 599; 0 if no reply came, and for NULL
 *
 * Threads: any, concurrently.
 */
int32_t kaltura_error_http_status(const kaltura_error *error);

/**
 * Whether the same call may succeed later with nothing changed.
 *
 * @param error  NULL is fine
 * @return 1 if it may, else 0
 *
 * Threads: any, concurrently.
 */
int32_t kaltura_error_is_retryable(const kaltura_error *error);

/**
 * How long the server wants to be left alone.
 *
 * @param error  NULL is fine
 * @return milliseconds from when the error was made; 0 if the server named no time
 *
 * Threads: any, concurrently.
 */
int64_t kaltura_error_retry_after_ms(const kaltura_error *error);

/**
 * How many requests were sent. A connection at rest that turns out to be closed is replaced without counting.
 *
 * @param error  NULL is fine
 * @return 0 to 12
 *
 * Threads: any, concurrently.
 */
int32_t kaltura_error_attempts(const kaltura_error *error);

/**
 * The reply's X-Kaltura-Session, which names the server's log line: give it to Kaltura's support.
 *
 * @param error  NULL is fine
 * @return a string of the error's; NULL if there was none
 *
 * Threads: any, concurrently.
 */
const char *kaltura_error_server_session(const kaltura_error *error);

/**
 * The reply's X-Me, the name of the host that answered: give it to Kaltura's support.
 *
 * @param error  NULL is fine
 * @return a string of the error's; NULL if there was none
 *
 * Threads: any, concurrently.
 */
const char *kaltura_error_server_host(const kaltura_error *error);

/**
 * Takes another reference to an error, for another owner.
 *
 * @param error  NULL is fine
 * @return the same error, for kaltura_error_free(); NULL for NULL
 *
 * Threads: any, concurrently.
 */
kaltura_error *kaltura_error_retain(const kaltura_error *error);

/**
 * Lets go of one reference to an error.
 *
 * @param error  NULL is fine
 *
 * Threads: any, concurrently.
 */
void kaltura_error_free(kaltura_error *error);

/* ---- One call ---------------------------------------------------------------------------------------------------- */

/**
 * Exchanges an app token for a Kaltura Session (KS), whatever the token's hash type.
 *
 * Blocks while it sends two requests, and up to three more if the app token's hash type is not SHA256, over one
 * connection, for at most 15 seconds in all. Connections to one server are shared by all calls of a process. For a
 * user interface's thread see kaltura_provider_load_async(); for all settings, and what was granted,
 * kaltura_start_session().
 *
 * @param service_url   base address of the server, with or without /api_v3; https, or http on this machine; NULL for
 *                      https://www.kaltura.com
 * @param partner_id    the account, 1 or more
 * @param app_token_id  id of the app token, as appToken.add gave it, for instance "0_ab12cd34"
 * @param app_token     the app token, 32 hexadecimal digits
 * @param user_id       the user that the KS is for, in the host's own terms; NULL or "" for none. An app token that
 *                      names a user wins
 * @param[out] error    NULL on success, else what went wrong, for kaltura_error_free(); the pointer may be NULL
 * @return the KS, visible ASCII, for kaltura_free_string(); NULL on failure: any status but those of providers
 *
 * Threads: any, concurrently.
 *
 */
KALTURA_BLOCKS
KALTURA_MUST_USE
char *kaltura_generate_ks(const char *service_url,
                          int64_t partner_id,
                          const char *app_token_id,
                          const char *app_token,
                          const char *user_id,
                          kaltura_error **error);

/* ---- Cancellation ------------------------------------------------------------------------------------------------ */

/**
 * Ends the calls that it was given to. Made before the call, so that there is no moment without it; once cancelled
 * it stays so; one may serve many calls. It ends the caller's own call at once, never a refresh that others wait
 * for.
 */
typedef struct kaltura_cancellation kaltura_cancellation;

/**
 * Makes a cancellation.
 *
 * @return it, for kaltura_cancellation_free(); never NULL
 *
 * Threads: any, concurrently.
 */
KALTURA_MUST_USE
kaltura_cancellation *kaltura_cancellation_new(void);

/**
 * Cancels: every call that was given it, running or to come, ends with KALTURA_STATUS_CANCELLED. Does not block.
 *
 * @param cancellation  NULL is fine
 *
 * Threads: any, concurrently.
 */
void kaltura_cancellation_cancel(kaltura_cancellation *cancellation);

/**
 * Frees a cancellation without cancelling; calls that were given it and have begun go on.
 *
 * @param cancellation  NULL is fine
 *
 * Threads: any.
 */
void kaltura_cancellation_free(kaltura_cancellation *cancellation);

/* ---- Options ----------------------------------------------------------------------------------------------------- */

/**
 * With which function an app token is hashed; a property of the token, set by appToken.add.
 */
KALTURA_ENUM(int32_t, kaltura_hash_type) {
  /** Find it out: tries SHA256, SHA1, SHA512, MD5, at the cost of up to three more requests. */
  KALTURA_HASH_TYPE_AUTO = 0,
  /** MD5 */
  KALTURA_HASH_TYPE_MD5 = 1,
  /** SHA-1, the server's default for tokens that name none. */
  KALTURA_HASH_TYPE_SHA1 = 2,
  /** SHA-256, what Kaltura's guides use. */
  KALTURA_HASH_TYPE_SHA256 = 3,
  /** SHA-512 */
  KALTURA_HASH_TYPE_SHA512 = 4,
};

/**
 * What a session may do by its kind.
 */
KALTURA_ENUM(int32_t, kaltura_session_type) {
  /** Acts as its user. */
  KALTURA_SESSION_TYPE_USER = 0,
  /** Acts as an administrator of the account. */
  KALTURA_SESSION_TYPE_ADMIN = 2,
};

/**
 * What a session shall be, and how it is got.
 *
 * Only what must be said is a parameter of kaltura_options_new(); everything else has a setter and a default. A bad
 * value, here or in a setter, is kept and reported, by the name that its setter has, by the call that takes the
 * options; a later good value of the same setter clears it. Options are copied by whoever takes them. What is not
 * set is not asked for. A setter does nothing to NULL options.
 */
typedef struct kaltura_options kaltura_options;

/**
 * Called once, when the library lets go of `user_data`, which is what was given with it. On any thread, never under
 * a lock.
 */
typedef void (*kaltura_destroy_fn)(void *user_data);

/**
 * Makes options for one app token.
 *
 * @param partner_id    the account, 1 or more
 * @param app_token_id  id of the app token, for instance "0_ab12cd34"; copied
 * @param app_token     the app token, 32 hexadecimal digits; copied, and wiped with the options; NULL if a token
 *                      hash callback supplies the hash
 * @return the options, for kaltura_options_free(); never NULL
 *
 * Threads: any, concurrently.
 */
KALTURA_MUST_USE
kaltura_options *kaltura_options_new(int64_t partner_id,
                                     const char *app_token_id,
                                     const char *app_token);

/**
 * Frees options; what was made from them goes on.
 *
 * @param options  NULL is fine
 *
 * Threads: any, but not beside another call with the same options.
 */
void kaltura_options_free(kaltura_options *options);

/**
 * Where the server is.
 *
 * @param options  NULL does nothing
 * @param url      base address, with or without /api_v3, for instance "https://api.de.kaltura.com"; https, or http
 *                 for localhost, 127.x.x.x and [::1], or see kaltura_options_set_allow_http(); a path before /api_v3
 *                 is kept; copied; NULL for the default, https://www.kaltura.com. Refused: user info, a query, a
 *                 fragment
 *
 * Threads: one call at a time with the same options.
 */
void kaltura_options_set_service_url(kaltura_options *options,
                                     const char *url);

/**
 * Whether http is allowed to hosts other than this machine. It sends the session's secrets in clear.
 *
 * @param options  NULL does nothing
 * @param allow    0, the default, or anything else for yes
 *
 * Threads: one call at a time with the same options.
 */
void kaltura_options_set_allow_http(kaltura_options *options,
                                    int32_t allow);

/**
 * The app token's hash type. Named, it is used alone and saves requests.
 *
 * @param options    NULL does nothing
 * @param hash_type  a KALTURA_HASH_TYPE value, KALTURA_HASH_TYPE_AUTO by default
 *
 * Threads: one call at a time with the same options.
 */
void kaltura_options_set_hash_type(kaltura_options *options,
                                   kaltura_hash_type hash_type);

/**
 * The user that the session is for.
 *
 * @param options  NULL does nothing
 * @param user_id  in the host's own terms, any text without control characters but tab and line break; copied; NULL
 *                 or "" for none, the default. An app token that names a user wins, see
 *                 kaltura_session_adjustments()
 *
 * Threads: one call at a time with the same options.
 */
void kaltura_options_set_user_id(kaltura_options *options,
                                 const char *user_id);

/**
 * The type of the session. Unset, it is not asked for: the app token's own, else user.
 *
 * @param options       NULL does nothing
 * @param session_type  a KALTURA_SESSION_TYPE value; an app token that names one wins
 *
 * Threads: one call at a time with the same options.
 */
void kaltura_options_set_session_type(kaltura_options *options,
                                      kaltura_session_type session_type);

/**
 * How long the session shall live.
 *
 * @param options  NULL does nothing
 * @param seconds  from now, 0 or more; 0, the default, for as long as the app token allows. The server shortens what
 *                 is too long and says nothing, see kaltura_session_adjustments()
 *
 * Threads: one call at a time with the same options.
 */
void kaltura_options_set_expiry_seconds(kaltura_options *options,
                                        int64_t seconds);

/**
 * What the session may do beyond what the app token gives it.
 *
 * @param options     NULL does nothing
 * @param privileges  "name:value/value,name,..."; copied; NULL or "" for nothing, the default. The server drops what
 *                    it reserves or the token already names, see kaltura_session_dropped_privileges()
 *
 * Threads: one call at a time with the same options.
 */
void kaltura_options_set_privileges(kaltura_options *options,
                                    const char *privileges);

/**
 * The widget whose session begins the flow. Seldom needed: an account's own widget serves all its app tokens.
 *
 * @param options    NULL does nothing
 * @param widget_id  for instance "_101" or "0_ab12cd34"; copied; NULL for the default, "_" and the partner id
 *
 * Threads: one call at a time with the same options.
 */
void kaltura_options_set_widget_id(kaltura_options *options,
                                   const char *widget_id);

/**
 * How long the widget session that begins the flow shall live.
 *
 * @param options  NULL does nothing
 * @param seconds  0 or more; 0, the default, for the server's, a day. Up to 1200 it is asked for past the server's
 *                 cache, whose sessions may be ten minutes old: safer if token hashes could leak, and slower
 *
 * Threads: one call at a time with the same options.
 */
void kaltura_options_set_widget_expiry_seconds(kaltura_options *options,
                                               int64_t seconds);

/**
 * What the server writes into its log beside each request.
 *
 * @param options  NULL does nothing
 * @param tag      name and version of the app, at most 256 bytes; copied; NULL or "" for the library's own, the
 *                 default
 *
 * Threads: one call at a time with the same options.
 */
void kaltura_options_set_client_tag(kaltura_options *options,
                                    const char *tag);

/**
 * The time that a call may take, everything together: name look-up, connecting, all requests, pauses and callbacks.
 *
 * @param options  NULL does nothing
 * @param ms       milliseconds, 1 or more, 15,000 by default. One exchange may take half of what is left, but at
 *                 least 4,000 ms, so that one that hangs leaves time for another
 *
 * Threads: one call at a time with the same options.
 */
void kaltura_options_set_total_timeout_ms(kaltura_options *options,
                                          int64_t ms);

/**
 * How often one request is sent at most, if the network or the server fails.
 *
 * @param options   NULL does nothing
 * @param attempts  1 or more, 3 by default. No call sends more than 12 requests in all
 *
 * Threads: one call at a time with the same options.
 */
void kaltura_options_set_max_attempts(kaltura_options *options,
                                      int32_t attempts);

/* ---- Options: how the server is reached -------------------------------------------------------------------------- */

/**
 * Which certificate authorities are trusted.
 */
KALTURA_ENUM(int32_t, kaltura_trust) {
  /** Those of the operating system, and what kaltura_options_add_ca_pem() adds. */
  KALTURA_TRUST_SYSTEM = 0,
  /** Mozilla's, as they were when the library was built, and what kaltura_options_add_ca_pem() adds. */
  KALTURA_TRUST_BUNDLED = 1,
  /** What kaltura_options_add_ca_pem() adds, nothing else. */
  KALTURA_TRUST_CUSTOM_ONLY = 2,
};

/**
 * The time that a connection may take to come about, within the total.
 *
 * @param options  NULL does nothing
 * @param ms       milliseconds, 1 or more, 5,000 by default
 *
 * Threads: one call at a time with the same options.
 */
void kaltura_options_set_connect_timeout_ms(kaltura_options *options,
                                            int64_t ms);

/**
 * The proxy that carries the connection, by CONNECT.
 *
 * @param options  NULL does nothing
 * @param url      "http://[user:password@]host[:port]"; "" for none at all; copied; NULL, the default, for what the
 *                 environment says (https_proxy or http_proxy, all_proxy, no_proxy, as curl reads them), which never
 *                 applies to this machine
 *
 * Threads: one call at a time with the same options.
 */
void kaltura_options_set_proxy_url(kaltura_options *options,
                                   const char *url);

/**
 * Which certificate authorities are trusted.
 *
 * @param options  NULL does nothing
 * @param trust    a KALTURA_TRUST value, KALTURA_TRUST_SYSTEM by default
 *
 * Threads: one call at a time with the same options.
 */
void kaltura_options_set_trust(kaltura_options *options,
                               kaltura_trust trust);

/**
 * Trusts more certificate authorities, for instance a company's or a test server's. May be called several times.
 *
 * @param options  NULL does nothing
 * @param pem      the text of a PEM file, not its path, with one certificate or more; copied
 *
 * Threads: one call at a time with the same options.
 */
void kaltura_options_add_ca_pem(kaltura_options *options,
                                const char *pem);

/**
 * Pins public keys: once one is added, only certificate chains that hold one of them are accepted, on top of all
 * other checks: the server's own key, or that of an authority which it sends along and which signed for it. May be
 * called several times; give at least two, one of them kept in reserve.
 *
 * @param options  NULL does nothing
 * @param base64   base64 of the SHA-256 of a SubjectPublicKeyInfo, 44 characters, with or without "sha256/" before
 *                 it; copied
 *
 * Threads: one call at a time with the same options.
 */
void kaltura_options_add_pin_spki_sha256(kaltura_options *options,
                                         const char *base64);

/* ---- Options: token hash callback -------------------------------------------------------------------------------- */

/**
 * A widget KS that waits for its token hash.
 */
typedef struct kaltura_hashing kaltura_hashing;

/**
 * Is asked for a token hash, on a thread of the library's.
 *
 * It takes `hashing` over: answer with kaltura_hashing_reply() or kaltura_hashing_fail(), at once or later, from any
 * thread, then free it. It may be called again before it returned, on another thread.
 */
typedef void (*kaltura_token_hash_fn)(void *user_data,
                                      kaltura_hashing *hashing);

/**
 * Called once, when nobody waits for the answer any more.
 */
typedef void (*kaltura_cancel_fn)(void *user_data);

/**
 * Leaves the token hash to the host, so that the app token may stay on a backend; the options have no app token
 * then.
 *
 * @param options    NULL does nothing but destroy `user_data`
 * @param callback   is asked for each token hash; not NULL
 * @param user_data  passed to `callback`, never looked at
 * @param destroy    called with `user_data` when the options and everything made from them are gone, or when this
 *                   setter replaces it; NULL for nothing
 *
 * Threads: one call at a time with the same options.
 */
void kaltura_options_set_token_hash(kaltura_options *options,
                                    kaltura_token_hash_fn KALTURA_SENDABLE callback,
                                    void *user_data,
                                    kaltura_destroy_fn KALTURA_SENDABLE destroy);

/**
 * The KS to hash: the answer is hex(H(this, then the app token)), both exactly as they are.
 *
 * @param hashing  NULL is fine
 * @return a string of the hashing's; "" for NULL
 *
 * Threads: any, concurrently.
 */
const char *kaltura_hashing_widget_ks(const kaltura_hashing *hashing);

/**
 * How long the answer is still waited for.
 *
 * @param hashing  NULL is fine
 * @return milliseconds; 0 when it is too late, and for NULL
 *
 * Threads: any, concurrently.
 */
int64_t kaltura_hashing_timeout_ms(const kaltura_hashing *hashing);

/**
 * Has a function called when nobody waits for the answer any more, at once if it is so already; so that a request to
 * a backend can be given up.
 *
 * @param hashing    NULL does nothing but destroy `user_data`
 * @param callback   called at most once, on any thread; NULL does nothing
 * @param user_data  passed to `callback`, never looked at
 * @param destroy    called with `user_data` exactly once, after `callback` if that is called; NULL for nothing
 *
 * Threads: any, concurrently.
 */
void kaltura_hashing_on_cancel(const kaltura_hashing *hashing,
                               kaltura_cancel_fn KALTURA_SENDABLE callback,
                               void *user_data,
                               kaltura_destroy_fn KALTURA_SENDABLE destroy);

/**
 * Answers. Only the first answer counts; later and late ones do nothing.
 *
 * @param hashing  NULL does nothing
 * @param hash     32, 40, 64 or 128 hexadecimal digits in any case, whose number tells the hash type; copied.
 *                 Anything else, NULL included, fails the call with KALTURA_STATUS_CALLBACK_FAILED
 *
 * Threads: any, concurrently.
 */
void kaltura_hashing_reply(const kaltura_hashing *hashing,
                           const char *hash);

/**
 * Says that there will be no hash: the call fails with KALTURA_STATUS_CALLBACK_FAILED.
 *
 * @param hashing  NULL does nothing
 * @param message  why, in one line, for the error's message; copied; NULL is fine
 *
 * Threads: any, concurrently.
 */
void kaltura_hashing_fail(const kaltura_hashing *hashing,
                          const char *message);

/**
 * Frees a hashing, once. Unanswered, it has failed.
 *
 * @param hashing  NULL is fine
 *
 * Threads: any, but not beside another call with the same hashing.
 */
void kaltura_hashing_free(kaltura_hashing *hashing);

/* ---- Options: log ------------------------------------------------------------------------------------------------ */

/**
 * How much a log line matters.
 */
KALTURA_ENUM(int32_t, kaltura_log_level) {
  /** A call failed. */
  KALTURA_LOG_LEVEL_ERROR = 1,
  /** Something that will surprise somebody later. */
  KALTURA_LOG_LEVEL_WARN = 2,
  /** What was decided. */
  KALTURA_LOG_LEVEL_INFO = 3,
  /** Every request. */
  KALTURA_LOG_LEVEL_DEBUG = 4,
};

/**
 * Takes a log line. It never holds a KS, a token or a token hash, nor the user id.
 *
 * `line` is one line without a line break, valid until the function returns.
 */
typedef void (*kaltura_log_fn)(void *user_data,
                               kaltura_log_level level,
                               const char *line);

/**
 * Has log lines handed to the host.
 *
 * @param options    NULL does nothing but destroy `user_data`
 * @param max_level  a KALTURA_LOG_LEVEL value: lines beyond it are not made
 * @param callback   takes each line, on the thread of the call or one of the library's, perhaps on several at a
 *                   time; NULL for no log, the default
 * @param user_data  passed to `callback`, never looked at
 * @param destroy    called with `user_data` when the options and everything made from them are gone, or when this
 *                   setter replaces it; NULL for nothing
 *
 * Threads: one call at a time with the same options.
 */
void kaltura_options_set_log(kaltura_options *options,
                             kaltura_log_level max_level,
                             kaltura_log_fn KALTURA_SENDABLE callback,
                             void *user_data,
                             kaltura_destroy_fn KALTURA_SENDABLE destroy);

/* ---- Options: providers ------------------------------------------------------------------------------------------ */

/**
 * What a store's load function fills.
 */
typedef struct kaltura_blob kaltura_blob;

/**
 * Looks up what was saved under a key, and passes it to kaltura_blob_set(); if there is nothing, it does not.
 */
typedef void (*kaltura_store_load_fn)(void *user_data,
                                      const char *key,
                                      kaltura_blob *blob);

/**
 * Saves a blob under a key, in place of what was there. It holds secrets: a Keychain or Keystore is the place for
 * it. Returns 1, or 0 if it could not, which is logged.
 */
typedef int32_t (*kaltura_store_save_fn)(void *user_data,
                                         const char *key,
                                         const uint8_t *bytes,
                                         size_t length);

/**
 * Forgets what was saved under a key. Returns 1, or 0 if it could not, which is logged.
 */
typedef int32_t (*kaltura_store_clear_fn)(void *user_data,
                                          const char *key);

/**
 * When a provider refreshes its session, counted back from its end.
 *
 * @param options    NULL does nothing
 * @param advisory   seconds, 0 or more: from here on a refresh runs in the background, and loads give the current
 *                   session at once; 0, the default, for 20 % of the session's life, at most 600, give or take 10 %
 *                   of that; never more than half of the life
 * @param mandatory  seconds, 0 or more: from here on loads wait for the refresh, and give the current session if it
 *                   fails; 0, the default, for 5 % of the life, at most 60; never more than a quarter of the life,
 *                   nor than `advisory`
 *
 * Threads: one call at a time with the same options.
 */
void kaltura_options_set_refresh_windows_seconds(kaltura_options *options,
                                                 int64_t advisory,
                                                 int64_t mandatory);

/**
 * Lets a provider keep its session between runs of the app, in a Keychain, a Keystore or a file: one opaque blob for
 * each key. A key is ASCII, at most 64 bytes, opaque too: it stands for server, partner, app token, user and what
 * was asked for. A blob that is foreign, damaged or too old is ignored. The functions are called on the thread of a
 * refresh or of the call that changed something, one at a time.
 *
 * @param options    NULL does nothing but destroy `user_data`
 * @param load       looks a blob up, once for each user, when a session is first asked for; not NULL
 * @param save       saves a blob; not NULL
 * @param clear      forgets a blob; not NULL
 * @param user_data  passed to all three, never looked at
 * @param destroy    called with `user_data` when the options and everything made from them are gone, or when this
 *                   setter replaces it; NULL for nothing
 *
 * Threads: one call at a time with the same options.
 */
void kaltura_options_set_store(kaltura_options *options,
                               kaltura_store_load_fn KALTURA_SENDABLE load,
                               kaltura_store_save_fn KALTURA_SENDABLE save,
                               kaltura_store_clear_fn KALTURA_SENDABLE clear,
                               void *user_data,
                               kaltura_destroy_fn KALTURA_SENDABLE destroy);

/**
 * Gives a provider what was saved.
 *
 * @param blob    of the load function, only while that runs; NULL does nothing
 * @param bytes   what the save function was given; copied; NULL for nothing
 * @param length  how many
 *
 * Threads: that of the load function.
 */
void kaltura_blob_set(kaltura_blob *blob,
                      const uint8_t *bytes,
                      size_t length);

/* ---- Sessions ---------------------------------------------------------------------------------------------------- */

/**
 * In what a session differs from what was asked for. What was not asked for is never an adjustment.
 */
KALTURA_FLAG_ENUM(uint32_t, kaltura_adjustment) {
  /** The app token names another user. */
  KALTURA_ADJUSTMENT_USER_REPLACED = 1,
  /** The app token names another type. */
  KALTURA_ADJUSTMENT_TYPE_REPLACED = 2,
  /** The session ends earlier. */
  KALTURA_ADJUSTMENT_EXPIRY_SHORTENED = 4,
  /** Privileges are missing; see kaltura_session_dropped_privileges(). */
  KALTURA_ADJUSTMENT_PRIVILEGES_DROPPED = 8,
};

/**
 * A Kaltura Session, as granted and not as asked for. Immutable and reference-counted; its KS is wiped with the last
 * reference.
 */
typedef struct kaltura_session kaltura_session;

/**
 * The KS: what every other call to Kaltura wants. Send it in the body of a request, not in a URL.
 *
 * @param session  NULL is fine
 * @return a string of the session's, visible ASCII, wiped with it; "" for NULL
 *
 * Threads: any, concurrently.
 */
const char *kaltura_session_ks(const kaltura_session *session);

/**
 * The account it is for.
 *
 * @param session  NULL is fine
 * @return the partner id; 0 for NULL
 *
 * Threads: any, concurrently.
 */
int64_t kaltura_session_partner_id(const kaltura_session *session);

/**
 * The user it is for, as granted.
 *
 * @param session  NULL is fine
 * @return a string of the session's, never NULL; "" for no user, and for NULL
 *
 * Threads: any, concurrently.
 */
const char *kaltura_session_user_id(const kaltura_session *session);

/**
 * Its type, as granted.
 *
 * @param session  NULL is fine
 * @return a KALTURA_SESSION_TYPE value; KALTURA_SESSION_TYPE_USER for NULL
 *
 * Threads: any, concurrently.
 */
kaltura_session_type kaltura_session_granted_type(const kaltura_session *session);

/**
 * What it may do, as granted.
 *
 * @param session  NULL is fine
 * @return "name:value/value,name,..." as the server lists it; a string of the session's, never NULL; "" for NULL
 *
 * Threads: any, concurrently.
 */
const char *kaltura_session_privileges(const kaltura_session *session);

/**
 * Which of the privileges that were asked for it lacks: later calls that need them are refused.
 *
 * @param session  NULL is fine
 * @return "name:value/value,name,..."; a string of the session's, never NULL; "" for none, and for NULL
 *
 * Threads: any, concurrently.
 */
const char *kaltura_session_dropped_privileges(const kaltura_session *session);

/**
 * In what it differs from what was asked for. The server adjusts without a word.
 *
 * @param session  NULL is fine
 * @return KALTURA_ADJUSTMENT flags; 0 for none, and for NULL
 *
 * Threads: any, concurrently.
 */
kaltura_adjustment kaltura_session_adjustments(const kaltura_session *session);

/**
 * The hash type that the app token has: name it in the options, and save requests.
 *
 * @param session  NULL is fine
 * @return a KALTURA_HASH_TYPE value; KALTURA_HASH_TYPE_AUTO if it is not known, and for NULL
 *
 * Threads: any, concurrently.
 */
kaltura_hash_type kaltura_session_hash_type(const kaltura_session *session);

/**
 * When it ends, on the server's clock, which may differ from the device's.
 *
 * @param session  NULL is fine
 * @return Unix time in seconds; 0 for NULL
 *
 * Threads: any, concurrently.
 */
int64_t kaltura_session_expires_at_seconds(const kaltura_session *session);

/**
 * How long it still lives. Right on a device with a wrong date, and after the device slept.
 *
 * @param session  NULL is fine
 * @return milliseconds; 0 at its end, and for NULL
 *
 * Threads: any, concurrently.
 */
int64_t kaltura_session_remaining_ms(const kaltura_session *session);

/**
 * Takes another reference to a session, for another owner.
 *
 * @param session  NULL is fine
 * @return the same session, for kaltura_session_free(); NULL for NULL
 *
 * Threads: any, concurrently.
 */
kaltura_session *kaltura_session_retain(const kaltura_session *session);

/**
 * Lets go of one reference to a session; the last one wipes the KS.
 *
 * @param session  NULL is fine
 *
 * Threads: any, concurrently.
 */
void kaltura_session_free(kaltura_session *session);

/* ---- Starting a session ------------------------------------------------------------------------------------------ */

/**
 * Starts a session.
 *
 * Blocks while it sends two requests, and up to three more if the app token's hash type is neither SHA256 nor named,
 * over one connection, for the total timeout at most. Connections to one server are shared by all calls of a process
 * whose options for it are equal.
 *
 * @param options       what it shall be; not NULL; copied
 * @param cancellation  ends the call from another thread; NULL if nobody shall
 * @param[out] error    NULL on success, else what went wrong, for kaltura_error_free(); the pointer may be NULL
 * @return the session, for kaltura_session_free(); NULL on failure: any status but those of providers
 *
 * Threads: any, concurrently.
 *
 */
KALTURA_BLOCKS
KALTURA_MUST_USE
kaltura_session *kaltura_start_session(const kaltura_options *options,
                                       const kaltura_cancellation *cancellation,
                                       kaltura_error **error);

/* ---- Providers: a valid KS, always at hand ----------------------------------------------------------------------- */

/**
 * What to do about an error of another call to the server.
 */
KALTURA_ENUM(int32_t, kaltura_advice) {
  /** The session is not to blame. */
  KALTURA_ADVICE_NOT_A_SESSION_PROBLEM = 0,
  /** Load again, then repeat the call, once. */
  KALTURA_ADVICE_REFRESH_AND_RETRY = 1,
  /** A new session would be refused as well. */
  KALTURA_ADVICE_GIVE_UP = 2,
};

/**
 * What kaltura_provider_end_session() is to end.
 */
KALTURA_FLAG_ENUM(uint32_t, kaltura_end) {
  /** Every session of the app token, on whatever device, and every later one too: there is nothing less that the
   * server could do. For some time, or for good, the app token is dead. */
  KALTURA_END_ALL_SESSIONS_OF_APP_TOKEN = 1,
};

/**
 * Keeps a valid session at hand for as long as an app runs, whatever number of threads ask for it.
 *
 * The states of its session, and what kaltura_provider_load() does in each:
 *
 *   NONE       None yet, dropped, or dead. A refresh runs, one for all; every load waits for it, and gets the
 *              session or the error that it brings. After an error loads get that error again, without a request,
 *              until a pause is over: some seconds, two minutes if the app token is wrong. Then, or when it
 *              succeeded: -> FRESH.
 *   FRESH      Loads get the session at once. When the advisory window begins: -> ADVISORY.
 *   ADVISORY   Loads get the session at once; the first one starts a refresh in the background. When that succeeds:
 *              -> FRESH. When it fails, it is tried again after a pause, on a later load. When the mandatory window
 *              begins: -> MANDATORY.
 *   MANDATORY  Loads wait for the refresh. When it succeeds: -> FRESH. When it fails, they get the session that they
 *              have, for it lives. At its end: -> NONE.
 *
 * A living session is never withheld for an error, and a dead one never given. Lives are counted by the server's
 * time, and go on while the device sleeps. kaltura_provider_invalidate() and kaltura_provider_report_error() drop a
 * session (-> NONE), kaltura_provider_set_user_id() drops whatever is the old user's, kaltura_provider_end_session()
 * and kaltura_provider_shutdown() end it all.
 *
 * Nothing is refreshed on a timer: an app that asks for nothing sends nothing. A refresh costs one request on the
 * connection of the last, if that is less than 15 seconds old, while the widget session lives, which is a day by
 * default; else two. Refreshes run on threads of the library's, as do callbacks.
 */
typedef struct kaltura_provider kaltura_provider;

/**
 * Takes what a load brought. Exactly one of `session` and `error` is not NULL, and is the function's to free.
 */
typedef void (*kaltura_load_fn)(void *user_data,
                                kaltura_session *session,
                                kaltura_error *error);

/**
 * Takes how an end of sessions went: `error` is NULL if it went well, else the function's to free.
 */
typedef void (*kaltura_done_fn)(void *user_data,
                                kaltura_error *error);

/**
 * Makes a provider. It sends nothing and starts no thread before it is asked for a session.
 *
 * @param options     what its sessions shall be; not NULL; copied
 * @param[out] error  NULL on success, else what went wrong, for kaltura_error_free(); the pointer may be NULL
 * @return the provider, for kaltura_provider_free(); NULL on failure: KALTURA_STATUS_INVALID_ARGUMENT,
 *         KALTURA_STATUS_CERTIFICATE, KALTURA_STATUS_RESOURCES
 *
 * Threads: any, concurrently.
 */
KALTURA_MUST_USE
kaltura_provider *kaltura_provider_new(const kaltura_options *options,
                                       kaltura_error **error);

/**
 * Where its server is.
 *
 * @param provider  NULL is fine
 * @return the base address, for instance "https://www.kaltura.com"; a string of the provider's; "" for NULL
 *
 * Threads: any, concurrently.
 */
const char *kaltura_provider_service_url(const kaltura_provider *provider);

/**
 * Whose sessions it keeps.
 *
 * @param provider  NULL is fine
 * @return the partner id; 0 for NULL
 *
 * Threads: any, concurrently.
 */
int64_t kaltura_provider_partner_id(const kaltura_provider *provider);

/**
 * A valid session.
 *
 * Returns at once while the cached one is fresh, and in its advisory window, where a refresh begins in the
 * background. Else it blocks until a refresh has landed that all callers share, for the total timeout at most. A
 * refresh costs one request while the widget session lives, which is a day by default, else two.
 *
 * @param provider      not NULL
 * @param cancellation  ends this call from another thread, but not the refresh that others wait for; NULL if nobody
 *                      shall
 * @param[out] error    NULL on success, else what went wrong, for kaltura_error_free(); the pointer may be NULL
 * @return the session, for kaltura_session_free(); NULL on failure, never while a session lives: any status. After a
 *         failure the same error is given for some seconds without another request, see
 *         kaltura_error_retry_after_ms()
 *
 * Threads: any, concurrently. In a callback that carries a refresh it gives KALTURA_STATUS_WRONG_STATE instead of
 * waiting for itself.
 *
 */
KALTURA_BLOCKS
KALTURA_MUST_USE
kaltura_session *kaltura_provider_load(kaltura_provider *provider,
                                       const kaltura_cancellation *cancellation,
                                       kaltura_error **error);

/**
 * The cached session, if one lives. No network, no wait for it.
 *
 * @param provider  NULL is fine
 * @return the session, for kaltura_session_free(); NULL if there is none, and for NULL
 *
 * Threads: any, concurrently.
 */
KALTURA_MUST_USE
kaltura_session *kaltura_provider_peek(kaltura_provider *provider);

/**
 * Starts a refresh in the background, if there is no session or it is due; for instance when the app comes to the
 * front.
 *
 * @param provider  NULL does nothing
 *
 * Threads: any, concurrently.
 */
void kaltura_provider_prefetch(kaltura_provider *provider);

/**
 * As kaltura_provider_load(), without blocking.
 *
 * @param provider      not NULL
 * @param cancellation  completes this call at once, with KALTURA_STATUS_CANCELLED, unless it is completed already;
 *                      NULL if nobody shall
 * @param callback      takes what the load brought, exactly once, on the provider's delivery thread, never inside
 *                      this call; in the order of the calls where one event answers several. Not NULL. It may call
 *                      every function, kaltura_provider_free() included; other completions wait while it runs
 * @param user_data     passed to `callback`, never looked at
 * @param destroy       called with `user_data` exactly once, after `callback`, on the same thread; NULL for nothing
 * @param[out] error    NULL on success, else what went wrong, for kaltura_error_free(); the pointer may be NULL
 * @return 1: `callback` will come. 0: it never will, and `destroy` came already: KALTURA_STATUS_INVALID_ARGUMENT,
 *         KALTURA_STATUS_SHUT_DOWN, KALTURA_STATUS_RESOURCES, KALTURA_STATUS_AFTER_FORK
 *
 * Threads: any, concurrently.
 */
KALTURA_MUST_USE
int32_t kaltura_provider_load_async(kaltura_provider *provider,
                                    const kaltura_cancellation *cancellation,
                                    kaltura_load_fn KALTURA_SENDABLE callback,
                                    void *user_data,
                                    kaltura_destroy_fn KALTURA_SENDABLE destroy,
                                    kaltura_error **error);

/**
 * Drops a session, so that the next load brings another. Local: nothing is sent; for a user's log-out pass NULL.
 *
 * @param provider  NULL does nothing
 * @param ks        the KS to drop, if it is still the current one; NULL for whatever there is or is being fetched,
 *                  and what the store holds
 *
 * Threads: any, concurrently. When it has returned, nobody is given that session any more.
 */
void kaltura_provider_invalidate(kaltura_provider *provider,
                                 const char *ks);

/**
 * What to do about an error that another call to the server gave for a KS of this provider.
 *
 * A KS that the server refuses as expired, ended or unreadable is dropped, if it is still the current one; any
 * number of threads may report it, at the cost of one refresh. If its replacement is refused within a minute as
 * well, refreshing does not help.
 *
 * @param provider  NULL is fine
 * @param ks        the KS that was sent; not NULL
 * @param api_code  the error's code, for instance "INVALID_KS"; not NULL
 * @param ksid      the error's argument KSID; NULL if it is not known
 * @return a KALTURA_ADVICE value; KALTURA_ADVICE_NOT_A_SESSION_PROBLEM for any code but INVALID_KS, and for NULL
 *
 * Threads: any, concurrently. It never blocks and never calls out.
 */
kaltura_advice kaltura_provider_report_error(kaltura_provider *provider,
                                             const char *ks,
                                             const char *api_code,
                                             const char *ksid);

/**
 * Switches the user: when it has returned, no load gives a session of the old one, and loads that wait for one end
 * with KALTURA_STATUS_SUPERSEDED. The same user again changes nothing.
 *
 * @param provider    not NULL
 * @param user_id     any text without control characters; copied; NULL or "" for none
 * @param[out] error  NULL on success, else what went wrong, for kaltura_error_free(); the pointer may be NULL
 * @return 1; 0 on failure: KALTURA_STATUS_INVALID_ARGUMENT, after which the old user is gone all the same and loads
 *         say so, KALTURA_STATUS_SHUT_DOWN, KALTURA_STATUS_AFTER_FORK
 *
 * Threads: any, concurrently. It does not block.
 */
int32_t kaltura_provider_set_user_id(kaltura_provider *provider,
                                     const char *user_id,
                                     kaltura_error **error);

/**
 * Ends the sessions of the app token at the server, and drops the provider's.
 *
 * Blocks while it sends one request, for the total timeout at most. The server ends **every** session of the app
 * token, on whatever device, later ones included: to log a user out use kaltura_provider_invalidate() with NULL.
 * After a success loads give KALTURA_STATUS_INVALID_KS with KALTURA_KS_REASON_LOGOUT.
 *
 * @param provider      not NULL
 * @param flags         KALTURA_END_ALL_SESSIONS_OF_APP_TOKEN: says that this is meant
 * @param cancellation  ends the call from another thread; NULL if nobody shall
 * @param[out] error    NULL on success, else what went wrong, for kaltura_error_free(); the pointer may be NULL
 * @return 1; 0 on failure: KALTURA_STATUS_INVALID_ARGUMENT without the flag, KALTURA_STATUS_WRONG_STATE if no
 *         session lives, or any other; the session is dropped here in any other case
 *
 * Threads: any, concurrently.
 *
 */
KALTURA_BLOCKS
int32_t kaltura_provider_end_session(kaltura_provider *provider,
                                     kaltura_end flags,
                                     const kaltura_cancellation *cancellation,
                                     kaltura_error **error);

/**
 * As kaltura_provider_end_session(), without blocking.
 *
 * @param provider      not NULL
 * @param flags         KALTURA_END_ALL_SESSIONS_OF_APP_TOKEN
 * @param cancellation  ends it from another thread; NULL if nobody shall
 * @param callback      takes how it went, exactly once, on the provider's delivery thread; not NULL
 * @param user_data     passed to `callback`, never looked at
 * @param destroy       called with `user_data` exactly once, after `callback`, on the same thread; NULL for nothing
 * @param[out] error    NULL on success, else what went wrong, for kaltura_error_free(); the pointer may be NULL
 * @return 1: `callback` will come. 0: it never will, and `destroy` came already: KALTURA_STATUS_INVALID_ARGUMENT,
 *         KALTURA_STATUS_WRONG_STATE, KALTURA_STATUS_SHUT_DOWN, KALTURA_STATUS_RESOURCES, KALTURA_STATUS_AFTER_FORK
 *
 * Threads: any, concurrently.
 */
KALTURA_MUST_USE
int32_t kaltura_provider_end_session_async(kaltura_provider *provider,
                                           kaltura_end flags,
                                           const kaltura_cancellation *cancellation,
                                           kaltura_done_fn KALTURA_SENDABLE callback,
                                           void *user_data,
                                           kaltura_destroy_fn KALTURA_SENDABLE destroy,
                                           kaltura_error **error);

/**
 * Interrupts what is under way, in whatever phase: whoever waits is told KALTURA_STATUS_SHUT_DOWN, and so is every
 * later call. Does not wait.
 *
 * @param provider  NULL does nothing
 *
 * Threads: any, concurrently; from anywhere.
 */
void kaltura_provider_shutdown(kaltura_provider *provider);

/**
 * Waits, after kaltura_provider_shutdown(), until no thread and no callback of the provider's runs any more. Needed
 * only before the library or the code of callbacks is unloaded, or a runtime ends that callbacks use.
 *
 * @param provider    NULL is fine
 * @param timeout_ms  how long to wait at most, in milliseconds, 0 or more
 * @return 1 when nothing runs any more, and for NULL; 0 if the time was up, before kaltura_provider_shutdown(), in a
 *         callback, and in a forked child
 *
 * Threads: any, concurrently; not in a callback.
 *
 */
KALTURA_BLOCKS
int32_t kaltura_provider_drain(kaltura_provider *provider,
                               int64_t timeout_ms);

/**
 * Shuts a provider down and lets go of it. Never waits; callbacks that are still owed come, with
 * KALTURA_STATUS_SHUT_DOWN. Sessions that it gave go on living.
 *
 * @param provider  NULL is fine
 *
 * Threads: any; from anywhere, also in a callback. Calls that run meanwhile end.
 */
void kaltura_provider_free(kaltura_provider *provider);

/* ---- Host-carried HTTP: a transport for sessions and providers --------------------------------------------------- */

/**
 * A request that waits for its reply. It may outlive the call, the provider and its time limit.
 */
typedef struct kaltura_exchange kaltura_exchange;

/**
 * Is given a request to send, on a thread of the library's.
 *
 * It takes `exchange` over: answer with kaltura_exchange_reply() or kaltura_exchange_fail(), at once or later, from
 * any thread, then free it. It may be called again before it returned, on another thread. It may block: a call that
 * waits for the answer ends in time all the same.
 */
typedef void (*kaltura_send_fn)(void *user_data,
                                kaltura_exchange *exchange);

/**
 * Has the host carry the requests of sessions and providers over its own network stack: its proxy, its certificates,
 * its metrics. What is set about how the server is reached, connect timeout, proxy and trust, is the host's then.
 *
 * Each is a POST with `Content-Type: application/json` to the byte: with a charset behind it the server ignores the
 * body. Follow no redirects; use no cookies and no cache.
 *
 * @param options    NULL does nothing but destroy `user_data`
 * @param callback   is given each request; not NULL
 * @param user_data  passed to `callback`, never looked at
 * @param destroy    called with `user_data` when the options and everything made from them are gone, or when this
 *                   setter replaces it; NULL for nothing
 *
 * Threads: one call at a time with the same options.
 */
void kaltura_options_set_transport(kaltura_options *options,
                                   kaltura_send_fn KALTURA_SENDABLE callback,
                                   void *user_data,
                                   kaltura_destroy_fn KALTURA_SENDABLE destroy);

/**
 * Where the request goes; it holds no secret.
 *
 * @param exchange  NULL is fine
 * @return an absolute URL, ASCII; a string of the exchange's; "" for NULL
 *
 * Threads: any, concurrently.
 */
const char *kaltura_exchange_url(const kaltura_exchange *exchange);

/**
 * What is sent: JSON in UTF-8, with secrets inside.
 *
 * @param exchange  NULL is fine
 * @return a string of the exchange's, wiped with it; "" for NULL
 *
 * Threads: any, concurrently.
 */
const char *kaltura_exchange_body(const kaltura_exchange *exchange);

/**
 * The length of what is sent.
 *
 * @param exchange  NULL is fine
 * @return bytes, without the NUL; 0 for NULL
 *
 * Threads: any, concurrently.
 */
size_t kaltura_exchange_body_length(const kaltura_exchange *exchange);

/**
 * How long the reply is still waited for: the time limit for the host's request.
 *
 * @param exchange  NULL is fine
 * @return milliseconds; 0 when it is too late, and for NULL
 *
 * Threads: any, concurrently.
 */
int64_t kaltura_exchange_timeout_ms(const kaltura_exchange *exchange);

/**
 * Whether nobody waits for the reply any more.
 *
 * @param exchange  NULL is fine
 * @return 1 if so, and for NULL; else 0
 *
 * Threads: any, concurrently.
 */
int32_t kaltura_exchange_is_cancelled(const kaltura_exchange *exchange);

/**
 * Has a function called when nobody waits for the reply any more, at once if it is so already; so that the host can
 * give its request up.
 *
 * @param exchange   NULL does nothing but destroy `user_data`
 * @param callback   called at most once, on any thread; NULL does nothing
 * @param user_data  passed to `callback`, never looked at
 * @param destroy    called with `user_data` exactly once, after `callback` if that is called; NULL for nothing
 *
 * Threads: any, concurrently.
 */
void kaltura_exchange_on_cancel(const kaltura_exchange *exchange,
                                kaltura_cancel_fn KALTURA_SENDABLE callback,
                                void *user_data,
                                kaltura_destroy_fn KALTURA_SENDABLE destroy);

/**
 * Passes a header of the reply on, before kaltura_exchange_reply(). Those that mean something are Date, Age,
 * Retry-After, Location, X-Kaltura, X-Kaltura-App, X-Kaltura-Session, X-Kaltura-API-Access-Control and X-Me; all
 * others are let go.
 * Without Date and X-Kaltura-Session the life of the session depends on the device's date.
 *
 * @param exchange  NULL does nothing
 * @param name      in any case; copied; NULL does nothing
 * @param value     copied; NULL does nothing
 *
 * Threads: any, concurrently.
 */
void kaltura_exchange_add_header(const kaltura_exchange *exchange,
                                 const char *name,
                                 const char *value);

/**
 * Answers with an HTTP reply, whatever its status. Only the first answer counts; later and late ones do nothing.
 *
 * @param exchange     NULL does nothing
 * @param http_status  100 to 599; any other number is KALTURA_STATUS_HTTP_STATUS
 * @param body         the body as it came, decompressed if it was compressed; any bytes; copied; NULL for none
 * @param length       how many bytes; beyond 64 KiB it is KALTURA_STATUS_REPLY_TOO_LARGE
 *
 * Threads: any, concurrently.
 */
void kaltura_exchange_reply(const kaltura_exchange *exchange,
                            int32_t http_status,
                            const uint8_t *body,
                            size_t length);

/**
 * Says that there will be no reply. Only the first answer counts; later and late ones do nothing.
 *
 * @param exchange  NULL does nothing
 * @param status    a KALTURA_STATUS value from KALTURA_STATUS_DNS to KALTURA_STATUS_TIMEOUT, or
 *                  KALTURA_STATUS_REPLY_TOO_LARGE, KALTURA_STATUS_CANCELLED, or KALTURA_STATUS_BAD_REPLY for what
 *                  is no HTTP; any other number counts as KALTURA_STATUS_CONNECTION_LOST
 * @param message   what happened, in one line, for the error's message; copied; NULL is fine
 *
 * Threads: any, concurrently.
 */
void kaltura_exchange_fail(const kaltura_exchange *exchange,
                           kaltura_status status,
                           const char *message);

/**
 * Frees an exchange, once. Unanswered, its connection was lost.
 *
 * @param exchange  NULL is fine
 *
 * Threads: any, but not beside another call with the same exchange.
 */
void kaltura_exchange_free(kaltura_exchange *exchange);

/* ---- Host-carried HTTP: the flow in steps ------------------------------------------------------------------------ */

/**
 * What a flow wants to have done. The set is closed.
 */
KALTURA_ENUM(int32_t, kaltura_flow_action) {
  /** Send a request. */
  KALTURA_FLOW_ACTION_SEND = 1,
  /** Have a widget KS hashed. */
  KALTURA_FLOW_ACTION_HASH = 2,
  /** Wait. */
  KALTURA_FLOW_ACTION_WAIT = 3,
  /** Take the session. */
  KALTURA_FLOW_ACTION_DONE = 4,
  /** Take the error. */
  KALTURA_FLOW_ACTION_FAILED = 5,
};

/**
 * The flow from app token to session, in steps that the host takes: no socket, no thread, no callback but the log's.
 *
 * Step, do what the step says, tell the flow what came of it, step again:
 *
 *   SEND    POST kaltura_flow_body() to kaltura_flow_url(), with `Content-Type: application/json` to the byte, within
 *           kaltura_flow_timeout_ms(); no redirects, no cookies, no cache. Then kaltura_flow_add_header() for each
 *           header of the reply and kaltura_flow_reply(), or kaltura_flow_fail().
 *   HASH    Only if the options have no app token: have kaltura_flow_widget_ks() hashed. Then
 *           kaltura_flow_set_token_hash(), or kaltura_flow_fail().
 *   WAIT    Nothing, for kaltura_flow_wait_ms().
 *   DONE    kaltura_flow_take_session().
 *   FAILED  kaltura_flow_take_error().
 *
 * What is sent, how often, with which hash type, and what becomes of it, is as with kaltura_start_session(). The total
 * timeout begins with the first step. A call that does not fit leaves the flow as it was, and answers 0 or FAILED with
 * KALTURA_STATUS_WRONG_STATE.
 */
typedef struct kaltura_flow kaltura_flow;

/**
 * Makes a flow.
 *
 * @param options     what the session shall be; not NULL; copied. Without an app token the flow asks for the token
 *                    hash by a step. Not used: transport, token hash callback, store, and how the server is reached
 * @param[out] error  NULL on success, else what went wrong, for kaltura_error_free(); the pointer may be NULL
 * @return the flow, for kaltura_flow_free(); NULL on failure: KALTURA_STATUS_INVALID_ARGUMENT
 *
 * Threads: any, concurrently.
 */
KALTURA_MUST_USE
kaltura_flow *kaltura_flow_new(const kaltura_options *options,
                               kaltura_error **error);

/**
 * Goes on.
 *
 * @param flow  NULL is answered with KALTURA_FLOW_ACTION_FAILED
 * @return a KALTURA_FLOW_ACTION value: what to do next. Out of turn, as when a reply is owed, it is
 *         KALTURA_FLOW_ACTION_FAILED with KALTURA_STATUS_WRONG_STATE
 *
 * Threads: one call at a time with the same flow.
 */
kaltura_flow_action kaltura_flow_step(kaltura_flow *flow);

/**
 * Where the request goes; it holds no secret.
 *
 * @param flow  NULL is fine
 * @return after SEND an absolute URL, ASCII; a string of the flow's, until the next call that changes it; else ""
 *
 * Threads: one call at a time with the same flow.
 */
const char *kaltura_flow_url(const kaltura_flow *flow);

/**
 * What to send: JSON in UTF-8, with secrets inside.
 *
 * @param flow  NULL is fine
 * @return after SEND a string of the flow's, until the next call that changes it; else ""
 *
 * Threads: one call at a time with the same flow.
 */
const char *kaltura_flow_body(const kaltura_flow *flow);

/**
 * The length of what to send.
 *
 * @param flow  NULL is fine
 * @return after SEND bytes, without the NUL; else 0
 *
 * Threads: one call at a time with the same flow.
 */
size_t kaltura_flow_body_length(const kaltura_flow *flow);

/**
 * The time limit of what was asked for.
 *
 * @param flow  NULL is fine
 * @return after SEND and HASH milliseconds from the step, at least 1; else 0
 *
 * Threads: one call at a time with the same flow.
 */
int64_t kaltura_flow_timeout_ms(const kaltura_flow *flow);

/**
 * How long to wait before the next step.
 *
 * @param flow  NULL is fine
 * @return after WAIT milliseconds from the step, 0 or more; else 0
 *
 * Threads: one call at a time with the same flow.
 */
int64_t kaltura_flow_wait_ms(const kaltura_flow *flow);

/**
 * The KS to hash: the answer is hex(H(this, then the app token)), both exactly as they are.
 *
 * @param flow  NULL is fine
 * @return after HASH a string of the flow's, until the next call that changes it; else ""
 *
 * Threads: one call at a time with the same flow.
 */
const char *kaltura_flow_widget_ks(const kaltura_flow *flow);

/**
 * Passes a header of the reply on, before kaltura_flow_reply(). Those that mean something are Date, Age, Retry-After,
 * Location, X-Kaltura, X-Kaltura-App, X-Kaltura-Session, X-Kaltura-API-Access-Control and X-Me; all others are let
 * go.
 * Without Date and X-Kaltura-Session the life of the session depends on the device's date.
 *
 * @param flow   NULL does nothing
 * @param name   in any case; copied; NULL does nothing
 * @param value  copied; NULL does nothing
 *
 * Threads: one call at a time with the same flow.
 */
void kaltura_flow_add_header(kaltura_flow *flow,
                             const char *name,
                             const char *value);

/**
 * Hands the reply to SEND over, whatever its HTTP status.
 *
 * @param flow         NULL is answered with 0
 * @param http_status  100 to 599; any other number is KALTURA_STATUS_HTTP_STATUS
 * @param body         the body as it came, decompressed if it was compressed; any bytes; copied; NULL for none
 * @param length       how many bytes; beyond 64 KiB it is KALTURA_STATUS_REPLY_TOO_LARGE
 * @return 1; 0 if no reply is owed: KALTURA_STATUS_WRONG_STATE, for kaltura_flow_take_error()
 *
 * Threads: one call at a time with the same flow.
 */
int32_t kaltura_flow_reply(kaltura_flow *flow,
                           int32_t http_status,
                           const uint8_t *body,
                           size_t length);

/**
 * Says that no reply, or no token hash, will come. KALTURA_STATUS_CANCELLED ends the flow at any time.
 *
 * @param flow     NULL is answered with 0
 * @param status   after SEND a KALTURA_STATUS value from KALTURA_STATUS_DNS to KALTURA_STATUS_TIMEOUT, or
 *                 KALTURA_STATUS_REPLY_TOO_LARGE, KALTURA_STATUS_CANCELLED, or KALTURA_STATUS_BAD_REPLY for what is
 *                 no HTTP; any other number counts as KALTURA_STATUS_CONNECTION_LOST. After HASH
 *                 KALTURA_STATUS_TIMEOUT or KALTURA_STATUS_CANCELLED; any other number counts as
 *                 KALTURA_STATUS_CALLBACK_FAILED
 * @param message  what happened, in one line, for the error's message; copied; NULL is fine
 * @return 1; 0 if nothing is owed: KALTURA_STATUS_WRONG_STATE, for kaltura_flow_take_error()
 *
 * Threads: one call at a time with the same flow.
 */
int32_t kaltura_flow_fail(kaltura_flow *flow,
                          kaltura_status status,
                          const char *message);

/**
 * Answers HASH.
 *
 * @param flow  NULL is answered with 0
 * @param hash  hex(H(widget KS, then the app token)): 32, 40, 64 or 128 hexadecimal digits in any case, whose number
 *              tells the hash type; copied. Anything else, NULL included, fails the flow with
 *              KALTURA_STATUS_CALLBACK_FAILED
 * @return 1; 0 if no hash is owed: KALTURA_STATUS_WRONG_STATE, for kaltura_flow_take_error()
 *
 * Threads: one call at a time with the same flow.
 */
int32_t kaltura_flow_set_token_hash(kaltura_flow *flow,
                                    const char *hash);

/**
 * Takes the session, once.
 *
 * @param flow  NULL is fine
 * @return after DONE the session, for kaltura_session_free(); else NULL
 *
 * Threads: one call at a time with the same flow.
 */
KALTURA_MUST_USE
kaltura_session *kaltura_flow_take_session(kaltura_flow *flow);

/**
 * Takes the error, once. How the flow failed is kept until it is taken, whatever is called out of turn after that.
 *
 * @param flow  NULL is answered with KALTURA_STATUS_INVALID_ARGUMENT
 * @return after FAILED, or a 0, the error, for kaltura_error_free(); else NULL
 *
 * Threads: one call at a time with the same flow.
 */
KALTURA_MUST_USE
kaltura_error *kaltura_flow_take_error(kaltura_flow *flow);

/**
 * What the next flow of the same app token may know: the widget session, the hash type, recent refusals. It saves that
 * one a request or more. It holds secrets, and it fits this server, partner, app token and widget alone.
 *
 * @param flow      NULL is fine
 * @param bytes     filled if `capacity` suffices, else untouched; NULL to ask for the length
 * @param capacity  how many bytes there is room for
 * @return the length of the memory, a few kilobytes at most; 0 for NULL
 *
 * Threads: one call at a time with the same flow.
 */
size_t kaltura_flow_memory(const kaltura_flow *flow,
                           uint8_t *bytes,
                           size_t capacity);

/**
 * Gives a flow what an earlier one left, before the first step.
 *
 * @param flow    NULL is answered with 0
 * @param bytes   what kaltura_flow_memory() gave; copied; NULL for nothing
 * @param length  how many
 * @return 1; 0 if it is foreign or damaged, or if the flow has begun: nothing has changed then
 *
 * Threads: one call at a time with the same flow.
 */
int32_t kaltura_flow_set_memory(kaltura_flow *flow,
                                const uint8_t *bytes,
                                size_t length);

/**
 * Frees a flow, in whatever state.
 *
 * @param flow  NULL is fine
 *
 * Threads: any, but not beside another call with the same flow.
 */
void kaltura_flow_free(kaltura_flow *flow);

/* ---- Android ----------------------------------------------------------------------------------------------------- */

#if defined(__ANDROID__)
/**
 * Introduces the library to Android's own certificate verifier, which it asks through Java. Once in a process, before
 * the first session: until then a server whose certificate only the system could trust gives
 * KALTURA_STATUS_CERTIFICATE. The app has the Java class that does the asking from the AAR of the crate
 * rustls-platform-verifier-android.
 *
 * @param env         the `JNIEnv *` of this thread; not NULL
 * @param context     the app's android.content.Context, a `jobject`; not NULL; the library keeps a reference of its own
 * @param[out] error  NULL on success, else what went wrong, for kaltura_error_free(); the pointer may be NULL
 * @return 1; 0 on failure: KALTURA_STATUS_INVALID_ARGUMENT, KALTURA_STATUS_CERTIFICATE
 *
 * Threads: any that is attached to the virtual machine, concurrently. A second call does nothing.
 */
int32_t kaltura_android_init(void *env,
                             void *context,
                             kaltura_error **error);
#endif

#ifdef __cplusplus
}
#endif

#if defined(__clang__)
#pragma clang diagnostic pop
#endif

#endif /* KALTURA_SESSION_H */

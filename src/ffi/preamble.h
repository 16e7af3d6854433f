/*
 * kaltura_session.h - turns a Kaltura app token into a Kaltura Session (KS) and keeps a valid KS at hand.
 *
 * Version @VERSION@. Licence: MIT OR Apache-2.0. Generated from src/ffi: edit there, then run `make header`.
 *
 *   @EXAMPLE@
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

#define KALTURA_VERSION_MAJOR @MAJOR@
#define KALTURA_VERSION_MINOR @MINOR@
#define KALTURA_VERSION_PATCH @PATCH@
#define KALTURA_VERSION "@VERSION@"

/* What this header was made for, see kaltura_has_feature(). */
#define KALTURA_FEATURE_HTTP @HTTP@

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

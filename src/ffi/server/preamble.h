/*
 * kaltura_session_server.h - for servers and tools: signs and reads Kaltura Sessions, makes and deletes app tokens.
 *
 * Version @VERSION@. Licence: MIT OR Apache-2.0. Generated from src/ffi/server: edit there, then run `make header`.
 *
 * What is here needs an account's admin secret, or a session of an administrator: whoever has that can do everything to
 * the account. It belongs on servers, never in an app. So it is in a library of its own, libkaltura_session_server,
 * which holds all of libkaltura_session too: link one of the two. The conventions are those of kaltura_session.h.
 */
#ifndef KALTURA_SESSION_SERVER_H
#define KALTURA_SESSION_SERVER_H

#include "kaltura_session.h"

#if defined(__clang__)
#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wunknown-warning-option"
#pragma clang diagnostic ignored "-Wc23-extensions"
#pragma clang diagnostic ignored "-Wfixed-enum-extension"
#endif

#ifdef __cplusplus
extern "C" {
#endif

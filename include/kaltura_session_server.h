/*
 * kaltura_session_server.h - for servers and tools: signs and reads Kaltura Sessions, makes and deletes app tokens.
 *
 * Version 0.1.0. Licence: MIT OR Apache-2.0. Generated from src/ffi/server: edit there, then run `make header`.
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

/* ---- Privileges -------------------------------------------------------------------------------------------------- */

/**
 * A list of privileges, "name:value/value,name,...", to be put together or taken apart.
 *
 * Nothing can be escaped: a comma ends a privilege, a slash a value, the first colon the name. Names that occur again
 * add their values to the first. The value "*" stands for all.
 */
typedef struct kaltura_privileges kaltura_privileges;

/**
 * Takes a list of privileges apart, or begins an empty one. Blanks around privileges are dropped.
 *
 * @param list        "name:value/value,name,..."; NULL or "" for none
 * @param[out] error  NULL on success, else what went wrong, for kaltura_error_free(); the pointer may be NULL
 * @return the list, for kaltura_privileges_free(); NULL on failure: KALTURA_STATUS_INVALID_ARGUMENT for what is not
 *         UTF-8
 *
 * Threads: any, concurrently.
 */
KALTURA_MUST_USE
kaltura_privileges *kaltura_privileges_new(const char *list,
                                           kaltura_error **error);

/**
 * Adds a privilege, or a value to the one of that name.
 *
 * @param privileges  not NULL
 * @param name        without commas, colons, blanks around it and control characters; not NULL, not empty
 * @param value       "*" for all; several have slashes between them; no commas, no control characters; NULL or "" for
 *                    a privilege without values
 * @param[out] error  NULL on success, else what went wrong, for kaltura_error_free(); the pointer may be NULL
 * @return 1; 0 on failure: KALTURA_STATUS_INVALID_ARGUMENT
 *
 * Threads: one call at a time with the same list.
 */
int32_t kaltura_privileges_add(kaltura_privileges *privileges,
                               const char *name,
                               const char *value,
                               kaltura_error **error);

/**
 * The whole list, as kaltura_ks_sign() and kaltura_options_set_privileges() take it.
 *
 * @param privileges  NULL is fine
 * @return a string of the list's, which lives until something is added; "" for NULL
 *
 * Threads: any, but not beside kaltura_privileges_add() with the same list.
 */
const char *kaltura_privileges_text(const kaltura_privileges *privileges);

/**
 * How many names there are.
 *
 * @param privileges  NULL is fine
 * @return the number; 0 for NULL
 *
 * Threads: any, but not beside kaltura_privileges_add() with the same list.
 */
size_t kaltura_privileges_count(const kaltura_privileges *privileges);

/**
 * The names, one by one.
 *
 * @param privileges  NULL is fine
 * @param index       from 0 on, in the order of the list
 * @return a string of the list's, which lives until something is added; NULL past the end
 *
 * Threads: any, but not beside kaltura_privileges_add() with the same list.
 */
const char *kaltura_privileges_name(const kaltura_privileges *privileges,
                                    size_t index);

/**
 * The values of the names, one by one.
 *
 * @param privileges  NULL is fine
 * @param index       from 0 on, in the order of the list
 * @return the values with slashes between them, "" if there are none; a string of the list's, which lives until
 *         something is added; NULL past the end
 *
 * Threads: any, but not beside kaltura_privileges_add() with the same list.
 */
const char *kaltura_privileges_values(const kaltura_privileges *privileges,
                                      size_t index);

/**
 * Whether the list grants something: by a value, by "*" among the values of a name, or by the privilege "*".
 *
 * @param privileges  NULL is fine
 * @param name        for instance "edit"; NULL is fine
 * @param value       for instance an entry id; NULL is fine
 * @return 1 if it does, else 0
 *
 * Threads: any, but not beside kaltura_privileges_add() with the same list.
 */
int32_t kaltura_privileges_allow(const kaltura_privileges *privileges,
                                 const char *name,
                                 const char *value);

/**
 * Frees a list.
 *
 * @param privileges  NULL is fine
 *
 * Threads: any, but not beside another call with the same list.
 */
void kaltura_privileges_free(kaltura_privileges *privileges);

/* ---- KSs: signed and read without a server ----------------------------------------------------------------------- */

/**
 * What came of reading a KS.
 */
KALTURA_ENUM(int32_t, kaltura_verdict) {
  /** No secret was given: what it shows is not proven. */
  KALTURA_VERDICT_UNVERIFIED = 0,
  /** A secret fits, and it lives by this machine's clock. Whether it was ended only the server knows. */
  KALTURA_VERDICT_VALID = 1,
  /** A secret fits, but it has expired by this machine's clock. */
  KALTURA_VERDICT_EXPIRED = 2,
  /** It is not base64, or empty: something was lost or added on its way. */
  KALTURA_VERDICT_BAD_ENCODING = 3,
  /** It is neither of version 1 nor of version 2, or no KS at all. */
  KALTURA_VERDICT_UNKNOWN_VERSION = 4,
  /** No secret fits: it is another account's or server's. Of version 1, whose signature tells no more, also one that
   * was changed. */
  KALTURA_VERDICT_WRONG_SECRET = 5,
  /** It was changed or cut after it was signed. */
  KALTURA_VERDICT_TAMPERED = 6,
  /** Its signature fits or could fit, but the server cannot read what is inside. */
  KALTURA_VERDICT_MALFORMED = 7,
};

/**
 * What a KS says, as far as it could be read. Immutable; it holds no secret and not the KS itself.
 */
typedef struct kaltura_ks kaltura_ks;

/**
 * Signs a KS with an account's admin secret, as the server does. No network.
 *
 * The clock of this machine decides when it ends. Privileges are tidied: blanks around them go, and values of equal
 * names are joined, of which version 2 would keep the last alone. What the server would read otherwise than it is given
 * is refused: a semicolon in version 1; in version 2 a privilege whose name has a dot, a blank, a bracket, or that of a
 * field ("_e", "_t", "_u", "_m", "_d"). With the privilege "downloadasset" the end is rounded up to five minutes, and
 * equal calls give equal KSs of version 2.
 *
 * @param version         2, encrypted, which every account since 2012 has; or 1, readable by everybody
 * @param partner_id      the account, 1 or more
 * @param secret          its admin secret, as the KMC shows it; the user secret signs nothing. Not NULL
 * @param user_id         the user that the KS is for; NULL or "" for none
 * @param session_type    a KALTURA_SESSION_TYPE value
 * @param expiry_seconds  how long it shall live from now, 1 or more. The account's own limit does not count here
 * @param privileges      "name:value/value,name,...", see kaltura_privileges_new(); "*" for all; NULL or "" for none
 * @param[out] error      NULL on success, else what went wrong, for kaltura_error_free(); the pointer may be NULL
 * @return the KS, visible ASCII, for kaltura_free_string(); NULL on failure: KALTURA_STATUS_INVALID_ARGUMENT,
 *         KALTURA_STATUS_RESOURCES
 *
 * Threads: any, concurrently.
 */
KALTURA_MUST_USE
char *kaltura_ks_sign(int32_t version,
                      int64_t partner_id,
                      const char *secret,
                      const char *user_id,
                      kaltura_session_type session_type,
                      int64_t expiry_seconds,
                      const char *privileges,
                      kaltura_error **error);

/**
 * Reads a KS. No network: whether it was ended, the server alone knows, see kaltura_ks_check().
 *
 * @param ks            the KS; not NULL
 * @param secrets       admin secrets of the account, each of which may have signed it; NULL for none: then only what it
 *                      shows to everybody is told, which of version 2 is its account and of version 1 everything, and
 *                      nothing is proven
 * @param secret_count  how many; each string is not NULL
 * @param[out] error    NULL on success, else what went wrong, for kaltura_error_free(); the pointer may be NULL
 * @return what it says, for kaltura_ks_free(), also of one that is not good: see kaltura_ks_verdict(). NULL on failure:
 *         KALTURA_STATUS_INVALID_ARGUMENT
 *
 * Threads: any, concurrently.
 */
KALTURA_MUST_USE
kaltura_ks *kaltura_ks_read(const char *ks,
                            const char *const *secrets,
                            size_t secret_count,
                            kaltura_error **error);

/**
 * Whether it is good.
 *
 * @param ks  NULL is fine
 * @return a KALTURA_VERDICT value; KALTURA_VERDICT_BAD_ENCODING for NULL
 *
 * Threads: any, concurrently.
 */
kaltura_verdict kaltura_ks_verdict(const kaltura_ks *ks);

/**
 * Its version.
 *
 * @param ks  NULL is fine
 * @return 1 or 2; 0 if it is neither, and for NULL
 *
 * Threads: any, concurrently.
 */
int32_t kaltura_ks_version(const kaltura_ks *ks);

/**
 * The account it is for. Version 2 does not sign it: where accounts share a secret, it can be swapped.
 *
 * @param ks  NULL is fine
 * @return the partner id; 0 if it shows none, and for NULL
 *
 * Threads: any, concurrently.
 */
int64_t kaltura_ks_partner_id(const kaltura_ks *ks);

/**
 * Which of the secrets fits.
 *
 * @param ks  NULL is fine
 * @return its index, from 0 on; -1 if none does, and for NULL
 *
 * Threads: any, concurrently.
 */
int64_t kaltura_ks_secret_index(const kaltura_ks *ks);

/**
 * The user it is for.
 *
 * @param ks  NULL is fine
 * @return a string of the handle's, "" for nobody; NULL if it says none or could not be read, and for NULL
 *
 * Threads: any, concurrently.
 */
const char *kaltura_ks_user_id(const kaltura_ks *ks);

/**
 * What kind it is.
 *
 * @param ks  NULL is fine
 * @return a KALTURA_SESSION_TYPE value: the server counts any type from 1 on as admin; -1 if it could not be read, and
 *         for NULL
 *
 * Threads: any, concurrently.
 */
kaltura_session_type kaltura_ks_session_type(const kaltura_ks *ks);

/**
 * When it ends.
 *
 * @param ks  NULL is fine
 * @return Unix seconds; 0 if it could not be read, and for NULL
 *
 * Threads: any, concurrently.
 */
int64_t kaltura_ks_expires_at_seconds(const kaltura_ks *ks);

/**
 * What it may do.
 *
 * @param ks  NULL is fine
 * @return "name:value/value,name,...", a string of the handle's, for kaltura_privileges_new(); NULL if it says none or
 *         could not be read, and for NULL
 *
 * Threads: any, concurrently.
 */
const char *kaltura_ks_privileges(const kaltura_ks *ks);

/**
 * The account that impersonates the one it is for.
 *
 * @param ks  NULL is fine
 * @return a string of the handle's; NULL or "" if there is none; NULL if it could not be read, and for NULL
 *
 * Threads: any, concurrently.
 */
const char *kaltura_ks_master_partner_id(const kaltura_ks *ks);

/**
 * Free text that it carries.
 *
 * @param ks  NULL is fine
 * @return a string of the handle's; NULL or "" if there is none; NULL if it could not be read, and for NULL
 *
 * Threads: any, concurrently.
 */
const char *kaltura_ks_additional_data(const kaltura_ks *ks);

/**
 * The signature, by which the server knows it once it is ended.
 *
 * @param ks  NULL is fine
 * @return 40 hexadecimal digits, a string of the handle's; NULL if it could not be read, and for NULL
 *
 * Threads: any, concurrently.
 */
const char *kaltura_ks_hash(const kaltura_ks *ks);

/**
 * What it has in common with every KS of the same app token: once that is ended, all of them are.
 *
 * @param ks  NULL is fine
 * @return 40 hexadecimal digits, a string of the handle's; NULL without a privilege "sessionid", and for NULL
 *
 * Threads: any, concurrently.
 */
const char *kaltura_ks_session_id_hash(const kaltura_ks *ks);

/**
 * Whether it is a widget session, which anybody may have: of type user, for nobody, with the privilege "widget:1".
 *
 * @param ks  NULL is fine
 * @return 1 if it is, else 0
 *
 * Threads: any, concurrently.
 */
int32_t kaltura_ks_is_widget_session(const kaltura_ks *ks);

/**
 * Frees what was read.
 *
 * @param ks  NULL is fine
 *
 * Threads: any, but not beside another call with the same handle.
 */
void kaltura_ks_free(kaltura_ks *ks);

/* ---- Administrators ---------------------------------------------------------------------------------------------- */

/**
 * An administrator of an account. Immutable; its secrets are wiped when it is freed.
 */
typedef struct kaltura_admin kaltura_admin;

/**
 * An administrator with a session that somebody started, of type admin.
 *
 * @param options     for the account and how its server is reached, made by kaltura_options_new() with the partner id
 *                    and NULL twice; service URL, timeouts, authorities, proxy, transport and client tag count, and
 *                    nothing else; not NULL; copied
 * @param ks          the KS; not NULL; copied
 * @param[out] error  NULL on success, else what went wrong, for kaltura_error_free(); the pointer may be NULL
 * @return the administrator, for kaltura_admin_free(); NULL on failure: KALTURA_STATUS_INVALID_ARGUMENT
 *
 * Threads: any, concurrently.
 */
KALTURA_MUST_USE
kaltura_admin *kaltura_admin_new(const kaltura_options *options,
                                 const char *ks,
                                 kaltura_error **error);

/**
 * An administrator with the account's admin secret. It signs a session of an hour for each request, by the clock of
 * this machine; the secret itself is never sent.
 *
 * @param options     as for kaltura_admin_new()
 * @param secret      the admin secret; not NULL; copied
 * @param user_id     the user that the server notes beside what is done; copied; NULL or "" for none
 * @param[out] error  NULL on success, else what went wrong, for kaltura_error_free(); the pointer may be NULL
 * @return the administrator, for kaltura_admin_free(); NULL on failure: KALTURA_STATUS_INVALID_ARGUMENT,
 *         KALTURA_STATUS_RESOURCES
 *
 * Threads: any, concurrently.
 */
KALTURA_MUST_USE
kaltura_admin *kaltura_admin_new_with_secret(const kaltura_options *options,
                                             const char *secret,
                                             const char *user_id,
                                             kaltura_error **error);

/**
 * Frees an administrator.
 *
 * @param admin  NULL is fine
 *
 * Threads: any, but not beside another call with the same administrator.
 */
void kaltura_admin_free(kaltura_admin *admin);

/**
 * Asks the server whether it takes a KS, of whatever type: system.ping, the cheapest call there is.
 *
 * Blocks while it sends one request, for the total timeout at most. It uses up one action of a KS with the privilege
 * "actionslimit".
 *
 * @param options       as for kaltura_admin_new()
 * @param ks            the KS; not NULL
 * @param cancellation  ends the call from another thread; NULL if nobody shall
 * @param[out] error    NULL on success, else what went wrong, for kaltura_error_free(); the pointer may be NULL
 * @return 1 if it does; 0 on failure: KALTURA_STATUS_INVALID_KS if it does not, see kaltura_error_ks_reason(), or any
 *         other
 *
 * Threads: any, concurrently.
 *
 */
KALTURA_BLOCKS
int32_t kaltura_ks_check(const kaltura_options *options,
                         const char *ks,
                         const kaltura_cancellation *cancellation,
                         kaltura_error **error);

/* ---- App tokens: what one shall be ------------------------------------------------------------------------------- */

/**
 * What an app token shall be. A bad value is kept and reported by the call that takes the fields. A setter does nothing
 * to NULL.
 */
typedef struct kaltura_app_token_fields kaltura_app_token_fields;

/**
 * Makes fields of which none is set: the server's choice for kaltura_app_token_add(), no change for
 * kaltura_app_token_update().
 *
 * @return the fields, for kaltura_app_token_fields_free(); never NULL
 *
 * Threads: any, concurrently.
 */
KALTURA_MUST_USE
kaltura_app_token_fields *kaltura_app_token_fields_new(void);

/**
 * Frees fields.
 *
 * @param fields  NULL is fine
 *
 * Threads: any, but not beside another call with the same fields.
 */
void kaltura_app_token_fields_free(kaltura_app_token_fields *fields);

/**
 * How the token is hashed.
 *
 * @param fields     NULL does nothing
 * @param hash_type  a KALTURA_HASH_TYPE value; KALTURA_HASH_TYPE_AUTO, the default, is SHA256 for a new token and no
 *                   change for another
 *
 * Threads: one call at a time with the same fields.
 */
void kaltura_app_token_fields_set_hash_type(kaltura_app_token_fields *fields,
                                            kaltura_hash_type hash_type);

/**
 * When the token ends, and with it the last of its sessions. Unset, never.
 *
 * @param fields   NULL does nothing
 * @param seconds  from the server's now, 1 to 315,360,000, which is ten years. Not 0: the server takes that for now
 *
 * Threads: one call at a time with the same fields.
 */
void kaltura_app_token_fields_set_expires_in_seconds(kaltura_app_token_fields *fields,
                                                     int64_t seconds);

/**
 * The same as a point in time; what was set last counts.
 *
 * @param fields   NULL does nothing
 * @param seconds  Unix seconds, after 1980: the server counts smaller numbers from now on
 *
 * Threads: one call at a time with the same fields.
 */
void kaltura_app_token_fields_set_expires_at_seconds(kaltura_app_token_fields *fields,
                                                     int64_t seconds);

/**
 * The type of the token's sessions, whatever is asked for. Unset, whoever starts one chooses, admin included.
 *
 * @param fields        NULL does nothing
 * @param session_type  a KALTURA_SESSION_TYPE value
 *
 * Threads: one call at a time with the same fields.
 */
void kaltura_app_token_fields_set_session_type(kaltura_app_token_fields *fields,
                                               kaltura_session_type session_type);

/**
 * The user of the token's sessions, whoever is asked for. Unset, whoever starts one chooses.
 *
 * @param fields   NULL does nothing
 * @param user_id  copied; "" for nobody; NULL to leave it unset
 *
 * Threads: one call at a time with the same fields.
 */
void kaltura_app_token_fields_set_session_user_id(kaltura_app_token_fields *fields,
                                                  const char *user_id);

/**
 * How long the token's sessions live at most. Unset, as long as the account allows.
 *
 * @param fields   NULL does nothing
 * @param seconds  1 or more. Not 0: the server would start sessions that are dead on arrival
 *
 * Threads: one call at a time with the same fields.
 */
void kaltura_app_token_fields_set_session_duration_seconds(kaltura_app_token_fields *fields,
                                                           int64_t seconds);

/**
 * What the token's sessions may do, whatever is asked for.
 *
 * @param fields      NULL does nothing
 * @param privileges  "name:value/value,name,...", see kaltura_privileges_new(); copied; NULL to leave it unset
 *
 * Threads: one call at a time with the same fields.
 */
void kaltura_app_token_fields_set_session_privileges(kaltura_app_token_fields *fields,
                                                     const char *privileges);

/**
 * What to write beside the token, for other administrators.
 *
 * @param fields       NULL does nothing
 * @param description  copied; NULL to leave it unset
 *
 * Threads: one call at a time with the same fields.
 */
void kaltura_app_token_fields_set_description(kaltura_app_token_fields *fields,
                                              const char *description);

/* ---- App tokens -------------------------------------------------------------------------------------------------- */

/**
 * Whether an app token starts sessions.
 */
KALTURA_ENUM(int32_t, kaltura_app_token_status) {
  /** It does not: sessions are refused with KALTURA_STATUS_APP_TOKEN_NOT_ACTIVE. */
  KALTURA_APP_TOKEN_STATUS_DISABLED = 1,
  /** It does. */
  KALTURA_APP_TOKEN_STATUS_ACTIVE = 2,
  /** It is deleted. */
  KALTURA_APP_TOKEN_STATUS_DELETED = 3,
};

/**
 * An app token as the server has it. Immutable; the token itself is wiped when it is freed.
 */
typedef struct kaltura_app_token kaltura_app_token;

/**
 * Makes an app token: appToken.add.
 *
 * Blocks while it sends one request, for the total timeout at most. The request is sent once, over a connection of its
 * own: sent twice it could make two tokens. When no answer came, whether there is a token only kaltura_app_token_list()
 * tells.
 *
 * @param admin         not NULL
 * @param fields        what it shall be; NULL for an app token that never ends and whose sessions are as they are asked
 *                      for, admin included: better to fix type and duration
 * @param cancellation  ends the call from another thread; NULL if nobody shall
 * @param[out] error    NULL on success, else what went wrong, for kaltura_error_free(); the pointer may be NULL
 * @return the app token, for kaltura_app_token_free(); NULL on failure: any status but those of providers
 *
 * Threads: any, concurrently.
 *
 */
KALTURA_BLOCKS
KALTURA_MUST_USE
kaltura_app_token *kaltura_app_token_add(const kaltura_admin *admin,
                                         const kaltura_app_token_fields *fields,
                                         const kaltura_cancellation *cancellation,
                                         kaltura_error **error);

/**
 * Gets an app token, the token itself included: appToken.get.
 *
 * Blocks while it sends one request, for the total timeout at most.
 *
 * @param admin         not NULL
 * @param id            its id, for instance "0_ab12cd34"; not NULL
 * @param cancellation  ends the call from another thread; NULL if nobody shall
 * @param[out] error    NULL on success, else what went wrong, for kaltura_error_free(); the pointer may be NULL
 * @return the app token, for kaltura_app_token_free(); NULL on failure: KALTURA_STATUS_APP_TOKEN_NOT_FOUND, or any
 *         other status but those of providers
 *
 * Threads: any, concurrently.
 *
 */
KALTURA_BLOCKS
KALTURA_MUST_USE
kaltura_app_token *kaltura_app_token_get(const kaltura_admin *admin,
                                         const char *id,
                                         const kaltura_cancellation *cancellation,
                                         kaltura_error **error);

/**
 * Changes what is set in `fields` of an app token: appToken.update. Sessions that it started stay as they are.
 *
 * Blocks while it sends one request, for the total timeout at most.
 *
 * @param admin         not NULL
 * @param id            its id; not NULL
 * @param fields        what shall change; not NULL
 * @param cancellation  ends the call from another thread; NULL if nobody shall
 * @param[out] error    NULL on success, else what went wrong, for kaltura_error_free(); the pointer may be NULL
 * @return the app token as it is now, for kaltura_app_token_free(); NULL on failure:
 *         KALTURA_STATUS_APP_TOKEN_NOT_FOUND, or any other status but those of providers
 *
 * Threads: any, concurrently.
 *
 */
KALTURA_BLOCKS
KALTURA_MUST_USE
kaltura_app_token *kaltura_app_token_update(const kaltura_admin *admin,
                                            const char *id,
                                            const kaltura_app_token_fields *fields,
                                            const kaltura_cancellation *cancellation,
                                            kaltura_error **error);

/**
 * Deletes an app token: appToken.delete. It starts no more sessions, **and every session that it started is ended at
 * once**, on whatever device. There is no way back.
 *
 * Blocks while it sends one request, for the total timeout at most.
 *
 * @param admin         not NULL
 * @param id            its id; not NULL
 * @param cancellation  ends the call from another thread; NULL if nobody shall
 * @param[out] error    NULL on success, else what went wrong, for kaltura_error_free(); the pointer may be NULL
 * @return 1; 0 on failure: KALTURA_STATUS_APP_TOKEN_NOT_FOUND, also for one that is deleted already, or any other
 *         status but those of providers
 *
 * Threads: any, concurrently.
 *
 */
KALTURA_BLOCKS
int32_t kaltura_app_token_delete(const kaltura_admin *admin,
                                 const char *id,
                                 const kaltura_cancellation *cancellation,
                                 kaltura_error **error);

/**
 * Its id, for kaltura_options_new().
 *
 * @param app_token  NULL is fine
 * @return a string of the handle's, never NULL; "" for NULL
 *
 * Threads: any, concurrently.
 */
const char *kaltura_app_token_id(const kaltura_app_token *app_token);

/**
 * The token itself, for kaltura_options_new(): who has it can start its sessions.
 *
 * @param app_token  NULL is fine
 * @return a string of the handle's, wiped with it; "" for NULL
 *
 * Threads: any, concurrently.
 */
const char *kaltura_app_token_token(const kaltura_app_token *app_token);

/**
 * Its account.
 *
 * @param app_token  NULL is fine
 * @return the partner id; 0 for NULL
 *
 * Threads: any, concurrently.
 */
int64_t kaltura_app_token_partner_id(const kaltura_app_token *app_token);

/**
 * When it was made.
 *
 * @param app_token  NULL is fine
 * @return Unix seconds; 0 for NULL
 *
 * Threads: any, concurrently.
 */
int64_t kaltura_app_token_created_at_seconds(const kaltura_app_token *app_token);

/**
 * When it was changed last.
 *
 * @param app_token  NULL is fine
 * @return Unix seconds; 0 for NULL
 *
 * Threads: any, concurrently.
 */
int64_t kaltura_app_token_updated_at_seconds(const kaltura_app_token *app_token);

/**
 * Whether it starts sessions. The server changes it, no call here does.
 *
 * @param app_token  NULL is fine
 * @return a KALTURA_APP_TOKEN_STATUS value; 0 for NULL
 *
 * Threads: any, concurrently.
 */
kaltura_app_token_status kaltura_app_token_get_status(const kaltura_app_token *app_token);

/**
 * When it ends.
 *
 * @param app_token  NULL is fine
 * @return Unix seconds; 0 for never, and for NULL
 *
 * Threads: any, concurrently.
 */
int64_t kaltura_app_token_expires_at_seconds(const kaltura_app_token *app_token);

/**
 * The type of its sessions.
 *
 * @param app_token  NULL is fine
 * @return a KALTURA_SESSION_TYPE value; -1 if whoever starts one chooses, and for NULL
 *
 * Threads: any, concurrently.
 */
kaltura_session_type kaltura_app_token_session_type(const kaltura_app_token *app_token);

/**
 * The user of its sessions.
 *
 * @param app_token  NULL is fine
 * @return a string of the handle's; NULL if whoever starts one chooses, and for NULL
 *
 * Threads: any, concurrently.
 */
const char *kaltura_app_token_session_user_id(const kaltura_app_token *app_token);

/**
 * How long its sessions live at most.
 *
 * @param app_token  NULL is fine
 * @return seconds; -1 if it does not say, and for NULL. 0 is no life at all
 *
 * Threads: any, concurrently.
 */
int64_t kaltura_app_token_session_duration_seconds(const kaltura_app_token *app_token);

/**
 * What its sessions may do, whatever is asked for.
 *
 * @param app_token  NULL is fine
 * @return "name:value/value,name,...", a string of the handle's; NULL if it does not say, and for NULL
 *
 * Threads: any, concurrently.
 */
const char *kaltura_app_token_session_privileges(const kaltura_app_token *app_token);

/**
 * How it is hashed, for kaltura_options_set_hash_type().
 *
 * @param app_token  NULL is fine
 * @return a KALTURA_HASH_TYPE value: KALTURA_HASH_TYPE_SHA1 for one that names none; KALTURA_HASH_TYPE_AUTO for a type
 *         that this version does not know, and for NULL
 *
 * Threads: any, concurrently.
 */
kaltura_hash_type kaltura_app_token_get_hash_type(const kaltura_app_token *app_token);

/**
 * What an administrator wrote beside it.
 *
 * @param app_token  NULL is fine
 * @return a string of the handle's; NULL if there is nothing, and for NULL
 *
 * Threads: any, concurrently.
 */
const char *kaltura_app_token_description(const kaltura_app_token *app_token);

/**
 * Frees what the server told of an app token; the token itself stays, see kaltura_app_token_delete().
 *
 * @param app_token  NULL is fine
 *
 * Threads: any, but not beside another call with the same handle.
 */
void kaltura_app_token_free(kaltura_app_token *app_token);

/* ---- App tokens: lists ------------------------------------------------------------------------------------------- */

/**
 * Which app tokens are listed: those that fit everything that is set. A bad value is kept and reported by the call that
 * takes the filter. A setter does nothing to NULL.
 */
typedef struct kaltura_app_token_filter kaltura_app_token_filter;

/**
 * One page of a list. Immutable.
 */
typedef struct kaltura_app_token_page kaltura_app_token_page;

/**
 * A way through all pages of a list, which are asked for as they are needed.
 */
typedef struct kaltura_app_token_walk kaltura_app_token_walk;

/**
 * Makes a filter that lets everything through.
 *
 * @return the filter, for kaltura_app_token_filter_free(); never NULL
 *
 * Threads: any, concurrently.
 */
KALTURA_MUST_USE
kaltura_app_token_filter *kaltura_app_token_filter_new(void);

/**
 * Frees a filter.
 *
 * @param filter  NULL is fine
 *
 * Threads: any, but not beside another call with the same filter.
 */
void kaltura_app_token_filter_free(kaltura_app_token_filter *filter);

/**
 * Adds an id; a token must have one of those that were added.
 *
 * @param filter  NULL does nothing
 * @param id      for instance "0_ab12cd34"; not NULL; copied
 *
 * Threads: one call at a time with the same filter.
 */
void kaltura_app_token_filter_add_id(kaltura_app_token_filter *filter,
                                     const char *id);

/**
 * Whether it starts sessions. Those that are deleted are never listed.
 *
 * @param filter  NULL does nothing
 * @param status  KALTURA_APP_TOKEN_STATUS_DISABLED or KALTURA_APP_TOKEN_STATUS_ACTIVE
 *
 * Threads: one call at a time with the same filter.
 */
void kaltura_app_token_filter_set_status(kaltura_app_token_filter *filter,
                                         kaltura_app_token_status status);

/**
 * The user of its sessions.
 *
 * @param filter   NULL does nothing
 * @param user_id  copied; NULL for whoever, the default
 *
 * Threads: one call at a time with the same filter.
 */
void kaltura_app_token_filter_set_session_user_id(kaltura_app_token_filter *filter,
                                                  const char *user_id);

/**
 * When it was made.
 *
 * @param filter         NULL does nothing
 * @param from_seconds   Unix seconds, this one included; 0 for no limit, the default
 * @param until_seconds  Unix seconds, this one included; 0 for no limit, the default
 *
 * Threads: one call at a time with the same filter.
 */
void kaltura_app_token_filter_set_created_seconds(kaltura_app_token_filter *filter,
                                                  int64_t from_seconds,
                                                  int64_t until_seconds);

/**
 * In which order they are listed.
 *
 * @param filter        NULL does nothing
 * @param newest_first  0, the default, for the oldest first, in which order tokens that are added meanwhile come last;
 *                      anything else for the newest first
 *
 * Threads: one call at a time with the same filter.
 */
void kaltura_app_token_filter_set_newest_first(kaltura_app_token_filter *filter,
                                               int32_t newest_first);

/**
 * Lists app tokens, the tokens themselves included: appToken.list, one page.
 *
 * Blocks while it sends one request, for the total timeout at most.
 *
 * @param admin         not NULL
 * @param filter        which ones; NULL for all
 * @param page_size     how many on a page, 1 to 100; fewer if their descriptions are long
 * @param page_index    which page, from 1 on
 * @param cancellation  ends the call from another thread; NULL if nobody shall
 * @param[out] error    NULL on success, else what went wrong, for kaltura_error_free(); the pointer may be NULL
 * @return the page, for kaltura_app_token_page_free(), empty after the last; NULL on failure:
 *         KALTURA_STATUS_REPLY_TOO_LARGE for a page that is too large, or any other status but those of providers
 *
 * Threads: any, concurrently.
 *
 */
KALTURA_BLOCKS
KALTURA_MUST_USE
kaltura_app_token_page *kaltura_app_token_list(const kaltura_admin *admin,
                                               const kaltura_app_token_filter *filter,
                                               int32_t page_size,
                                               int32_t page_index,
                                               const kaltura_cancellation *cancellation,
                                               kaltura_error **error);

/**
 * How many there are on all pages.
 *
 * @param page  NULL is fine
 * @return the number; 0 for NULL
 *
 * Threads: any, concurrently.
 */
int64_t kaltura_app_token_page_total_count(const kaltura_app_token_page *page);

/**
 * How many there are on this page.
 *
 * @param page  NULL is fine
 * @return the number; 0 for NULL
 *
 * Threads: any, concurrently.
 */
size_t kaltura_app_token_page_count(const kaltura_app_token_page *page);

/**
 * The tokens of the page, one by one.
 *
 * @param page   NULL is fine
 * @param index  from 0 on
 * @return the app token, which belongs to the page and lives as long; NULL past the end
 *
 * Threads: any, concurrently.
 */
const kaltura_app_token *kaltura_app_token_page_token(const kaltura_app_token_page *page,
                                                      size_t index);

/**
 * Frees a page.
 *
 * @param page  NULL is fine
 *
 * Threads: any, but not beside another call with the same page or a token of it.
 */
void kaltura_app_token_page_free(kaltura_app_token_page *page);

/**
 * Begins a way through all app tokens that fit a filter. Sends nothing yet.
 *
 * @param admin   copied; NULL is reported by kaltura_app_token_walk_next()
 * @param filter  which ones; NULL for all; copied
 * @return the walk, for kaltura_app_token_walk_free(); NULL for a NULL administrator
 *
 * Threads: any, concurrently.
 */
KALTURA_MUST_USE
kaltura_app_token_walk *kaltura_app_token_walk_new(const kaltura_admin *admin,
                                                   const kaltura_app_token_filter *filter);

/**
 * The next app token.
 *
 * Blocks while it sends one request for each thirty tokens, for the total timeout at most; for the others it does not
 * block. Tokens that are deleted during the walk move others onto pages that it has left behind: collect first, then
 * delete.
 *
 * @param walk          not NULL
 * @param cancellation  ends the call from another thread; NULL if nobody shall
 * @param[out] error    NULL on success and at the end, else what went wrong, for kaltura_error_free(); the pointer may
 *                      be NULL
 * @return the app token, for kaltura_app_token_free(); NULL at the end, without an error; NULL on failure: any status
 *         but those of providers; then the call may be repeated
 *
 * Threads: one call at a time with the same walk.
 *
 */
KALTURA_BLOCKS
KALTURA_MUST_USE
kaltura_app_token *kaltura_app_token_walk_next(kaltura_app_token_walk *walk,
                                               const kaltura_cancellation *cancellation,
                                               kaltura_error **error);

/**
 * Frees a walk; the tokens that it gave stay.
 *
 * @param walk  NULL is fine
 *
 * Threads: any, but not beside another call with the same walk.
 */
void kaltura_app_token_walk_free(kaltura_app_token_walk *walk);

/* ---- App tokens: calls in steps ---------------------------------------------------------------------------------- */

/**
 * What kaltura_app_token_add() does, for a host that carries the request itself: nothing blocks, and no transport is
 * needed.
 *
 * The flow goes as described at kaltura_flow: SEND, then DONE, and kaltura_flow_take_app_token() has the token; or
 * FAILED. The request is sent once: whoever sends it twice may have two tokens. A KS is signed when the flow is made.
 *
 * @param admin       not NULL; copied
 * @param fields      as for kaltura_app_token_add(); copied
 * @param[out] error  NULL on success, else what went wrong, for kaltura_error_free(); the pointer may be NULL
 * @return the flow, for kaltura_flow_free(); NULL on failure: KALTURA_STATUS_INVALID_ARGUMENT,
 *         KALTURA_STATUS_RESOURCES
 *
 * Threads: any, concurrently.
 */
KALTURA_MUST_USE
kaltura_flow *kaltura_app_token_add_flow(const kaltura_admin *admin,
                                         const kaltura_app_token_fields *fields,
                                         kaltura_error **error);

/**
 * What kaltura_app_token_get() does, in steps as of kaltura_app_token_add_flow().
 *
 * @param admin       not NULL; copied
 * @param id          its id; not NULL; copied
 * @param[out] error  NULL on success, else what went wrong, for kaltura_error_free(); the pointer may be NULL
 * @return the flow, for kaltura_flow_free(); NULL on failure: KALTURA_STATUS_INVALID_ARGUMENT,
 *         KALTURA_STATUS_RESOURCES
 *
 * Threads: any, concurrently.
 */
KALTURA_MUST_USE
kaltura_flow *kaltura_app_token_get_flow(const kaltura_admin *admin,
                                         const char *id,
                                         kaltura_error **error);

/**
 * What kaltura_app_token_update() does, in steps as of kaltura_app_token_add_flow().
 *
 * @param admin       not NULL; copied
 * @param id          its id; not NULL; copied
 * @param fields      what shall change; not NULL; copied
 * @param[out] error  NULL on success, else what went wrong, for kaltura_error_free(); the pointer may be NULL
 * @return the flow, for kaltura_flow_free(); NULL on failure: KALTURA_STATUS_INVALID_ARGUMENT,
 *         KALTURA_STATUS_RESOURCES
 *
 * Threads: any, concurrently.
 */
KALTURA_MUST_USE
kaltura_flow *kaltura_app_token_update_flow(const kaltura_admin *admin,
                                            const char *id,
                                            const kaltura_app_token_fields *fields,
                                            kaltura_error **error);

/**
 * What kaltura_app_token_delete() does, in steps as of kaltura_app_token_add_flow(), with nothing to take when it is
 * DONE.
 *
 * @param admin       not NULL; copied
 * @param id          its id; not NULL; copied
 * @param[out] error  NULL on success, else what went wrong, for kaltura_error_free(); the pointer may be NULL
 * @return the flow, for kaltura_flow_free(); NULL on failure: KALTURA_STATUS_INVALID_ARGUMENT,
 *         KALTURA_STATUS_RESOURCES
 *
 * Threads: any, concurrently.
 */
KALTURA_MUST_USE
kaltura_flow *kaltura_app_token_delete_flow(const kaltura_admin *admin,
                                            const char *id,
                                            kaltura_error **error);

/**
 * What kaltura_app_token_list() does, in steps as of kaltura_app_token_add_flow(); kaltura_flow_take_app_token_page()
 * has the page. The last page has fewer tokens than were asked for, perhaps none.
 *
 * @param admin       not NULL; copied
 * @param filter      which ones; NULL for all; copied
 * @param page_size   how many on a page, 1 to 100; fewer if their descriptions are long
 * @param page_index  which page, from 1 on
 * @param[out] error  NULL on success, else what went wrong, for kaltura_error_free(); the pointer may be NULL
 * @return the flow, for kaltura_flow_free(); NULL on failure: KALTURA_STATUS_INVALID_ARGUMENT,
 *         KALTURA_STATUS_RESOURCES
 *
 * Threads: any, concurrently.
 */
KALTURA_MUST_USE
kaltura_flow *kaltura_app_token_list_flow(const kaltura_admin *admin,
                                          const kaltura_app_token_filter *filter,
                                          int32_t page_size,
                                          int32_t page_index,
                                          kaltura_error **error);

/**
 * What kaltura_ks_check() does, in steps as of kaltura_app_token_add_flow(), with nothing to take: DONE if the server
 * takes the KS.
 *
 * @param options     as for kaltura_admin_new()
 * @param ks          the KS; not NULL; copied
 * @param[out] error  NULL on success, else what went wrong, for kaltura_error_free(); the pointer may be NULL
 * @return the flow, for kaltura_flow_free(); NULL on failure: KALTURA_STATUS_INVALID_ARGUMENT
 *
 * Threads: any, concurrently.
 */
KALTURA_MUST_USE
kaltura_flow *kaltura_ks_check_flow(const kaltura_options *options,
                                    const char *ks,
                                    kaltura_error **error);

/**
 * Takes the app token that an administrator's flow brought, once.
 *
 * @param flow  NULL is fine
 * @return after DONE of add, get and update the app token, for kaltura_app_token_free(); else NULL
 *
 * Threads: one call at a time with the same flow.
 */
KALTURA_MUST_USE
kaltura_app_token *kaltura_flow_take_app_token(kaltura_flow *flow);

/**
 * Takes the page that an administrator's flow brought, once.
 *
 * @param flow  NULL is fine
 * @return after DONE of list the page, for kaltura_app_token_page_free(); else NULL
 *
 * Threads: one call at a time with the same flow.
 */
KALTURA_MUST_USE
kaltura_app_token_page *kaltura_flow_take_app_token_page(kaltura_flow *flow);

#ifdef __cplusplus
}
#endif

#if defined(__clang__)
#pragma clang diagnostic pop
#endif

#endif /* KALTURA_SESSION_SERVER_H */

/*
 * Options for accounts of the fake server's built-in world, and what tests expect of errors. The library carries the
 * requests; or, where CURL_TRANSPORT is defined, libcurl as its transport; or, where CURL_FLOW is, libcurl around a flow.
 */
#ifndef ACCOUNT_H
#define ACCOUNT_H

#include <kaltura_session.h>
#include <stdint.h>
#include <time.h>

#include "fake_server.h"
#include "harness.h"
#if defined CURL_TRANSPORT || defined CURL_FLOW
#include "curl_carrier.h"
#endif

/* An app token that is right for this id. */
typedef struct {
  const char *id;
  const char *token;
  kaltura_hash_type hash_type;
} app_token;

static const app_token SHA256_TOKEN = {FAKE_APP_TOKEN_ID, FAKE_APP_TOKEN, KALTURA_HASH_TYPE_SHA256};

static inline kaltura_options *options_of(int64_t partner_id, app_token token, const char *url) {
  kaltura_options *options = kaltura_options_new(partner_id, token.id, token.token);
  kaltura_options_set_service_url(options, url);
#ifdef CURL_TRANSPORT
  kaltura_options_set_transport(options, curl_send, NULL, NULL);
#elif KALTURA_FEATURE_HTTP
  kaltura_options_set_proxy_url(options, "");
#endif
  return options;
}

static inline kaltura_options *account_options(const char *url, app_token token) {
  return options_of(FAKE_PARTNER_ID, token, url);
}

/* Over https, with the server's own authority. */
static inline kaltura_options *https_options(const fake_server *server, app_token token) {
  kaltura_options *options = account_options(fake_server_https_url(server), token);
#if defined CURL_TRANSPORT || defined CURL_FLOW
  curl_ca_file = fake_server_ca_file(server);
#else
  kaltura_options_set_trust(options, KALTURA_TRUST_CUSTOM_ONLY);
  kaltura_options_add_ca_pem(options, fake_server_ca_pem(server));
#endif
  return options;
}

/* Connections that nobody else has: one at rest may have been broken by an earlier test. libcurl makes a new one each time. */
static inline void have_own_connections(kaltura_options *options) {
#if defined CURL_TRANSPORT || defined CURL_FLOW
  (void)options;
#else
  static int64_t connect_ms = 30000;
  kaltura_options_set_connect_timeout_ms(options, connect_ms++);
#endif
}

static inline kaltura_session *start_session(const kaltura_options *options, kaltura_error **error) {
#ifdef CURL_FLOW
  return curl_start_session(options, error);
#else
  return kaltura_start_session(options, NULL, error);
#endif
}

/* What a failed call with these options says; frees them. */
static inline kaltura_error *fail_with(kaltura_options *options) {
  kaltura_error *error;
  kaltura_session *session = start_session(options, &error);
  EXPECT_NULL(session);
  EXPECT_NOT_NULL(error);
  kaltura_session_free(session);
  kaltura_options_free(options);
  return error;
}

/* That an error is complete: its category fits its status, it has a message, a hint, and no secret. */
static inline void expect_error(const kaltura_error *error, kaltura_status status, kaltura_step step) {
  const char *message = kaltura_error_message(error), *hint = kaltura_error_hint(error);
  static const int categories[] = {KALTURA_CATEGORY_CALLER, KALTURA_CATEGORY_CALLER,  KALTURA_CATEGORY_NETWORK,
                                   KALTURA_CATEGORY_NETWORK, KALTURA_CATEGORY_REPLY,  KALTURA_CATEGORY_REPLY,
                                   KALTURA_CATEGORY_SERVER,  KALTURA_CATEGORY_SERVER, KALTURA_CATEGORY_SERVER,
                                   KALTURA_CATEGORY_LIBRARY};
  EXPECT_STR(kaltura_status_name(kaltura_error_status(error)), kaltura_status_name(status));
  EXPECT_EQ(kaltura_error_step(error), step);
  EXPECT_EQ(kaltura_error_category(error), categories[status / 10]);
  EXPECT_TRUE(message[0] != '\0');
  EXPECT_TRUE(hint[0] != '\0');
  EXPECT_LACKS(message, FAKE_APP_TOKEN);
  EXPECT_LACKS(message, "djJ8");
}

/* Fails as `expect_error` says, and is freed. */
static inline void expect_failure(kaltura_options *options, kaltura_status status, kaltura_step step) {
  kaltura_error *error = fail_with(options);
  expect_error(error, status, step);
  kaltura_error_free(error);
}

/* Succeeds; the number of requests is left to the server's counters. */
static inline void expect_session(kaltura_options *options) {
  kaltura_error *error;
  kaltura_session *session = start_session(options, &error);
  EXPECT_NOT_NULL(session);
  EXPECT_STR(kaltura_error_message(error), "");
  EXPECT_TRUE(strlen(kaltura_session_ks(session)) > 100);
  kaltura_session_free(session);
  kaltura_error_free(error);
  kaltura_options_free(options);
}

static inline int64_t now_ms(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* By how much upper bounds of time are widened under valgrind or a sanitizer, which the runner says. */
static inline int64_t time_factor(void) {
  const char *text = getenv("TIME_FACTOR");
  return text != NULL ? strtoll(text, NULL, 10) : 1;
}

#endif /* ACCOUNT_H */

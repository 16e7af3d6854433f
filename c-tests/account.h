/* Options for accounts of the fake server's built-in world, and what tests expect of errors. */
#ifndef ACCOUNT_H
#define ACCOUNT_H

#include <kaltura_session.h>
#include <stdint.h>
#include <time.h>

#include "fake_server.h"
#include "harness.h"

/* An app token that is right for this id. */
typedef struct {
  const char *id;
  const char *token;
  kaltura_hash_type hash_type;
} app_token;

static const app_token SHA256_TOKEN = {FAKE_APP_TOKEN_ID, FAKE_APP_TOKEN, KALTURA_HASH_TYPE_SHA256};

static inline kaltura_options *account_options(const char *url, app_token token) {
  kaltura_options *options = kaltura_options_new(FAKE_PARTNER_ID, token.id, token.token);
  kaltura_options_set_service_url(options, url);
  kaltura_options_set_proxy_url(options, "");
  return options;
}

/* Over https, with the server's own authority. */
static inline kaltura_options *https_options(const fake_server *server, app_token token) {
  kaltura_options *options = account_options(fake_server_https_url(server), token);
  kaltura_options_set_trust(options, KALTURA_TRUST_CUSTOM_ONLY);
  kaltura_options_add_ca_pem(options, fake_server_ca_pem(server));
  return options;
}

/* What a failed call with these options says; frees them. */
static inline kaltura_error *fail_with(kaltura_options *options) {
  kaltura_error *error;
  kaltura_session *session = kaltura_start_session(options, NULL, &error);
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
  kaltura_session *session = kaltura_start_session(options, NULL, &error);
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

/* Every way in which the server, or something in front of it, refuses or misbehaves: one table, one story for each row. */
#include "account.h"

static fake_server *server;

/* A script for the fake server, and what the call says then. */
typedef struct {
  const char *script;
  kaltura_status status;
  kaltura_step step;
  int32_t http_status;
  int32_t is_retryable;
  int32_t requests; /* as the server counts them, and as the error says */
  const char *hint; /* a part of it */
} refusal;

static const refusal refusals[] = {
    /* answers that are not the API's */
    {"widget:* empty", KALTURA_STATUS_BAD_REPLY, KALTURA_STEP_WIDGET_SESSION, 200, 1, 2, "no Kaltura session"},
    {"start:* empty", KALTURA_STATUS_BAD_REPLY, KALTURA_STEP_START_SESSION, 200, 1, 3, "no Kaltura session"},
    {"widget:* empty-xkaltura value=error-16", KALTURA_STATUS_FORBIDDEN, KALTURA_STEP_WIDGET_SESSION, 200, 0, 1,
     "administrator"},
    {"widget:* html status=200", KALTURA_STATUS_BAD_REPLY, KALTURA_STEP_WIDGET_SESSION, 200, 1, 1, "web page"},
    {"widget:* html status=502", KALTURA_STATUS_HTTP_STATUS, KALTURA_STEP_WIDGET_SESSION, 502, 1, 2, "down"},
    {"start:* html status=502", KALTURA_STATUS_HTTP_STATUS, KALTURA_STEP_START_SESSION, 502, 1, 3, "down"},
    {"widget:* xml", KALTURA_STATUS_BAD_REPLY, KALTURA_STEP_WIDGET_SESSION, 200, 0, 1, "Content-Type"},
    {"widget:* not-json", KALTURA_STATUS_BAD_REPLY, KALTURA_STEP_WIDGET_SESSION, 200, 1, 1, "no Kaltura session"},
    {"widget:* json-no-ks", KALTURA_STATUS_BAD_REPLY, KALTURA_STEP_WIDGET_SESSION, 200, 0, 1, "no Kaltura session"},
    {"start:* json-no-ks", KALTURA_STATUS_BAD_REPLY, KALTURA_STEP_START_SESSION, 200, 0, 2, "no Kaltura session"},
    {"start:* bad-ks", KALTURA_STATUS_BAD_REPLY, KALTURA_STEP_START_SESSION, 200, 0, 2, "no Kaltura session"},
    {"widget:* gzip", KALTURA_STATUS_BAD_REPLY, KALTURA_STEP_WIDGET_SESSION, 200, 0, 1, "no Kaltura session"},
    {"widget:* huge bytes=104857600", KALTURA_STATUS_REPLY_TOO_LARGE, KALTURA_STEP_WIDGET_SESSION, 0, 0, 1, "service URL"},
    {"start:* huge bytes=104857600", KALTURA_STATUS_REPLY_TOO_LARGE, KALTURA_STEP_START_SESSION, 0, 0, 2, "service URL"},
    {"widget:* huge-head bytes=200000", KALTURA_STATUS_REPLY_TOO_LARGE, KALTURA_STEP_WIDGET_SESSION, 0, 0, 1, "service URL"},
    {"widget:* garbage", KALTURA_STATUS_BAD_REPLY, KALTURA_STEP_WIDGET_SESSION, 0, 0, 1, "no Kaltura session"},
    {"widget:* redirect status=302 location=https://other.example/x?ks=secret", KALTURA_STATUS_REDIRECT,
     KALTURA_STEP_WIDGET_SESSION, 302, 0, 1, "not followed"},
    {"widget:* redirect status=307 location=/x", KALTURA_STATUS_REDIRECT, KALTURA_STEP_WIDGET_SESSION, 307, 0, 1,
     "not followed"},
    {"widget:* status code=404", KALTURA_STATUS_HTTP_STATUS, KALTURA_STEP_WIDGET_SESSION, 404, 0, 1, "no Kaltura API"},
    {"widget:* status code=429", KALTURA_STATUS_RATE_LIMITED, KALTURA_STEP_WIDGET_SESSION, 429, 1, 2, "ten seconds"},
    {"widget:* status code=429 retry-after=30", KALTURA_STATUS_RATE_LIMITED, KALTURA_STEP_WIDGET_SESSION, 429, 1, 1,
     "ten seconds"},
    {"widget:* status code=503", KALTURA_STATUS_HTTP_STATUS, KALTURA_STEP_WIDGET_SESSION, 503, 1, 2, "down"},
    {"widget:* status code=501", KALTURA_STATUS_HTTP_STATUS, KALTURA_STEP_WIDGET_SESSION, 501, 0, 1, "in front of the API"},
    {"widget:* status code=407", KALTURA_STATUS_PROXY, KALTURA_STEP_WIDGET_SESSION, 407, 0, 1, "proxy"},
    /* the API's own refusals */
    {"widget:* blocked", KALTURA_STATUS_RATE_LIMITED, KALTURA_STEP_WIDGET_SESSION, 200, 1, 1, "ten seconds"},
    {"start:* internal", KALTURA_STATUS_SERVER_FAILURE, KALTURA_STEP_START_SESSION, 200, 1, 3, "support"},
    {"widget:* api code=INVALID_WIDGET_ID message=m", KALTURA_STATUS_UNKNOWN_PARTNER, KALTURA_STEP_WIDGET_SESSION, 200, 0,
     1, "partner id"},
    {"start:* api code=SERVICE_FORBIDDEN message=m", KALTURA_STATUS_FORBIDDEN, KALTURA_STEP_START_SESSION, 200, 0, 2,
     "administrator"},
    {"start:* api code=SOMETHING_NEW message=m", KALTURA_STATUS_API, KALTURA_STEP_START_SESSION, 200, 0, 2, "code"},
    {"start:* api code=50020 message=m", KALTURA_STATUS_API, KALTURA_STEP_START_SESSION, 200, 0, 2, "OTT"},
    {"widget:* api code=INVALID_KS message=m", KALTURA_STATUS_INVALID_KS, KALTURA_STEP_WIDGET_SESSION, 200, 0, 1, "adds a KS"},
    {"start:* api code=INVALID_KS message=m", KALTURA_STATUS_INVALID_KS, KALTURA_STEP_START_SESSION, 200, 0, 4,
     "fresh widget session"},
    /* connections that break */
    {"request:* close", KALTURA_STATUS_CONNECTION_LOST, KALTURA_STEP_WIDGET_SESSION, 0, 1, 2, "network"},
    {"request:* reset", KALTURA_STATUS_CONNECTION_LOST, KALTURA_STEP_WIDGET_SESSION, 0, 1, 2, "network"},
    {"request:* close-in-head", KALTURA_STATUS_CONNECTION_LOST, KALTURA_STEP_WIDGET_SESSION, 0, 1, 2, "network"},
    {"request:* truncate bytes=20", KALTURA_STATUS_CONNECTION_LOST, KALTURA_STEP_WIDGET_SESSION, 0, 1, 2, "network"},
    {"request:* reset-in-body", KALTURA_STATUS_CONNECTION_LOST, KALTURA_STEP_WIDGET_SESSION, 0, 1, 2, "network"},
    {"request:* chunked-cut", KALTURA_STATUS_CONNECTION_LOST, KALTURA_STEP_WIDGET_SESSION, 0, 1, 2, "network"},
    {"widget:* content-length add=10", KALTURA_STATUS_CONNECTION_LOST, KALTURA_STEP_WIDGET_SESSION, 0, 1, 2, "network"},
    {"widget:* content-length add=-5", KALTURA_STATUS_BAD_REPLY, KALTURA_STEP_WIDGET_SESSION, 200, 1, 2, "service URL"},
    {"start:* truncate bytes=20", KALTURA_STATUS_CONNECTION_LOST, KALTURA_STEP_START_SESSION, 0, 1, 3, "network"},
};

/* Two attempts, no time to wait out a rate limit, and connections that nobody else has: a connection at rest that breaks is
 * replaced before an attempt counts as failed. */
static kaltura_options *quick_options(void) {
  kaltura_options *options = https_options(server, SHA256_TOKEN);
  have_own_connections(options);
  kaltura_options_set_total_timeout_ms(options, 9000);
  kaltura_options_set_hash_type(options, KALTURA_HASH_TYPE_SHA256);
  kaltura_options_set_max_attempts(options, 2);
  return options;
}

static void every_refusal_has_its_status_step_and_hint(void) {
  size_t index;
  for (index = 0; index < sizeof refusals / sizeof refusals[0]; index++) {
    const refusal *row = &refusals[index];
    int failures = harness_failures;
    kaltura_error *error;
    fake_server_reset(server);
    fake_server_script(server, row->script);
    error = fail_with(quick_options());
    expect_error(error, row->status, row->step);
    EXPECT_EQ(kaltura_error_http_status(error), row->http_status);
    EXPECT_EQ(kaltura_error_is_retryable(error), row->is_retryable);
    EXPECT_CONTAINS(kaltura_error_hint(error), row->hint);
    EXPECT_EQ(kaltura_error_attempts(error), row->requests);
    EXPECT_EQ(fake_server_counter(server, "requests"), row->requests);
    if (harness_failures != failures) {
      printf("# in the row %s: %s\n", row->script, kaltura_error_message(error));
    }
    kaltura_error_free(error);
    /* and the library is as good as before */
    fake_server_reset(server);
    expect_session(quick_options());
  }
}

/* Misbehaviour that must not matter. */
static const char *const survived[] = {
    "request:1 delay-head ms=50", "request:* delay-in-head ms=50", "request:* delay-body ms=50",
    "request:* delay-in-body ms=50", "request:* drip ms=1", "request:* drip-head ms=1",
    "request:* chunked", "request:* no-content-length", "request:* close-after", "request:* envelope",
    "request:* no-session-header", "request:* date none", "widget:1 html status=502", "start:1 internal",
    "request:1 close", "request:2 close", "request:1 reset", "start:1 reset", "widget:1 truncate bytes=10",
    "start:1 empty", "widget:1 status code=429 retry-after=1", "connection:1 close", "connection:1 reset",
};

/* As an app has them. */
static kaltura_options *usual_options(void) {
  kaltura_options *options = https_options(server, SHA256_TOKEN);
  have_own_connections(options);
  return options;
}

static void what_can_be_survived_is(void) {
  size_t index;
  for (index = 0; index < sizeof survived / sizeof survived[0]; index++) {
    int failures = harness_failures;
    fake_server_reset(server);
    fake_server_script(server, survived[index]);
    expect_session(usual_options());
    if (harness_failures != failures) {
      printf("# with the script %s\n", survived[index]);
    }
  }
  fake_server_reset(server);
}

static void the_servers_words_are_kept(void) {
  app_token token = {"0_disabled", "505152535455565758595a5b5c5d5e5f", KALTURA_HASH_TYPE_SHA256};
  kaltura_error *error = fail_with(https_options(server, token));
  expect_error(error, KALTURA_STATUS_APP_TOKEN_NOT_ACTIVE, KALTURA_STEP_START_SESSION);
  EXPECT_STR(kaltura_error_api_code(error), "APP_TOKEN_NOT_ACTIVE");
  EXPECT_STR(kaltura_error_api_message(error), "Application token id \"0_disabled\" not active");
  EXPECT_STR(kaltura_error_api_arg_name(error, 0), "ID");
  EXPECT_NULL(kaltura_error_api_arg_name(error, 1));
  EXPECT_STR(kaltura_error_api_arg(error, "ID"), "0_disabled");
  EXPECT_NULL(kaltura_error_api_arg(error, "NO"));
  EXPECT_NULL(kaltura_error_api_arg(error, NULL));
  EXPECT_NOT_NULL(kaltura_error_server_session(error));
  EXPECT_NOT_NULL(kaltura_error_server_host(error));
  kaltura_error_free(error);
}

static void each_kind_of_app_token_has_its_status(void) {
  static const struct {
    int64_t partner_id;
    app_token token;
    kaltura_status status;
  } rows[] = {
      {101, {"0_nope1234", FAKE_APP_TOKEN, 0}, KALTURA_STATUS_APP_TOKEN_NOT_FOUND},
      {101, {"0_deleted1", "606162636465666768696a6b6c6d6e6f", 0}, KALTURA_STATUS_APP_TOKEN_NOT_FOUND},
      {101, {"0_expired1", "707172737475767778797a7b7c7d7e7f", 0}, KALTURA_STATUS_APP_TOKEN_EXPIRED},
      {103, {"0_blocked1", "e0e1e2e3e4e5e6e7e8e9eaebecedeeef", 0}, KALTURA_STATUS_PARTNER_BLOCKED},
  };
  size_t index;
  for (index = 0; index < sizeof rows / sizeof rows[0]; index++) {
    kaltura_options *options = options_of(rows[index].partner_id, rows[index].token, fake_server_http_url(server));
    expect_failure(options, rows[index].status, KALTURA_STEP_START_SESSION);
  }
}

static void an_account_that_wants_https_says_so(void) {
  app_token token = {"0_httpsonly", "f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff", KALTURA_HASH_TYPE_SHA256};
  kaltura_options *options = options_of(105, token, fake_server_http_url(server));
  kaltura_error *error;
  error = fail_with(options);
  expect_error(error, KALTURA_STATUS_FORBIDDEN, KALTURA_STEP_START_SESSION);
  EXPECT_CONTAINS(kaltura_error_hint(error), "https only");
  kaltura_error_free(error);
}

static void a_widget_of_another_partner_is_named(void) {
  kaltura_options *options = https_options(server, SHA256_TOKEN);
  kaltura_error *error;
  kaltura_options_set_widget_id(options, "_102");
  error = fail_with(options);
  expect_error(error, KALTURA_STATUS_INVALID_ARGUMENT, KALTURA_STEP_WIDGET_SESSION);
  EXPECT_STR(kaltura_error_option(error), "widget_id");
  kaltura_error_free(error);
}

static void an_error_counts_references(void) {
  kaltura_error *error = fail_with(kaltura_options_new(0, "0_ab12cd34", FAKE_APP_TOKEN));
  kaltura_error *same = kaltura_error_retain(error);
  kaltura_error_free(error);
  EXPECT_STR(kaltura_error_option(same), "partner_id");
  kaltura_error_free(same);
}

static void a_retry_after_is_told(void) {
  kaltura_error *error;
  fake_server_script(server, "widget:* status code=429 retry-after=30\n");
  error = fail_with(quick_options());
  EXPECT_EQ(kaltura_error_retry_after_ms(error), 30000);
  kaltura_error_free(error);
  fake_server_reset(server);
}

static const test_case tests[] = {
    TEST(every_refusal_has_its_status_step_and_hint),
    TEST(what_can_be_survived_is),
    TEST(the_servers_words_are_kept),
    TEST(each_kind_of_app_token_has_its_status),
    TEST(an_account_that_wants_https_says_so),
    TEST(a_widget_of_another_partner_is_named),
    TEST(an_error_counts_references),
    TEST(a_retry_after_is_told),
};

int main(void) {
  int result;
  server = fake_server_start(NULL);
  result = RUN_TESTS(tests);
  fake_server_stop(server);
  return result;
}

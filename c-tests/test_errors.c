/* What an error says. Each row of faults.c; test_faults.c has more about them. */
#include "account.h"
#include "faults.h"

static fake_server *server;

/* Two attempts, no time to wait out a rate limit, and connections that nobody else has: a connection at rest that breaks is
 * replaced before an attempt counts as failed. */
static kaltura_options *quick_options(void) {
  kaltura_options *options = https_options(server, SHA256_TOKEN);
  have_own_connections(options);
  kaltura_options_set_total_timeout_ms(options, FAULT_TOTAL_MS);
  kaltura_options_set_hash_type(options, KALTURA_HASH_TYPE_SHA256);
  kaltura_options_set_max_attempts(options, FAULT_ATTEMPTS);
  return options;
}

/* In one process, so that what one row leaves behind would spoil the next. Deadlines are of test_time.c, and what happens
 * before the server knows of test_faults.c. */
static int is_of_the_server(const fault *row) {
  return row->status != KALTURA_STATUS_TIMEOUT && row->arrived > 0 && strncmp(row->script, "name:", 5) != 0 &&
         strncmp(row->script, "connect:", 8) != 0;
}

static void every_refusal_has_its_status_step_and_hint(void) {
  size_t index;
  for (index = 0; index < fault_count; index++) {
    const fault *row = &faults[index];
    int failures = harness_failures;
    kaltura_error *error;
    if (!is_of_the_server(row) || row->status == KALTURA_STATUS_OK) {
      continue;
    }
    fault_begin(server, row->script);
    error = fail_with(quick_options());
    expect_error(error, row->status, row->step);
    EXPECT_EQ(kaltura_error_http_status(error), row->http_status);
    EXPECT_EQ(kaltura_error_is_retryable(error), row->is_retryable);
    EXPECT_CONTAINS(kaltura_error_hint(error), row->hint);
    EXPECT_EQ(kaltura_error_attempts(error), row->attempts);
    if (harness_failures != failures) {
      printf("# in the row %s: %s\n", row->script, kaltura_error_message(error));
    }
    kaltura_error_free(error);
    /* and the library is as good as before */
    fault_end(server);
    expect_session(quick_options());
  }
}

/* As an app has them. */
static kaltura_options *usual_options(void) {
  kaltura_options *options = https_options(server, SHA256_TOKEN);
  have_own_connections(options);
  return options;
}

static void what_can_be_survived_is(void) {
  size_t index;
  for (index = 0; index < fault_count; index++) {
    const fault *row = &faults[index];
    int failures = harness_failures;
    if (is_of_the_server(row) && row->status == KALTURA_STATUS_OK) {
      fault_begin(server, row->script);
      expect_session(usual_options());
      fault_end(server);
    }
    if (harness_failures != failures) {
      printf("# with the script %s\n", row->script);
    }
  }
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

/*
 * Every parameter of every function: NULL, text that is not UTF-8, numbers out of range. Each is answered; nothing is sent
 * to the server, whose address here leads to nobody.
 */
#include "account.h"

#define NOT_UTF8 "\xff\xfe"
#define NOWHERE "http://127.0.0.1:9"

static void count(void *user_data) { (*(int *)user_data)++; }
static void on_hashing(void *user_data, kaltura_hashing *hashing) {
  (void)user_data;
  kaltura_hashing_free(hashing);
}
static void on_exchange(void *user_data, kaltura_exchange *exchange) {
  (void)user_data;
  kaltura_exchange_free(exchange);
}
static void on_line(void *user_data, kaltura_log_level level, const char *line) {
  (void)user_data, (void)level, (void)line;
}
static void on_load(void *user_data, kaltura_session *session, kaltura_error *error) {
  (void)user_data;
  kaltura_session_free(session);
  kaltura_error_free(error);
}
static void on_done(void *user_data, kaltura_error *error) {
  (void)user_data;
  kaltura_error_free(error);
}
static void store_load(void *user_data, const char *key, kaltura_blob *blob) {
  (void)user_data, (void)key;
  kaltura_blob_set(blob, NULL, 5);
}
static int32_t store_save(void *user_data, const char *key, const uint8_t *bytes, size_t length) {
  (void)user_data, (void)key, (void)bytes, (void)length;
  return 0;
}
static int32_t store_clear(void *user_data, const char *key) {
  (void)user_data, (void)key;
  return 0;
}

static kaltura_options *good_options(void) { return account_options(NOWHERE, SHA256_TOKEN); }

/* An option that is bad is named by the call that takes the options, and nothing was sent. */
static void expect_refused(kaltura_options *options, const char *option) {
  kaltura_error *error = fail_with(options);
  expect_error(error, KALTURA_STATUS_INVALID_ARGUMENT, KALTURA_STEP_NONE);
  EXPECT_STR(kaltura_error_option(error), option);
  EXPECT_EQ(kaltura_error_attempts(error), 0);
  EXPECT_EQ(kaltura_error_is_retryable(error), 0);
  kaltura_error_free(error);
}

#if KALTURA_FEATURE_HTTP
static void expect_not_generated(const char *url, int64_t partner_id, const char *id, const char *token, const char *user,
                                 const char *option) {
  kaltura_error *error;
  EXPECT_NULL(kaltura_generate_ks(url, partner_id, id, token, user, &error));
  expect_error(error, KALTURA_STATUS_INVALID_ARGUMENT, KALTURA_STEP_NONE);
  EXPECT_STR(kaltura_error_option(error), option);
  kaltura_error_free(error);
  EXPECT_NULL(kaltura_generate_ks(url, partner_id, id, token, user, NULL));
}

static void generate_ks_answers_every_bad_value(void) {
  const char *id = FAKE_APP_TOKEN_ID, *token = FAKE_APP_TOKEN;
  expect_not_generated(NOT_UTF8, 101, id, token, NULL, "service_url");
  expect_not_generated("kaltura.example", 101, id, token, NULL, "service_url");
  expect_not_generated(NOWHERE, 0, id, token, NULL, "partner_id");
  expect_not_generated(NOWHERE, -1, id, token, NULL, "partner_id");
  expect_not_generated(NOWHERE, INT64_MIN, id, token, NULL, "partner_id");
  expect_not_generated(NOWHERE, 101, NULL, token, NULL, "app_token_id");
  expect_not_generated(NOWHERE, 101, NOT_UTF8, token, NULL, "app_token_id");
  expect_not_generated(NOWHERE, 101, "", token, NULL, "app_token_id");
  expect_not_generated(NOWHERE, 101, "0_sha256tk\n", token, NULL, "app_token_id");
  expect_not_generated(NOWHERE, 101, token, id, NULL, "app_token_id");
  expect_not_generated(NOWHERE, 101, id, NULL, NULL, "app_token");
  expect_not_generated(NOWHERE, 101, id, NOT_UTF8, NULL, "app_token");
  expect_not_generated(NOWHERE, 101, id, "", NULL, "app_token");
  expect_not_generated(NOWHERE, 101, id, FAKE_APP_TOKEN "\n", NULL, "app_token");
  expect_not_generated(NOWHERE, 101, id, id, NULL, "app_token");
  expect_not_generated(NOWHERE, 101, id, token, NOT_UTF8, "user_id");
  expect_not_generated(NOWHERE, 101, id, token, "a\x01" "b", "user_id");
}
#endif

static void an_error_place_need_not_be_initialised(void) {
  kaltura_error *error = (kaltura_error *)(void *)&error; /* rubbish that must be overwritten, not followed */
  EXPECT_NULL(kaltura_start_session(NULL, NULL, &error));
  kaltura_error_free(error);
}

static void options_answer_every_bad_value_by_name(void) {
  kaltura_options *options;
#define REFUSED(option, ...) \
  options = good_options();  \
  __VA_ARGS__;               \
  expect_refused(options, option)

  expect_refused(kaltura_options_new(0, "0_ab12cd34", FAKE_APP_TOKEN), "partner_id");
  expect_refused(kaltura_options_new(101, NULL, FAKE_APP_TOKEN), "app_token_id");
  expect_refused(kaltura_options_new(101, NOT_UTF8, FAKE_APP_TOKEN), "app_token_id");
  expect_refused(kaltura_options_new(101, "0_ab12cd34", NULL), "app_token");
  expect_refused(kaltura_options_new(101, "0_ab12cd34", NOT_UTF8), "app_token");
  REFUSED("service_url", kaltura_options_set_service_url(options, NOT_UTF8));
  REFUSED("service_url", kaltura_options_set_service_url(options, ""));
  REFUSED("service_url", kaltura_options_set_service_url(options, "https://user:secret@kaltura.example"));
  REFUSED("service_url", kaltura_options_set_service_url(options, "http://kaltura.example"));
  REFUSED("hash_type", kaltura_options_set_hash_type(options, (kaltura_hash_type)5));
  REFUSED("hash_type", kaltura_options_set_hash_type(options, (kaltura_hash_type)-1));
  REFUSED("user_id", kaltura_options_set_user_id(options, NOT_UTF8));
  REFUSED("user_id", kaltura_options_set_user_id(options, "\x01"));
  REFUSED("session_type", kaltura_options_set_session_type(options, (kaltura_session_type)1));
  REFUSED("session_type", kaltura_options_set_session_type(options, (kaltura_session_type)-2147483647));
  REFUSED("expiry_seconds", kaltura_options_set_expiry_seconds(options, -1));
  REFUSED("expiry_seconds", kaltura_options_set_expiry_seconds(options, INT64_MIN));
  REFUSED("privileges", kaltura_options_set_privileges(options, NOT_UTF8));
  REFUSED("privileges", kaltura_options_set_privileges(options, "list:\x02"));
  REFUSED("widget_id", kaltura_options_set_widget_id(options, NOT_UTF8));
  REFUSED("widget_id", kaltura_options_set_widget_id(options, ""));
  REFUSED("widget_id", kaltura_options_set_widget_id(options, " _101"));
  REFUSED("widget_expiry_seconds", kaltura_options_set_widget_expiry_seconds(options, -1));
  REFUSED("client_tag", kaltura_options_set_client_tag(options, NOT_UTF8));
  REFUSED("client_tag", kaltura_options_set_client_tag(options, "a\tb"));
  REFUSED("total_timeout_ms", kaltura_options_set_total_timeout_ms(options, 0));
  REFUSED("total_timeout_ms", kaltura_options_set_total_timeout_ms(options, INT64_MIN));
  REFUSED("max_attempts", kaltura_options_set_max_attempts(options, 0));
  REFUSED("max_attempts", kaltura_options_set_max_attempts(options, INT32_MIN));
  REFUSED("token_hash", kaltura_options_set_token_hash(options, NULL, NULL, NULL));
  REFUSED("app_token", kaltura_options_set_token_hash(options, on_hashing, NULL, NULL));
  REFUSED("log", kaltura_options_set_log(options, (kaltura_log_level)9, on_line, NULL, NULL));
  REFUSED("log", kaltura_options_set_log(options, (kaltura_log_level)0, on_line, NULL, NULL));
  REFUSED("refresh_windows_seconds", kaltura_options_set_refresh_windows_seconds(options, -1, 0));
  REFUSED("refresh_windows_seconds", kaltura_options_set_refresh_windows_seconds(options, 0, INT64_MIN));
  REFUSED("store", kaltura_options_set_store(options, NULL, store_save, store_clear, NULL, NULL));
  REFUSED("store", kaltura_options_set_store(options, store_load, NULL, store_clear, NULL, NULL));
  REFUSED("store", kaltura_options_set_store(options, store_load, store_save, NULL, NULL, NULL));
  REFUSED("transport", kaltura_options_set_transport(options, NULL, NULL, NULL));
#if KALTURA_FEATURE_HTTP
  REFUSED("connect_timeout_ms", kaltura_options_set_connect_timeout_ms(options, 0));
  REFUSED("connect_timeout_ms", kaltura_options_set_connect_timeout_ms(options, -5));
  REFUSED("proxy_url", kaltura_options_set_proxy_url(options, NOT_UTF8));
  REFUSED("proxy_url", kaltura_options_set_proxy_url(options, "socks5://127.0.0.1:1080"));
  REFUSED("proxy_url", kaltura_options_set_proxy_url(options, "ftp://127.0.0.1"));
  REFUSED("trust", kaltura_options_set_trust(options, (kaltura_trust)3));
  REFUSED("trust", kaltura_options_set_trust(options, KALTURA_TRUST_CUSTOM_ONLY));
  REFUSED("ca_pem", kaltura_options_add_ca_pem(options, NULL));
  REFUSED("ca_pem", kaltura_options_add_ca_pem(options, NOT_UTF8));
  REFUSED("ca_pem", kaltura_options_add_ca_pem(options, "/etc/ssl/ca.pem"));
  REFUSED("ca_pem", kaltura_options_add_ca_pem(options, "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"));
  REFUSED("pin_spki_sha256", kaltura_options_add_pin_spki_sha256(options, NULL));
  REFUSED("pin_spki_sha256", kaltura_options_add_pin_spki_sha256(options, NOT_UTF8));
  REFUSED("pin_spki_sha256", kaltura_options_add_pin_spki_sha256(options, "AAAA"));
#endif
#undef REFUSED
}

/* NULL puts a default back, a good value clears a bad one; then the call gets as far as the network. */
static void a_good_value_clears_a_bad_one(void) {
  kaltura_options *options = good_options();
  kaltura_options_set_service_url(options, NOT_UTF8);
  kaltura_options_set_service_url(options, NOWHERE);
  kaltura_options_set_user_id(options, NOT_UTF8);
  kaltura_options_set_user_id(options, NULL);
  kaltura_options_set_privileges(options, NOT_UTF8);
  kaltura_options_set_privileges(options, NULL);
  kaltura_options_set_widget_id(options, NOT_UTF8);
  kaltura_options_set_widget_id(options, NULL);
  kaltura_options_set_client_tag(options, NOT_UTF8);
  kaltura_options_set_client_tag(options, NULL);
  kaltura_options_set_hash_type(options, (kaltura_hash_type)77);
  kaltura_options_set_hash_type(options, KALTURA_HASH_TYPE_MD5);
  kaltura_options_set_session_type(options, (kaltura_session_type)77);
  kaltura_options_set_session_type(options, KALTURA_SESSION_TYPE_USER);
  kaltura_options_set_total_timeout_ms(options, INT64_MAX);
  kaltura_options_set_max_attempts(options, 1);
  kaltura_options_set_expiry_seconds(options, INT64_MAX);
  kaltura_options_set_widget_expiry_seconds(options, INT64_MAX);
  kaltura_options_set_refresh_windows_seconds(options, INT64_MAX, INT64_MAX);
  kaltura_options_set_log(options, (kaltura_log_level)9, on_line, NULL, NULL);
  kaltura_options_set_log(options, KALTURA_LOG_LEVEL_DEBUG, on_line, NULL, NULL);
  kaltura_options_set_allow_http(options, INT32_MIN);
#if KALTURA_FEATURE_HTTP
  kaltura_options_set_trust(options, (kaltura_trust)77);
  kaltura_options_set_trust(options, KALTURA_TRUST_BUNDLED);
  kaltura_options_set_proxy_url(options, NOT_UTF8);
  kaltura_options_set_proxy_url(options, "");
  kaltura_options_set_connect_timeout_ms(options, INT64_MAX);
#endif
  expect_failure(options, KALTURA_STATUS_CONNECT, KALTURA_STEP_WIDGET_SESSION);
}

static void null_options_are_answered(void) {
  kaltura_error *error;
  int destroyed = 0;
  EXPECT_NULL(kaltura_start_session(NULL, NULL, &error));
  EXPECT_EQ(kaltura_error_status(error), KALTURA_STATUS_INVALID_ARGUMENT);
  EXPECT_STR(kaltura_error_option(error), "options");
  kaltura_error_free(error);
  EXPECT_NULL(kaltura_start_session(NULL, NULL, NULL));
  EXPECT_NULL(kaltura_provider_new(NULL, &error));
  EXPECT_STR(kaltura_error_option(error), "options");
  kaltura_error_free(error);
  kaltura_options_set_service_url(NULL, NOWHERE);
  kaltura_options_set_allow_http(NULL, 1);
  kaltura_options_set_hash_type(NULL, KALTURA_HASH_TYPE_MD5);
  kaltura_options_set_user_id(NULL, "u");
  kaltura_options_set_session_type(NULL, KALTURA_SESSION_TYPE_USER);
  kaltura_options_set_expiry_seconds(NULL, 1);
  kaltura_options_set_privileges(NULL, "p");
  kaltura_options_set_widget_id(NULL, "_1");
  kaltura_options_set_widget_expiry_seconds(NULL, 1);
  kaltura_options_set_client_tag(NULL, "t");
  kaltura_options_set_total_timeout_ms(NULL, 1);
  kaltura_options_set_max_attempts(NULL, 1);
  kaltura_options_set_refresh_windows_seconds(NULL, 1, 1);
  kaltura_options_set_token_hash(NULL, on_hashing, &destroyed, count);
  kaltura_options_set_log(NULL, KALTURA_LOG_LEVEL_DEBUG, on_line, &destroyed, count);
  kaltura_options_set_store(NULL, store_load, store_save, store_clear, &destroyed, count);
  kaltura_options_set_transport(NULL, on_exchange, &destroyed, count);
  EXPECT_EQ(destroyed, 4);
#if KALTURA_FEATURE_HTTP
  kaltura_options_set_connect_timeout_ms(NULL, 1);
  kaltura_options_set_proxy_url(NULL, "");
  kaltura_options_set_trust(NULL, KALTURA_TRUST_SYSTEM);
  kaltura_options_add_ca_pem(NULL, "");
  kaltura_options_add_pin_spki_sha256(NULL, "");
#endif
  kaltura_options_free(NULL);
}

static void null_errors_sessions_cancellations_and_hashings_are_answered(void) {
  int called = 0, destroyed = 0;
  EXPECT_EQ(kaltura_error_status(NULL), KALTURA_STATUS_OK);
  EXPECT_EQ(kaltura_error_category(NULL), KALTURA_CATEGORY_NONE);
  EXPECT_EQ(kaltura_error_step(NULL), KALTURA_STEP_NONE);
  EXPECT_EQ(kaltura_error_ks_reason(NULL), KALTURA_KS_REASON_NONE);
  EXPECT_STR(kaltura_error_message(NULL), "");
  EXPECT_STR(kaltura_error_hint(NULL), "");
  EXPECT_NULL(kaltura_error_option(NULL));
  EXPECT_NULL(kaltura_error_api_code(NULL));
  EXPECT_NULL(kaltura_error_api_message(NULL));
  EXPECT_NULL(kaltura_error_api_arg_name(NULL, 0));
  EXPECT_NULL(kaltura_error_api_arg(NULL, "ID"));
  EXPECT_NULL(kaltura_error_server_session(NULL));
  EXPECT_NULL(kaltura_error_server_host(NULL));
  EXPECT_EQ(kaltura_error_http_status(NULL), 0);
  EXPECT_EQ(kaltura_error_is_retryable(NULL), 0);
  EXPECT_EQ(kaltura_error_retry_after_ms(NULL), 0);
  EXPECT_EQ(kaltura_error_attempts(NULL), 0);
  EXPECT_NULL(kaltura_error_retain(NULL));
  kaltura_error_free(NULL);

  EXPECT_STR(kaltura_session_ks(NULL), "");
  EXPECT_EQ(kaltura_session_partner_id(NULL), 0);
  EXPECT_STR(kaltura_session_user_id(NULL), "");
  EXPECT_EQ(kaltura_session_granted_type(NULL), KALTURA_SESSION_TYPE_USER);
  EXPECT_STR(kaltura_session_privileges(NULL), "");
  EXPECT_STR(kaltura_session_dropped_privileges(NULL), "");
  EXPECT_EQ(kaltura_session_adjustments(NULL), 0);
  EXPECT_EQ(kaltura_session_hash_type(NULL), KALTURA_HASH_TYPE_AUTO);
  EXPECT_EQ(kaltura_session_expires_at_seconds(NULL), 0);
  EXPECT_EQ(kaltura_session_remaining_ms(NULL), 0);
  EXPECT_NULL(kaltura_session_retain(NULL));
  kaltura_session_free(NULL);

  kaltura_cancellation_cancel(NULL);
  kaltura_cancellation_free(NULL);

  EXPECT_STR(kaltura_hashing_widget_ks(NULL), "");
  EXPECT_EQ(kaltura_hashing_timeout_ms(NULL), 0);
  kaltura_hashing_reply(NULL, "x");
  kaltura_hashing_reply(NULL, NULL);
  kaltura_hashing_fail(NULL, NULL);
  kaltura_hashing_on_cancel(NULL, count, &called, count);
  kaltura_hashing_on_cancel(NULL, NULL, &destroyed, count);
  EXPECT_EQ(called, 1); /* its destroy */
  EXPECT_EQ(destroyed, 1);
  kaltura_hashing_free(NULL);

  kaltura_blob_set(NULL, NULL, 0);
  kaltura_free_string(NULL);
}

static void null_providers_and_bad_values_are_answered(void) {
  kaltura_options *options = good_options();
  kaltura_provider *provider = kaltura_provider_new(options, NULL);
  kaltura_error *error;
  int destroyed = 0;
  kaltura_options_free(options);
  EXPECT_NOT_NULL(provider);

  EXPECT_STR(kaltura_provider_service_url(NULL), "");
  EXPECT_EQ(kaltura_provider_partner_id(NULL), 0);
  EXPECT_NULL(kaltura_provider_load(NULL, NULL, &error));
  EXPECT_STR(kaltura_error_option(error), "provider");
  kaltura_error_free(error);
  EXPECT_NULL(kaltura_provider_load(NULL, NULL, NULL));
  EXPECT_NULL(kaltura_provider_peek(NULL));
  kaltura_provider_prefetch(NULL);
  EXPECT_EQ(kaltura_provider_load_async(NULL, NULL, on_load, &destroyed, count, &error), 0);
  EXPECT_STR(kaltura_error_option(error), "provider");
  kaltura_error_free(error);
  EXPECT_EQ(kaltura_provider_load_async(provider, NULL, NULL, &destroyed, count, &error), 0);
  EXPECT_STR(kaltura_error_option(error), "callback");
  kaltura_error_free(error);
  EXPECT_EQ(destroyed, 2);
  kaltura_provider_invalidate(NULL, NULL);
  kaltura_provider_invalidate(provider, NOT_UTF8);
  EXPECT_EQ(kaltura_provider_report_error(NULL, "ks", "INVALID_KS", "EXPIRED"), KALTURA_ADVICE_NOT_A_SESSION_PROBLEM);
  EXPECT_EQ(kaltura_provider_report_error(provider, NULL, "INVALID_KS", "EXPIRED"), KALTURA_ADVICE_NOT_A_SESSION_PROBLEM);
  EXPECT_EQ(kaltura_provider_report_error(provider, "ks", NULL, "EXPIRED"), KALTURA_ADVICE_NOT_A_SESSION_PROBLEM);
  EXPECT_EQ(kaltura_provider_report_error(provider, "ks", "INVALID_KS", NULL), KALTURA_ADVICE_REFRESH_AND_RETRY);
  EXPECT_EQ(kaltura_provider_report_error(provider, "ks", NOT_UTF8, NOT_UTF8), KALTURA_ADVICE_NOT_A_SESSION_PROBLEM);
  EXPECT_EQ(kaltura_provider_set_user_id(NULL, "u", &error), 0);
  EXPECT_STR(kaltura_error_option(error), "provider");
  kaltura_error_free(error);
  EXPECT_EQ(kaltura_provider_set_user_id(provider, NOT_UTF8, &error), 0);
  EXPECT_STR(kaltura_error_option(error), "user_id");
  kaltura_error_free(error);
  EXPECT_NULL(kaltura_provider_load(provider, NULL, &error)); /* the bad user stays until a good one is set */
  EXPECT_STR(kaltura_error_option(error), "user_id");
  kaltura_error_free(error);
  EXPECT_EQ(kaltura_provider_set_user_id(provider, NULL, &error), 1);
  EXPECT_EQ(kaltura_provider_end_session(NULL, KALTURA_END_ALL_SESSIONS_OF_APP_TOKEN, NULL, NULL), 0);
  EXPECT_EQ(kaltura_provider_end_session(provider, (kaltura_end)0, NULL, &error), 0);
  EXPECT_STR(kaltura_error_option(error), "flags");
  kaltura_error_free(error);
  EXPECT_EQ(kaltura_provider_end_session(provider, (kaltura_end)3, NULL, NULL), 0);
  EXPECT_EQ(kaltura_provider_end_session(provider, KALTURA_END_ALL_SESSIONS_OF_APP_TOKEN, NULL, &error), 0);
  EXPECT_EQ(kaltura_error_status(error), KALTURA_STATUS_WRONG_STATE);
  kaltura_error_free(error);
  EXPECT_EQ(kaltura_provider_end_session_async(NULL, KALTURA_END_ALL_SESSIONS_OF_APP_TOKEN, NULL, on_done, &destroyed,
                                               count, NULL), 0);
  EXPECT_EQ(kaltura_provider_end_session_async(provider, (kaltura_end)0, NULL, on_done, &destroyed, count, NULL), 0);
  EXPECT_EQ(kaltura_provider_end_session_async(provider, KALTURA_END_ALL_SESSIONS_OF_APP_TOKEN, NULL, NULL, &destroyed,
                                               count, NULL), 0);
  EXPECT_EQ(destroyed, 5);
  kaltura_provider_shutdown(NULL);
  EXPECT_EQ(kaltura_provider_drain(NULL, 0), 1);
  EXPECT_EQ(kaltura_provider_drain(provider, -1), 0);
  kaltura_provider_free(NULL);
  kaltura_provider_free(provider);
}

static void null_exchanges_and_flows_are_answered(void) {
  int called = 0;
  uint8_t byte = 7;
  kaltura_error *error;
  EXPECT_STR(kaltura_exchange_url(NULL), "");
  EXPECT_STR(kaltura_exchange_body(NULL), "");
  EXPECT_EQ(kaltura_exchange_body_length(NULL), 0);
  EXPECT_EQ(kaltura_exchange_timeout_ms(NULL), 0);
  EXPECT_EQ(kaltura_exchange_is_cancelled(NULL), 1);
  kaltura_exchange_on_cancel(NULL, count, &called, count);
  kaltura_exchange_on_cancel(NULL, NULL, &called, count);
  EXPECT_EQ(called, 2); /* its destroy, twice */
  kaltura_exchange_add_header(NULL, "Date", "x");
  kaltura_exchange_reply(NULL, 200, &byte, 1);
  kaltura_exchange_fail(NULL, KALTURA_STATUS_DNS, "x");
  kaltura_exchange_free(NULL);

  EXPECT_NULL(kaltura_flow_new(NULL, &error));
  EXPECT_STR(kaltura_error_option(error), "options");
  kaltura_error_free(error);
  EXPECT_NULL(kaltura_flow_new(NULL, NULL));
  EXPECT_EQ(kaltura_flow_step(NULL), KALTURA_FLOW_ACTION_FAILED);
  EXPECT_STR(kaltura_flow_url(NULL), "");
  EXPECT_STR(kaltura_flow_body(NULL), "");
  EXPECT_EQ(kaltura_flow_body_length(NULL), 0);
  EXPECT_EQ(kaltura_flow_timeout_ms(NULL), 0);
  EXPECT_EQ(kaltura_flow_wait_ms(NULL), 0);
  EXPECT_STR(kaltura_flow_widget_ks(NULL), "");
  kaltura_flow_add_header(NULL, "Date", "x");
  EXPECT_EQ(kaltura_flow_reply(NULL, 200, &byte, 1), 0);
  EXPECT_EQ(kaltura_flow_fail(NULL, KALTURA_STATUS_DNS, "x"), 0);
  EXPECT_EQ(kaltura_flow_set_token_hash(NULL, "x"), 0);
  EXPECT_NULL(kaltura_flow_take_session(NULL));
  error = kaltura_flow_take_error(NULL);
  EXPECT_EQ(kaltura_error_status(error), KALTURA_STATUS_INVALID_ARGUMENT);
  kaltura_error_free(error);
  EXPECT_EQ(kaltura_flow_memory(NULL, &byte, 1), 0);
  EXPECT_EQ(byte, 7);
  EXPECT_EQ(kaltura_flow_set_memory(NULL, &byte, 1), 0);
  kaltura_flow_free(NULL);
}

static const test_case tests[] = {
#if KALTURA_FEATURE_HTTP
    TEST(generate_ks_answers_every_bad_value),
#endif
    TEST(an_error_place_need_not_be_initialised),
    TEST(options_answer_every_bad_value_by_name),
    TEST(a_good_value_clears_a_bad_one),
    TEST(null_options_are_answered),
    TEST(null_errors_sessions_cancellations_and_hashings_are_answered),
    TEST(null_providers_and_bad_values_are_answered),
    TEST(null_exchanges_and_flows_are_answered),
};

int main(void) { return RUN_TESTS(tests); }

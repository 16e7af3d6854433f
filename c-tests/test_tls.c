/* Whom the library trusts. */
#include "account.h"

static fake_server *server;

/* Options whose connections nobody else has. */
static kaltura_options *fresh_options(void) {
  static int64_t connect_ms = 3000;
  kaltura_options *options = https_options(server, SHA256_TOKEN);
  kaltura_options_set_connect_timeout_ms(options, connect_ms++);
  kaltura_options_set_max_attempts(options, 1);
  return options;
}

static void certificates_that_are_not_right_are_refused(void) {
  static const char *const scripts[] = {"connection:* cert unknown", "connection:* cert expired",
                                        "connection:* cert wrong-name"};
  static const char *const reasons[] = {"issuer", "expired", "another host"};
  size_t index;
  for (index = 0; index < 3; index++) {
    kaltura_error *error;
    fake_server_reset(server);
    fake_server_script(server, scripts[index]);
    error = fail_with(fresh_options());
    expect_error(error, KALTURA_STATUS_CERTIFICATE, KALTURA_STEP_WIDGET_SESSION);
    EXPECT_CONTAINS(kaltura_error_message(error), reasons[index]);
    EXPECT_EQ(kaltura_error_is_retryable(error), 0);
    EXPECT_EQ(fake_server_counter(server, "requests"), 0);
    kaltura_error_free(error);
  }
  fake_server_reset(server);
}

static void what_is_no_tls_is_told_from_what_is_not_trusted(void) {
  kaltura_options *options = fresh_options();
  fake_server_script(server, "connection:* tls-garbage");
  expect_failure(options, KALTURA_STATUS_TLS, KALTURA_STEP_WIDGET_SESSION);
  fake_server_reset(server);
}

static void the_authorities_of_the_system_and_the_bundled_ones_do_not_know_a_private_one(void) {
  static const kaltura_trust trusts[] = {KALTURA_TRUST_SYSTEM, KALTURA_TRUST_BUNDLED};
  size_t index;
  for (index = 0; index < 2; index++) {
    kaltura_options *options = account_options(fake_server_https_url(server), SHA256_TOKEN);
    kaltura_options_set_trust(options, trusts[index]);
    expect_failure(options, KALTURA_STATUS_CERTIFICATE, KALTURA_STEP_WIDGET_SESSION);
    options = account_options(fake_server_https_url(server), SHA256_TOKEN);
    kaltura_options_set_trust(options, trusts[index]);
    kaltura_options_add_ca_pem(options, fake_server_ca_pem(server));
    expect_session(options);
  }
}

static void pins_are_a_further_condition(void) {
  kaltura_options *options = fresh_options();
  kaltura_error *error;
  kaltura_options_add_pin_spki_sha256(options, "sha256/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=");
  kaltura_options_add_pin_spki_sha256(options, "BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBA=");
  error = fail_with(options);
  expect_error(error, KALTURA_STATUS_CERTIFICATE, KALTURA_STEP_WIDGET_SESSION);
  EXPECT_CONTAINS(kaltura_error_message(error), "pinned");
  kaltura_error_free(error);
}

static const test_case tests[] = {
    TEST(certificates_that_are_not_right_are_refused),
    TEST(what_is_no_tls_is_told_from_what_is_not_trusted),
    TEST(the_authorities_of_the_system_and_the_bundled_ones_do_not_know_a_private_one),
    TEST(pins_are_a_further_condition),
};

int main(void) {
  int result;
  server = fake_server_start(NULL);
  result = RUN_TESTS(tests);
  fake_server_stop(server);
  return result;
}

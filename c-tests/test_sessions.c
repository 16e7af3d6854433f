/* What was granted, and of what was asked. */
#include "account.h"

static fake_server *server;

static kaltura_session *start(kaltura_options *options) {
  kaltura_error *error;
  kaltura_session *session = start_session(options, &error);
  EXPECT_NOT_NULL(session);
  EXPECT_STR(kaltura_error_message(error), "");
  kaltura_error_free(error);
  kaltura_options_free(options);
  return session;
}

static void a_plain_session_is_as_the_token_has_it(void) {
  kaltura_session *session = start(https_options(server, SHA256_TOKEN));
  EXPECT_EQ(kaltura_session_partner_id(session), FAKE_PARTNER_ID);
  EXPECT_STR(kaltura_session_user_id(session), "");
  EXPECT_EQ(kaltura_session_granted_type(session), KALTURA_SESSION_TYPE_USER);
  EXPECT_STR(kaltura_session_privileges(session), "sessionid:0_sha256tk,apptoken:0_sha256tk");
  EXPECT_STR(kaltura_session_dropped_privileges(session), "");
  EXPECT_EQ(kaltura_session_adjustments(session), 0);
  EXPECT_EQ(kaltura_session_hash_type(session), KALTURA_HASH_TYPE_SHA256);
  EXPECT_AT_LEAST(kaltura_session_remaining_ms(session), 86390000);
  EXPECT_AT_MOST(kaltura_session_remaining_ms(session), 86400000);
  EXPECT_AT_LEAST(kaltura_session_expires_at_seconds(session), (long long)time(NULL) + 86390);
  kaltura_session_free(session);
}

static void everything_that_is_asked_for_is_granted_if_the_token_leaves_it_open(void) {
  kaltura_session *session;
  kaltura_options *options = https_options(server, SHA256_TOKEN);
  kaltura_options_set_user_id(options, "\xc3\xa9 \xf0\x9f\x99\x82 \"/\\");
  kaltura_options_set_session_type(options, KALTURA_SESSION_TYPE_ADMIN);
  kaltura_options_set_expiry_seconds(options, 120);
  kaltura_options_set_privileges(options, "appid:a-b,custom:1/2");
  kaltura_options_set_client_tag(options, "test");
  session = start(options);
  EXPECT_STR(kaltura_session_user_id(session), "\xc3\xa9 \xf0\x9f\x99\x82 \"/\\");
  EXPECT_EQ(kaltura_session_granted_type(session), KALTURA_SESSION_TYPE_ADMIN);
  EXPECT_AT_MOST(kaltura_session_remaining_ms(session), 120000);
  EXPECT_AT_LEAST(kaltura_session_remaining_ms(session), 110000);
  EXPECT_CONTAINS(kaltura_session_privileges(session), "appid:a-b,custom:1/2");
  EXPECT_EQ(kaltura_session_adjustments(session), 0);
  kaltura_session_free(session);
}

static void what_the_token_fixes_is_told(void) {
  app_token token = {"0_lockuser", "a0a1a2a3a4a5a6a7a8a9aaabacadaeaf", KALTURA_HASH_TYPE_SHA256};
  kaltura_session *session;
  kaltura_options *options = https_options(server, token);
  kaltura_options_set_user_id(options, "joe");
  kaltura_options_set_session_type(options, KALTURA_SESSION_TYPE_ADMIN);
  kaltura_options_set_expiry_seconds(options, 99999999);
  kaltura_options_set_privileges(options, "list:0_x,setrole:1,edit:*");
  session = start(options);
  EXPECT_STR(kaltura_session_user_id(session), "service@example.com");
  EXPECT_EQ(kaltura_session_granted_type(session), KALTURA_SESSION_TYPE_USER);
  EXPECT_STR(kaltura_session_dropped_privileges(session), "setrole:1,edit:*");
  EXPECT_EQ(kaltura_session_adjustments(session),
            KALTURA_ADJUSTMENT_USER_REPLACED | KALTURA_ADJUSTMENT_TYPE_REPLACED | KALTURA_ADJUSTMENT_EXPIRY_SHORTENED |
                KALTURA_ADJUSTMENT_PRIVILEGES_DROPPED);
  kaltura_session_free(session);
}

static void the_servers_clock_decides_how_long_it_lives(void) {
  kaltura_session *session;
  fake_server_script(server, "request:* date shift=-432000\n");
  session = start(https_options(server, SHA256_TOKEN));
  EXPECT_AT_LEAST(kaltura_session_remaining_ms(session), 86390000);
  EXPECT_AT_MOST(kaltura_session_remaining_ms(session), 86400000);
  kaltura_session_free(session);
  fake_server_reset(server);
}

static void a_session_outlives_its_options_and_counts_references(void) {
  kaltura_session *session = start(https_options(server, SHA256_TOKEN));
  kaltura_session *same = kaltura_session_retain(session);
  EXPECT_TRUE(same == session);
  kaltura_session_free(session);
  EXPECT_TRUE(strlen(kaltura_session_ks(same)) > 100);
  kaltura_session_free(same);
}

static void a_version_1_account_works_but_for_semicolons(void) {
  app_token token = {"0_v1token1", "d0d1d2d3d4d5d6d7d8d9dadbdcdddedf", KALTURA_HASH_TYPE_SHA256};
  kaltura_options *options = options_of(102, token, fake_server_http_url(server));
  kaltura_session *session;
  kaltura_error *error;
  session = start(options);
  EXPECT_EQ(kaltura_session_partner_id(session), 102);
  kaltura_session_free(session);

  options = options_of(102, token, fake_server_http_url(server));
  kaltura_options_set_user_id(options, "eve;*;;");
  error = fail_with(options);
  expect_error(error, KALTURA_STATUS_INVALID_ARGUMENT, KALTURA_STEP_TOKEN_HASH);
  EXPECT_STR(kaltura_error_option(error), "user_id");
  kaltura_error_free(error);
}

static const test_case tests[] = {
    TEST(a_plain_session_is_as_the_token_has_it),
    TEST(everything_that_is_asked_for_is_granted_if_the_token_leaves_it_open),
    TEST(what_the_token_fixes_is_told),
    TEST(the_servers_clock_decides_how_long_it_lives),
    TEST(a_session_outlives_its_options_and_counts_references),
    TEST(a_version_1_account_works_but_for_semicolons),
};

int main(void) {
  int result;
  server = fake_server_start(NULL);
  result = RUN_TESTS(tests);
  fake_server_stop(server);
  return result;
}

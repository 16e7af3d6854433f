/* An app token of any hash type, at its price in requests. */
#include "account.h"

static fake_server *server;

static kaltura_options *http_options(const char *id, const char *token) {
  app_token of = {id, token, KALTURA_HASH_TYPE_AUTO};
  return account_options(fake_server_http_url(server), of);
}

static void expect_price(const char *id, const char *token, kaltura_hash_type hash_type, long requests) {
  kaltura_options *options = http_options(id, token);
  kaltura_error *error;
  kaltura_session *session;
  fake_server_reset(server);
  session = start_session(options, &error);
  EXPECT_NULL(error);
  EXPECT_EQ(kaltura_session_hash_type(session), hash_type);
  EXPECT_EQ(fake_server_counter(server, "requests"), requests);
  kaltura_session_free(session);
  kaltura_options_free(options);
}

static void every_hash_type_is_found_at_its_price(void) {
  expect_price("0_sha256tk", "303132333435363738393a3b3c3d3e3f", KALTURA_HASH_TYPE_SHA256, 2);
  expect_price("0_sha1tok1", "202122232425262728292a2b2c2d2e2f", KALTURA_HASH_TYPE_SHA1, 3);
  /* names none: the server's default is SHA1 */
  expect_price("0_default1", "000102030405060708090a0b0c0d0e0f", KALTURA_HASH_TYPE_SHA1, 3);
  expect_price("0_sha512tk", "404142434445464748494a4b4c4d4e4f", KALTURA_HASH_TYPE_SHA512, 4);
  expect_price("0_md5token", "101112131415161718191a1b1c1d1e1f", KALTURA_HASH_TYPE_MD5, 5);
}

static void a_wrong_token_is_said_to_be_wrong_after_all_types_were_tried(void) {
  kaltura_error *error;
  fake_server_reset(server);
  error = fail_with(http_options("0_sha256tk", "ffffffffffffffffffffffffffffffff"));
  expect_error(error, KALTURA_STATUS_APP_TOKEN_MISMATCH, KALTURA_STEP_START_SESSION);
  EXPECT_CONTAINS(kaltura_error_hint(error), "the token value itself is wrong");
  EXPECT_STR(kaltura_error_api_code(error), "INVALID_APP_TOKEN_HASH");
  EXPECT_EQ(kaltura_error_attempts(error), 5);
  EXPECT_EQ(fake_server_counter(server, "requests"), 5);
  kaltura_error_free(error);
}

static void a_named_type_makes_one_attempt(void) {
  kaltura_options *options = http_options("0_sha1tok1", "202122232425262728292a2b2c2d2e2f");
  fake_server_reset(server);
  kaltura_options_set_hash_type(options, KALTURA_HASH_TYPE_SHA1);
  expect_session(options);
  EXPECT_EQ(fake_server_counter(server, "requests"), 2);

  fake_server_reset(server);
  options = http_options("0_sha1tok1", "202122232425262728292a2b2c2d2e2f");
  kaltura_options_set_hash_type(options, KALTURA_HASH_TYPE_SHA512);
  expect_failure(options, KALTURA_STATUS_APP_TOKEN_MISMATCH, KALTURA_STEP_START_SESSION);
  EXPECT_EQ(fake_server_counter(server, "requests"), 2);
}

static const test_case tests[] = {
    TEST(every_hash_type_is_found_at_its_price),
    TEST(a_wrong_token_is_said_to_be_wrong_after_all_types_were_tried),
    TEST(a_named_type_makes_one_attempt),
};

int main(void) {
  int result;
  server = fake_server_start(NULL);
  result = RUN_TESTS(tests);
  fake_server_stop(server);
  return result;
}

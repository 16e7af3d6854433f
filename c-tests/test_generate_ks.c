/* One call: a KS for an app token of any hash type, at its price in requests. */
#include "account.h"

static fake_server *server;

static char *generate(const char *id, const char *token, kaltura_error **error) {
  return kaltura_generate_ks(fake_server_http_url(server), FAKE_PARTNER_ID, id, token, NULL, error);
}

static void expect_ks(const char *id, const char *token, long requests) {
  kaltura_error *error;
  char *ks;
  fake_server_reset(server);
  ks = generate(id, token, &error);
  EXPECT_NOT_NULL(ks);
  EXPECT_NULL(error);
  if (ks != NULL) {
    EXPECT_TRUE(strlen(ks) > 100);
  }
  EXPECT_EQ(fake_server_counter(server, "requests"), requests);
  kaltura_free_string(ks);
}

static void every_hash_type_is_found_at_its_price(void) {
  expect_ks("0_sha256tk", "303132333435363738393a3b3c3d3e3f", 2);
  expect_ks("0_sha1tok1", "202122232425262728292a2b2c2d2e2f", 3);
  expect_ks("0_default1", "000102030405060708090a0b0c0d0e0f", 3); /* names none: the server's default is SHA1 */
  expect_ks("0_sha512tk", "404142434445464748494a4b4c4d4e4f", 4);
  expect_ks("0_md5token", "101112131415161718191a1b1c1d1e1f", 5);
}

static void a_wrong_token_is_said_to_be_wrong_after_all_types_were_tried(void) {
  kaltura_error *error;
  fake_server_reset(server);
  EXPECT_NULL(generate("0_sha256tk", "ffffffffffffffffffffffffffffffff", &error));
  expect_error(error, KALTURA_STATUS_APP_TOKEN_MISMATCH, KALTURA_STEP_START_SESSION);
  EXPECT_CONTAINS(kaltura_error_hint(error), "the token value itself is wrong");
  EXPECT_STR(kaltura_error_api_code(error), "INVALID_APP_TOKEN_HASH");
  EXPECT_EQ(kaltura_error_attempts(error), 5);
  EXPECT_EQ(fake_server_counter(server, "requests"), 5);
  kaltura_error_free(error);
}

static void a_named_type_makes_one_attempt(void) {
  app_token token = {"0_sha1tok1", "202122232425262728292a2b2c2d2e2f", KALTURA_HASH_TYPE_SHA1};
  kaltura_options *options = account_options(fake_server_http_url(server), token);
  fake_server_reset(server);
  kaltura_options_set_hash_type(options, KALTURA_HASH_TYPE_SHA1);
  expect_session(options);
  EXPECT_EQ(fake_server_counter(server, "requests"), 2);

  fake_server_reset(server);
  options = account_options(fake_server_http_url(server), token);
  kaltura_options_set_hash_type(options, KALTURA_HASH_TYPE_SHA512);
  expect_failure(options, KALTURA_STATUS_APP_TOKEN_MISMATCH, KALTURA_STEP_START_SESSION);
  EXPECT_EQ(fake_server_counter(server, "requests"), 2);
}

static void the_error_may_be_left_out(void) {
  EXPECT_NULL(generate("0_nope_", "303132333435363738393a3b3c3d3e3f", NULL));
}

static void a_user_id_is_taken(void) {
  kaltura_error *error;
  char *ks = kaltura_generate_ks(fake_server_http_url(server), FAKE_PARTNER_ID, FAKE_APP_TOKEN_ID, FAKE_APP_TOKEN,
                                 "u+1@example.com", &error);
  EXPECT_NOT_NULL(ks);
  kaltura_free_string(ks);
}

static void freeing_null_is_fine(void) {
  kaltura_free_string(NULL);
}

static const test_case tests[] = {
    TEST(every_hash_type_is_found_at_its_price),
    TEST(a_wrong_token_is_said_to_be_wrong_after_all_types_were_tried),
    TEST(a_named_type_makes_one_attempt),
    TEST(the_error_may_be_left_out),
    TEST(a_user_id_is_taken),
    TEST(freeing_null_is_fine),
};

int main(void) {
  int result;
  server = fake_server_start(NULL);
  result = RUN_TESTS(tests);
  fake_server_stop(server);
  return result;
}

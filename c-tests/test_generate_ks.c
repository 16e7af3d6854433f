/* One call: a KS for an app token. */
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

static void the_tokens_hash_type_is_found(void) {
  expect_ks("0_sha256tk", "303132333435363738393a3b3c3d3e3f", 2);
  expect_ks("0_sha1tok1", "202122232425262728292a2b2c2d2e2f", 3);
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
    TEST(the_tokens_hash_type_is_found),
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

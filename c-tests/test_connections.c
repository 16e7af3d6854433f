/* What a session costs on the wire, and the bytes that are sent. */
#include "account.h"

static fake_server *server;

static void a_cold_session_is_one_connection_one_handshake_two_requests_each_in_one_write(void) {
  fake_server_reset(server);
  expect_session(https_options(server, SHA256_TOKEN));
  EXPECT_EQ(fake_server_counter(server, "connections"), 1);
  EXPECT_EQ(fake_server_counter(server, "handshakes"), 1);
  EXPECT_EQ(fake_server_counter(server, "full_handshakes"), 1);
  EXPECT_EQ(fake_server_counter(server, "requests"), 2);
  EXPECT_EQ(fake_server_counter(server, "widget_requests"), 1);
  EXPECT_EQ(fake_server_counter(server, "start_requests"), 1);
  EXPECT_EQ(fake_server_counter(server, "writes_split"), 0);
}

/* Follows the test above: same process, equal options. */
static void later_sessions_of_equal_options_reuse_the_connection(void) {
  int index;
  fake_server_reset(server);
  for (index = 0; index < 5; index++) {
    expect_session(https_options(server, SHA256_TOKEN));
  }
  EXPECT_EQ(fake_server_counter(server, "connections"), 0);
  EXPECT_EQ(fake_server_counter(server, "handshakes"), 0);
  EXPECT_EQ(fake_server_counter(server, "requests"), 10);
  EXPECT_EQ(fake_server_counter(server, "writes_split"), 0);
}

static void other_options_have_a_connection_of_their_own(void) {
  kaltura_options *options = https_options(server, SHA256_TOKEN);
  fake_server_reset(server);
  kaltura_options_set_connect_timeout_ms(options, 1234);
  expect_session(options);
  EXPECT_EQ(fake_server_counter(server, "connections"), 1);
}

static void a_connection_that_the_server_closed_is_replaced_and_its_tls_session_resumed(void) {
  fake_server_reset(server);
  fake_server_script(server, "start:1 close-after\n");
  expect_session(https_options(server, SHA256_TOKEN));
  expect_session(https_options(server, SHA256_TOKEN));
  EXPECT_EQ(fake_server_counter(server, "connections"), 1);
  EXPECT_EQ(fake_server_counter(server, "resumed_handshakes"), 1);
  EXPECT_EQ(fake_server_counter(server, "requests"), 4);
}

static void the_bytes_are_a_post_with_its_secrets_in_the_body(void) {
  char *request;
  kaltura_options *options = account_options(fake_server_http_url(server), SHA256_TOKEN);
  kaltura_options_set_user_id(options, "marked-user");
  fake_server_reset(server);
  expect_session(options);
  request = fake_server_last_request(server);
  EXPECT_TRUE(strstr(request, "POST /api_v3/service/appToken/action/startSession HTTP/1.1\r\n") == request);
  EXPECT_CONTAINS(request, "\r\ncontent-type: application/json\r\n");
  EXPECT_LACKS(request, "accept-encoding");
  EXPECT_CONTAINS(request, "\r\n\r\n{\"format\":1,\"clientTag\":\"kaltura-session:");
  EXPECT_CONTAINS(request, "\"userId\":\"marked-user\"}");
  EXPECT_LACKS(request, "partnerId");
  EXPECT_LACKS(request, "\"type\"");
  EXPECT_LACKS(request, "\"expiry\"");
  EXPECT_LACKS(request, "sessionPrivileges");
  EXPECT_LACKS(request, "nocache");
  free(request);
}

static const test_case tests[] = {
    TEST(a_cold_session_is_one_connection_one_handshake_two_requests_each_in_one_write),
    TEST(later_sessions_of_equal_options_reuse_the_connection),
    TEST(other_options_have_a_connection_of_their_own),
    TEST(a_connection_that_the_server_closed_is_replaced_and_its_tls_session_resumed),
    TEST(the_bytes_are_a_post_with_its_secrets_in_the_body),
};

int main(void) {
  int result;
  server = fake_server_start(NULL);
  result = RUN_TESTS(tests);
  fake_server_stop(server);
  return result;
}

/* App tokens from an administrator's side: made, used, listed, changed and deleted. */
#include <kaltura_session_server.h>

#include "carried.h"

#define ADMIN_SECRET "a1b2c3d4e5f60718293a4b5c6d7e8f90"

static fake_server *server;

static kaltura_options *connection(void) {
  static const app_token none = {NULL, NULL, KALTURA_HASH_TYPE_AUTO};
  kaltura_options *options = account_options(fake_server_http_url(server), none);
#ifdef CURL_FLOW
  kaltura_options_set_transport(options, curl_send, NULL, NULL); /* for walks, which are no flows */
#endif
  return options;
}

static kaltura_admin *administrator(void) {
  kaltura_error *error;
  kaltura_options *options = connection();
  kaltura_admin *admin = kaltura_admin_new_with_secret(options, ADMIN_SECRET, "boss", &error);
  EXPECT_NOT_NULL(admin);
  EXPECT_STR(kaltura_error_message(error), "");
  kaltura_options_free(options);
  return admin;
}

static kaltura_app_token *add(const kaltura_admin *admin, const kaltura_app_token_fields *fields) {
  kaltura_error *error;
  kaltura_app_token *token = kaltura_app_token_add(admin, fields, NULL, &error);
  EXPECT_NOT_NULL(token);
  EXPECT_STR(kaltura_error_message(error), "");
  kaltura_error_free(error);
  return token;
}

static kaltura_options *options_for(const kaltura_app_token *token) {
  app_token named = {kaltura_app_token_id(token), kaltura_app_token_token(token), kaltura_app_token_get_hash_type(token)};
  kaltura_options *options = account_options(fake_server_http_url(server), named);
  kaltura_options_set_hash_type(options, named.hash_type);
  return options;
}

/* The call fails with this status and says what to do. */
static void expect_refusal(kaltura_error *error, kaltura_status status, const char *part_of_hint) {
  expect_error(error, status, KALTURA_STEP_NONE);
  EXPECT_CONTAINS(kaltura_error_hint(error), part_of_hint);
  kaltura_error_free(error);
}

static void a_token_is_added_starts_a_session_that_works_and_is_gone_when_deleted(void) {
  kaltura_error *error;
  kaltura_admin *admin = administrator();
  kaltura_options *checked = connection();
  kaltura_app_token_fields *fields = kaltura_app_token_fields_new();
  kaltura_app_token *token;
  kaltura_options *options;
  kaltura_session *session;
  kaltura_app_token_fields_set_session_type(fields, KALTURA_SESSION_TYPE_USER);
  kaltura_app_token_fields_set_session_duration_seconds(fields, 600);
  kaltura_app_token_fields_set_session_privileges(fields, "list:*");
  token = add(admin, fields);
  EXPECT_EQ(strlen(kaltura_app_token_token(token)), 32);

  options = options_for(token);
  session = start_session(options, &error);
  EXPECT_NOT_NULL(session);
  EXPECT_CONTAINS(kaltura_session_privileges(session), "list:*");
  EXPECT_AT_MOST(kaltura_session_remaining_ms(session), 600000);
  EXPECT_EQ(kaltura_ks_check(checked, kaltura_session_ks(session), NULL, &error), 1);

  EXPECT_EQ(kaltura_app_token_delete(admin, kaltura_app_token_id(token), NULL, &error), 1);
  EXPECT_NULL(error);
  EXPECT_EQ(kaltura_ks_check(checked, kaltura_session_ks(session), NULL, &error), 0);
  EXPECT_EQ(kaltura_error_ks_reason(error), KALTURA_KS_REASON_LOGOUT);
  expect_refusal(error, KALTURA_STATUS_INVALID_KS, "deleted");

  error = fail_with(options);
  EXPECT_STR(kaltura_error_api_code(error), "APP_TOKEN_ID_NOT_FOUND");
  EXPECT_CONTAINS(kaltura_error_hint(error), "it was deleted");
  expect_error(error, KALTURA_STATUS_APP_TOKEN_NOT_FOUND, KALTURA_STEP_START_SESSION);
  kaltura_error_free(error);
  EXPECT_EQ(kaltura_app_token_delete(admin, kaltura_app_token_id(token), NULL, &error), 0);
  expect_refusal(error, KALTURA_STATUS_APP_TOKEN_NOT_FOUND, "does not exist");

  kaltura_session_free(session);
  kaltura_app_token_free(token);
  kaltura_app_token_fields_free(fields);
  kaltura_options_free(checked);
  kaltura_admin_free(admin);
}

static void a_token_is_as_it_was_asked_for(void) {
  kaltura_error *error;
  kaltura_admin *admin = administrator();
  kaltura_app_token_fields *fields = kaltura_app_token_fields_new();
  kaltura_app_token *added, *got;
  int64_t now = (int64_t)time(NULL);
  kaltura_app_token_fields_set_hash_type(fields, KALTURA_HASH_TYPE_SHA512);
  kaltura_app_token_fields_set_expires_in_seconds(fields, 3600);
  kaltura_app_token_fields_set_session_type(fields, KALTURA_SESSION_TYPE_ADMIN);
  kaltura_app_token_fields_set_session_user_id(fields, "\xc3\xa9 \"/\\");
  kaltura_app_token_fields_set_description(fields, "for a test");
  added = add(admin, fields);
  got = kaltura_app_token_get(admin, kaltura_app_token_id(added), NULL, &error);
  EXPECT_NOT_NULL(got);
  EXPECT_STR(kaltura_app_token_token(got), kaltura_app_token_token(added));
  EXPECT_EQ(kaltura_app_token_partner_id(got), FAKE_PARTNER_ID);
  EXPECT_EQ(kaltura_app_token_get_status(got), KALTURA_APP_TOKEN_STATUS_ACTIVE);
  EXPECT_EQ(kaltura_app_token_get_hash_type(got), KALTURA_HASH_TYPE_SHA512);
  EXPECT_AT_LEAST(kaltura_app_token_expires_at_seconds(got), now + 3590);
  EXPECT_AT_MOST(kaltura_app_token_expires_at_seconds(got), now + 3610);
  EXPECT_AT_LEAST(kaltura_app_token_created_at_seconds(got), now - 10);
  EXPECT_AT_LEAST(kaltura_app_token_updated_at_seconds(got), now - 10);
  EXPECT_EQ(kaltura_app_token_session_type(got), KALTURA_SESSION_TYPE_ADMIN);
  EXPECT_STR(kaltura_app_token_session_user_id(got), "\xc3\xa9 \"/\\");
  EXPECT_NULL(kaltura_app_token_session_privileges(got));
  EXPECT_STR(kaltura_app_token_description(got), "for a test");
  kaltura_app_token_free(got);
  kaltura_app_token_free(added);
  kaltura_app_token_fields_free(fields);

  added = add(admin, NULL);
  EXPECT_EQ(kaltura_app_token_get_hash_type(added), KALTURA_HASH_TYPE_SHA256);
  EXPECT_EQ(kaltura_app_token_expires_at_seconds(added), 0);
  EXPECT_EQ(kaltura_app_token_session_type(added), -1);
  EXPECT_EQ(kaltura_app_token_session_duration_seconds(added), 86400);
  EXPECT_NULL(kaltura_app_token_session_user_id(added));
  kaltura_app_token_free(added);
  kaltura_admin_free(admin);
}

static void an_update_changes_what_is_set_and_nothing_else(void) {
  kaltura_error *error;
  kaltura_admin *admin = administrator();
  kaltura_app_token_fields *fields = kaltura_app_token_fields_new(), *change = kaltura_app_token_fields_new();
  kaltura_app_token *added, *updated;
  kaltura_app_token_fields_set_session_user_id(fields, "ann");
  kaltura_app_token_fields_set_description(fields, "first");
  added = add(admin, fields);
  kaltura_app_token_fields_set_description(change, "second");
  updated = kaltura_app_token_update(admin, kaltura_app_token_id(added), change, NULL, &error);
  EXPECT_STR(kaltura_app_token_description(updated), "second");
  EXPECT_STR(kaltura_app_token_session_user_id(updated), "ann");
  EXPECT_EQ(kaltura_app_token_get_hash_type(updated), KALTURA_HASH_TYPE_SHA256);
  kaltura_app_token_free(updated);
  EXPECT_NULL(kaltura_app_token_update(admin, "0_nope", change, NULL, &error));
  expect_refusal(error, KALTURA_STATUS_APP_TOKEN_NOT_FOUND, "does not exist");
  kaltura_app_token_free(added);
  kaltura_app_token_fields_free(change);
  kaltura_app_token_fields_free(fields);
  kaltura_admin_free(admin);
}

static void a_walk_meets_every_token_once_and_pages_count_them(void) {
  enum { COUNT = 65 };
  kaltura_error *error;
  kaltura_admin *admin = administrator();
  kaltura_app_token_fields *fields = kaltura_app_token_fields_new();
  kaltura_app_token_filter *filter = kaltura_app_token_filter_new();
  kaltura_app_token_walk *walk;
  kaltura_app_token_page *page;
  kaltura_app_token *token;
  char ids[COUNT][32];
  int added, met = 0;
  kaltura_app_token_fields_set_session_user_id(fields, "walker");
  kaltura_app_token_filter_set_session_user_id(filter, "walker");
  for (added = 0; added < COUNT; added++) {
    token = add(admin, fields);
    snprintf(ids[added], sizeof ids[added], "%s", kaltura_app_token_id(token));
    kaltura_app_token_free(token);
  }
  walk = kaltura_app_token_walk_new(admin, filter);
  while ((token = kaltura_app_token_walk_next(walk, NULL, &error)) != NULL) {
    for (added = 0; added < COUNT; added++) {
      if (strcmp(ids[added], kaltura_app_token_id(token)) == 0) {
        ids[added][0] = '\0';
        met++;
      }
    }
    kaltura_app_token_free(token);
  }
  EXPECT_NULL(error);
  EXPECT_EQ(met, COUNT);
  EXPECT_NULL(kaltura_app_token_walk_next(walk, NULL, &error));
  kaltura_app_token_walk_free(walk);

  page = kaltura_app_token_list(admin, filter, 30, 3, NULL, &error);
  EXPECT_EQ(kaltura_app_token_page_total_count(page), COUNT);
  EXPECT_EQ(kaltura_app_token_page_count(page), 5);
  EXPECT_STR(kaltura_app_token_session_user_id(kaltura_app_token_page_token(page, 4)), "walker");
  EXPECT_NULL(kaltura_app_token_page_token(page, 5));
  kaltura_app_token_page_free(page);
  page = kaltura_app_token_list(admin, filter, 100, 2, NULL, &error);
  EXPECT_NOT_NULL(page);
  EXPECT_EQ(kaltura_app_token_page_count(page), 0);
  kaltura_app_token_page_free(page);
  kaltura_app_token_filter_free(filter);
  kaltura_app_token_fields_free(fields);
  kaltura_admin_free(admin);
}

static void a_filter_lets_through_what_fits_all_of_it(void) {
  kaltura_error *error;
  kaltura_admin *admin = administrator();
  kaltura_app_token_filter *filter = kaltura_app_token_filter_new();
  kaltura_app_token_page *page;
  kaltura_app_token_filter_add_id(filter, "0_sha256tk");
  kaltura_app_token_filter_add_id(filter, "0_disabled");
  kaltura_app_token_filter_add_id(filter, "0_blocked1"); /* another account's */
  page = kaltura_app_token_list(admin, filter, 100, 1, NULL, &error);
  EXPECT_EQ(kaltura_app_token_page_count(page), 2);
  kaltura_app_token_page_free(page);
  kaltura_app_token_filter_set_status(filter, KALTURA_APP_TOKEN_STATUS_DISABLED);
  page = kaltura_app_token_list(admin, filter, 100, 1, NULL, &error);
  EXPECT_EQ(kaltura_app_token_page_count(page), 1);
  EXPECT_STR(kaltura_app_token_id(kaltura_app_token_page_token(page, 0)), "0_disabled");
  kaltura_app_token_page_free(page);
  kaltura_app_token_filter_set_created_seconds(filter, (int64_t)time(NULL) + 3600, 0);
  page = kaltura_app_token_list(admin, filter, 100, 1, NULL, &error);
  EXPECT_EQ(kaltura_app_token_page_total_count(page), 0);
  kaltura_app_token_page_free(page);
  kaltura_app_token_filter_free(filter);
  kaltura_admin_free(admin);
}

static void what_the_server_would_misread_is_refused_before_a_request(void) {
  kaltura_error *error;
  kaltura_admin *admin = administrator();
  kaltura_app_token_fields *fields;
  int which;
  fake_server_reset(server);
  for (which = 0; which < 4; which++) {
    static const char *const options[] = {"expires_in_seconds", "expires_at_seconds", "session_duration_seconds",
                                          "hash_type"};
    fields = kaltura_app_token_fields_new();
    switch (which) {
      case 0: kaltura_app_token_fields_set_expires_in_seconds(fields, 0); break;
      case 1: kaltura_app_token_fields_set_expires_at_seconds(fields, 0); break;
      case 2: kaltura_app_token_fields_set_session_duration_seconds(fields, 0); break;
      default: kaltura_app_token_fields_set_hash_type(fields, 9); break;
    }
    EXPECT_NULL(kaltura_app_token_add(admin, fields, NULL, &error));
    EXPECT_STR(kaltura_error_option(error), options[which]);
    expect_refusal(error, KALTURA_STATUS_INVALID_ARGUMENT, "");
    kaltura_app_token_fields_free(fields);
  }
  EXPECT_NULL(kaltura_app_token_get(admin, "00112233445566778899aabbccddeeff", NULL, &error));
  EXPECT_STR(kaltura_error_option(error), "id");
  expect_refusal(error, KALTURA_STATUS_INVALID_ARGUMENT, "swapped");
  EXPECT_NULL(kaltura_app_token_list(admin, NULL, 0, 1, NULL, &error));
  expect_refusal(error, KALTURA_STATUS_INVALID_ARGUMENT, "1 to 100");
  EXPECT_NULL(kaltura_app_token_list(admin, NULL, 30, 0, NULL, &error));
  EXPECT_STR(kaltura_error_option(error), "page_index");
  kaltura_error_free(error);
  EXPECT_EQ(fake_server_counter(server, "requests"), 0);
  kaltura_admin_free(admin);
}

static void a_given_ks_serves_if_it_is_an_administrators(void) {
  kaltura_error *error;
  kaltura_options *options = connection();
  char *ks = kaltura_ks_sign(2, FAKE_PARTNER_ID, ADMIN_SECRET, "ann", KALTURA_SESSION_TYPE_ADMIN, 60, NULL, &error);
  kaltura_admin *admin = kaltura_admin_new(options, ks, &error);
  kaltura_app_token *token = kaltura_app_token_get(admin, "0_sha256tk", NULL, &error);
  EXPECT_STR(kaltura_app_token_token(token), FAKE_APP_TOKEN);
  kaltura_app_token_free(token);
  kaltura_admin_free(admin);
  kaltura_free_string(ks);

  ks = kaltura_ks_sign(2, FAKE_PARTNER_ID, ADMIN_SECRET, "ann", KALTURA_SESSION_TYPE_USER, 60, NULL, &error);
  admin = kaltura_admin_new(options, ks, &error);
  EXPECT_NULL(kaltura_app_token_get(admin, "0_sha256tk", NULL, &error));
  expect_refusal(error, KALTURA_STATUS_FORBIDDEN, "type admin");
  kaltura_admin_free(admin);
  kaltura_free_string(ks);

  ks = kaltura_ks_sign(2, FAKE_PARTNER_ID, "ffffffffffffffffffffffffffffffff", "", KALTURA_SESSION_TYPE_ADMIN, 60, NULL, &error);
  admin = kaltura_admin_new(options, ks, &error);
  EXPECT_NULL(kaltura_app_token_get(admin, "0_sha256tk", NULL, &error));
  EXPECT_EQ(kaltura_error_ks_reason(error), KALTURA_KS_REASON_UNREADABLE);
  EXPECT_LACKS(kaltura_error_api_message(error), "djJ8");
  EXPECT_LACKS(kaltura_error_api_arg(error, "KSID"), "djJ8");
  expect_refusal(error, KALTURA_STATUS_INVALID_KS, "another secret");
  kaltura_admin_free(admin);
  kaltura_free_string(ks);
  kaltura_options_free(options);
}

static void a_failing_network_and_server_are_told_as_elsewhere(void) {
  kaltura_error *error;
  kaltura_admin *admin = administrator();
  kaltura_cancellation *cancelled = kaltura_cancellation_new();
  fake_server_script(server, "request:1 status code=502");
  EXPECT_NULL(kaltura_app_token_get(admin, "0_sha256tk", NULL, &error));
  EXPECT_EQ(kaltura_error_http_status(error), 502);
  EXPECT_EQ(kaltura_error_is_retryable(error), 1);
  EXPECT_EQ(kaltura_error_attempts(error), 1);
  expect_refusal(error, KALTURA_STATUS_HTTP_STATUS, "Try again");
  fake_server_reset(server);
  kaltura_cancellation_cancel(cancelled);
  EXPECT_NULL(kaltura_app_token_get(admin, "0_sha256tk", cancelled, &error));
  expect_refusal(error, KALTURA_STATUS_CANCELLED, "nothing is wrong");
  fake_server_reset(server);
  kaltura_cancellation_free(cancelled);
  kaltura_admin_free(admin);
}

/* Where the connection at rest broke: whether the server read the request is not known. */
static void what_changes_something_is_sent_once_even_if_the_connection_breaks(void) {
  kaltura_error *error;
  kaltura_admin *admin = administrator();
  kaltura_app_token_fields *fields = kaltura_app_token_fields_new();
  kaltura_app_token_filter *filter = kaltura_app_token_filter_new();
  kaltura_app_token_page *page;
  kaltura_app_token *token;
  const char *id;
  kaltura_app_token_fields_set_session_user_id(fields, "once");
  kaltura_app_token_filter_set_session_user_id(filter, "once");
  kaltura_app_token_free(kaltura_app_token_get(admin, "0_sha256tk", NULL, &error)); /* leaves a connection at rest */
  fake_server_reset(server);
  fake_server_script(server, "request:1 close"); /* after it was carried out */
  EXPECT_NULL(kaltura_app_token_add(admin, fields, NULL, &error));
  expect_refusal(error, KALTURA_STATUS_CONNECTION_LOST, "try again");
  EXPECT_EQ(fake_server_counter(server, "requests"), 1);
  fake_server_script(server, "");
  page = kaltura_app_token_list(admin, filter, 100, 1, NULL, &error);
  EXPECT_EQ(kaltura_app_token_page_count(page), 1);
  token = kaltura_app_token_get(admin, kaltura_app_token_id(kaltura_app_token_page_token(page, 0)), NULL, &error);
  id = kaltura_app_token_id(token);

  fake_server_script(server, "request:1 close");
  EXPECT_NULL(kaltura_app_token_update(admin, id, fields, NULL, &error));
  kaltura_error_free(error);
  fake_server_script(server, "request:1 close");
  EXPECT_EQ(kaltura_app_token_delete(admin, id, NULL, &error), 0);
  expect_refusal(error, KALTURA_STATUS_CONNECTION_LOST, "try again"); /* and not that there is no such token */

#if !defined CURL_TRANSPORT && !defined CURL_FLOW
  /* What only looks is sent again. */
  kaltura_app_token_free(kaltura_app_token_get(admin, "0_sha256tk", NULL, &error));
  fake_server_script(server, "request:1 close");
  kaltura_app_token_free(token);
  token = kaltura_app_token_get(admin, "0_sha256tk", NULL, &error);
  EXPECT_NOT_NULL(token);
#endif
  fake_server_reset(server);
  kaltura_app_token_free(token);
  kaltura_app_token_page_free(page);
  kaltura_app_token_filter_free(filter);
  kaltura_app_token_fields_free(fields);
  kaltura_admin_free(admin);
}

static const test_case tests[] = {
    TEST(a_token_is_added_starts_a_session_that_works_and_is_gone_when_deleted),
    TEST(a_token_is_as_it_was_asked_for),
    TEST(an_update_changes_what_is_set_and_nothing_else),
    TEST(a_walk_meets_every_token_once_and_pages_count_them),
    TEST(a_filter_lets_through_what_fits_all_of_it),
    TEST(what_the_server_would_misread_is_refused_before_a_request),
    TEST(a_given_ks_serves_if_it_is_an_administrators),
    TEST(a_failing_network_and_server_are_told_as_elsewhere),
    TEST(what_changes_something_is_sent_once_even_if_the_connection_breaks),
};

int main(void) {
  int status;
  server = fake_server_start(NULL);
  status = RUN_TESTS(tests);
  fake_server_stop(server);
  return status;
}

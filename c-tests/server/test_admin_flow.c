/* An administrator's calls in steps, by a host that has no network at all: in turn, out of turn, and refused. */
#include <kaltura_session_server.h>

#include "../canned.h"

#define ADMIN_KS "djJ8MTAxfCCCCCCC"
#define TOKEN "{\"id\":\"0_a\",\"token\":\"" CANNED_APP_TOKEN "\",\"status\":2,\"objectType\":\"KalturaAppToken\"}"

static kaltura_options *connection(void) {
  kaltura_options *options = kaltura_options_new(CANNED_PARTNER_ID, NULL, NULL);
  kaltura_options_set_service_url(options, "https://kaltura.example");
  return options;
}

static kaltura_admin *administrator(void) {
  kaltura_error *error;
  kaltura_options *options = connection();
  kaltura_admin *admin = kaltura_admin_new(options, ADMIN_KS, &error);
  EXPECT_NOT_NULL(admin);
  kaltura_options_free(options);
  return admin;
}

static void reply(kaltura_flow *flow, const char *text) {
  EXPECT_EQ(kaltura_flow_reply(flow, 200, (const uint8_t *)text, strlen(text)), 1);
}

static void expect_action(kaltura_flow *flow, kaltura_flow_action action) { EXPECT_EQ(kaltura_flow_step(flow), action); }

static void expect_error_of(kaltura_flow *flow, kaltura_status status) {
  kaltura_error *error = kaltura_flow_take_error(flow);
  EXPECT_STR(kaltura_status_name(kaltura_error_status(error)), kaltura_status_name(status));
  EXPECT_TRUE(kaltura_error_message(error)[0] != '\0' && kaltura_error_hint(error)[0] != '\0');
  EXPECT_LACKS(kaltura_error_message(error), ADMIN_KS);
  kaltura_error_free(error);
  EXPECT_NULL(kaltura_flow_take_error(flow));
}

/* Makes the flow of a call, which outlives what it was made of. */
enum { ADD, GET, UPDATE, DELETE, LIST, CHECK, CALLS };
static kaltura_flow *flow_of(int call) {
  kaltura_error *error;
  kaltura_admin *admin = administrator();
  kaltura_options *options = connection();
  kaltura_app_token_fields *fields = kaltura_app_token_fields_new();
  kaltura_flow *flow = NULL;
  kaltura_app_token_fields_set_description(fields, "d");
  switch (call) {
    case ADD: flow = kaltura_app_token_add_flow(admin, fields, &error); break;
    case GET: flow = kaltura_app_token_get_flow(admin, "0_a", &error); break;
    case UPDATE: flow = kaltura_app_token_update_flow(admin, "0_a", fields, &error); break;
    case DELETE: flow = kaltura_app_token_delete_flow(admin, "0_a", &error); break;
    case LIST: flow = kaltura_app_token_list_flow(admin, NULL, 30, 1, &error); break;
    default: flow = kaltura_ks_check_flow(options, ADMIN_KS, &error); break;
  }
  EXPECT_NOT_NULL(flow);
  EXPECT_NULL(error);
  kaltura_app_token_fields_free(fields);
  kaltura_options_free(options);
  kaltura_admin_free(admin);
  return flow;
}

static const struct {
  const char *url, *body, *answer;
} calls[CALLS] = {
    {"/service/appToken/action/add", "\"hashType\":\"SHA256\"", TOKEN},
    {"/service/appToken/action/get", "\"id\":\"0_a\"", TOKEN},
    {"/service/appToken/action/update", "\"description\":\"d\"", TOKEN},
    {"/service/appToken/action/delete", "\"id\":\"0_a\"", "null"},
    {"/service/appToken/action/list", "\"pageSize\":30", "{\"objects\":[" TOKEN "],\"totalCount\":1}"},
    {"/service/system/action/ping", "\"ks\":\"" ADMIN_KS "\"", "true"},
};

static void each_call_sends_once_and_is_done(void) {
  int call;
  for (call = 0; call < CALLS; call++) {
    kaltura_flow *flow = flow_of(call);
    kaltura_app_token *token;
    kaltura_app_token_page *page;
    expect_action(flow, KALTURA_FLOW_ACTION_SEND);
    EXPECT_CONTAINS(kaltura_flow_url(flow), calls[call].url);
    EXPECT_LACKS(kaltura_flow_url(flow), ADMIN_KS);
    EXPECT_CONTAINS(kaltura_flow_body(flow), calls[call].body);
    EXPECT_EQ(kaltura_flow_body_length(flow), strlen(kaltura_flow_body(flow)));
    EXPECT_EQ(kaltura_flow_timeout_ms(flow), 15000);
    EXPECT_NULL(kaltura_flow_take_app_token(flow));
    reply(flow, calls[call].answer);
    EXPECT_STR(kaltura_flow_body(flow), "");
    expect_action(flow, KALTURA_FLOW_ACTION_DONE);
    EXPECT_NULL(kaltura_flow_take_session(flow));
    EXPECT_NULL(kaltura_flow_take_error(flow));
    token = kaltura_flow_take_app_token(flow);
    EXPECT_STR(kaltura_app_token_id(token), call == ADD || call == GET || call == UPDATE ? "0_a" : "");
    page = kaltura_flow_take_app_token_page(flow);
    EXPECT_EQ(kaltura_app_token_page_count(page), call == LIST);
    EXPECT_NULL(kaltura_flow_take_app_token(flow));
    EXPECT_NULL(kaltura_flow_take_app_token_page(flow));
    kaltura_app_token_free(token);
    kaltura_app_token_page_free(page);
    kaltura_flow_free(flow);
  }
}

static void what_is_out_of_turn_changes_nothing(void) {
  kaltura_flow *flow = flow_of(GET);
  EXPECT_EQ(kaltura_flow_reply(flow, 200, (const uint8_t *)"null", 4), 0);
  expect_error_of(flow, KALTURA_STATUS_WRONG_STATE);
  EXPECT_EQ(kaltura_flow_fail(flow, KALTURA_STATUS_TIMEOUT, "late"), 0);
  expect_error_of(flow, KALTURA_STATUS_WRONG_STATE);
  expect_action(flow, KALTURA_FLOW_ACTION_SEND);
  expect_action(flow, KALTURA_FLOW_ACTION_FAILED); /* a reply is owed */
  expect_error_of(flow, KALTURA_STATUS_WRONG_STATE);
  EXPECT_EQ(kaltura_flow_set_token_hash(flow, "0123456789abcdef0123456789abcdef"), 0);
  expect_error_of(flow, KALTURA_STATUS_WRONG_STATE);
  EXPECT_EQ(kaltura_flow_memory(flow, NULL, 0), 0);
  EXPECT_EQ(kaltura_flow_set_memory(flow, (const uint8_t *)"x", 1), 0);
  EXPECT_CONTAINS(kaltura_flow_body(flow), ADMIN_KS); /* what was asked for still is */
  reply(flow, TOKEN);
  expect_action(flow, KALTURA_FLOW_ACTION_DONE);
  expect_action(flow, KALTURA_FLOW_ACTION_FAILED);
  expect_error_of(flow, KALTURA_STATUS_WRONG_STATE);
  kaltura_app_token_free(kaltura_flow_take_app_token(flow));
  kaltura_flow_free(flow);
}

static void a_failure_ends_the_flow_with_its_status(void) {
  static const kaltura_status statuses[] = {KALTURA_STATUS_DNS, KALTURA_STATUS_TIMEOUT, KALTURA_STATUS_CONNECTION_LOST,
                                            KALTURA_STATUS_CANCELLED};
  size_t index;
  kaltura_flow *flow;
  for (index = 0; index < sizeof statuses / sizeof statuses[0]; index++) {
    flow = flow_of(ADD);
    expect_action(flow, KALTURA_FLOW_ACTION_SEND);
    EXPECT_EQ(kaltura_flow_fail(flow, statuses[index], "no answer to " ADMIN_KS), 1);
    expect_action(flow, KALTURA_FLOW_ACTION_FAILED); /* and it is not sent again */
    expect_error_of(flow, statuses[index]);
    EXPECT_NULL(kaltura_flow_take_app_token(flow));
    kaltura_flow_free(flow);
  }
  flow = flow_of(ADD);
  EXPECT_EQ(kaltura_flow_fail(flow, KALTURA_STATUS_CANCELLED, NULL), 1); /* before it began */
  expect_action(flow, KALTURA_FLOW_ACTION_FAILED);
  expect_error_of(flow, KALTURA_STATUS_CANCELLED);
  kaltura_flow_free(flow);
}

static void a_refusal_of_the_servers_is_told_with_its_hint(void) {
  kaltura_error *error;
  kaltura_flow *flow = flow_of(GET);
  expect_action(flow, KALTURA_FLOW_ACTION_SEND);
  reply(flow, "{\"objectType\":\"KalturaAPIException\",\"code\":\"APP_TOKEN_ID_NOT_FOUND\",\"message\":\"none\"}");
  expect_action(flow, KALTURA_FLOW_ACTION_FAILED);
  error = kaltura_flow_take_error(flow);
  EXPECT_EQ(kaltura_error_status(error), KALTURA_STATUS_APP_TOKEN_NOT_FOUND);
  EXPECT_STR(kaltura_error_api_code(error), "APP_TOKEN_ID_NOT_FOUND");
  EXPECT_CONTAINS(kaltura_error_hint(error), "does not exist");
  kaltura_error_free(error);
  kaltura_flow_free(flow);
}

static void what_cannot_be_right_makes_no_flow(void) {
  kaltura_error *error;
  kaltura_admin *admin = administrator();
  kaltura_options *options = connection();
  int which;
  for (which = 0; which < 10; which++) {
    kaltura_flow *flow = NULL;
    switch (which) {
      case 0: flow = kaltura_app_token_add_flow(NULL, NULL, &error); break;
      case 1: flow = kaltura_app_token_get_flow(NULL, "0_a", &error); break;
      case 2: flow = kaltura_app_token_get_flow(admin, NULL, &error); break;
      case 3: flow = kaltura_app_token_get_flow(admin, "\xff", &error); break;
      case 4: flow = kaltura_app_token_update_flow(admin, "0_a", NULL, &error); break;
      case 5: flow = kaltura_app_token_delete_flow(admin, "", &error); break;
      case 6: flow = kaltura_app_token_list_flow(admin, NULL, 101, 1, &error); break;
      case 7: flow = kaltura_app_token_list_flow(admin, NULL, 1, 0, &error); break;
      case 8: flow = kaltura_ks_check_flow(NULL, ADMIN_KS, &error); break;
      default: flow = kaltura_ks_check_flow(options, "no KS", &error); break;
    }
    EXPECT_NULL(flow);
    EXPECT_EQ(kaltura_error_status(error), KALTURA_STATUS_INVALID_ARGUMENT);
    EXPECT_TRUE(kaltura_error_option(error)[0] != '\0');
    kaltura_error_free(error);
  }
  EXPECT_NULL(kaltura_app_token_get_flow(admin, NULL, NULL));
  EXPECT_NULL(kaltura_flow_take_app_token(NULL));
  EXPECT_NULL(kaltura_flow_take_app_token_page(NULL));
  kaltura_options_free(options);
  kaltura_admin_free(admin);
}

/* What a session's flow brings is no app token. */
static void a_sessions_flow_has_none(void) {
  kaltura_options *options = canned_options(CANNED_APP_TOKEN);
  kaltura_flow *flow = kaltura_flow_new(options, NULL);
  EXPECT_NULL(kaltura_flow_take_app_token(flow));
  EXPECT_NULL(kaltura_flow_take_app_token_page(flow));
  kaltura_flow_free(flow);
  kaltura_options_free(options);
}

static const test_case tests[] = {
    TEST(each_call_sends_once_and_is_done),
    TEST(what_is_out_of_turn_changes_nothing),
    TEST(a_failure_ends_the_flow_with_its_status),
    TEST(a_refusal_of_the_servers_is_told_with_its_hint),
    TEST(what_cannot_be_right_makes_no_flow),
    TEST(a_sessions_flow_has_none),
};

int main(void) { return RUN_TESTS(tests); }

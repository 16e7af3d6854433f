/* The flow in steps, by a host that has no network at all: in turn, out of turn, in any order. */
#include <kaltura_session.h>

#include "canned.h"

static kaltura_flow *new_flow(kaltura_options *options) {
  kaltura_error *error;
  kaltura_flow *flow = kaltura_flow_new(options, &error);
  EXPECT_NOT_NULL(flow);
  EXPECT_NULL(error);
  kaltura_options_free(options);
  return flow;
}

static void reply_as_the_server(kaltura_flow *flow) {
  char text[512];
  canned_reply(kaltura_flow_url(flow), text);
  EXPECT_EQ(kaltura_flow_reply(flow, 200, (const uint8_t *)text, strlen(text)), 1);
}

static void expect_action(kaltura_flow *flow, kaltura_flow_action action) { EXPECT_EQ(kaltura_flow_step(flow), action); }

/* The flow's error, which is taken. */
static void expect_error_of(kaltura_flow *flow, kaltura_status status, kaltura_step step) {
  kaltura_error *error = kaltura_flow_take_error(flow);
  EXPECT_STR(kaltura_status_name(kaltura_error_status(error)), kaltura_status_name(status));
  EXPECT_EQ(kaltura_error_step(error), step);
  EXPECT_TRUE(kaltura_error_message(error)[0] != '\0' && kaltura_error_hint(error)[0] != '\0');
  kaltura_error_free(error);
  EXPECT_NULL(kaltura_flow_take_error(flow));
}

static void expect_session_of(kaltura_flow *flow) {
  kaltura_session *session = kaltura_flow_take_session(flow);
  EXPECT_STR(kaltura_session_ks(session), CANNED_KS);
  kaltura_session_free(session);
  EXPECT_NULL(kaltura_flow_take_session(flow));
}

static void a_flow_sends_twice_and_is_done(void) {
  kaltura_flow *flow = new_flow(canned_options(CANNED_APP_TOKEN));
  EXPECT_STR(kaltura_flow_url(flow), "");
  expect_action(flow, KALTURA_FLOW_ACTION_SEND);
  EXPECT_STR(kaltura_flow_url(flow), "https://kaltura.example/api_v3/service/session/action/startWidgetSession");
  EXPECT_CONTAINS(kaltura_flow_body(flow), "\"widgetId\":\"_101\"");
  EXPECT_EQ(kaltura_flow_body_length(flow), strlen(kaltura_flow_body(flow)));
  EXPECT_EQ(kaltura_flow_timeout_ms(flow), 7500);
  EXPECT_EQ(kaltura_flow_wait_ms(flow), 0);
  EXPECT_STR(kaltura_flow_widget_ks(flow), "");
  EXPECT_NULL(kaltura_flow_take_session(flow));
  EXPECT_NULL(kaltura_flow_take_error(flow));
  reply_as_the_server(flow);
  EXPECT_STR(kaltura_flow_url(flow), "");
  EXPECT_STR(kaltura_flow_body(flow), "");
  expect_action(flow, KALTURA_FLOW_ACTION_SEND);
  EXPECT_STR(kaltura_flow_url(flow), "https://kaltura.example/api_v3/service/appToken/action/startSession");
  EXPECT_CONTAINS(kaltura_flow_body(flow), "\"ks\":\"" CANNED_WIDGET_KS "\"");
  EXPECT_LACKS(kaltura_flow_body(flow), CANNED_APP_TOKEN);
  reply_as_the_server(flow);
  expect_action(flow, KALTURA_FLOW_ACTION_DONE);
  expect_session_of(flow);
  kaltura_flow_free(flow);
}

static void a_session_outlives_its_flow(void) {
  kaltura_flow *flow = new_flow(canned_options(CANNED_APP_TOKEN));
  kaltura_session *session;
  while (kaltura_flow_step(flow) == KALTURA_FLOW_ACTION_SEND) {
    reply_as_the_server(flow);
  }
  session = kaltura_flow_take_session(flow);
  kaltura_flow_free(flow);
  EXPECT_STR(kaltura_session_ks(session), CANNED_KS);
  EXPECT_AT_LEAST(kaltura_session_remaining_ms(session), 86390000);
  kaltura_session_free(session);
}

static void bad_options_are_refused_by_name(void) {
  kaltura_options *options = canned_options("0_swapped12");
  kaltura_error *error;
  EXPECT_NULL(kaltura_flow_new(options, &error));
  EXPECT_EQ(kaltura_error_status(error), KALTURA_STATUS_INVALID_ARGUMENT);
  EXPECT_STR(kaltura_error_option(error), "app_token");
  kaltura_error_free(error);
  kaltura_options_free(options);
}

static void what_is_out_of_turn_is_told_and_changes_nothing(void) {
  kaltura_flow *flow = new_flow(canned_options(CANNED_APP_TOKEN));
  EXPECT_EQ(kaltura_flow_reply(flow, 200, NULL, 0), 0);
  expect_error_of(flow, KALTURA_STATUS_WRONG_STATE, KALTURA_STEP_NONE);
  EXPECT_EQ(kaltura_flow_fail(flow, KALTURA_STATUS_DNS, NULL), 0);
  expect_error_of(flow, KALTURA_STATUS_WRONG_STATE, KALTURA_STEP_NONE);
  expect_action(flow, KALTURA_FLOW_ACTION_SEND);
  expect_action(flow, KALTURA_FLOW_ACTION_FAILED); /* a reply is owed */
  expect_error_of(flow, KALTURA_STATUS_WRONG_STATE, KALTURA_STEP_NONE);
  EXPECT_EQ(kaltura_flow_set_token_hash(flow, "00112233445566778899aabbccddeeff"), 0);
  expect_error_of(flow, KALTURA_STATUS_WRONG_STATE, KALTURA_STEP_NONE);
  EXPECT_CONTAINS(kaltura_flow_url(flow), "startWidgetSession"); /* it still is */
  reply_as_the_server(flow);
  EXPECT_EQ(kaltura_flow_reply(flow, 200, NULL, 0), 0); /* twice */
  expect_action(flow, KALTURA_FLOW_ACTION_SEND);
  EXPECT_NULL(kaltura_flow_take_error(flow)); /* it goes on as if nothing had been */
  reply_as_the_server(flow);
  expect_action(flow, KALTURA_FLOW_ACTION_DONE);
  expect_action(flow, KALTURA_FLOW_ACTION_FAILED);
  expect_error_of(flow, KALTURA_STATUS_WRONG_STATE, KALTURA_STEP_NONE);
  EXPECT_EQ(kaltura_flow_fail(flow, KALTURA_STATUS_CANCELLED, NULL), 0); /* too late */
  expect_session_of(flow);
  kaltura_flow_free(flow);
}

static void how_it_failed_is_kept_whatever_comes_after(void) {
  kaltura_flow *flow = new_flow(canned_options(CANNED_APP_TOKEN));
  expect_action(flow, KALTURA_FLOW_ACTION_SEND);
  EXPECT_EQ(kaltura_flow_reply(flow, 404, NULL, 0), 1);
  expect_action(flow, KALTURA_FLOW_ACTION_FAILED);
  expect_action(flow, KALTURA_FLOW_ACTION_FAILED);
  EXPECT_EQ(kaltura_flow_reply(flow, 200, NULL, 0), 0);
  expect_error_of(flow, KALTURA_STATUS_HTTP_STATUS, KALTURA_STEP_WIDGET_SESSION);
  expect_action(flow, KALTURA_FLOW_ACTION_FAILED);
  expect_error_of(flow, KALTURA_STATUS_WRONG_STATE, KALTURA_STEP_NONE);
  kaltura_flow_free(flow);
}

static void a_flow_may_be_freed_in_every_state(void) {
  int steps;
  for (steps = 0; steps < 6; steps++) {
    kaltura_flow *flow = new_flow(canned_options(CANNED_APP_TOKEN));
    int step;
    for (step = 0; step < steps; step++) {
      if (step % 2 == 0) {
        kaltura_flow_step(flow);
      } else {
        reply_as_the_server(flow);
      }
    }
    kaltura_flow_free(flow);
  }
}

static void the_host_may_have_the_token_hashed(void) {
  static const char *const good[] = {
      "00112233445566778899aabbccddeeff", "00112233445566778899AABBCCDDEEFF00112233",
      "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"};
  static const kaltura_hash_type types[] = {KALTURA_HASH_TYPE_MD5, KALTURA_HASH_TYPE_SHA1, KALTURA_HASH_TYPE_SHA256};
  static const char *const bad[] = {NULL, "", "\xff\xfe", "zz112233445566778899aabbccddeeff", "0011"};
  kaltura_session *session;
  kaltura_flow *flow;
  size_t index;
  for (index = 0; index < sizeof good / sizeof good[0]; index++) {
    flow = new_flow(canned_options(NULL));
    expect_action(flow, KALTURA_FLOW_ACTION_SEND);
    reply_as_the_server(flow);
    expect_action(flow, KALTURA_FLOW_ACTION_HASH);
    EXPECT_STR(kaltura_flow_widget_ks(flow), CANNED_WIDGET_KS);
    EXPECT_AT_LEAST(kaltura_flow_timeout_ms(flow), 1);
    EXPECT_EQ(kaltura_flow_set_token_hash(flow, good[index]), 1);
    EXPECT_STR(kaltura_flow_widget_ks(flow), "");
    expect_action(flow, KALTURA_FLOW_ACTION_SEND);
    reply_as_the_server(flow);
    expect_action(flow, KALTURA_FLOW_ACTION_DONE);
    session = kaltura_flow_take_session(flow);
    EXPECT_EQ(kaltura_session_hash_type(session), types[index]);
    kaltura_session_free(session);
    kaltura_flow_free(flow);
  }
  for (index = 0; index < sizeof bad / sizeof bad[0]; index++) {
    flow = new_flow(canned_options(NULL));
    expect_action(flow, KALTURA_FLOW_ACTION_SEND);
    reply_as_the_server(flow);
    expect_action(flow, KALTURA_FLOW_ACTION_HASH);
    EXPECT_EQ(kaltura_flow_set_token_hash(flow, bad[index]), 1);
    expect_action(flow, KALTURA_FLOW_ACTION_FAILED);
    expect_error_of(flow, KALTURA_STATUS_CALLBACK_FAILED, KALTURA_STEP_TOKEN_HASH);
    kaltura_flow_free(flow);
  }
}

static void every_failure_of_the_hosts_has_its_status(void) {
  static const struct {
    kaltura_status told, given;
    int32_t attempts;
  } rows[] = {
      {KALTURA_STATUS_DNS, KALTURA_STATUS_DNS, 3},
      {KALTURA_STATUS_CONNECT, KALTURA_STATUS_CONNECT, 3},
      {KALTURA_STATUS_CERTIFICATE, KALTURA_STATUS_CERTIFICATE, 1},
      {KALTURA_STATUS_TLS, KALTURA_STATUS_TLS, 3},
      {KALTURA_STATUS_PROXY, KALTURA_STATUS_PROXY, 1},
      {KALTURA_STATUS_CONNECTION_LOST, KALTURA_STATUS_CONNECTION_LOST, 3},
      {KALTURA_STATUS_TIMEOUT, KALTURA_STATUS_TIMEOUT, 3},
      {KALTURA_STATUS_REPLY_TOO_LARGE, KALTURA_STATUS_REPLY_TOO_LARGE, 1},
      {KALTURA_STATUS_BAD_REPLY, KALTURA_STATUS_BAD_REPLY, 1},
      {KALTURA_STATUS_CANCELLED, KALTURA_STATUS_CANCELLED, 1},
      {KALTURA_STATUS_OK, KALTURA_STATUS_CONNECTION_LOST, 3},
      {KALTURA_STATUS_PANIC, KALTURA_STATUS_CONNECTION_LOST, 3},
      {(kaltura_status)-7, KALTURA_STATUS_CONNECTION_LOST, 3},
  };
  size_t index;
  for (index = 0; index < sizeof rows / sizeof rows[0]; index++) {
    kaltura_flow *flow = new_flow(canned_options(CANNED_APP_TOKEN));
    kaltura_flow_action action;
    kaltura_error *error;
    int waits = 0;
    while ((action = kaltura_flow_step(flow)) == KALTURA_FLOW_ACTION_SEND || action == KALTURA_FLOW_ACTION_WAIT) {
      if (action == KALTURA_FLOW_ACTION_WAIT) {
        EXPECT_AT_MOST(kaltura_flow_wait_ms(flow), 500);
        waits++;
        usleep((useconds_t)kaltura_flow_wait_ms(flow) * 1000);
      } else {
        EXPECT_EQ(kaltura_flow_fail(flow, rows[index].told, "said the host"), 1);
      }
    }
    EXPECT_EQ(action, KALTURA_FLOW_ACTION_FAILED);
    error = kaltura_flow_take_error(flow);
    EXPECT_STR(kaltura_status_name(kaltura_error_status(error)), kaltura_status_name(rows[index].given));
    EXPECT_EQ(kaltura_error_attempts(error), rows[index].attempts);
    EXPECT_AT_LEAST(waits, rows[index].attempts - 1);
    EXPECT_CONTAINS(kaltura_error_message(error), "said the host");
    kaltura_error_free(error);
    kaltura_flow_free(flow);
  }
}

static void a_failure_to_hash_is_the_callers(void) {
  kaltura_flow *flow = new_flow(canned_options(NULL));
  kaltura_error *error;
  expect_action(flow, KALTURA_FLOW_ACTION_SEND);
  reply_as_the_server(flow);
  expect_action(flow, KALTURA_FLOW_ACTION_HASH);
  EXPECT_EQ(kaltura_flow_fail(flow, KALTURA_STATUS_DNS, "the backend is away"), 1);
  expect_action(flow, KALTURA_FLOW_ACTION_FAILED);
  error = kaltura_flow_take_error(flow);
  EXPECT_EQ(kaltura_error_status(error), KALTURA_STATUS_CALLBACK_FAILED);
  EXPECT_CONTAINS(kaltura_error_message(error), "the backend is away");
  kaltura_error_free(error);
  kaltura_flow_free(flow);
}

static void a_cancellation_ends_a_flow_in_every_state(void) {
  int steps;
  for (steps = 0; steps < 5; steps++) {
    kaltura_flow *flow = new_flow(canned_options(NULL));
    if (steps > 0) expect_action(flow, KALTURA_FLOW_ACTION_SEND);
    if (steps > 1) reply_as_the_server(flow);
    if (steps > 2) expect_action(flow, KALTURA_FLOW_ACTION_HASH);
    if (steps > 3) EXPECT_EQ(kaltura_flow_set_token_hash(flow, "00112233445566778899aabbccddeeff"), 1);
    EXPECT_EQ(kaltura_flow_fail(flow, KALTURA_STATUS_CANCELLED, NULL), 1);
    expect_action(flow, KALTURA_FLOW_ACTION_FAILED);
    expect_error_of(flow, KALTURA_STATUS_CANCELLED,
                    steps < 2   ? KALTURA_STEP_WIDGET_SESSION
                    : steps < 4 ? KALTURA_STEP_TOKEN_HASH
                                : KALTURA_STEP_START_SESSION);
    kaltura_flow_free(flow);
  }
}

static void the_total_timeout_begins_with_the_first_step(void) {
  kaltura_options *options = canned_options(CANNED_APP_TOKEN);
  kaltura_flow *flow;
  kaltura_options_set_total_timeout_ms(options, 60);
  flow = new_flow(options);
  usleep(100000);
  expect_action(flow, KALTURA_FLOW_ACTION_SEND);
  EXPECT_AT_MOST(kaltura_flow_timeout_ms(flow), 60);
  usleep(100000);
  reply_as_the_server(flow);
  expect_action(flow, KALTURA_FLOW_ACTION_FAILED);
  expect_error_of(flow, KALTURA_STATUS_TIMEOUT, KALTURA_STEP_TOKEN_HASH);
  kaltura_flow_free(flow);
}

static void headers_count_until_their_reply(void) {
  kaltura_flow *flow = new_flow(canned_options(CANNED_APP_TOKEN));
  kaltura_error *error;
  expect_action(flow, KALTURA_FLOW_ACTION_SEND);
  kaltura_flow_add_header(flow, "RETRY-AFTER", " 30 ");
  kaltura_flow_add_header(flow, "X-Me", "host-7");
  kaltura_flow_add_header(flow, NULL, "x");
  kaltura_flow_add_header(flow, "Date", NULL);
  kaltura_flow_add_header(flow, "Date", "\xff");
  EXPECT_EQ(kaltura_flow_reply(flow, 503, (const uint8_t *)"", 0), 1);
  expect_action(flow, KALTURA_FLOW_ACTION_FAILED); /* 30 s are more than is left */
  error = kaltura_flow_take_error(flow);
  EXPECT_EQ(kaltura_error_retry_after_ms(error), 30000);
  EXPECT_STR(kaltura_error_server_host(error), "host-7");
  kaltura_error_free(error);
  kaltura_flow_free(flow);
}

static void what_one_flow_learned_saves_the_next_a_request(void) {
  kaltura_flow *flow = new_flow(canned_options(CANNED_APP_TOKEN));
  kaltura_options *other;
  uint8_t memory[4096], untouched = 7;
  size_t length;
  EXPECT_AT_LEAST(kaltura_flow_memory(flow, NULL, 0), 1);
  while (kaltura_flow_step(flow) == KALTURA_FLOW_ACTION_SEND) {
    reply_as_the_server(flow);
  }
  length = kaltura_flow_memory(flow, &untouched, 1);
  EXPECT_EQ(untouched, 7);
  EXPECT_AT_MOST(length, sizeof memory);
  EXPECT_EQ(kaltura_flow_memory(flow, memory, sizeof memory), length);
  EXPECT_EQ(kaltura_flow_set_memory(flow, memory, length), 0); /* it has begun */
  kaltura_flow_free(flow);

  flow = new_flow(canned_options(CANNED_APP_TOKEN));
  EXPECT_EQ(kaltura_flow_set_memory(flow, memory, length - 1), 0);
  EXPECT_EQ(kaltura_flow_set_memory(flow, NULL, 0), 0);
  EXPECT_EQ(kaltura_flow_set_memory(flow, memory, length), 1);
  expect_action(flow, KALTURA_FLOW_ACTION_SEND);
  EXPECT_CONTAINS(kaltura_flow_url(flow), "startSession"); /* the only request */
  reply_as_the_server(flow);
  expect_action(flow, KALTURA_FLOW_ACTION_DONE);
  expect_session_of(flow);
  kaltura_flow_free(flow);

  other = kaltura_options_new(102, CANNED_APP_TOKEN_ID, CANNED_APP_TOKEN);
  flow = new_flow(other);
  EXPECT_EQ(kaltura_flow_set_memory(flow, memory, length), 0); /* another account's */
  kaltura_flow_free(flow);
}

/* Pseudo-random numbers, the same in each run. */
static uint32_t seed;

static uint32_t any(uint32_t bound) {
  seed = seed * 1664525u + 1013904223u;
  return (seed >> 8) % bound;
}

static void a_body_may_be_any_bytes(void) {
  static const char *const parts[] = {"{", "}", "\"ks\":", "\"", "[", "null", "\xef\xbb\xbf", "<?xml", "\x1f\x8b", "djJ8MTAx",
                                      "\"code\":", "\"message\":", "\"objectType\":\"KalturaAPIException\"", ",", "\0x", "1e999"};
  int round;
  seed = 1;
  for (round = 0; round < 3000; round++) {
    kaltura_options *options = canned_options(CANNED_APP_TOKEN);
    kaltura_flow *flow;
    uint8_t body[512];
    size_t length = 0;
    kaltura_options_set_max_attempts(options, 1);
    flow = new_flow(options);
    expect_action(flow, KALTURA_FLOW_ACTION_SEND);
    while (length < sizeof body - 64 && any(12) != 0) {
      const char *part = parts[any(sizeof parts / sizeof parts[0])];
      size_t count = strlen(part);
      memcpy(body + length, part, count);
      length += count;
      body[length++] = (uint8_t)any(256);
    }
    EXPECT_EQ(kaltura_flow_reply(flow, any(4) == 0 ? (int32_t)any(70000) - 100 : 200, length > 0 ? body : NULL, length), 1);
    if (kaltura_flow_step(flow) == KALTURA_FLOW_ACTION_FAILED) {
      kaltura_error *error = kaltura_flow_take_error(flow);
      EXPECT_AT_LEAST(kaltura_error_status(error), KALTURA_STATUS_PROXY);
      EXPECT_AT_MOST(kaltura_error_status(error), KALTURA_STATUS_API);
      EXPECT_TRUE(kaltura_error_message(error)[0] != '\0');
      kaltura_error_free(error);
    }
    kaltura_flow_free(flow);
  }
}

static void a_body_that_is_too_long_is_told(void) {
  static uint8_t body[65537];
  kaltura_flow *flow = new_flow(canned_options(CANNED_APP_TOKEN));
  memset(body, ' ', sizeof body);
  expect_action(flow, KALTURA_FLOW_ACTION_SEND);
  EXPECT_EQ(kaltura_flow_reply(flow, 200, body, sizeof body), 1);
  expect_action(flow, KALTURA_FLOW_ACTION_FAILED);
  expect_error_of(flow, KALTURA_STATUS_REPLY_TOO_LARGE, KALTURA_STEP_WIDGET_SESSION);
  kaltura_flow_free(flow);
}

/* Takes whatever there is to take; an action that says so has it. */
static void take_all(kaltura_flow *flow, kaltura_flow_action action, int32_t answered) {
  kaltura_error *error = kaltura_flow_take_error(flow);
  kaltura_session *session = kaltura_flow_take_session(flow);
  EXPECT_TRUE((action != KALTURA_FLOW_ACTION_FAILED && answered) || error != NULL);
  EXPECT_TRUE(action != KALTURA_FLOW_ACTION_DONE || session != NULL);
  EXPECT_TRUE(error == NULL || kaltura_error_message(error)[0] != '\0');
  kaltura_error_free(error);
  kaltura_session_free(session);
}

static void a_flow_survives_any_order_of_calls(void) {
  int round;
  seed = 2;
  for (round = 0; round < 3000; round++) {
    kaltura_options *options = canned_options(any(2) == 0 ? CANNED_APP_TOKEN : NULL);
    kaltura_flow *flow;
    int calls;
    kaltura_options_set_max_attempts(options, (int32_t)any(3) + 1);
    flow = new_flow(options);
    for (calls = (int)any(20); calls > 0; calls--) {
      kaltura_flow_action action = KALTURA_FLOW_ACTION_SEND;
      int32_t answered = 1;
      uint8_t memory[4096];
      char text[512] = "";
      switch (any(8)) {
        case 0: case 1: action = kaltura_flow_step(flow); break;
        case 2: case 3:
          if (kaltura_flow_url(flow)[0] != '\0') canned_reply(kaltura_flow_url(flow), text);
          answered = kaltura_flow_reply(flow, 200, (const uint8_t *)text, strlen(text));
          break;
        case 4: answered = kaltura_flow_fail(flow, (kaltura_status)any(100), any(2) == 0 ? NULL : "x"); break;
        case 5: answered = kaltura_flow_set_token_hash(flow, any(3) == 0 ? "x" : "00112233445566778899aabbccddeeff"); break;
        case 6: kaltura_flow_add_header(flow, "Retry-After", "0"); break;
        default: kaltura_flow_set_memory(flow, memory, kaltura_flow_memory(flow, memory, sizeof memory)); break;
      }
      EXPECT_TRUE(action >= KALTURA_FLOW_ACTION_SEND && action <= KALTURA_FLOW_ACTION_FAILED);
      EXPECT_EQ(kaltura_flow_body_length(flow), strlen(kaltura_flow_body(flow)));
      take_all(flow, action, answered);
    }
    kaltura_flow_free(flow);
  }
}

static const test_case tests[] = {
    TEST(a_flow_sends_twice_and_is_done),
    TEST(a_session_outlives_its_flow),
    TEST(bad_options_are_refused_by_name),
    TEST(what_is_out_of_turn_is_told_and_changes_nothing),
    TEST(how_it_failed_is_kept_whatever_comes_after),
    TEST(a_flow_may_be_freed_in_every_state),
    TEST(the_host_may_have_the_token_hashed),
    TEST(every_failure_of_the_hosts_has_its_status),
    TEST(a_failure_to_hash_is_the_callers),
    TEST(a_cancellation_ends_a_flow_in_every_state),
    TEST(the_total_timeout_begins_with_the_first_step),
    TEST(headers_count_until_their_reply),
    TEST(what_one_flow_learned_saves_the_next_a_request),
    TEST(a_body_may_be_any_bytes),
    TEST(a_body_that_is_too_long_is_told),
    TEST(a_flow_survives_any_order_of_calls),
};

int main(void) { return RUN_TESTS(tests); }

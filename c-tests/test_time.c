/* Nothing hangs: whatever the server does not do, a call ends at its deadline, and at once when it is cancelled. */
#include <pthread.h>
#include <unistd.h>

#include "account.h"
#include "faults.h"

static fake_server *server;

/* Of the table, those rows that only a deadline ends. */
static int is_stall(const fault *row) { return row->status == KALTURA_STATUS_TIMEOUT && fault_applies(row); }

/* Options whose connections nobody else has: a stalled connection must not be taken from an earlier test. */
static kaltura_options *fresh_options(int64_t total_ms) {
  kaltura_options *options = https_options(server, SHA256_TOKEN);
  have_own_connections(options);
  kaltura_options_set_total_timeout_ms(options, total_ms);
  return options;
}

static void every_stall_ends_at_the_deadline(void) {
  size_t index;
  for (index = 0; index < fault_count; index++) {
    const fault *row = &faults[index];
    int failures = harness_failures;
    int64_t start, took;
    if (!is_stall(row)) {
      continue;
    }
    fault_begin(server, row->script);
    start = now_ms();
    expect_failure(fresh_options(row->within_ms), KALTURA_STATUS_TIMEOUT, row->step);
    took = now_ms() - start;
    EXPECT_AT_LEAST(took, row->within_ms - 10);
    EXPECT_AT_MOST(took, (row->within_ms + 60) * time_factor());
    if (harness_failures != failures) {
      printf("# with the script %s\n", row->script);
    }
  }
  fault_end(server);
}

#ifndef CURL_TRANSPORT
static void a_connect_timeout_is_kept_within_the_total(void) {
  kaltura_options *options = https_options(server, SHA256_TOKEN);
  int64_t start = now_ms();
  fake_server_script(server, "connection:* stall");
  kaltura_options_set_connect_timeout_ms(options, 200);
  kaltura_options_set_max_attempts(options, 1);
  expect_failure(options, KALTURA_STATUS_TIMEOUT, KALTURA_STEP_WIDGET_SESSION);
  EXPECT_AT_MOST(now_ms() - start, 300 * time_factor());
  fake_server_reset(server);
}
#endif

typedef struct {
  kaltura_options *options;
  kaltura_cancellation *cancellation;
  kaltura_status status;
  int64_t ended_ms;
} cancelled_call;

static void *start_and_wait(void *argument) {
  cancelled_call *call = argument;
  kaltura_error *error;
  kaltura_session *session = kaltura_start_session(call->options, call->cancellation, &error);
  call->ended_ms = now_ms();
  call->status = kaltura_error_status(error);
  kaltura_session_free(session);
  kaltura_error_free(error);
  return NULL;
}

static void every_stall_ends_at_once_when_it_is_cancelled(void) {
  size_t index;
  for (index = 0; index < fault_count; index++) {
    const fault *row = &faults[index];
    int failures = harness_failures;
    pthread_t thread;
    cancelled_call call = {NULL, NULL, KALTURA_STATUS_OK, 0};
    int64_t cancelled_ms;
    if (!is_stall(row)) {
      continue;
    }
    call.options = fresh_options(30000);
    call.cancellation = kaltura_cancellation_new();
    fault_begin(server, row->script);
    pthread_create(&thread, NULL, start_and_wait, &call);
    usleep(150000);
    cancelled_ms = now_ms();
    kaltura_cancellation_cancel(call.cancellation);
    pthread_join(thread, NULL);
    EXPECT_EQ(call.status, KALTURA_STATUS_CANCELLED);
    EXPECT_AT_MOST(call.ended_ms - cancelled_ms, 100 * time_factor());
    if (harness_failures != failures) {
      printf("# with the script %s\n", row->script);
    }
    kaltura_options_free(call.options);
    kaltura_cancellation_free(call.cancellation);
  }
  fault_end(server);
}

static void a_pause_between_attempts_ends_when_it_is_cancelled(void) {
  pthread_t thread;
  cancelled_call call = {fresh_options(30000), kaltura_cancellation_new(), KALTURA_STATUS_OK, 0};
  int64_t cancelled_ms;
  fake_server_script(server, "widget:* status code=429 retry-after=20");
  pthread_create(&thread, NULL, start_and_wait, &call);
  usleep(300000);
  cancelled_ms = now_ms();
  kaltura_cancellation_cancel(call.cancellation);
  pthread_join(thread, NULL);
  EXPECT_EQ(call.status, KALTURA_STATUS_CANCELLED);
  EXPECT_AT_MOST(call.ended_ms - cancelled_ms, 100 * time_factor());
  kaltura_options_free(call.options);
  kaltura_cancellation_free(call.cancellation);
  fake_server_reset(server);
}

static void a_cancellation_made_beforehand_ends_every_call_and_sends_nothing(void) {
  kaltura_options *options = https_options(server, SHA256_TOKEN);
  kaltura_cancellation *cancellation = kaltura_cancellation_new();
  int index;
  fake_server_reset(server);
  kaltura_cancellation_cancel(cancellation);
  kaltura_cancellation_cancel(cancellation);
  for (index = 0; index < 2; index++) {
    kaltura_error *error;
    EXPECT_NULL(kaltura_start_session(options, cancellation, &error));
    EXPECT_EQ(kaltura_error_status(error), KALTURA_STATUS_CANCELLED);
    EXPECT_EQ(kaltura_error_is_retryable(error), 0);
    kaltura_error_free(error);
  }
  EXPECT_EQ(fake_server_counter(server, "requests"), 0);
  kaltura_cancellation_free(cancellation);
  expect_session(options);
}

static pthread_mutex_t begun_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t begun_changed = PTHREAD_COND_INITIALIZER;
static int has_begun;

static void note_the_first_line(void *user_data, kaltura_log_level level, const char *line) {
  (void)user_data, (void)level, (void)line;
  pthread_mutex_lock(&begun_lock);
  has_begun = 1;
  pthread_cond_signal(&begun_changed);
  pthread_mutex_unlock(&begun_lock);
}

static void a_cancellation_may_be_freed_while_a_call_runs(void) {
  pthread_t thread;
  cancelled_call call = {fresh_options(500), kaltura_cancellation_new(), KALTURA_STATUS_OK, 0};
  fake_server_script(server, "widget:* stall-head");
  kaltura_options_set_log(call.options, KALTURA_LOG_LEVEL_DEBUG, note_the_first_line, NULL, NULL);
  pthread_create(&thread, NULL, start_and_wait, &call);
  pthread_mutex_lock(&begun_lock);
  while (!has_begun) {
    pthread_cond_wait(&begun_changed, &begun_lock);
  }
  pthread_mutex_unlock(&begun_lock);
  kaltura_cancellation_free(call.cancellation);
  pthread_join(thread, NULL);
  EXPECT_EQ(call.status, KALTURA_STATUS_TIMEOUT);
  kaltura_options_free(call.options);
  fake_server_reset(server);
}

static const test_case tests[] = {
    TEST(every_stall_ends_at_the_deadline),
#ifndef CURL_TRANSPORT
    TEST(a_connect_timeout_is_kept_within_the_total),
#endif
    TEST(every_stall_ends_at_once_when_it_is_cancelled),
    TEST(a_pause_between_attempts_ends_when_it_is_cancelled),
    TEST(a_cancellation_made_beforehand_ends_every_call_and_sends_nothing),
    TEST(a_cancellation_may_be_freed_while_a_call_runs),
};

int main(void) {
  int result;
  server = fake_server_start(NULL);
  result = RUN_TESTS(tests);
  fake_server_stop(server);
  return result;
}

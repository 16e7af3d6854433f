/*
 * A panic in any layer: the caller is told KALTURA_STATUS_PANIC, nothing is printed, and the next call is as good as ever.
 * Needs a library that was built for it, see check-panics; without its own transport, for what is tested is the same.
 */
#include <kaltura_session.h>
#include <pthread.h>

#include "canned.h"

static void reply(void *user_data, kaltura_exchange *exchange) {
  char text[512];
  (void)user_data;
  canned_reply(kaltura_exchange_url(exchange), text);
  kaltura_exchange_reply(exchange, 200, (const uint8_t *)text, strlen(text));
  kaltura_exchange_free(exchange);
}

static kaltura_options *options_with_transport(void) {
  kaltura_options *options = canned_options(CANNED_APP_TOKEN);
  kaltura_options_set_transport(options, reply, NULL, NULL);
  return options;
}

static kaltura_status call(void) {
  kaltura_options *options = options_with_transport();
  kaltura_error *error;
  kaltura_session *session;
  kaltura_status status;
  kaltura_options_set_max_attempts(options, 1);
  session = kaltura_start_session(options, NULL, &error);
  status = kaltura_error_status(error);
  kaltura_session_free(session);
  kaltura_error_free(error);
  kaltura_options_free(options);
  return status;
}

static kaltura_provider *provider;

static kaltura_status load(void) {
  kaltura_error *error;
  kaltura_session *session = kaltura_provider_load(provider, NULL, &error);
  kaltura_status status = kaltura_error_status(error);
  kaltura_session_free(session);
  kaltura_error_free(error);
  return status;
}

typedef struct {
  pthread_mutex_t lock;
  pthread_cond_t changed;
  kaltura_status status;
  int called, destroyed;
} completion;

static void on_load(void *user_data, kaltura_session *session, kaltura_error *error) {
  completion *self = user_data;
  self->called++;
  self->status = kaltura_error_status(error);
  kaltura_session_free(session);
  kaltura_error_free(error);
}

static void on_destroy(void *user_data) {
  completion *self = user_data;
  pthread_mutex_lock(&self->lock);
  self->destroyed++;
  pthread_cond_signal(&self->changed);
  pthread_mutex_unlock(&self->lock);
}

static kaltura_status load_async(void) {
  completion self = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, KALTURA_STATUS_OK, 0, 0};
  EXPECT_EQ(kaltura_provider_load_async(provider, NULL, on_load, &self, on_destroy, NULL), 1);
  pthread_mutex_lock(&self.lock);
  while (self.destroyed == 0) {
    pthread_cond_wait(&self.changed, &self.lock);
  }
  pthread_mutex_unlock(&self.lock);
  EXPECT_EQ(self.called, 1);
  return self.status;
}

static kaltura_status step(void) {
  kaltura_options *options = options_with_transport();
  kaltura_flow *flow = kaltura_flow_new(options, NULL);
  kaltura_error *error = NULL;
  char text[512];
  kaltura_status status;
  if (kaltura_flow_step(flow) == KALTURA_FLOW_ACTION_SEND) {
    canned_reply(kaltura_flow_url(flow), text);
    kaltura_flow_reply(flow, 200, (const uint8_t *)text, strlen(text));
  }
  error = kaltura_flow_take_error(flow);
  status = kaltura_error_status(error);
  kaltura_error_free(error);
  kaltura_flow_free(flow);
  kaltura_options_free(options);
  return status;
}

static const struct {
  const char *layer, *name;
  kaltura_status (*run)(void);
  kaltura_status status;
} rows[] = {
    {"step", "a call", call, KALTURA_STATUS_PANIC},
    {"receive", "a call", call, KALTURA_STATUS_PANIC},
    {"ask", "a call", call, KALTURA_STATUS_CONNECTION_LOST}, /* as if the host had forgotten it */
    {"step", "a flow", step, KALTURA_STATUS_PANIC},
    {"receive", "a flow", step, KALTURA_STATUS_PANIC},
    {"step", "a load", load, KALTURA_STATUS_PANIC},
    {"receive", "a load", load, KALTURA_STATUS_PANIC},
    {"flight", "a load", load, KALTURA_STATUS_PANIC},
    {"core", "a load", load, KALTURA_STATUS_PANIC},
    {"step", "an asynchronous load", load_async, KALTURA_STATUS_PANIC},
    {"flight", "an asynchronous load", load_async, KALTURA_STATUS_PANIC},
    {"core", "an asynchronous load", load_async, KALTURA_STATUS_PANIC},
};

static void a_panic_is_a_status_and_then_all_is_well(void) {
  size_t index;
  for (index = 0; index < sizeof rows / sizeof rows[0]; index++) {
    kaltura_options *options = options_with_transport();
    int failures = harness_failures;
    provider = kaltura_provider_new(options, NULL);
    setenv("KALTURA_TEST_PANIC", rows[index].layer, 1);
    EXPECT_STR(kaltura_status_name(rows[index].run()), kaltura_status_name(rows[index].status));
    unsetenv("KALTURA_TEST_PANIC");
    if (rows[index].run == load || rows[index].run == load_async) {
      usleep(1050000); /* for so long the failure is repeated */
    }
    EXPECT_STR(kaltura_status_name(rows[index].run()), "KALTURA_STATUS_OK");
    kaltura_provider_shutdown(provider);
    EXPECT_EQ(kaltura_provider_drain(provider, 5000), 1);
    kaltura_provider_free(provider);
    kaltura_options_free(options);
    if (harness_failures != failures) {
      printf("# a panic in %s, in %s\n", rows[index].layer, rows[index].name);
    }
  }
}

/* Standard error is a file meanwhile, in which there must be nothing. */
static void nothing_is_printed(void) {
  char path[] = "/tmp/kaltura-panics-XXXXXX";
  int file = mkstemp(path), old = dup(2);
  dup2(file, 2);
  a_panic_is_a_status_and_then_all_is_well();
  fflush(stderr);
  dup2(old, 2);
  if (lseek(file, 0, SEEK_END) != 0) {
    char text[512] = "";
    EXPECT_AT_LEAST(pread(file, text, sizeof text - 1, 0), 0);
    EXPECT_STR(text, "");
  }
  close(file);
  close(old);
  unlink(path);
}

static const test_case tests[] = {TEST(nothing_is_printed)};

int main(void) { return RUN_TESTS(tests); }

/* Many threads at once, sharing what may be shared. */
#include <pthread.h>

#include "account.h"

#define THREADS 16
#define ROUNDS 10

static fake_server *server;
static kaltura_options *shared_options;
static kaltura_session *shared_session;

static void *start_sessions(void *unused) {
  int round;
  (void)unused;
  for (round = 0; round < ROUNDS; round++) {
    kaltura_error *error;
    kaltura_session *session = kaltura_start_session(shared_options, NULL, &error);
    EXPECT_STR(kaltura_error_message(error), "");
    EXPECT_TRUE(strlen(kaltura_session_ks(session)) > 100);
    kaltura_session_free(session);
    kaltura_error_free(error);
  }
  return NULL;
}

static void *read_the_session(void *unused) {
  int round;
  (void)unused;
  for (round = 0; round < 1000; round++) {
    kaltura_session *session = kaltura_session_retain(shared_session);
    EXPECT_STR(kaltura_session_ks(session), kaltura_session_ks(shared_session));
    EXPECT_AT_LEAST(kaltura_session_remaining_ms(session), 1);
    kaltura_session_free(session);
  }
  return NULL;
}

static void *fail(void *unused) {
  int round;
  (void)unused;
  for (round = 0; round < ROUNDS; round++) {
    app_token unknown = {"0_nope1234", FAKE_APP_TOKEN, KALTURA_HASH_TYPE_AUTO};
    kaltura_error *error = fail_with(account_options(fake_server_http_url(server), unknown));
    EXPECT_EQ(kaltura_error_status(error), KALTURA_STATUS_APP_TOKEN_NOT_FOUND);
    EXPECT_CONTAINS(kaltura_error_api_message(error), "0_nope1234");
    kaltura_error_free(error);
  }
  return NULL;
}

static void run_on_threads(void *(*body)(void *)) {
  pthread_t threads[THREADS];
  int index;
  for (index = 0; index < THREADS; index++) {
    EXPECT_EQ(pthread_create(&threads[index], NULL, body, NULL), 0);
  }
  for (index = 0; index < THREADS; index++) {
    pthread_join(threads[index], NULL);
  }
}

static void threads_may_share_options(void) {
  shared_options = https_options(server, SHA256_TOKEN);
  fake_server_reset(server);
  run_on_threads(start_sessions);
  EXPECT_EQ(fake_server_counter(server, "requests"), 2 * THREADS * ROUNDS);
  kaltura_options_free(shared_options);
}

static void threads_may_share_a_session(void) {
  kaltura_options *options = https_options(server, SHA256_TOKEN);
  shared_session = kaltura_start_session(options, NULL, NULL);
  EXPECT_NOT_NULL(shared_session);
  run_on_threads(read_the_session);
  kaltura_session_free(shared_session);
  kaltura_options_free(options);
}

static void each_thread_gets_its_own_error(void) { run_on_threads(fail); }

static const test_case tests[] = {
    TEST(threads_may_share_options),
    TEST(threads_may_share_a_session),
    TEST(each_thread_gets_its_own_error),
};

int main(void) {
  int result;
  server = fake_server_start(NULL);
  result = RUN_TESTS(tests);
  fake_server_stop(server);
  return result;
}

/* A valid KS, always at hand: from any thread, through outages, for the right user. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "account.h"

static fake_server *server;

static kaltura_provider *make_provider(kaltura_options *options) {
  kaltura_error *error;
  kaltura_provider *provider = kaltura_provider_new(options, &error);
  EXPECT_NOT_NULL(provider);
  EXPECT_NULL(error);
  kaltura_options_free(options);
  return provider;
}

static kaltura_options *provider_options(void) {
  kaltura_options *options = https_options(server, SHA256_TOKEN);
  kaltura_options_set_hash_type(options, KALTURA_HASH_TYPE_SHA256);
  return options;
}

/* Shuts down, waits until nothing runs any more, frees. */
static void end_provider(kaltura_provider *provider) {
  kaltura_provider_shutdown(provider);
  EXPECT_EQ(kaltura_provider_drain(provider, 10000), 1);
  kaltura_provider_free(provider);
}

static kaltura_session *load(kaltura_provider *provider) {
  kaltura_error *error;
  kaltura_session *session = kaltura_provider_load(provider, NULL, &error);
  EXPECT_NOT_NULL(session);
  EXPECT_STR(kaltura_error_message(error), "");
  kaltura_error_free(error);
  return session;
}

static void expect_load_fails(kaltura_provider *provider, kaltura_status status) {
  kaltura_error *error;
  EXPECT_NULL(kaltura_provider_load(provider, NULL, &error));
  EXPECT_STR(kaltura_status_name(kaltura_error_status(error)), kaltura_status_name(status));
  kaltura_error_free(error);
}

/* Waits until the server has counted so many. */
static void wait_for(const char *counter, long count) {
  int waited;
  for (waited = 0; waited < 10000 && fake_server_counter(server, counter) < count; waited += 10) {
    usleep(10000);
  }
  EXPECT_AT_LEAST(fake_server_counter(server, counter), count);
}

/* ---- One refresh for all ----------------------------------------------------------------------------------------------- */

static kaltura_provider *herd_provider;
static char herd_ks[4096]; /* of whoever was done first */
static pthread_mutex_t herd_lock = PTHREAD_MUTEX_INITIALIZER;

static void *load_often(void *count) {
  char first[4096] = "";
  long index;
  for (index = 0; index < *(long *)count; index++) {
    kaltura_session *session = kaltura_provider_load(herd_provider, NULL, NULL);
    const char *ks = kaltura_session_ks(session);
    if (index == 0) {
      snprintf(first, sizeof first, "%s", ks);
    } else if (strcmp(ks, first) != 0) {
      EXPECT_STR(ks, first);
    }
    kaltura_session_free(session);
  }
  pthread_mutex_lock(&herd_lock);
  if (herd_ks[0] == '\0') {
    snprintf(herd_ks, sizeof herd_ks, "%s", first);
  }
  EXPECT_STR(first, herd_ks);
  pthread_mutex_unlock(&herd_lock);
  return NULL;
}

static void a_herd_costs_one_widget_and_one_start_request(void) {
  pthread_t threads[64];
  long count = getenv("HERD_LOADS") != NULL ? atol(getenv("HERD_LOADS")) : 10000;
  int index;
  kaltura_session *session;
  fake_server_reset(server);
  herd_provider = make_provider(provider_options());
  herd_ks[0] = '\0';
  for (index = 0; index < 64; index++) {
    pthread_create(&threads[index], NULL, load_often, &count);
  }
  for (index = 0; index < 64; index++) {
    pthread_join(threads[index], NULL);
  }
  session = load(herd_provider);
  EXPECT_EQ(fake_server_counter(server, "widget_requests"), 1);
  EXPECT_EQ(fake_server_counter(server, "start_requests"), 1);
  kaltura_session_free(session);
  end_provider(herd_provider);
}

/* ---- Windows ----------------------------------------------------------------------------------------------------------- */

static kaltura_options *short_options(int64_t expiry, int64_t advisory, int64_t mandatory) {
  kaltura_options *options = provider_options();
  kaltura_options_set_expiry_seconds(options, expiry);
  kaltura_options_set_refresh_windows_seconds(options, advisory, mandatory);
  return options;
}

static void in_the_advisory_window_one_request_goes_out_and_nobody_waits(void) {
  kaltura_provider *provider;
  kaltura_session *first, *again;
  int64_t start;
  int index;
  kaltura_options *options = short_options(6, 3, 1);
  have_own_connections(options);
  fake_server_reset(server);
  provider = make_provider(options);
  first = load(provider);
  while (kaltura_session_remaining_ms(first) > 2900) {
    usleep(10000);
  }
  fake_server_script(server, "start:* hold name=refresh");
  start = now_ms();
  for (index = 0; index < 1000; index++) {
    again = load(provider);
    EXPECT_TRUE(strcmp(kaltura_session_ks(again), kaltura_session_ks(first)) == 0);
    kaltura_session_free(again);
  }
  EXPECT_AT_MOST(now_ms() - start, 200 * time_factor());
  wait_for("start_requests", 2);
  EXPECT_EQ(fake_server_counter(server, "start_requests"), 2);
  EXPECT_EQ(fake_server_counter(server, "widget_requests"), 1);
#ifndef CURL_TRANSPORT
  EXPECT_EQ(fake_server_counter(server, "connections"), 1);
#endif
  fake_server_release(server, "refresh");
  for (index = 0; index < 500; index++) {
    again = load(provider);
    if (strcmp(kaltura_session_ks(again), kaltura_session_ks(first)) != 0) {
      kaltura_session_free(again);
      break;
    }
    kaltura_session_free(again);
    usleep(10000);
  }
  EXPECT_AT_MOST(index, 499);
  kaltura_session_free(first);
  end_provider(provider);
}

static void in_the_mandatory_window_everybody_gets_the_new_one(void) {
  kaltura_provider *provider;
  kaltura_session *first, *second;
  fake_server_reset(server);
  provider = make_provider(short_options(8, 2, 2)); /* 2 s each, of 8 */
  first = load(provider);
  while (kaltura_session_remaining_ms(first) > 1900) {
    usleep(10000);
  }
  second = load(provider);
  EXPECT_TRUE(strcmp(kaltura_session_ks(first), kaltura_session_ks(second)) != 0);
  EXPECT_EQ(fake_server_counter(server, "start_requests"), 2);
  kaltura_session_free(first);
  kaltura_session_free(second);
  end_provider(provider);
}

static void through_an_outage_the_living_session_is_served_and_then_the_error(void) {
  kaltura_options *options = short_options(4, 2, 1);
  kaltura_provider *provider;
  kaltura_session *first, *again;
  int64_t remaining;
  long requests;
  fake_server_reset(server);
  kaltura_options_set_max_attempts(options, 1);
  provider = make_provider(options);
  first = load(provider);
  fake_server_script(server, "request:* close");
  while ((remaining = kaltura_session_remaining_ms(first)) > 100) {
    again = load(provider);
    EXPECT_STR(kaltura_session_ks(again), kaltura_session_ks(first));
    kaltura_session_free(again);
    usleep(1000);
  }
  EXPECT_AT_MOST(fake_server_counter(server, "requests"), 2 + 8);
  while (kaltura_session_remaining_ms(first) > 0) {
    usleep(1000);
  }
  expect_load_fails(provider, KALTURA_STATUS_CONNECTION_LOST);
  requests = fake_server_counter(server, "requests");
  expect_load_fails(provider, KALTURA_STATUS_CONNECTION_LOST);
  expect_load_fails(provider, KALTURA_STATUS_CONNECTION_LOST);
  EXPECT_EQ(fake_server_counter(server, "requests"), requests);
  EXPECT_NULL(kaltura_provider_peek(provider));
  kaltura_session_free(first);
  end_provider(provider);
  fake_server_reset(server);
}

static void a_refresh_costs_one_request_and_an_expired_widget_session_two_once(void) {
  kaltura_provider *provider;
  fake_server_reset(server);
  provider = make_provider(provider_options());
  kaltura_session_free(load(provider));
  kaltura_provider_invalidate(provider, NULL);
  kaltura_session_free(load(provider));
  EXPECT_EQ(fake_server_counter(server, "widget_requests"), 1);
  EXPECT_EQ(fake_server_counter(server, "start_requests"), 2);
  fake_server_script(server, "start:1 api code=INVALID_KS message=m");
  kaltura_provider_invalidate(provider, NULL);
  kaltura_session_free(load(provider));
  EXPECT_EQ(fake_server_counter(server, "widget_requests"), 2);
  EXPECT_EQ(fake_server_counter(server, "start_requests"), 4);
  kaltura_provider_invalidate(provider, NULL);
  kaltura_session_free(load(provider));
  EXPECT_EQ(fake_server_counter(server, "widget_requests"), 2);
  EXPECT_EQ(fake_server_counter(server, "start_requests"), 5);
  end_provider(provider);
}

/* ---- Asynchronous ------------------------------------------------------------------------------------------------------- */

typedef struct {
  pthread_mutex_t lock;
  int called, destroyed, called_after_destroy, is_on_caller;
  kaltura_status status;
  char ks[4096];
  char user[64];
  pthread_t caller;
  kaltura_provider *free_inside;
} completion;

static void on_load(void *user_data, kaltura_session *session, kaltura_error *error) {
  completion *self = user_data;
  EXPECT_TRUE((session == NULL) != (error == NULL));
  pthread_mutex_lock(&self->lock);
  self->called++;
  self->called_after_destroy += __atomic_load_n(&self->destroyed, __ATOMIC_SEQ_CST);
  self->is_on_caller += pthread_equal(self->caller, pthread_self()) != 0;
  self->status = kaltura_error_status(error);
  snprintf(self->ks, sizeof self->ks, "%s", kaltura_session_ks(session));
  snprintf(self->user, sizeof self->user, "%s", kaltura_session_user_id(session));
  pthread_mutex_unlock(&self->lock);
  kaltura_session_free(session);
  kaltura_error_free(error);
  if (self->free_inside != NULL) {
    EXPECT_EQ(kaltura_provider_drain(self->free_inside, 1000), 0);
    kaltura_provider_free(self->free_inside);
  }
}

/* Without the lock: who sees it may take the memory back, with a thread still about to leave a lock in it. */
static void on_destroy(void *user_data) { __atomic_add_fetch(&((completion *)user_data)->destroyed, 1, __ATOMIC_SEQ_CST); }

static void begin(completion *self, kaltura_provider *provider, kaltura_cancellation *cancellation) {
  kaltura_error *error;
  memset(self, 0, sizeof *self);
  pthread_mutex_init(&self->lock, NULL);
  self->caller = pthread_self();
  EXPECT_EQ(kaltura_provider_load_async(provider, cancellation, on_load, self, on_destroy, &error), 1);
  EXPECT_NULL(error);
}

static void expect_completed(completion *self, kaltura_status status) {
  int waited;
  for (waited = 0; waited < 10000 && __atomic_load_n(&self->destroyed, __ATOMIC_SEQ_CST) == 0; waited++) {
    usleep(1000);
  }
  usleep(5000); /* for a second completion, which must not come */
  EXPECT_EQ(self->called, 1);
  EXPECT_EQ(self->destroyed, 1);
  EXPECT_EQ(self->called_after_destroy, 0);
  EXPECT_EQ(self->is_on_caller, 0);
  EXPECT_STR(kaltura_status_name(self->status), kaltura_status_name(status));
}

static void an_asynchronous_load_completes_once_on_another_thread(void) {
  completion cold, cached;
  kaltura_provider *provider;
  fake_server_reset(server);
  provider = make_provider(provider_options());
  begin(&cold, provider, NULL);
  expect_completed(&cold, KALTURA_STATUS_OK);
  begin(&cached, provider, NULL);
  expect_completed(&cached, KALTURA_STATUS_OK);
  EXPECT_STR(cold.ks, cached.ks);
  EXPECT_EQ(fake_server_counter(server, "requests"), 2);
  end_provider(provider);
}

static void a_cancelled_waiter_does_not_end_what_others_wait_for(void) {
  completion cancelled, other;
  kaltura_cancellation *cancellation = kaltura_cancellation_new();
  kaltura_provider *provider;
  fake_server_reset(server);
  fake_server_script(server, "start:1 hold name=reply");
  provider = make_provider(provider_options());
  begin(&cancelled, provider, cancellation);
  begin(&other, provider, NULL);
  wait_for("start_requests", 1);
  kaltura_cancellation_cancel(cancellation);
  expect_completed(&cancelled, KALTURA_STATUS_CANCELLED);
  pthread_mutex_lock(&other.lock);
  EXPECT_EQ(other.called, 0);
  pthread_mutex_unlock(&other.lock);
  fake_server_release(server, "reply");
  expect_completed(&other, KALTURA_STATUS_OK);
  EXPECT_EQ(fake_server_counter(server, "requests"), 2);
  kaltura_cancellation_free(cancellation);
  end_provider(provider);
}

static void a_provider_may_be_freed_in_its_own_callback(void) {
  completion self;
  kaltura_provider *provider = make_provider(provider_options());
  fake_server_reset(server);
  memset(&self, 0, sizeof self);
  pthread_mutex_init(&self.lock, NULL);
  self.caller = pthread_self();
  self.free_inside = provider;
  EXPECT_EQ(kaltura_provider_load_async(provider, NULL, on_load, &self, on_destroy, NULL), 1);
  expect_completed(&self, KALTURA_STATUS_OK);
}

/* ---- At every point of a flight ------------------------------------------------------------------------------------------ */

static const char *const points[] = {"connection:* stall",         "connection:* tls-stall",  "widget:* stall-head",
                                     "start:* stall-head",         "start:* stall-body",      "start:* drip ms=50",
                                     "widget:* status code=503 retry-after=9"};

/* Options whose connections nobody else has. */
static kaltura_options *fresh_options(void) {
  kaltura_options *options = provider_options();
  have_own_connections(options);
  return options;
}

static void shutdown_and_free_interrupt_a_flight_at_every_point(void) {
  size_t index;
  int frees;
  for (index = 0; index < sizeof points / sizeof points[0]; index++) {
    for (frees = 0; frees < 2; frees++) {
      completion self;
      kaltura_provider *provider = make_provider(fresh_options());
      int64_t start;
      int failures = harness_failures;
      fake_server_reset(server);
      fake_server_script(server, points[index]);
      begin(&self, provider, NULL);
      usleep(100000);
      start = now_ms();
      if (frees) {
        kaltura_provider_free(provider);
        expect_completed(&self, KALTURA_STATUS_SHUT_DOWN);
      } else {
        kaltura_provider_shutdown(provider);
        expect_completed(&self, KALTURA_STATUS_SHUT_DOWN);
        EXPECT_EQ(kaltura_provider_drain(provider, 1000 * time_factor()), 1);
        expect_load_fails(provider, KALTURA_STATUS_SHUT_DOWN);
        EXPECT_NULL(kaltura_provider_peek(provider));
        kaltura_provider_free(provider);
      }
      EXPECT_AT_MOST(now_ms() - start, 200 * time_factor());
      if (harness_failures != failures) {
        printf("# with the script %s\n", points[index]);
      }
    }
  }
  fake_server_reset(server);
}

static void a_switch_of_user_at_every_point_gives_no_session_of_the_old_one(void) {
  size_t index;
  for (index = 0; index < sizeof points / sizeof points[0]; index++) {
    completion old, young;
    kaltura_options *options = fresh_options();
    kaltura_provider *provider;
    int failures = harness_failures;
    kaltura_options_set_user_id(options, "alice");
    provider = make_provider(options);
    fake_server_reset(server);
    fake_server_script(server, points[index]);
    begin(&old, provider, NULL);
    usleep(100000);
    EXPECT_EQ(kaltura_provider_set_user_id(provider, "bob", NULL), 1);
    fake_server_reset(server);
    begin(&young, provider, NULL);
    expect_completed(&old, KALTURA_STATUS_SUPERSEDED);
    expect_completed(&young, KALTURA_STATUS_OK);
    EXPECT_STR(young.user, "bob");
    if (harness_failures != failures) {
      printf("# with the script %s\n", points[index]);
    }
    end_provider(provider);
  }
  fake_server_reset(server);
}

/* A port of this machine that takes no more connections, and says nothing: a listener whose backlog is full. */
static int black_hole(int *fillers, int count) {
  struct sockaddr_in address;
  socklen_t length = sizeof address;
  int listener = socket(AF_INET, SOCK_STREAM, 0), index;
  memset(&address, 0, sizeof address);
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  EXPECT_EQ(bind(listener, (struct sockaddr *)&address, sizeof address), 0);
  EXPECT_EQ(listen(listener, 0), 0);
  getsockname(listener, (struct sockaddr *)&address, &length);
  for (index = 0; index < count; index++) {
    fillers[index] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    (void)connect(fillers[index], (struct sockaddr *)&address, sizeof address);
  }
  fillers[count] = listener;
  return ntohs(address.sin_port);
}

static void a_connection_that_does_not_come_about_is_interrupted_too(void) {
  int fillers[9], index, what;
  char url[64];
  snprintf(url, sizeof url, "http://127.0.0.1:%d", black_hole(fillers, 8));
  for (what = 0; what < 3; what++) {
    completion self;
    kaltura_provider *provider = make_provider(account_options(url, SHA256_TOKEN));
    int64_t start;
    begin(&self, provider, NULL);
    usleep(100000);
    start = now_ms();
    if (what == 0) {
      EXPECT_EQ(kaltura_provider_set_user_id(provider, "bob", NULL), 1);
      expect_completed(&self, KALTURA_STATUS_SUPERSEDED);
    } else if (what == 1) {
      kaltura_provider_shutdown(provider);
      expect_completed(&self, KALTURA_STATUS_SHUT_DOWN);
    } else {
      kaltura_cancellation *cancellation = kaltura_cancellation_new();
      completion other;
      begin(&other, provider, cancellation);
      kaltura_cancellation_cancel(cancellation);
      expect_completed(&other, KALTURA_STATUS_CANCELLED);
      kaltura_cancellation_free(cancellation);
      kaltura_provider_shutdown(provider);
      expect_completed(&self, KALTURA_STATUS_SHUT_DOWN);
    }
    end_provider(provider);
    EXPECT_AT_MOST(now_ms() - start, 200 * time_factor());
  }
  for (index = 0; index < 9; index++) {
    close(fillers[index]);
  }
}

static void a_late_reply_does_not_log_a_user_in_again(void) {
  completion waiting;
  kaltura_provider *provider = make_provider(provider_options());
  fake_server_reset(server);
  fake_server_script(server, "start:1 hold name=late");
  begin(&waiting, provider, NULL);
  wait_for("start_requests", 1);
  kaltura_provider_invalidate(provider, NULL);
  fake_server_release(server, "late");
  expect_completed(&waiting, KALTURA_STATUS_OK); /* of a flight of its own */
  EXPECT_EQ(fake_server_counter(server, "start_requests"), 2);
  end_provider(provider);
}

/* ---- Refused, ended, forked, kept ---------------------------------------------------------------------------------------- */

static void a_refused_ks_is_replaced_once(void) {
  kaltura_provider *provider = make_provider(provider_options());
  kaltura_session *first = load(provider), *second;
  const char *ks = kaltura_session_ks(first);
  fake_server_reset(server);
  EXPECT_EQ(kaltura_provider_report_error(provider, ks, "SERVICE_FORBIDDEN", NULL), KALTURA_ADVICE_NOT_A_SESSION_PROBLEM);
  EXPECT_EQ(kaltura_provider_report_error(provider, ks, "INVALID_KS", "EXCEEDED_RESTRICTED_IP"), KALTURA_ADVICE_GIVE_UP);
  EXPECT_EQ(kaltura_provider_report_error(provider, ks, "INVALID_KS", "EXPIRED"), KALTURA_ADVICE_REFRESH_AND_RETRY);
  EXPECT_EQ(kaltura_provider_report_error(provider, ks, "INVALID_KS", "EXPIRED"), KALTURA_ADVICE_REFRESH_AND_RETRY);
  EXPECT_NULL(kaltura_provider_peek(provider));
  second = load(provider);
  EXPECT_TRUE(strcmp(kaltura_session_ks(second), ks) != 0);
  EXPECT_EQ(kaltura_provider_report_error(provider, kaltura_session_ks(second), "INVALID_KS", "LOGOUT"),
            KALTURA_ADVICE_GIVE_UP);
  expect_load_fails(provider, KALTURA_STATUS_INVALID_KS);
  EXPECT_EQ(fake_server_counter(server, "start_requests"), 1);
  kaltura_session_free(first);
  kaltura_session_free(second);
  end_provider(provider);
}

static void on_done(void *user_data, kaltura_error *error) { on_load(user_data, NULL, error); }

static void ending_ends_every_session_of_the_token_and_says_so(void) {
  app_token token = {"0_short300", "909192939495969798999a9b9c9d9e9f", KALTURA_HASH_TYPE_SHA256};
  kaltura_provider *provider = make_provider(https_options(server, token));
  kaltura_error *error;
  completion self;
  fake_server_reset(server);
  kaltura_session_free(load(provider));
  EXPECT_EQ(kaltura_provider_end_session(provider, KALTURA_END_ALL_SESSIONS_OF_APP_TOKEN, NULL, &error), 1);
  EXPECT_NULL(error);
  EXPECT_EQ(fake_server_counter(server, "end_requests"), 1);
  EXPECT_NULL(kaltura_provider_load(provider, NULL, &error));
  EXPECT_EQ(kaltura_error_status(error), KALTURA_STATUS_INVALID_KS);
  EXPECT_EQ(kaltura_error_ks_reason(error), KALTURA_KS_REASON_LOGOUT);
  kaltura_error_free(error);
  end_provider(provider);

  fake_server_reset(server);
  provider = make_provider(https_options(server, token));
  kaltura_session_free(load(provider));
  memset(&self, 0, sizeof self);
  pthread_mutex_init(&self.lock, NULL);
  self.caller = pthread_self();
  fake_server_script(server, "end:* api code=SOMETHING message=m");
  EXPECT_EQ(kaltura_provider_end_session_async(provider, KALTURA_END_ALL_SESSIONS_OF_APP_TOKEN, NULL, on_done, &self,
                                               on_destroy, NULL), 1);
  expect_completed(&self, KALTURA_STATUS_API);
  EXPECT_NULL(kaltura_provider_peek(provider)); /* logged out here all the same */
  kaltura_session_free(load(provider));
  end_provider(provider);
  fake_server_reset(server);
}

static void a_child_process_is_told_to_make_its_own(void) {
  kaltura_provider *provider = make_provider(provider_options());
  kaltura_session *session = load(provider);
  int answer[2];
  char is_good = 0;
  pid_t child;
  EXPECT_EQ(pipe(answer), 0);
  child = fork();
  if (child == 0) {
    kaltura_error *error;
    is_good = kaltura_provider_load(provider, NULL, &error) == NULL &&
              kaltura_error_status(error) == KALTURA_STATUS_AFTER_FORK && kaltura_provider_peek(provider) == NULL &&
              kaltura_provider_drain(provider, 1000) == 0 && kaltura_session_remaining_ms(session) > 0;
    kaltura_error_free(error);
    kaltura_provider_free(provider);
    if (write(answer[1], &is_good, 1) == 1) {
      kill(getpid(), SIGKILL); /* not by exit: what only the parent's threads hold would be called a leak of the child's */
    }
  }
  close(answer[1]);
  EXPECT_EQ(read(answer[0], &is_good, 1), 1);
  EXPECT_TRUE(is_good);
  close(answer[0]);
  EXPECT_EQ(waitpid(child, NULL, 0), child);
  kaltura_session_free(session);
  kaltura_session_free(load(provider));
  end_provider(provider);
}

typedef struct {
  char key[65];
  unsigned char bytes[8192];
  size_t length;
  int loads, saves, clears, destroyed;
} keychain;

static void keychain_load(void *user_data, const char *key, kaltura_blob *blob) {
  keychain *self = user_data;
  self->loads++;
  if (self->length > 0 && strcmp(key, self->key) == 0) {
    kaltura_blob_set(blob, self->bytes, self->length);
  }
}

static int32_t keychain_save(void *user_data, const char *key, const uint8_t *bytes, size_t length) {
  keychain *self = user_data;
  self->saves++;
  EXPECT_AT_MOST(strlen(key), 64);
  snprintf(self->key, sizeof self->key, "%s", key);
  memcpy(self->bytes, bytes, self->length = length);
  return 1;
}

static int32_t keychain_clear(void *user_data, const char *key) {
  keychain *self = user_data;
  (void)key;
  self->clears++;
  self->length = 0;
  return 1;
}

static void keychain_destroy(void *user_data) { ((keychain *)user_data)->destroyed++; }

static kaltura_provider *keychain_provider(keychain *keychain, const char *user_id) {
  kaltura_options *options = provider_options();
  kaltura_options_set_user_id(options, user_id);
  kaltura_options_set_store(options, keychain_load, keychain_save, keychain_clear, keychain, keychain_destroy);
  return make_provider(options);
}

static void a_stored_session_serves_the_next_run_without_a_request(void) {
  keychain kept;
  kaltura_session *first, *second;
  kaltura_provider *provider;
  memset(&kept, 0, sizeof kept);
  fake_server_reset(server);
  provider = keychain_provider(&kept, "alice");
  EXPECT_EQ(kept.loads, 0);
  first = load(provider);
  end_provider(provider);
  EXPECT_EQ(kept.saves, 1);
  EXPECT_EQ(kept.destroyed, 1);

  provider = keychain_provider(&kept, "alice");
  second = load(provider);
  EXPECT_STR(kaltura_session_ks(second), kaltura_session_ks(first));
  EXPECT_STR(kaltura_session_user_id(second), "alice");
  EXPECT_EQ(fake_server_counter(server, "requests"), 2);
  kaltura_session_free(second);
  end_provider(provider);

  provider = keychain_provider(&kept, "bob"); /* not his */
  second = load(provider);
  EXPECT_STR(kaltura_session_user_id(second), "bob");
  kaltura_session_free(second);
  kaltura_provider_invalidate(provider, NULL);
  end_provider(provider);
  EXPECT_AT_LEAST(kept.clears, 1);
  EXPECT_EQ(kept.length, 0);

  memset(kept.bytes, 'x', sizeof kept.bytes); /* damaged */
  kept.length = 100;
  provider = keychain_provider(&kept, "bob");
  second = load(provider);
  EXPECT_TRUE(strlen(kaltura_session_ks(second)) > 100);
  kaltura_session_free(second);
  end_provider(provider);
  kaltura_session_free(first);
}

static const test_case tests[] = {
    TEST(a_herd_costs_one_widget_and_one_start_request),
    TEST(in_the_advisory_window_one_request_goes_out_and_nobody_waits),
    TEST(in_the_mandatory_window_everybody_gets_the_new_one),
    TEST(through_an_outage_the_living_session_is_served_and_then_the_error),
    TEST(a_refresh_costs_one_request_and_an_expired_widget_session_two_once),
    TEST(an_asynchronous_load_completes_once_on_another_thread),
    TEST(a_cancelled_waiter_does_not_end_what_others_wait_for),
    TEST(a_provider_may_be_freed_in_its_own_callback),
    TEST(shutdown_and_free_interrupt_a_flight_at_every_point),
    TEST(a_switch_of_user_at_every_point_gives_no_session_of_the_old_one),
    TEST(a_connection_that_does_not_come_about_is_interrupted_too),
    TEST(a_late_reply_does_not_log_a_user_in_again),
    TEST(a_refused_ks_is_replaced_once),
    TEST(ending_ends_every_session_of_the_token_and_says_so),
    TEST(a_child_process_is_told_to_make_its_own),
    TEST(a_stored_session_serves_the_next_run_without_a_request),
};

int main(void) {
  int result;
  server = fake_server_start(NULL);
  result = RUN_TESTS(tests);
  fake_server_stop(server);
  return result;
}

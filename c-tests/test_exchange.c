/* Requests over the host's transport, which here has no network: it answers at once, later, twice, never. */
#include <kaltura_session.h>
#include <pthread.h>

#include "canned.h"

/* How the host answers, and what came of it. */
typedef struct {
  void (*answer)(kaltura_exchange *exchange);
  int is_late;   /* from another thread */
  int is_silent; /* not at all: the exchange is kept */
  int widget_requests, start_requests, destroyed, cancelled, cancel_destroyed;
  kaltura_exchange *kept;
} host;

static void count(int *counter) { __atomic_add_fetch(counter, 1, __ATOMIC_SEQ_CST); }
static int read_count(const int *counter) { return __atomic_load_n(counter, __ATOMIC_SEQ_CST); }
static void destroyed(void *user_data) { count(&((host *)user_data)->destroyed); }
static void cancelled(void *user_data) { count(&((host *)user_data)->cancelled); }
static void cancel_destroyed(void *user_data) { count(&((host *)user_data)->cancel_destroyed); }

static void expect_soon(const int *counter, int expected) {
  int waited;
  for (waited = 0; waited < 5000 && read_count(counter) != expected; waited += 5) {
    usleep(5000);
  }
  EXPECT_EQ(read_count(counter), expected);
}

static int64_t now_ms(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void answer_as_the_server(kaltura_exchange *exchange) {
  char text[512];
  canned_reply(kaltura_exchange_url(exchange), text);
  kaltura_exchange_reply(exchange, 200, (const uint8_t *)text, strlen(text));
}

typedef struct {
  host *self;
  kaltura_exchange *exchange;
} errand;

static void *run_errand(void *argument) {
  errand *self = argument;
  usleep(30000);
  self->self->answer(self->exchange);
  kaltura_exchange_free(self->exchange);
  free(self);
  return NULL;
}

static void carry(void *user_data, kaltura_exchange *exchange) {
  host *self = user_data;
  EXPECT_EQ(strlen(kaltura_exchange_body(exchange)), kaltura_exchange_body_length(exchange));
  EXPECT_CONTAINS(kaltura_exchange_body(exchange), "{\"format\":1,");
  EXPECT_AT_LEAST(kaltura_exchange_timeout_ms(exchange), 1);
  EXPECT_EQ(kaltura_exchange_is_cancelled(exchange), 0);
  count(strstr(kaltura_exchange_url(exchange), "startWidgetSession") ? &self->widget_requests : &self->start_requests);
  if (self->is_silent) {
    /* Before the other thread is told anything: it frees this. */
    __atomic_store_n(&self->kept, exchange, __ATOMIC_SEQ_CST);
    kaltura_exchange_on_cancel(exchange, cancelled, self, cancel_destroyed);
  } else if (self->is_late) {
    errand *later = malloc(sizeof *later);
    pthread_t thread;
    later->self = self;
    later->exchange = exchange;
    pthread_create(&thread, NULL, run_errand, later);
    pthread_detach(thread);
  } else {
    self->answer(exchange);
    kaltura_exchange_free(exchange);
  }
}

static kaltura_options *host_options(host *self) {
  kaltura_options *options = canned_options(CANNED_APP_TOKEN);
  kaltura_options_set_transport(options, carry, self, destroyed);
  return options;
}

static kaltura_error *fail(host *self, kaltura_cancellation *cancellation, int64_t total_ms) {
  kaltura_options *options = host_options(self);
  kaltura_error *error;
  kaltura_options_set_total_timeout_ms(options, total_ms);
  EXPECT_NULL(kaltura_start_session(options, cancellation, &error));
  kaltura_options_free(options);
  return error;
}

static void expect_session(host *self) {
  kaltura_options *options = host_options(self);
  kaltura_error *error;
  kaltura_session *session = kaltura_start_session(options, NULL, &error);
  EXPECT_STR(kaltura_error_message(error), "");
  EXPECT_STR(kaltura_session_ks(session), CANNED_KS);
  EXPECT_EQ(read_count(&self->widget_requests), 1);
  EXPECT_EQ(read_count(&self->start_requests), 1);
  kaltura_session_free(session);
  kaltura_error_free(error);
  kaltura_options_free(options);
  expect_soon(&self->destroyed, 1);
}

static void a_host_may_answer_at_once_or_later(void) {
  host at_once = {.answer = answer_as_the_server}, later = {.answer = answer_as_the_server, .is_late = 1};
  expect_session(&at_once);
  expect_session(&later);
}

static void answer_twice(kaltura_exchange *exchange) {
  answer_as_the_server(exchange);
  kaltura_exchange_reply(exchange, 500, NULL, 0);
  kaltura_exchange_fail(exchange, KALTURA_STATUS_DNS, "too late");
}

static void the_first_answer_counts(void) {
  host self = {.answer = answer_twice};
  expect_session(&self);
}

static void answer_nothing(kaltura_exchange *exchange) { (void)exchange; }

static void a_request_that_is_freed_unanswered_was_lost_and_is_sent_again(void) {
  host self = {.answer = answer_nothing};
  kaltura_error *error = fail(&self, NULL, 9000);
  EXPECT_EQ(kaltura_error_status(error), KALTURA_STATUS_CONNECTION_LOST);
  EXPECT_EQ(kaltura_error_attempts(error), 3);
  EXPECT_EQ(read_count(&self.widget_requests), 3);
  kaltura_error_free(error);
  expect_soon(&self.destroyed, 1);
}

static void answer_with_a_failure(kaltura_exchange *exchange) {
  kaltura_exchange_fail(exchange, KALTURA_STATUS_CERTIFICATE, "says " CANNED_APP_TOKEN);
}

static void a_failure_of_the_hosts_is_told_in_its_words_but_for_secrets(void) {
  host self = {.answer = answer_with_a_failure};
  kaltura_error *error = fail(&self, NULL, 9000);
  EXPECT_EQ(kaltura_error_status(error), KALTURA_STATUS_CERTIFICATE);
  EXPECT_STR(kaltura_error_message(error), "says [redacted]");
  kaltura_error_free(error);
  expect_soon(&self.destroyed, 1);
}

static void answer_with_headers(kaltura_exchange *exchange) {
  kaltura_exchange_add_header(exchange, "x-me", "host-7");
  kaltura_exchange_add_header(exchange, "Retry-After", "30");
  kaltura_exchange_reply(exchange, 429, NULL, 0);
}

static void headers_are_read(void) {
  host self = {.answer = answer_with_headers};
  kaltura_error *error = fail(&self, NULL, 9000);
  EXPECT_EQ(kaltura_error_status(error), KALTURA_STATUS_RATE_LIMITED);
  EXPECT_EQ(kaltura_error_retry_after_ms(error), 30000);
  EXPECT_STR(kaltura_error_server_host(error), "host-7");
  kaltura_error_free(error);
  expect_soon(&self.destroyed, 1);
}

/* After the call has given up: the late answer does nothing. */
static void expect_abandoned(host *self) {
  kaltura_exchange *kept;
  expect_soon(&self->cancel_destroyed, 1);
  EXPECT_EQ(read_count(&self->cancelled), 1);
  kept = __atomic_load_n(&self->kept, __ATOMIC_SEQ_CST);
  EXPECT_EQ(kaltura_exchange_is_cancelled(kept), 1);
  EXPECT_EQ(kaltura_exchange_timeout_ms(kept), 0);
  answer_as_the_server(kept);
  kaltura_exchange_on_cancel(kept, cancelled, self, cancel_destroyed); /* at once */
  EXPECT_EQ(read_count(&self->cancelled), 2);
  EXPECT_EQ(read_count(&self->cancel_destroyed), 2);
  kaltura_exchange_free(kept);
  expect_soon(&self->destroyed, 1);
}

static void a_host_that_does_not_answer_holds_nobody_up(void) {
  host self = {.is_silent = 1};
  int64_t start = now_ms();
  kaltura_error *error = fail(&self, NULL, 300);
  EXPECT_EQ(kaltura_error_status(error), KALTURA_STATUS_TIMEOUT);
  EXPECT_AT_LEAST(now_ms() - start, 290);
  EXPECT_AT_MOST(now_ms() - start, 5000);
  kaltura_error_free(error);
  expect_abandoned(&self);
}

static void *cancel_soon(void *cancellation) {
  usleep(100000);
  kaltura_cancellation_cancel(cancellation);
  return NULL;
}

static void a_cancelled_call_ends_at_once_and_the_host_is_told(void) {
  host self = {.is_silent = 1};
  kaltura_cancellation *cancellation = kaltura_cancellation_new();
  pthread_t thread;
  int64_t start = now_ms();
  kaltura_error *error;
  pthread_create(&thread, NULL, cancel_soon, cancellation);
  error = fail(&self, cancellation, 60000);
  EXPECT_EQ(kaltura_error_status(error), KALTURA_STATUS_CANCELLED);
  EXPECT_AT_MOST(now_ms() - start, 10000);
  pthread_join(thread, NULL);
  kaltura_error_free(error);
  kaltura_cancellation_free(cancellation);
  expect_abandoned(&self);
}

static void block(kaltura_exchange *exchange) {
  usleep(600000);
  answer_as_the_server(exchange);
}

static void a_callback_that_blocks_holds_nobody_up(void) {
  host self = {.answer = block};
  int64_t start = now_ms();
  kaltura_error *error = fail(&self, NULL, 200);
  EXPECT_EQ(kaltura_error_status(error), KALTURA_STATUS_TIMEOUT);
  EXPECT_AT_MOST(now_ms() - start, 550);
  kaltura_error_free(error);
  expect_soon(&self.destroyed, 1); /* when it has returned */
}

static void a_provider_is_fed_by_the_host(void) {
  host self = {.answer = answer_as_the_server, .is_late = 1};
  kaltura_options *options = host_options(&self);
  kaltura_provider *provider = kaltura_provider_new(options, NULL);
  kaltura_session *session = NULL;
  int index;
  kaltura_options_free(options);
  for (index = 0; index < 100; index++) {
    kaltura_session_free(session);
    session = kaltura_provider_load(provider, NULL, NULL);
    EXPECT_STR(kaltura_session_ks(session), CANNED_KS);
  }
  EXPECT_EQ(read_count(&self.start_requests), 1);
  kaltura_session_free(session);
  EXPECT_EQ(kaltura_provider_set_user_id(provider, "bob", NULL), 1);
  session = kaltura_provider_load(provider, NULL, NULL);
  EXPECT_NOT_NULL(session);
  EXPECT_EQ(read_count(&self.widget_requests), 1); /* a refresh is one request */
  EXPECT_EQ(read_count(&self.start_requests), 2);
  kaltura_session_free(session);
  kaltura_provider_shutdown(provider);
  EXPECT_EQ(kaltura_provider_drain(provider, 5000), 1);
  EXPECT_EQ(read_count(&self.destroyed), 0);
  kaltura_provider_free(provider);
  EXPECT_EQ(read_count(&self.destroyed), 1); /* drained, so that nobody else holds it */
}

static void a_provider_that_shuts_down_tells_the_host(void) {
  host self = {.is_silent = 1};
  kaltura_options *options = host_options(&self);
  kaltura_provider *provider = kaltura_provider_new(options, NULL);
  int64_t start = now_ms();
  kaltura_options_free(options);
  kaltura_provider_prefetch(provider);
  expect_soon(&self.widget_requests, 1);
  kaltura_provider_shutdown(provider);
  EXPECT_EQ(kaltura_provider_drain(provider, 5000), 1);
  EXPECT_AT_MOST(now_ms() - start, 4000);
  kaltura_provider_free(provider);
  expect_abandoned(&self);
}

static kaltura_provider *reentrant_provider;

static void load_inside(kaltura_exchange *exchange) {
  kaltura_error *error;
  EXPECT_NULL(kaltura_provider_load(reentrant_provider, NULL, &error));
  EXPECT_EQ(kaltura_error_status(error), KALTURA_STATUS_WRONG_STATE);
  kaltura_error_free(error);
  EXPECT_EQ(kaltura_provider_drain(reentrant_provider, 5000), 0);
  answer_as_the_server(exchange);
}

static void a_load_inside_the_transport_does_not_wait_for_itself(void) {
  host self = {.answer = load_inside};
  kaltura_options *options = host_options(&self);
  kaltura_session *session;
  reentrant_provider = kaltura_provider_new(options, NULL);
  kaltura_options_free(options);
  session = kaltura_provider_load(reentrant_provider, NULL, NULL);
  EXPECT_STR(kaltura_session_ks(session), CANNED_KS);
  kaltura_session_free(session);
  kaltura_provider_free(reentrant_provider);
  expect_soon(&self.destroyed, 1);
}

static void a_transport_that_is_replaced_is_let_go(void) {
  host first = {.answer = answer_nothing}, second = {.answer = answer_as_the_server};
  kaltura_options *options = host_options(&first);
  kaltura_options_set_transport(options, carry, &second, destroyed);
  EXPECT_EQ(first.destroyed, 1);
  kaltura_options_set_transport(options, NULL, &first, destroyed);
  EXPECT_EQ(first.destroyed, 2);
  kaltura_options_free(options);
  EXPECT_EQ(second.destroyed, 1);
}

#if !KALTURA_FEATURE_HTTP
static void without_a_transport_there_is_none(void) {
  kaltura_options *options = canned_options(CANNED_APP_TOKEN);
  kaltura_error *error;
  EXPECT_NULL(kaltura_start_session(options, NULL, &error));
  EXPECT_EQ(kaltura_error_status(error), KALTURA_STATUS_INVALID_ARGUMENT);
  EXPECT_STR(kaltura_error_option(error), "transport");
  kaltura_error_free(error);
  EXPECT_NULL(kaltura_provider_new(options, &error));
  EXPECT_STR(kaltura_error_option(error), "transport");
  kaltura_error_free(error);
  kaltura_options_free(options);
}
#endif

static const test_case tests[] = {
    TEST(a_host_may_answer_at_once_or_later),
    TEST(the_first_answer_counts),
    TEST(a_request_that_is_freed_unanswered_was_lost_and_is_sent_again),
    TEST(a_failure_of_the_hosts_is_told_in_its_words_but_for_secrets),
    TEST(headers_are_read),
    TEST(a_host_that_does_not_answer_holds_nobody_up),
    TEST(a_cancelled_call_ends_at_once_and_the_host_is_told),
    TEST(a_callback_that_blocks_holds_nobody_up),
    TEST(a_provider_is_fed_by_the_host),
    TEST(a_provider_that_shuts_down_tells_the_host),
    TEST(a_load_inside_the_transport_does_not_wait_for_itself),
    TEST(a_transport_that_is_replaced_is_let_go),
#if !KALTURA_FEATURE_HTTP
    TEST(without_a_transport_there_is_none),
#endif
};

int main(void) { return RUN_TESTS(tests); }

/*
 * Every function of the header, with every combination of NULL, handles in every state, and the first, last and oddest values
 * of each type. It must answer; what it answers is for other tests, but for this: a call that failed says why, and nothing is
 * ever KALTURA_STATUS_PANIC. boundary_calls.h is made from the header by boundary.awk.
 */
#include <pthread.h>

#include "account.h"
#include "canned.h"

static fake_server *server;
static long calls;

/* ---- Values that are no handles ---------------------------------------------------------------------------------------------- */

#define COUNT_OF(array) ((int)(sizeof(array) / sizeof((array)[0])))
#define PLAIN(type, kind, ...)                        \
  static const type values_of_##kind[] = __VA_ARGS__; \
  enum { COUNT_##kind = COUNT_OF(values_of_##kind) }; \
  typedef type TYPE_##kind;                           \
  static inline type pick_##kind(int index) { return values_of_##kind[index]; } \
  static inline void drop_##kind(type value) { (void)value; } \
  static inline void done_with_##kind(type value) { (void)value; }
#define FUNCTION(kind, function)                                      \
  enum { COUNT_##kind = 2 };                                          \
  typedef kind TYPE_##kind;                                           \
  static inline kind pick_##kind(int index) { return index == 0 ? NULL : function; } \
  static inline void drop_##kind(kind value) { (void)value; }

PLAIN(int32_t, int32_t, {INT32_MIN, -1, 0, 1, 200, INT32_MAX})
PLAIN(int64_t, int64_t, {INT64_MIN, -1, 0, 1, INT64_MAX})
PLAIN(size_t, index, {0, 1, SIZE_MAX})
PLAIN(kaltura_status, kaltura_status, {INT32_MIN, -1, 0, 3, 26, 42, 50, 90, 99, INT32_MAX})
PLAIN(kaltura_hash_type, kaltura_hash_type, {INT32_MIN, -1, 0, 4, 5, INT32_MAX})
PLAIN(kaltura_session_type, kaltura_session_type, {INT32_MIN, 0, 1, 2, INT32_MAX})
PLAIN(kaltura_log_level, kaltura_log_level, {INT32_MIN, 0, 1, 4, 5, INT32_MAX})
PLAIN(kaltura_trust, kaltura_trust, {INT32_MIN, 0, 1, 2, 3, INT32_MAX})
PLAIN(kaltura_end, kaltura_end, {0, 1, 2, UINT32_MAX})

/* What is answered with. */
#define ANSWER(kind) \
  static inline void done_with_##kind(kind value) { (void)value; }
ANSWER(kaltura_adjustment)
ANSWER(kaltura_advice)
ANSWER(kaltura_category)
ANSWER(kaltura_flow_action)
ANSWER(kaltura_ks_reason)
ANSWER(kaltura_step)
ANSWER(size_t)

static char very_long[70000];
static const char *const texts[] = {NULL, "", "\xff\xfe", "a\x01\n", "_101", very_long};
enum { COUNT_text = COUNT_OF(texts) };
typedef const char *TYPE_text;
static const char *pick_text(int index) { return texts[index]; }
static void drop_text(const char *text) { (void)text; }
static size_t letters;
static void done_with_text(const char *text) { letters += text != NULL ? strlen(text) : 0; }

/* Text of the library's own. */
enum { COUNT_own_text = 2 };
typedef char *TYPE_own_text;
static char *pick_own_text(int index) {
  return index == 0 ? NULL
                    : kaltura_generate_ks(fake_server_http_url(server), FAKE_PARTNER_ID, FAKE_APP_TOKEN_ID, FAKE_APP_TOKEN, "",
                                          NULL);
}
static void done_with_own_text(char *text) { kaltura_free_string(text); }

/* A length belongs to bytes of `very_long`, or is a negative number by mistake. */
PLAIN(size_t, length, {0, 1, 65536, 65537, sizeof very_long, SIZE_MAX})
enum { COUNT_bytes = 2, COUNT_room = 2, COUNT_user_data = 2 };
typedef const uint8_t *TYPE_bytes;
typedef uint8_t *TYPE_room;
typedef void *TYPE_user_data;
static uint8_t place[sizeof very_long];
static const uint8_t *pick_bytes(int index) { return index == 0 ? NULL : (const uint8_t *)very_long; }
static void drop_bytes(const uint8_t *bytes) { (void)bytes; }
static uint8_t *pick_room(int index) { return index == 0 ? NULL : place; }
static void drop_room(uint8_t *room) { (void)room; }
static void *pick_user_data(int index) { return index == 0 ? NULL : place; }
static void drop_user_data(void *user_data) { (void)user_data; }

/* ---- Errors ------------------------------------------------------------------------------------------------------------------ */

enum { COUNT_error_place = 2, COUNT_kaltura_error = 3 };
typedef kaltura_error **TYPE_error_place;
typedef kaltura_error *TYPE_kaltura_error;
static kaltura_error *said;

static kaltura_error **pick_error_place(int index) {
  said = (kaltura_error *)(void *)place; /* rubbish, to be overwritten */
  return index == 0 ? NULL : &said;
}

static void look_at_error(kaltura_error **where, int has_failed) {
  if (where != NULL) {
    EXPECT_EQ(said != NULL, has_failed);
    EXPECT_TRUE(kaltura_error_status(said) != KALTURA_STATUS_PANIC);
    EXPECT_LACKS(kaltura_error_message(said), FAKE_APP_TOKEN);
  }
}

static void drop_error_place(kaltura_error **where) {
  if (where != NULL) {
    kaltura_error_free(said);
  }
}

static kaltura_flow *flow_at(int state);

static kaltura_error *pick_kaltura_error(int index) {
  kaltura_error *error = NULL;
  if (index == 1) {
    kaltura_flow_free(kaltura_flow_new(NULL, &error));
  } else if (index == 2) {
    static const char refusal[] = "{\"objectType\":\"KalturaAPIException\",\"code\":\"INVALID_KS\",\"message\":\"m\","
                                  "\"args\":{\"KSID\":\"EXPIRED\",\"NAME\":\"v\"}}";
    kaltura_flow *flow = flow_at(2);
    kaltura_flow_add_header(flow, "X-Me", "host");
    kaltura_flow_reply(flow, 200, (const uint8_t *)refusal, strlen(refusal));
    kaltura_flow_step(flow);
    error = kaltura_flow_take_error(flow);
    kaltura_flow_free(flow);
    EXPECT_EQ(kaltura_error_status(error), KALTURA_STATUS_INVALID_KS);
  }
  return error;
}
static void drop_kaltura_error(kaltura_error *error) { kaltura_error_free(error); }
static void done_with_kaltura_error(kaltura_error *error) { kaltura_error_free(error); }

/* ---- Callbacks --------------------------------------------------------------------------------------------------------------- */

static void on_cancel(void *user_data) { (void)user_data; }
static void on_destroy(void *user_data) { (void)user_data; }
static void on_done(void *user_data, kaltura_error *error) {
  (void)user_data;
  kaltura_error_free(error);
}
static void on_load(void *user_data, kaltura_session *session, kaltura_error *error) {
  (void)user_data;
  kaltura_session_free(session);
  kaltura_error_free(error);
}
static void on_line(void *user_data, kaltura_log_level level, const char *line) { (void)user_data, (void)level, (void)line; }
static void on_store_load(void *user_data, const char *key, kaltura_blob *blob) { (void)user_data, (void)key, (void)blob; }
static int32_t on_store_save(void *user_data, const char *key, const uint8_t *bytes, size_t length) {
  (void)user_data, (void)key, (void)bytes, (void)length;
  return -1;
}
static int32_t on_store_clear(void *user_data, const char *key) {
  (void)user_data, (void)key;
  return -1;
}
static void reply_at_once(void *user_data, kaltura_exchange *exchange) {
  char text[512] = "null"; /* to session.end */
  (void)user_data;
  if (strstr(kaltura_exchange_url(exchange), "/action/end") == NULL) {
    canned_reply(kaltura_exchange_url(exchange), text);
  }
  kaltura_exchange_reply(exchange, 200, (const uint8_t *)text, strlen(text));
  kaltura_exchange_free(exchange);
}
static void hash_at_once(void *user_data, kaltura_hashing *hashing) {
  (void)user_data;
  kaltura_hashing_reply(hashing, "0123456789abcdef0123456789abcdef");
  kaltura_hashing_free(hashing);
}

FUNCTION(kaltura_cancel_fn, on_cancel)
FUNCTION(kaltura_destroy_fn, on_destroy)
FUNCTION(kaltura_done_fn, on_done)
FUNCTION(kaltura_load_fn, on_load)
FUNCTION(kaltura_log_fn, on_line)
FUNCTION(kaltura_store_load_fn, on_store_load)
FUNCTION(kaltura_store_save_fn, on_store_save)
FUNCTION(kaltura_store_clear_fn, on_store_clear)
FUNCTION(kaltura_send_fn, reply_at_once)
FUNCTION(kaltura_token_hash_fn, hash_at_once)

/* ---- Handles, NULL first ----------------------------------------------------------------------------------------------------- */

#define HANDLE(kind, count, free_it)                                \
  enum { COUNT_##kind = count };                                    \
  typedef kind *TYPE_##kind;                                        \
  static inline void drop_##kind(kind *handle) { free_it(handle); } \
  static inline void done_with_##kind(kind *handle) { free_it(handle); }

HANDLE(kaltura_options, 3, kaltura_options_free)
static kaltura_options *pick_kaltura_options(int index) {
  kaltura_options *options = NULL;
  if (index == 1) {
    options = canned_options(CANNED_APP_TOKEN);
    kaltura_options_set_transport(options, reply_at_once, NULL, NULL);
  } else if (index == 2) {
    options = kaltura_options_new(INT64_MIN, very_long, "");
  }
  return options;
}

HANDLE(kaltura_cancellation, 3, kaltura_cancellation_free)
static kaltura_cancellation *pick_kaltura_cancellation(int index) {
  kaltura_cancellation *cancellation = index == 0 ? NULL : kaltura_cancellation_new();
  if (index == 2) {
    kaltura_cancellation_cancel(cancellation);
  }
  return cancellation;
}

/* New; owed a reply; owed a hash; told to wait; done; failed; over. */
HANDLE(kaltura_flow, 8, kaltura_flow_free)
static kaltura_flow *pick_kaltura_flow(int index) { return index == 0 ? NULL : flow_at(index); }
static kaltura_flow *flow_at(int state) {
  kaltura_options *options = canned_options(state == 3 ? NULL : CANNED_APP_TOKEN);
  kaltura_flow *flow = kaltura_flow_new(options, NULL);
  char text[512];
  kaltura_options_free(options);
  if (state >= 2) {
    kaltura_flow_step(flow);
  }
  if (state == 3 || state >= 5) {
    canned_reply(kaltura_flow_url(flow), text);
    kaltura_flow_reply(flow, 200, (const uint8_t *)text, strlen(text));
    kaltura_flow_step(flow);
  }
  if (state == 4) {
    kaltura_flow_fail(flow, KALTURA_STATUS_CONNECTION_LOST, NULL);
    kaltura_flow_step(flow);
  } else if (state == 6) {
    kaltura_flow_fail(flow, KALTURA_STATUS_CANCELLED, NULL);
    kaltura_flow_step(flow);
  } else if (state == 5 || state == 7) {
    canned_reply(kaltura_flow_url(flow), text);
    kaltura_flow_reply(flow, 200, (const uint8_t *)text, strlen(text));
    EXPECT_EQ(kaltura_flow_step(flow), KALTURA_FLOW_ACTION_DONE);
  }
  if (state == 7) {
    kaltura_session_free(kaltura_flow_take_session(flow));
  }
  return flow;
}

HANDLE(kaltura_session, 2, kaltura_session_free)
static kaltura_session *pick_kaltura_session(int index) {
  kaltura_flow *flow = index == 0 ? NULL : flow_at(5);
  kaltura_session *session = kaltura_flow_take_session(flow);
  kaltura_flow_free(flow);
  return session;
}

/* New; with a session; shut down. */
HANDLE(kaltura_provider, 4, kaltura_provider_free)
static kaltura_provider *pick_kaltura_provider(int index) {
  kaltura_options *options = index == 0 ? NULL : pick_kaltura_options(1);
  kaltura_provider *provider = kaltura_provider_new(options, NULL);
  kaltura_options_free(options);
  if (index == 2) {
    kaltura_session_free(kaltura_provider_load(provider, NULL, NULL));
  } else if (index == 3) {
    kaltura_provider_shutdown(provider);
  }
  return provider;
}

/* An exchange and a hashing that somebody waits for, and that nobody does any more. */
static struct {
  pthread_mutex_t lock;
  pthread_cond_t changed;
  kaltura_exchange *exchange;
  kaltura_hashing *hashing;
  kaltura_provider *waiting;
} caught = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, NULL, NULL, NULL};

static void catch_exchange(void *user_data, kaltura_exchange *exchange) {
  (void)user_data;
  pthread_mutex_lock(&caught.lock);
  if (caught.exchange == NULL) {
    caught.exchange = exchange;
    exchange = NULL;
  }
  pthread_cond_signal(&caught.changed);
  pthread_mutex_unlock(&caught.lock);
  kaltura_exchange_free(exchange);
}

static void catch_hashing(void *user_data, kaltura_hashing *hashing) {
  (void)user_data;
  pthread_mutex_lock(&caught.lock);
  caught.hashing = hashing;
  pthread_cond_signal(&caught.changed);
  pthread_mutex_unlock(&caught.lock);
}

static void let_wait(int state, kaltura_options *options) {
  caught.waiting = kaltura_provider_new(options, NULL);
  caught.exchange = NULL;
  caught.hashing = NULL;
  kaltura_options_free(options);
  kaltura_provider_prefetch(caught.waiting);
  pthread_mutex_lock(&caught.lock);
  while (caught.exchange == NULL && caught.hashing == NULL) {
    pthread_cond_wait(&caught.changed, &caught.lock);
  }
  pthread_mutex_unlock(&caught.lock);
  if (state == 2) {
    kaltura_provider_shutdown(caught.waiting);
    EXPECT_EQ(kaltura_provider_drain(caught.waiting, 10000), 1);
  }
}

static void nobody_waits(void) {
  kaltura_provider_free(caught.waiting);
  caught.waiting = NULL;
}

static void free_exchange(kaltura_exchange *exchange) {
  kaltura_exchange_free(exchange);
  nobody_waits();
}
static void free_hashing(kaltura_hashing *hashing) {
  kaltura_hashing_free(hashing);
  nobody_waits();
}

HANDLE(kaltura_exchange, 3, free_exchange)
static kaltura_exchange *pick_kaltura_exchange(int index) {
  kaltura_options *options;
  nobody_waits(); /* the last one's, if the call freed its exchange */
  if (index == 0) {
    return NULL;
  }
  options = canned_options(CANNED_APP_TOKEN);
  kaltura_options_set_transport(options, catch_exchange, NULL, NULL);
  let_wait(index, options);
  return caught.exchange;
}

HANDLE(kaltura_hashing, 3, free_hashing)
static kaltura_hashing *pick_kaltura_hashing(int index) {
  kaltura_options *options;
  nobody_waits();
  if (index == 0) {
    return NULL;
  }
  options = canned_options(NULL);
  kaltura_options_set_transport(options, reply_at_once, NULL, NULL);
  kaltura_options_set_token_hash(options, catch_hashing, NULL, NULL);
  let_wait(index, options);
  return caught.hashing;
}

/* Lives while a load function runs; see blobs_are_set_in_a_load_function(). */
static kaltura_blob *open_blob;
enum { COUNT_kaltura_blob = 2 };
typedef kaltura_blob *TYPE_kaltura_blob;
static kaltura_blob *pick_kaltura_blob(int index) { return index == 0 ? NULL : open_blob; }
static void drop_kaltura_blob(kaltura_blob *blob) { (void)blob; }

#include "boundary_calls.h"

static void load_blobs(void *user_data, const char *key, kaltura_blob *blob) {
  (void)user_data, (void)key;
  open_blob = blob;
  kaltura_blob_set_answers_everything();
  open_blob = NULL;
}

static void blobs_are_set_in_a_load_function(void) {
  kaltura_options *options = pick_kaltura_options(1);
  kaltura_provider *provider;
  long before = calls;
  kaltura_options_set_store(options, load_blobs, on_store_save, on_store_clear, NULL, NULL);
  provider = kaltura_provider_new(options, NULL);
  kaltura_options_free(options);
  kaltura_session_free(kaltura_provider_load(provider, NULL, NULL));
  kaltura_provider_free(provider);
  EXPECT_AT_LEAST(calls - before, 1);
}

static void and_then_all_is_as_ever(void) {
  printf("# %ld calls, %ld letters\n", calls, (long)letters);
  expect_session(https_options(server, SHA256_TOKEN));
}

static const test_case more_tests[] = {
    TEST(blobs_are_set_in_a_load_function),
    TEST(and_then_all_is_as_ever),
};

int main(void) {
  test_case all[COUNT_OF(tests) + COUNT_OF(more_tests)];
  int result;
  memset(very_long, 'z', sizeof very_long - 1);
  setenv("https_proxy", "http://127.0.0.1:9", 1); /* no service URL is www.kaltura.com's, which tests leave alone */
  memcpy(all, tests, sizeof tests);
  memcpy(all + COUNT_OF(tests), more_tests, sizeof more_tests);
  server = fake_server_start(NULL);
  result = RUN_TESTS(all);
  fake_server_stop(server);
  return result;
}

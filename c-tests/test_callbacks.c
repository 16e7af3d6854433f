/* Token hashes from the host, and log lines. */
#include <pthread.h>
#include <unistd.h>

#include "account.h"

static fake_server *server;

/* What a backend does; at the end of this file. */
static void sha256_hex(const char *first, const char *second, char hex[65]);

typedef struct {
  pthread_mutex_t lock;
  int calls, destroyed, cancelled, cancel_destroyed;
  const char *answer; /* NULL: the right one */
  int is_late;        /* answers from another thread */
  int is_silent;      /* never answers, but frees later */
  int upper_case;
  kaltura_hashing *held;
} backend;

/* Without the lock: who sees it may take the memory back, with a thread still about to leave a lock in it. */
static void count(int *counter) { __atomic_add_fetch(counter, 1, __ATOMIC_SEQ_CST); }

static void destroyed(void *user_data) {
  backend *self = user_data;
  count(&self->destroyed);
}

static void cancelled(void *user_data) {
  backend *self = user_data;
  count(&self->cancelled);
}

static void cancel_destroyed(void *user_data) {
  backend *self = user_data;
  count(&self->cancel_destroyed);
}

static void answer(backend *self, kaltura_hashing *hashing) {
  char hex[65];
  size_t index;
  sha256_hex(kaltura_hashing_widget_ks(hashing), FAKE_APP_TOKEN, hex);
  for (index = 0; self->upper_case && hex[index] != '\0'; index++) {
    hex[index] = (char)(hex[index] >= 'a' ? hex[index] - 'a' + 'A' : hex[index]);
  }
  EXPECT_AT_LEAST(kaltura_hashing_timeout_ms(hashing), 1);
  kaltura_hashing_reply(hashing, self->answer != NULL ? self->answer : hex);
  kaltura_hashing_reply(hashing, "later answers do nothing");
  kaltura_hashing_fail(hashing, "nor do failures");
  kaltura_hashing_free(hashing);
}

static void *answer_later(void *argument) {
  backend *self = argument;
  usleep(50000);
  answer(self, self->held);
  return NULL;
}

static void hash(void *user_data, kaltura_hashing *hashing) {
  backend *self = user_data;
  count(&self->calls);
  if (self->is_silent) {
    pthread_mutex_lock(&self->lock);
    self->held = hashing;
    pthread_mutex_unlock(&self->lock);
    kaltura_hashing_on_cancel(hashing, cancelled, self, cancel_destroyed);
  } else if (self->is_late) {
    pthread_t thread;
    self->held = hashing;
    pthread_create(&thread, NULL, answer_later, self);
    pthread_detach(thread);
  } else {
    answer(self, hashing);
  }
}

static kaltura_options *backend_options(backend *self) {
  app_token no_token = {FAKE_APP_TOKEN_ID, NULL, KALTURA_HASH_TYPE_AUTO};
  kaltura_options *options = https_options(server, no_token);
  pthread_mutex_init(&self->lock, NULL);
  kaltura_options_set_token_hash(options, hash, self, destroyed);
  return options;
}

/* The callback's thread lets go of it a moment after the call. */
static void expect_soon(const int *counter, int expected) {
  int waited;
  for (waited = 0; waited < 2000 && __atomic_load_n(counter, __ATOMIC_SEQ_CST) != expected; waited += 5) {
    usleep(5000);
  }
  EXPECT_EQ(__atomic_load_n(counter, __ATOMIC_SEQ_CST), expected);
}

static void a_backend_may_hash_at_once_or_later_in_any_case(void) {
  int variant;
  for (variant = 0; variant < 3; variant++) {
    backend self = {.is_late = variant == 1, .upper_case = variant == 2};
    expect_session(backend_options(&self));
    EXPECT_EQ(self.calls, 1);
    expect_soon(&self.destroyed, 1);
  }
}

static void the_hash_type_is_told_by_its_length(void) {
  backend self = {.calls = 0};
  kaltura_options *options = backend_options(&self);
  kaltura_session *session = kaltura_start_session(options, NULL, NULL);
  EXPECT_EQ(kaltura_session_hash_type(session), KALTURA_HASH_TYPE_SHA256);
  kaltura_session_free(session);
  kaltura_options_free(options);
  expect_soon(&self.destroyed, 1);
}

static void what_is_no_hash_is_refused_and_nothing_is_probed(void) {
  static const char *const answers[] = {"", "abc", "zz", FAKE_APP_TOKEN "0"};
  size_t index;
  for (index = 0; index < sizeof answers / sizeof answers[0]; index++) {
    backend self = {.answer = answers[index]};
    expect_failure(backend_options(&self), KALTURA_STATUS_CALLBACK_FAILED, KALTURA_STEP_TOKEN_HASH);
    EXPECT_EQ(self.calls, 1);
    expect_soon(&self.destroyed, 1);
  }
}

static void a_hash_that_is_wrong_is_the_backends_matter(void) {
  backend self = {.answer = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"};
  kaltura_error *error = fail_with(backend_options(&self));
  expect_error(error, KALTURA_STATUS_APP_TOKEN_MISMATCH, KALTURA_STEP_START_SESSION);
  EXPECT_CONTAINS(kaltura_error_hint(error), "does not belong to this widget KS");
  kaltura_error_free(error);
  EXPECT_EQ(self.calls, 1);
  expect_soon(&self.destroyed, 1);
}

static void refuse(void *user_data, kaltura_hashing *hashing) {
  count(&((backend *)user_data)->calls);
  kaltura_hashing_fail(hashing, "the backend is down");
  kaltura_hashing_free(hashing);
}

static void drop(void *user_data, kaltura_hashing *hashing) {
  count(&((backend *)user_data)->calls);
  kaltura_hashing_free(hashing);
}

static void a_backend_that_fails_is_quoted_and_one_that_forgets_is_not_waited_for(void) {
  app_token no_token = {FAKE_APP_TOKEN_ID, NULL, KALTURA_HASH_TYPE_AUTO};
  backend self = {.calls = 0};
  kaltura_options *options = https_options(server, no_token);
  kaltura_error *error;
  int64_t start = now_ms();
  pthread_mutex_init(&self.lock, NULL);
  kaltura_options_set_token_hash(options, refuse, &self, destroyed);
  error = fail_with(options);
  expect_error(error, KALTURA_STATUS_CALLBACK_FAILED, KALTURA_STEP_TOKEN_HASH);
  EXPECT_STR(kaltura_error_message(error), "the backend is down");
  EXPECT_EQ(kaltura_error_is_retryable(error), 1);
  kaltura_error_free(error);

  options = https_options(server, no_token);
  kaltura_options_set_token_hash(options, drop, &self, destroyed);
  expect_failure(options, KALTURA_STATUS_CALLBACK_FAILED, KALTURA_STEP_TOKEN_HASH);
  EXPECT_AT_MOST(now_ms() - start, 5000);
  expect_soon(&self.destroyed, 2);
}

static void a_backend_that_never_answers_costs_the_total_timeout_and_is_told(void) {
  backend self = {.is_silent = 1};
  kaltura_options *options = backend_options(&self);
  int64_t start = now_ms();
  kaltura_options_set_total_timeout_ms(options, 400);
  expect_failure(options, KALTURA_STATUS_TIMEOUT, KALTURA_STEP_TOKEN_HASH);
  EXPECT_AT_MOST(now_ms() - start, 440 * time_factor());
  expect_soon(&self.cancelled, 1);
  expect_soon(&self.cancel_destroyed, 1);
  EXPECT_EQ(kaltura_hashing_timeout_ms(self.held), 0);
  kaltura_hashing_on_cancel(self.held, cancelled, &self, cancel_destroyed);
  EXPECT_EQ(self.cancelled, 2);
  EXPECT_EQ(self.cancel_destroyed, 2);
  kaltura_hashing_reply(self.held, "too late");
  kaltura_hashing_free(self.held);
  expect_soon(&self.destroyed, 1);
}

static void user_data_is_destroyed_once_whatever_becomes_of_it(void) {
  backend self = {.calls = 0};
  kaltura_options *options = backend_options(&self);
  kaltura_options_set_token_hash(options, hash, &self, destroyed); /* replaces the first */
  EXPECT_EQ(self.destroyed, 1);
  kaltura_options_set_token_hash(options, NULL, &self, destroyed); /* is refused, and destroyed */
  EXPECT_EQ(self.destroyed, 2);
  kaltura_options_set_token_hash(NULL, hash, &self, destroyed);
  EXPECT_EQ(self.destroyed, 3);
  kaltura_options_free(options);
  EXPECT_EQ(self.destroyed, 4);
}

typedef struct {
  int lines, destroyed;
  char text[20000];
} diary;

static void write_line(void *user_data, kaltura_log_level level, const char *line) {
  diary *self = user_data;
  self->lines++;
  snprintf(self->text + strlen(self->text), sizeof self->text - strlen(self->text), "%d %s\n", (int)level, line);
}

static void close_diary(void *user_data) {
  ((diary *)user_data)->destroyed++;
}

static void log_lines_say_what_happens_and_hold_no_secret(void) {
  diary self;
  kaltura_options *options = https_options(server, SHA256_TOKEN);
  memset(&self, 0, sizeof self);
  fake_server_reset(server);
  fake_server_script(server, "start:1 internal\n");
  kaltura_options_set_user_id(options, "marked-user");
  kaltura_options_set_log(options, KALTURA_LOG_LEVEL_DEBUG, write_line, &self, close_diary);
  expect_session(options);
  EXPECT_EQ(self.destroyed, 1);
  EXPECT_AT_LEAST(self.lines, 3);
  EXPECT_CONTAINS(self.text, "INTERNAL_SERVERL_ERROR");
  EXPECT_CONTAINS(self.text, "hash type is SHA256");
  EXPECT_LACKS(self.text, "djJ8");
  EXPECT_LACKS(self.text, FAKE_APP_TOKEN);
  EXPECT_LACKS(self.text, "marked-user");
  fake_server_reset(server);
}

static void lines_beyond_the_level_are_not_written(void) {
  diary self;
  kaltura_options *options = https_options(server, SHA256_TOKEN);
  memset(&self, 0, sizeof self);
  kaltura_options_set_log(options, KALTURA_LOG_LEVEL_ERROR, write_line, &self, close_diary);
  expect_session(options);
  EXPECT_EQ(self.lines, 0);
}

static const test_case tests[] = {
    TEST(a_backend_may_hash_at_once_or_later_in_any_case),
    TEST(the_hash_type_is_told_by_its_length),
    TEST(what_is_no_hash_is_refused_and_nothing_is_probed),
    TEST(a_hash_that_is_wrong_is_the_backends_matter),
    TEST(a_backend_that_fails_is_quoted_and_one_that_forgets_is_not_waited_for),
    TEST(a_backend_that_never_answers_costs_the_total_timeout_and_is_told),
    TEST(user_data_is_destroyed_once_whatever_becomes_of_it),
    TEST(log_lines_say_what_happens_and_hold_no_secret),
    TEST(lines_beyond_the_level_are_not_written),
};

/* SHA-256 of two texts, one behind the other. Source: FIPS 180-4. */
static uint32_t rotate(uint32_t word, int bits) {
  return word >> bits | word << (32 - bits);
}

static void sha256_block(uint32_t state[8], const unsigned char block[64]) {
  static const uint32_t k[64] = {
      0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5, 0xd807aa98, 0x12835b01,
      0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174, 0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc,
      0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da, 0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147,
      0x06ca6351, 0x14292967, 0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
      0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070, 0x19a4c116, 0x1e376c08,
      0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3, 0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208,
      0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};
  uint32_t w[64], s[8];
  int i;
  for (i = 0; i < 16; i++) {
    w[i] = (uint32_t)block[4 * i] << 24 | (uint32_t)block[4 * i + 1] << 16 | (uint32_t)block[4 * i + 2] << 8 | block[4 * i + 3];
  }
  for (i = 16; i < 64; i++) {
    w[i] = w[i - 16] + (rotate(w[i - 15], 7) ^ rotate(w[i - 15], 18) ^ w[i - 15] >> 3) + w[i - 7] +
           (rotate(w[i - 2], 17) ^ rotate(w[i - 2], 19) ^ w[i - 2] >> 10);
  }
  memcpy(s, state, sizeof s);
  for (i = 0; i < 64; i++) {
    uint32_t t1 = s[7] + (rotate(s[4], 6) ^ rotate(s[4], 11) ^ rotate(s[4], 25)) + ((s[4] & s[5]) ^ (~s[4] & s[6])) + k[i] + w[i];
    uint32_t t2 = (rotate(s[0], 2) ^ rotate(s[0], 13) ^ rotate(s[0], 22)) + ((s[0] & s[1]) ^ (s[0] & s[2]) ^ (s[1] & s[2]));
    memmove(s + 1, s, 7 * sizeof *s);
    s[4] += t1;
    s[0] = t1 + t2;
  }
  for (i = 0; i < 8; i++) {
    state[i] += s[i];
  }
}

static void sha256_hex(const char *first, const char *second, char hex[65]) {
  uint32_t state[8] = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
  size_t length = strlen(first) + strlen(second), padded = (length + 9 + 63) / 64 * 64, offset;
  unsigned char *message = calloc(1, padded);
  int i;
  memcpy(message, first, strlen(first));
  memcpy(message + strlen(first), second, strlen(second));
  message[length] = 0x80;
  for (i = 0; i < 8; i++) {
    message[padded - 1 - i] = (unsigned char)((uint64_t)length * 8 >> (8 * i));
  }
  for (offset = 0; offset < padded; offset += 64) {
    sha256_block(state, message + offset);
  }
  free(message);
  for (i = 0; i < 8; i++) {
    snprintf(hex + 8 * i, 9, "%08x", (unsigned)state[i]);
  }
}

int main(void) {
  int result;
  server = fake_server_start(NULL);
  result = RUN_TESTS(tests);
  fake_server_stop(server);
  return result;
}

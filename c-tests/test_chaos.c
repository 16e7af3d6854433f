/*
 * Everything at once, at random: threads that load, switch users, log out, cancel, shut down and free, before a server that
 * breaks all the time. What is promised must hold throughout.
 *
 *   CHAOS_SEED     what the random numbers begin with; the same seed gives the same faults and the same acts of each thread
 *   CHAOS_SECONDS  how long, 9 by default
 */
#include <dirent.h>
#include <pthread.h>
#include <stdlib.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif

#include "account.h"

enum { PROVIDERS = 4, WORKERS = 6, TOTAL_MS = 2000, LIFE_SECONDS = 6 };

static fake_server *server;
static uint64_t seed;
static int64_t end_of_round_ms;

/* Of one thread: what comes next depends on the seed and on nothing else. */
typedef struct {
  uint64_t state;
} random_numbers;

static uint64_t next(random_numbers *self) {
  uint64_t z = (self->state += 0x9e3779b97f4a7c15u);
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
  return z ^ (z >> 31);
}

static int below(random_numbers *self, int limit) { return (int)(next(self) % (uint64_t)limit); }

/* What was done and seen; counted with atomic operations. */
static struct {
  long acts, sessions, errors, cancelled, completions, destroyed, owed, refused, one_offs, rounds, scripts, requests, ended_in_hand, statuses[100];
  int64_t slowest_ms;
} seen;

static void add(long *count, long number) { __atomic_add_fetch(count, number, __ATOMIC_RELAXED); }

/* A provider, and what may be expected of it. The first is left alone: it is only loaded from. */
typedef struct {
  pthread_rwlock_t life; /* written to when it is replaced */
  kaltura_provider *provider;
  int index, is_shut;
  pthread_mutex_t switching;
  long begun, done;         /* switches of user: a session is of one in between */
  long disturbances;        /* acts that cost a refresh */
  long requests;            /* as its log lines say */
  int64_t made_ms;
  pthread_mutex_t last_lock;
  kaltura_session *last;    /* that of the first lives on when a refresh fails */
} kept;

static kept providers[PROVIDERS];

static long value_of(const long *count) { return __atomic_load_n(count, __ATOMIC_SEQ_CST); }

static void expect_no_secret(const char *text) {
  if (strstr(text, FAKE_APP_TOKEN) != NULL || strstr(text, "djJ8") != NULL || strstr(text, "-u") != NULL) {
    EXPECT_STR(text, "something without a secret");
  }
}

static void take_line(void *user_data, kaltura_log_level level, const char *line) {
  kept *self = user_data;
  (void)level;
  expect_no_secret(line);
  if (strstr(line, ": request ") != NULL) {
    add(&seen.requests, 1);
    add(self != NULL ? &self->requests : &seen.one_offs, 1);
  }
}

/* ---- A store that loses and damages what it is given ---------------------------------------------------------------------- */

static struct {
  pthread_mutex_t lock;
  struct {
    char key[65];
    unsigned char bytes[8192];
    size_t length;
  } places[64];
  random_numbers numbers;
} store = {.lock = PTHREAD_MUTEX_INITIALIZER};

static int place_of(const char *key) {
  unsigned hash = 0;
  const char *letter;
  for (letter = key; *letter != '\0'; letter++) {
    hash = hash * 31 + (unsigned char)*letter;
  }
  return (int)(hash % 64);
}

static void store_load(void *user_data, const char *key, kaltura_blob *blob) {
  int place = place_of(key);
  (void)user_data;
  pthread_mutex_lock(&store.lock);
  /* Also what was saved under another key: the library must notice. */
  if (store.places[place].length > 0) {
    kaltura_blob_set(blob, store.places[place].bytes, store.places[place].length);
  }
  pthread_mutex_unlock(&store.lock);
}

static int32_t store_save(void *user_data, const char *key, const uint8_t *bytes, size_t length) {
  int place = place_of(key), is_saved;
  (void)user_data;
  pthread_mutex_lock(&store.lock);
  is_saved = length <= sizeof store.places[place].bytes && below(&store.numbers, 8) != 0;
  if (is_saved) {
    memcpy(store.places[place].bytes, bytes, length);
    store.places[place].length = length;
    if (below(&store.numbers, 8) == 0) {
      store.places[place].bytes[below(&store.numbers, (int)length)] ^= (unsigned char)(1 << below(&store.numbers, 8));
    }
  }
  pthread_mutex_unlock(&store.lock);
  return is_saved;
}

static int32_t store_clear(void *user_data, const char *key) {
  (void)user_data;
  pthread_mutex_lock(&store.lock);
  store.places[place_of(key)].length = 0;
  pthread_mutex_unlock(&store.lock);
  return 1;
}

/* ---- What is expected of every answer -------------------------------------------------------------------------------------- */

/* The user of the provider's switch number `begun`. */
static void user_name(const kept *self, long number, char name[64]) { snprintf(name, 64, "p%d-u%ld", self->index, number); }

static int64_t date_ms(void) {
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Of a load that began at `asked_ms` when `first` switches were done. */
static void expect_good(kept *self, const kaltura_session *session, int64_t asked_ms, long first) {
  int index = -1;
  long number = -1;
  add(&seen.sessions, 1);
  /* Dates on the wire are whole seconds. */
  EXPECT_AT_LEAST(kaltura_session_expires_at_seconds(session) * 1000 + 1000, asked_ms);
  add(&seen.ended_in_hand, kaltura_session_remaining_ms(session) == 0);
  EXPECT_AT_MOST(kaltura_session_remaining_ms(session), LIFE_SECONDS * 1000);
  EXPECT_EQ(sscanf(kaltura_session_user_id(session), "p%d-u%ld", &index, &number), 2);
  EXPECT_EQ(index, self->index);
  EXPECT_AT_LEAST(number, first);
  EXPECT_AT_MOST(number, value_of(&self->begun));
  EXPECT_TRUE(strlen(kaltura_session_ks(session)) > 100);
}

static void expect_a_reason(const kaltura_error *error) {
  kaltura_status status = kaltura_error_status(error);
  add(&seen.errors, 1);
  if (EXPECT_AT_LEAST(status, 1) && EXPECT_AT_MOST(status, 99)) {
    add(&seen.statuses[status], 1);
  }
  /* Nothing here is the caller's mistake, and nothing a bug. */
  EXPECT_TRUE(status == KALTURA_STATUS_CANCELLED || status == KALTURA_STATUS_SHUT_DOWN ||
              status == KALTURA_STATUS_SUPERSEDED || (status >= KALTURA_STATUS_DNS && status <= KALTURA_STATUS_API));
  expect_no_secret(kaltura_error_message(error));
  expect_no_secret(kaltura_error_hint(error));
}

/* The living session of the provider that nobody disturbs is kept, to see that it is never withheld. */
static kaltura_session *last_of(kept *self) {
  kaltura_session *last;
  pthread_mutex_lock(&self->last_lock);
  last = kaltura_session_retain(self->last);
  pthread_mutex_unlock(&self->last_lock);
  return last;
}

static void keep_last(kept *self, kaltura_session *session) {
  kaltura_session *old = session;
  pthread_mutex_lock(&self->last_lock);
  if (kaltura_session_remaining_ms(session) >= kaltura_session_remaining_ms(self->last)) {
    old = self->last;
    self->last = session;
  }
  pthread_mutex_unlock(&self->last_lock);
  kaltura_session_free(old);
}

/* ---- What threads do --------------------------------------------------------------------------------------------------------- */

typedef struct {
  random_numbers numbers;
  pthread_t thread;
  pthread_mutex_t lock;
  kaltura_cancellation *cancellation; /* of the call that it waits in */
} worker;

static worker workers[WORKERS];

static void load(worker *self, kept *from) {
  kaltura_error *error;
  kaltura_cancellation *cancellation = below(&self->numbers, 2) ? kaltura_cancellation_new() : NULL;
  kaltura_session *last = from->index == 0 ? last_of(from) : NULL, *session;
  long first = value_of(&from->done);
  int64_t asked_ms = date_ms(), start_ms = now_ms(), took_ms;
  pthread_mutex_lock(&self->lock);
  self->cancellation = cancellation;
  pthread_mutex_unlock(&self->lock);
  session = kaltura_provider_load(from->provider, cancellation, &error);
  took_ms = now_ms() - start_ms;
  pthread_mutex_lock(&self->lock);
  self->cancellation = NULL;
  pthread_mutex_unlock(&self->lock);
  EXPECT_AT_MOST(took_ms, TOTAL_MS + 700 * time_factor());
  if (took_ms > __atomic_load_n(&seen.slowest_ms, __ATOMIC_RELAXED)) {
    __atomic_store_n(&seen.slowest_ms, took_ms, __ATOMIC_RELAXED);
  }
  if (session != NULL) {
    EXPECT_NULL(error);
    expect_good(from, session, asked_ms, first);
  } else {
    expect_a_reason(error);
    if (kaltura_session_remaining_ms(last) > 0 && kaltura_error_status(error) != KALTURA_STATUS_CANCELLED) {
      EXPECT_STR(kaltura_error_message(error), "the session that lives");
    }
  }
  if (from->index == 0 && session != NULL) {
    keep_last(from, kaltura_session_retain(session));
  }
  kaltura_session_free(last);
  kaltura_session_free(session);
  kaltura_error_free(error);
  kaltura_cancellation_free(cancellation);
}

typedef struct {
  kept *from;
  int64_t asked_ms;
  long first;
  int called;
} completion;

static void on_load(void *user_data, kaltura_session *session, kaltura_error *error) {
  completion *self = user_data;
  EXPECT_TRUE((session == NULL) != (error == NULL));
  EXPECT_EQ(self->called++, 0);
  if (session != NULL) {
    expect_good(self->from, session, self->asked_ms, self->first);
  } else {
    expect_a_reason(error);
  }
  kaltura_session_free(session);
  kaltura_error_free(error);
}

static void on_destroy(void *user_data) {
  completion *self = user_data;
  add(&seen.completions, self->called);
  add(&seen.destroyed, 1);
  free(self);
}

static void load_async(worker *self, kept *from) {
  completion *owed = calloc(1, sizeof *owed);
  kaltura_cancellation *cancellation = below(&self->numbers, 2) ? kaltura_cancellation_new() : NULL;
  kaltura_error *error;
  owed->from = from;
  owed->asked_ms = date_ms();
  owed->first = value_of(&from->done);
  add(&seen.owed, 1);
  if (kaltura_provider_load_async(from->provider, cancellation, on_load, owed, on_destroy, &error) == 0) {
    EXPECT_EQ(kaltura_error_status(error), KALTURA_STATUS_SHUT_DOWN);
    add(&seen.refused, 1);
  }
  kaltura_error_free(error);
  if (below(&self->numbers, 3) == 0) {
    usleep((useconds_t)below(&self->numbers, 3000));
    kaltura_cancellation_cancel(cancellation);
  }
  kaltura_cancellation_free(cancellation);
}

static void look(kept *from) {
  int64_t asked_ms = date_ms();
  long first = value_of(&from->done);
  kaltura_session *session = kaltura_provider_peek(from->provider);
  if (session != NULL) {
    expect_good(from, session, asked_ms, first);
  }
  kaltura_session_free(session);
}

static void switch_user(kept *from) {
  char name[64];
  pthread_mutex_lock(&from->switching);
  user_name(from, value_of(&from->begun) + 1, name);
  add(&from->disturbances, 1);
  __atomic_add_fetch(&from->begun, 1, __ATOMIC_SEQ_CST);
  (void)kaltura_provider_set_user_id(from->provider, name, NULL); /* 0 if it is shut down */
  __atomic_add_fetch(&from->done, 1, __ATOMIC_SEQ_CST);
  pthread_mutex_unlock(&from->switching);
}

static void log_out(worker *self, kept *from) {
  kaltura_session *session = kaltura_provider_peek(from->provider);
  add(&from->disturbances, 1);
  switch (below(&self->numbers, 3)) {
    case 0: kaltura_provider_invalidate(from->provider, NULL); break;
    case 1: kaltura_provider_invalidate(from->provider, kaltura_session_ks(session)); break;
    default: kaltura_provider_report_error(from->provider, kaltura_session_ks(session), "INVALID_KS", "EXPIRED"); break;
  }
  kaltura_session_free(session);
}

static void start_one(worker *self) {
  kaltura_options *options = https_options(server, SHA256_TOKEN);
  int64_t limit_ms = 50 + below(&self->numbers, 500), start_ms = now_ms();
  kaltura_error *error;
  kaltura_session *session;
  kaltura_options_set_total_timeout_ms(options, limit_ms);
  kaltura_options_set_user_id(options, "once-u");
  kaltura_options_set_log(options, KALTURA_LOG_LEVEL_DEBUG, take_line, NULL, NULL);
  session = kaltura_start_session(options, NULL, &error);
  EXPECT_AT_MOST(now_ms() - start_ms, limit_ms + 700 * time_factor());
  if (session != NULL) {
    EXPECT_STR(kaltura_session_user_id(session), "once-u");
  } else {
    expect_a_reason(error);
  }
  kaltura_session_free(session);
  kaltura_error_free(error);
  kaltura_options_free(options);
}

static void make_provider(kept *self, random_numbers *numbers) {
  kaltura_options *options = https_options(server, SHA256_TOKEN);
  char name[64];
  user_name(self, self->begun, name);
  kaltura_options_set_user_id(options, name);
  if (below(numbers, 2)) {
    kaltura_options_set_hash_type(options, KALTURA_HASH_TYPE_SHA256);
  }
  kaltura_options_set_expiry_seconds(options, LIFE_SECONDS);
  kaltura_options_set_refresh_windows_seconds(options, 3, 1);
  kaltura_options_set_total_timeout_ms(options, TOTAL_MS);
  kaltura_options_set_store(options, store_load, store_save, store_clear, NULL, NULL);
  kaltura_options_set_log(options, KALTURA_LOG_LEVEL_DEBUG, take_line, self, NULL);
  self->provider = kaltura_provider_new(options, NULL);
  EXPECT_NOT_NULL(self->provider);
  self->is_shut = 0;
  kaltura_options_free(options);
}

static void replace(kept *self, random_numbers *numbers) {
  kaltura_provider_shutdown(self->provider); /* whoever waits in it is told, and lets go of the lock */
  pthread_rwlock_unlock(&self->life);
  pthread_rwlock_wrlock(&self->life);
  if (below(numbers, 2)) {
    kaltura_provider_shutdown(self->provider); /* perhaps another one, made meanwhile */
    EXPECT_EQ(kaltura_provider_drain(self->provider, 10000), 1);
  }
  kaltura_provider_free(self->provider);
  add(&self->disturbances, 1);
  make_provider(self, numbers);
}

static void *work(void *argument) {
  worker *self = argument;
  while (now_ms() < end_of_round_ms) {
    kept *from = &providers[below(&self->numbers, PROVIDERS)];
    int act = below(&self->numbers, 100);
    add(&seen.acts, 1);
    pthread_rwlock_rdlock(&from->life);
    if (from->index == 0) {
      act = act * 80 / 100; /* it is not disturbed */
    }
    if (act < 45) {
      load(self, from);
    } else if (act < 65) {
      load_async(self, from);
    } else if (act < 75) {
      look(from);
    } else if (act < 78) {
      kaltura_provider_prefetch(from->provider);
    } else if (act < 80) {
      start_one(self);
    } else if (act < 89) {
      switch_user(from);
    } else if (act < 98) {
      log_out(self, from);
    } else {
      replace(from, &self->numbers);
    }
    pthread_rwlock_unlock(&from->life);
    usleep((useconds_t)below(&self->numbers, 8000));
  }
  return NULL;
}

/* ---- What the server does ---------------------------------------------------------------------------------------------------- */

static const char *const faults[] = {
    "connection:* close", "connection:* reset", "connection:* stall ms=900", "connection:* delay ms=40",
    "connection:* tls-stall ms=900", "connection:* tls-garbage", "connection:* cert unknown", "connection:* cert expired",
    "request:* empty", "widget:* empty-xkaltura value=error-16", "request:* html status=502", "request:* html status=200",
    "request:* xml", "request:* not-json", "request:* json-no-ks", "request:* garbage", "request:* redirect",
    "request:* status code=503", "request:* status code=429 retry-after=1", "request:* status code=404",
    "start:* blocked", "request:* internal", "start:* api code=INVALID_KS message=m", "start:9 api code=APP_TOKEN_EXPIRED message=m",
    "widget:* huge bytes=300000", "request:* huge-head bytes=200000", "start:* bad-ks", "request:* envelope", "request:* gzip",
    "request:* date none", "request:* no-session-header", "request:* content-length add=7", "request:* content-length add=-3",
    "request:* no-content-length", "request:* chunked", "request:* chunked-cut", "request:* delay-head ms=60",
    "request:* delay-in-body ms=60", "request:* drip ms=3", "request:* drip-head ms=3", "request:* stall-head ms=900",
    "request:* stall-body ms=900", "request:* close", "request:* close-in-head", "request:* close-after",
    "request:* truncate", "request:* reset", "request:* reset-in-body", "request:2+ close", "start:2-3 reset",
};

static void misbehave(random_numbers *numbers) {
  char script[1024] = "";
  int rules = below(numbers, 4), rule; /* a quarter of the time it behaves */
  for (rule = 0; rule < rules; rule++) {
    const char *fault = faults[below(numbers, (int)(sizeof faults / sizeof faults[0]))], *all = strchr(fault, '*');
    static const char *const which[] = {"*", "1", "2", "1-2", "2-4", "3+"};
    int length = all != NULL ? (int)(all - fault) : (int)strlen(fault);
    snprintf(script + strlen(script), sizeof script - strlen(script), "%.*s%s%s\n", length, fault,
             all != NULL ? which[below(numbers, 6)] : "", all != NULL ? all + 1 : "");
  }
  fake_server_script(server, script);
  add(&seen.scripts, 1);
}

static void cancel_one(random_numbers *numbers) {
  worker *one = &workers[below(numbers, WORKERS)];
  pthread_mutex_lock(&one->lock);
  if (one->cancellation != NULL) {
    kaltura_cancellation_cancel(one->cancellation);
    add(&seen.cancelled, 1);
  }
  pthread_mutex_unlock(&one->lock);
}

/* ---- Rounds ------------------------------------------------------------------------------------------------------------------ */

/* How many entries a folder has; 0 where there is none such. */
static long entries(const char *folder) {
  DIR *open = opendir(folder);
  long count = 0;
  while (open != NULL && readdir(open) != NULL) {
    count++;
  }
  if (open != NULL) {
    closedir(open);
  }
  return count;
}

static long resident_kib(void) {
  char line[256];
  long kib = 0;
  FILE *file = fopen("/proc/self/status", "r");
  while (file != NULL && fgets(line, sizeof line, file) != NULL) {
    if (strncmp(line, "VmRSS:", 6) == 0) {
      kib = atol(line + 6);
    }
  }
  if (file != NULL) {
    fclose(file);
  }
  return kib;
}

static size_t allocated_bytes(void) {
#ifdef __GLIBC__
  malloc_trim(0);
  return mallinfo2().uordblks;
#else
  return 0;
#endif
}

static void run_round(int64_t duration_ms, random_numbers *numbers) {
  int index;
  end_of_round_ms = now_ms() + duration_ms;
  for (index = 0; index < PROVIDERS; index++) {
    kept *self = &providers[index];
    self->disturbances = self->requests = 0;
    self->made_ms = now_ms();
    make_provider(self, numbers);
  }
  for (index = 0; index < WORKERS; index++) {
    pthread_create(&workers[index].thread, NULL, work, &workers[index]);
  }
  while (now_ms() < end_of_round_ms) {
    misbehave(numbers);
    usleep((useconds_t)(20000 + below(numbers, 300000)));
    cancel_one(numbers);
  }
  for (index = 0; index < WORKERS; index++) {
    pthread_join(workers[index].thread, NULL);
  }
  for (index = 0; index < PROVIDERS; index++) {
    kept *self = &providers[index];
    long seconds = (long)((now_ms() - self->made_ms) / 1000) + 1;
    kaltura_provider_shutdown(self->provider);
    EXPECT_EQ(kaltura_provider_drain(self->provider, 10000), 1);
    kaltura_provider_free(self->provider);
    kaltura_session_free(self->last);
    self->last = NULL;
    /* A refresh sends twelve requests at most; left alone, there is a pause after each that failed. */
    EXPECT_AT_MOST(self->requests, 12 * (self->disturbances + 1) + 2 * seconds);
    printf("# provider %d: %ld requests in %ld s, disturbed %ld times\n", index, self->requests, seconds, self->disturbances);
  }
  EXPECT_EQ(seen.completions, seen.owed - seen.refused);
  EXPECT_EQ(seen.destroyed, seen.owed);
  fake_server_script(server, "");
  seen.rounds++;
}

static void through_random_faults_every_promise_holds(void) {
  const char *text = getenv("CHAOS_SECONDS");
  int64_t seconds = text != NULL ? atol(text) : 9, start_ms = now_ms(), round_ms;
  random_numbers numbers = {seed};
  long descriptors = entries("/proc/self/fd"), resident[2] = {0, 0}, waited;
  size_t allocated[2] = {0, 0};
  int index;
  round_ms = seconds >= 300 ? 30000 : seconds * 1000 / 3;
  printf("# CHAOS_SEED=%llu CHAOS_SECONDS=%lld\n", (unsigned long long)seed, (long long)seconds);
  alarm((unsigned)(seconds + 120));
  store.numbers.state = seed + 1000;
  for (index = 0; index < PROVIDERS; index++) {
    providers[index].index = index;
    pthread_rwlock_init(&providers[index].life, NULL);
    pthread_mutex_init(&providers[index].switching, NULL);
    pthread_mutex_init(&providers[index].last_lock, NULL);
  }
  for (index = 0; index < WORKERS; index++) {
    workers[index].numbers.state = seed + 1 + (uint64_t)index;
    pthread_mutex_init(&workers[index].lock, NULL);
  }
  while (now_ms() - start_ms < seconds * 1000) {
    run_round(round_ms, &numbers);
    for (waited = 0; waited < 100 && entries("/proc/self/task") > 3; waited++) {
      usleep(100000);
    }
    EXPECT_AT_MOST(entries("/proc/self/task"), 3); /* ".", ".." and this one */
    /* A client keeps four connections at rest, each with a pair of sockets to be woken by. */
    EXPECT_AT_MOST(entries("/proc/self/fd"), descriptors + 4 * 3);
    allocated[seen.rounds > 1] = allocated_bytes();
    resident[seen.rounds > 1] = resident_kib();
    printf("# round %ld: %ld acts, %lu bytes allocated, %ld KiB resident, %ld descriptors more\n", seen.rounds, seen.acts,
           (unsigned long)allocated[seen.rounds > 1], resident_kib(), entries("/proc/self/fd") - descriptors);
    EXPECT_AT_MOST(allocated[1], allocated[0] + 256 * 1024);
  }
  printf("# %ld acts, %ld sessions, %ld errors, %ld cancelled, %ld completions of %ld, %ld requests (%ld of single calls)\n",
         seen.acts, seen.sessions, seen.errors, seen.cancelled, seen.completions, seen.owed - seen.refused, seen.requests, seen.one_offs);
  printf("# %ld scripts, slowest load %lld ms, %ld sessions ended while they were looked at, resident %ld -> %ld KiB\n",
         seen.scripts, (long long)seen.slowest_ms, seen.ended_in_hand, resident[0], resident[1]);
  for (index = 0; index < 100; index++) {
    if (seen.statuses[index] > 0) {
      printf("# %ld x %s\n", seen.statuses[index], kaltura_status_name((kaltura_status)index));
    }
  }
}

static const test_case tests[] = {TEST(through_random_faults_every_promise_holds)};

int main(void) {
  int result;
  const char *text = getenv("CHAOS_SEED");
  seed = text != NULL ? strtoull(text, NULL, 10) : 1;
  server = fake_server_start(NULL);
  result = RUN_TESTS(tests);
  fake_server_stop(server);
  return result;
}

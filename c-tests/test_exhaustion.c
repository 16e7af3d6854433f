/*
 * Threads, descriptors, address space or memory run out, at every point of every kind of call: an error, the process lives,
 * and the next call is as good as ever. pthread_create(), socket(), socketpair() and what allocates are wrapped by the linker.
 */
#include <errno.h>
#include <malloc.h>
#include <pthread.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "account.h"
#include "canned.h"

static fake_server *server;

/* ---- What runs out ----------------------------------------------------------------------------------------------------------- */

typedef enum { THREADS, DESCRIPTORS, BOTH, MEMORY } resource;

/* How many more are to be had; below 0 there is no end of them. */
static int left = -1;
static resource scarce;
static int refused;
static long bytes_left, allocations_left;
static int is_by_bytes;
static __thread int granted;

static int is_refused(resource wanted) {
  if (__atomic_load_n(&left, __ATOMIC_SEQ_CST) < 0 || (scarce != wanted && (scarce != BOTH || wanted == MEMORY))) {
    return 0;
  }
  if (__atomic_sub_fetch(&left, 1, __ATOMIC_SEQ_CST) >= 0) {
    return 0;
  }
  __atomic_store_n(&left, 0, __ATOMIC_SEQ_CST);
  __atomic_add_fetch(&refused, 1, __ATOMIC_SEQ_CST);
  return 1;
}

static void run_out_after(int count, resource wanted) {
  refused = 0;
  scarce = wanted;
  __atomic_store_n(&bytes_left, 0, __ATOMIC_SEQ_CST);
  __atomic_store_n(&allocations_left, 0, __ATOMIC_SEQ_CST);
  granted = 0;
  __atomic_store_n(&left, count, __ATOMIC_SEQ_CST);
}

static void have_plenty(void) { __atomic_store_n(&left, -1, __ATOMIC_SEQ_CST); }

int __real_pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*run)(void *), void *argument);
int __wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*run)(void *), void *argument);
int __wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*run)(void *), void *argument) {
  return is_refused(THREADS) ? EAGAIN : __real_pthread_create(thread, attributes, run, argument);
}

int __real_socket(int domain, int type, int protocol);
int __wrap_socket(int domain, int type, int protocol);
int __wrap_socket(int domain, int type, int protocol) {
  if (is_refused(DESCRIPTORS)) {
    errno = EMFILE;
    return -1;
  }
  return __real_socket(domain, type, protocol);
}

int __real_socketpair(int domain, int type, int protocol, int pair[2]);
int __wrap_socketpair(int domain, int type, int protocol, int pair[2]);
int __wrap_socketpair(int domain, int type, int protocol, int pair[2]) {
  if (is_refused(DESCRIPTORS)) {
    errno = EMFILE;
    return -1;
  }
  return __real_socketpair(domain, type, protocol, pair);
}

/*
 * Memory runs out after so many bytes, of which those that are freed can be had again; or at so many allocations, and somebody
 * else takes all the rest and what is freed. When the library has looked whether there is any, what it gave back is still there
 * for a moment.
 */
enum { LOOK_BYTES = 64 * 1024, ALLOCATIONS_AFTER_LOOK = 8 };
static int is_memory_refused(size_t size) {
  if (__atomic_load_n(&left, __ATOMIC_SEQ_CST) < 0 || scarce != MEMORY) {
    return 0;
  }
  if (granted > 0) {
    granted--;
    return 0;
  }
  if (__atomic_sub_fetch(&allocations_left, 1, __ATOMIC_SEQ_CST) >= 0) {
    granted = size == LOOK_BYTES ? ALLOCATIONS_AFTER_LOOK : 0;
    return 0;
  }
  if (is_by_bytes && __atomic_sub_fetch(&bytes_left, (long)size, __ATOMIC_SEQ_CST) >= 0) {
    granted = size == LOOK_BYTES ? ALLOCATIONS_AFTER_LOOK : 0;
    return 0;
  }
  if (is_by_bytes) {
    __atomic_add_fetch(&bytes_left, (long)size, __ATOMIC_SEQ_CST);
  }
  __atomic_add_fetch(&refused, 1, __ATOMIC_SEQ_CST);
  return 1;
}

void *__real_malloc(size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_malloc(size_t size) { return is_memory_refused(size) ? NULL : __real_malloc(size); }
void *__real_calloc(size_t count, size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_calloc(size_t count, size_t size) {
  return is_memory_refused(count * size) ? NULL : __real_calloc(count, size);
}
void *__real_realloc(void *memory, size_t size);
void *__wrap_realloc(void *memory, size_t size);
void *__wrap_realloc(void *memory, size_t size) {
  size_t old = malloc_usable_size(memory);
  if (is_memory_refused(size)) {
    return NULL;
  }
  __atomic_add_fetch(&bytes_left, (long)old, __ATOMIC_SEQ_CST);
  return __real_realloc(memory, size);
}
void __real_free(void *memory);
void __wrap_free(void *memory);
void __wrap_free(void *memory) {
  __atomic_add_fetch(&bytes_left, (long)malloc_usable_size(memory), __ATOMIC_SEQ_CST);
  __real_free(memory);
}
int __real_posix_memalign(void **memory, size_t alignment, size_t size);
int __wrap_posix_memalign(void **memory, size_t alignment, size_t size);
int __wrap_posix_memalign(void **memory, size_t alignment, size_t size) {
  return is_memory_refused(size) ? ENOMEM : __real_posix_memalign(memory, alignment, size);
}

/* ---- Kinds of calls ---------------------------------------------------------------------------------------------------------- */

static kaltura_options *fresh_options(void) {
  kaltura_options *options = https_options(server, SHA256_TOKEN);
  have_own_connections(options); /* whose names, too, are looked up anew */
  kaltura_options_set_hash_type(options, KALTURA_HASH_TYPE_SHA256);
  kaltura_options_set_max_attempts(options, 1);
  kaltura_options_set_total_timeout_ms(options, 3000 * time_factor());
  return options;
}

static kaltura_status call_with(kaltura_options *options) {
  kaltura_error *error;
  kaltura_session *session = kaltura_start_session(options, NULL, &error);
  kaltura_status status = kaltura_error_status(error);
  EXPECT_EQ(session != NULL, status == KALTURA_STATUS_OK);
  if (session == NULL) {
    expect_error(error, status, kaltura_error_step(error));
  }
  kaltura_session_free(session);
  kaltura_error_free(error);
  kaltura_options_free(options);
  return status;
}

static kaltura_status call(void) { return call_with(fresh_options()); }

static void hash_it(void *user_data, kaltura_hashing *hashing) {
  (void)user_data; /* any hash will do: the server's refusal is an answer */
  kaltura_hashing_reply(hashing, "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef");
  kaltura_hashing_free(hashing);
}

static kaltura_status call_with_a_hash_callback(void) {
  app_token token = {FAKE_APP_TOKEN_ID, NULL, KALTURA_HASH_TYPE_AUTO};
  kaltura_options *options = https_options(server, token);
  kaltura_status status;
  have_own_connections(options);
  kaltura_options_set_token_hash(options, hash_it, NULL, NULL);
  kaltura_options_set_max_attempts(options, 1);
  status = call_with(options);
  return status == KALTURA_STATUS_APP_TOKEN_MISMATCH ? KALTURA_STATUS_OK : status;
}

static void reply(void *user_data, kaltura_exchange *exchange) {
  char text[512];
  (void)user_data;
  canned_reply(kaltura_exchange_url(exchange), text);
  kaltura_exchange_reply(exchange, 200, (const uint8_t *)text, strlen(text));
  kaltura_exchange_free(exchange);
}

static kaltura_status call_over_a_transport(void) {
  kaltura_options *options = canned_options(CANNED_APP_TOKEN);
  kaltura_options_set_transport(options, reply, NULL, NULL);
  return call_with(options);
}

static kaltura_status load(kaltura_provider *provider) {
  kaltura_error *error;
  kaltura_session *session = kaltura_provider_load(provider, NULL, &error);
  kaltura_status status = kaltura_error_status(error);
  EXPECT_EQ(session != NULL, status == KALTURA_STATUS_OK);
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
  pthread_mutex_lock(&self->lock);
  self->called++;
  self->status = kaltura_error_status(error);
  pthread_mutex_unlock(&self->lock);
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

static kaltura_status load_async(kaltura_provider *provider) {
  completion self = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, KALTURA_STATUS_OK, 0, 0};
  kaltura_error *error;
  int is_promised = kaltura_provider_load_async(provider, NULL, on_load, &self, on_destroy, &error);
  kaltura_status status = kaltura_error_status(error);
  kaltura_error_free(error);
  EXPECT_EQ(is_promised, status == KALTURA_STATUS_OK);
  pthread_mutex_lock(&self.lock);
  while (self.destroyed == 0) {
    pthread_cond_wait(&self.changed, &self.lock);
  }
  pthread_mutex_unlock(&self.lock);
  EXPECT_EQ(self.called, is_promised);
  return is_promised ? self.status : status;
}

/* Nothing of the provider's is left running, whatever failed. */
static void end_provider(kaltura_provider *provider) {
  kaltura_provider_shutdown(provider);
  EXPECT_EQ(kaltura_provider_drain(provider, 10000), 1);
  kaltura_provider_free(provider);
}

static kaltura_provider *make_provider(kaltura_options *options) {
  kaltura_provider *provider = kaltura_provider_new(options, NULL);
  EXPECT_NOT_NULL(provider);
  kaltura_options_free(options);
  return provider;
}

static kaltura_status load_once(void) {
  kaltura_provider *provider = make_provider(fresh_options());
  kaltura_status status = load(provider);
  end_provider(provider);
  return status;
}

static kaltura_status load_async_once(void) {
  kaltura_provider *provider = make_provider(fresh_options());
  kaltura_status status = load_async(provider);
  end_provider(provider);
  return status;
}

/* A living session is given, whatever runs out; the refresh is tried again later. */
static kaltura_provider *aged;
static kaltura_status refresh(void) {
  kaltura_provider_prefetch(aged);
  return load(aged);
}

static const struct {
  const char *name;
  kaltura_status (*run)(void);
} calls[] = {
    {"a call", call},
    {"a call with a token hash callback", call_with_a_hash_callback},
    {"a call over a transport", call_over_a_transport},
    {"a load", load_once},
    {"an asynchronous load", load_async_once},
    {"a refresh", refresh},
};

static const char *const names[] = {"threads", "descriptors", "both"};

static void make_aged(void) {
  kaltura_options *options = fresh_options();
  kaltura_session *session;
  kaltura_options_set_expiry_seconds(options, 600);
  kaltura_options_set_refresh_windows_seconds(options, 300, 1);
  aged = make_provider(options);
  fake_server_script(server, "start:1 date shift=200"); /* half of its life seems to be over */
  session = kaltura_provider_load(aged, NULL, NULL);
  EXPECT_NOT_NULL(session);
  kaltura_session_free(session);
  fake_server_reset(server);
}

static void whatever_runs_out_is_an_error_and_the_next_call_succeeds(void) {
  size_t index;
  int what, count, points = 0;
  make_aged();
  for (index = 0; index < sizeof calls / sizeof calls[0]; index++) {
    for (what = THREADS; what <= BOTH; what++) {
      for (count = 0; count < 12; count++) {
        int failures = harness_failures;
        kaltura_status status;
        run_out_after(count, (resource)what);
        status = calls[index].run();
        have_plenty();
        /* Where a thread is only a convenience, the call does without. */
        if (status != KALTURA_STATUS_OK) {
          EXPECT_STR(kaltura_status_name(status), "KALTURA_STATUS_RESOURCES");
          EXPECT_AT_LEAST(refused, 1);
        }
        points += refused > 0;
        EXPECT_STR(kaltura_status_name(calls[index].run()), "KALTURA_STATUS_OK");
        if (harness_failures != failures) {
          printf("# in %s, when it has had %d of %s\n", calls[index].name, count, names[what]);
        }
        if (refused == 0) {
          break; /* it needs no more */
        }
      }
    }
  }
  end_provider(aged);
  printf("# %d points\n", points);
  EXPECT_AT_LEAST(points, 30);
}

/* What is shipped has a reserve; what is built for other tests ends the process. */
#ifdef HAS_RESERVE
static void run_out_after_bytes(int count) {
  is_by_bytes = 1;
  run_out_after(0, MEMORY);
  __atomic_store_n(&bytes_left, count, __ATOMIC_SEQ_CST);
}

static void run_out_after_allocations(int count) {
  is_by_bytes = 0;
  run_out_after(0, MEMORY);
  __atomic_store_n(&allocations_left, count, __ATOMIC_SEQ_CST);
}

static kaltura_status without_memory(size_t index) {
  kaltura_status status = calls[index].run();
  have_plenty();
  if (status != KALTURA_STATUS_OK) {
    EXPECT_STR(kaltura_status_name(status), "KALTURA_STATUS_RESOURCES");
    EXPECT_AT_LEAST(refused, 1);
  }
  return status;
}

static void a_call_goes_on_without_memory_and_none_begins(void) {
  size_t index;
  for (index = 0; calls[index].run != refresh; index++) { /* a refresh is what a load does, too */
    int failures = harness_failures, bytes, count, points = 0, ended = 0;
    for (bytes = 0, refused = 1; refused > 0; bytes += bytes < 4096 ? 64 : 1024, points++) {
      run_out_after_bytes(bytes);
      ended += without_memory(index) != KALTURA_STATUS_OK;
      if (harness_failures != failures) {
        printf("# in %s, when it has had %d bytes\n", calls[index].name, bytes);
        failures = harness_failures;
      }
    }
    printf("# %s: %d points up to %d bytes, at %d of them an error\n", calls[index].name, points, bytes, ended);
    for (count = points = ended = 0, refused = 1; refused > 0; count += count < 400 ? 1 : 5, points++) {
      run_out_after_allocations(count);
      ended += without_memory(index) != KALTURA_STATUS_OK;
      EXPECT_STR(kaltura_status_name(calls[index].run()), "KALTURA_STATUS_OK");
      if (harness_failures != failures) {
        printf("# in %s, when it has had %d allocations\n", calls[index].name, count);
        failures = harness_failures;
      }
    }
    printf("# %s: %d points up to %d allocations, at %d of them an error\n", calls[index].name, points, count, ended);
    EXPECT_AT_LEAST(points, 30);
    EXPECT_AT_LEAST(points - ended, 2); /* those that had begun went on */
  }
}
#endif

static void a_provider_that_had_no_thread_is_as_good_as_ever_a_second_later(void) {
  kaltura_provider *provider = make_provider(fresh_options());
  run_out_after(0, BOTH);
  EXPECT_EQ(load_async(provider), KALTURA_STATUS_RESOURCES);
  EXPECT_EQ(load(provider), KALTURA_STATUS_RESOURCES);
  have_plenty();
  sleep(1);
  usleep(100000);
  EXPECT_EQ(load(provider), KALTURA_STATUS_OK);
  EXPECT_EQ(load_async(provider), KALTURA_STATUS_OK);
  end_provider(provider);
}

/* ---- Real limits, in a process of their own ---------------------------------------------------------------------------------- */

/* Runs it in a child, which must live to say that all was well. */
static void in_a_child(void (*run)(void)) {
  int status = 0;
  pid_t child;
  fflush(stdout);
  child = fork();
  if (child == 0) {
    harness_failures = 0;
    run();
    fflush(stdout);
    _exit(harness_failures != 0);
  }
  EXPECT_EQ(waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 0);
}

static void limit_descriptors(void) {
  struct rlimit old, few;
  int spare, next = dup(0);
  close(next);
  getrlimit(RLIMIT_NOFILE, &old);
  for (spare = 0; spare < 8; spare++) {
    kaltura_options *options = fresh_options();
    kaltura_status status;
    few = old;
    few.rlim_cur = (rlim_t)(next + spare);
    setrlimit(RLIMIT_NOFILE, &few);
    status = call_with(options);
    setrlimit(RLIMIT_NOFILE, &old);
    EXPECT_TRUE(status == KALTURA_STATUS_OK || status == KALTURA_STATUS_RESOURCES);
    EXPECT_TRUE(spare > 0 || status == KALTURA_STATUS_RESOURCES);
    EXPECT_EQ(call(), KALTURA_STATUS_OK);
  }
}

static long pages_in_use(void) {
  long pages = 0;
  FILE *file = fopen("/proc/self/statm", "r");
  if (file != NULL) {
    EXPECT_EQ(fscanf(file, "%ld", &pages), 1);
    fclose(file);
  }
  return pages;
}

/* Of a process that has not called the library before: glibc keeps stacks, and gives them to later threads. */
static int spare_kib;
static void limit_address_space(void) {
  kaltura_options *options = fresh_options();
  struct rlimit old, little;
  kaltura_status status;
  getrlimit(RLIMIT_AS, &old);
  little = old;
  little.rlim_cur = (rlim_t)pages_in_use() * (rlim_t)sysconf(_SC_PAGESIZE) + (rlim_t)spare_kib * 1024;
  setrlimit(RLIMIT_AS, &little);
  status = call_with(options);
  setrlimit(RLIMIT_AS, &old);
  EXPECT_TRUE(status == KALTURA_STATUS_OK || status == KALTURA_STATUS_RESOURCES);
  EXPECT_TRUE(spare_kib > 400 || status == KALTURA_STATUS_RESOURCES);
  EXPECT_EQ(call(), KALTURA_STATUS_OK);
}

static void a_process_at_its_limit_of_descriptors_is_told(void) {
  if (time_factor() > 5) {
    return; /* at the limit valgrind itself closes what the system gave */
  }
  in_a_child(limit_descriptors);
}

static void a_process_without_room_for_a_stack_is_told(void) {
  if (time_factor() > 1) {
    return; /* valgrind and sanitizers want memory of their own, and end the process if there is none */
  }
  for (spare_kib = 64; spare_kib <= 32768; spare_kib *= 2) {
    in_a_child(limit_address_space);
  }
}

static const test_case tests[] = {
    TEST(a_process_without_room_for_a_stack_is_told), /* before this one has threads, whose stacks children would have */
    TEST(a_process_at_its_limit_of_descriptors_is_told),
    TEST(whatever_runs_out_is_an_error_and_the_next_call_succeeds),
    TEST(a_provider_that_had_no_thread_is_as_good_as_ever_a_second_later),
#ifdef HAS_RESERVE
    TEST(a_call_goes_on_without_memory_and_none_begins),
#endif
};

int main(void) {
  int result;
  server = fake_server_start(NULL);
  result = RUN_TESTS(tests);
  fake_server_stop(server);
  return result;
}

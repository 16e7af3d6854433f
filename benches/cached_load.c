/*
 * What a cached kaltura_provider_load() costs, beside a lock and unlock of an uncontended mutex in the same run, with 1, 2 and
 * 8 threads. Ratios count: times depend on the machine. Each figure is the best of several rounds.
 */
#include <pthread.h>

#include "account.h"

#define LOADS 200000
#define ROUNDS 7

static kaltura_provider *provider;

static double now_ns(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

static void *lock_a_mutex(void *unused) {
  pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
  int index;
  (void)unused;
  for (index = 0; index < LOADS; index++) {
    pthread_mutex_lock(&mutex);
    pthread_mutex_unlock(&mutex);
  }
  return NULL;
}

static void *load(void *unused) {
  int index;
  (void)unused;
  for (index = 0; index < LOADS; index++) {
    kaltura_session *session = kaltura_provider_load(provider, NULL, NULL);
    if (session == NULL) {
      abort();
    }
    kaltura_session_free(session);
  }
  return NULL;
}

/* Nanoseconds of the wall for each operation, all threads together. */
static double measure(void *(*body)(void *), int threads) {
  double best = 0;
  int round, index;
  for (round = 0; round < ROUNDS; round++) {
    pthread_t started[8];
    double start = now_ns(), took;
    for (index = 0; index < threads; index++) {
      pthread_create(&started[index], NULL, body, NULL);
    }
    for (index = 0; index < threads; index++) {
      pthread_join(started[index], NULL);
    }
    took = (now_ns() - start) / (LOADS * (double)threads);
    best = best == 0 || took < best ? took : best;
  }
  return best;
}

int main(void) {
  static const int counts[] = {1, 2, 8};
  fake_server *server = fake_server_start(NULL);
  kaltura_options *options = https_options(server, SHA256_TOKEN);
  double mutex, single = 0;
  size_t index;
  provider = kaltura_provider_new(options, NULL);
  kaltura_session_free(kaltura_provider_load(provider, NULL, NULL));
  mutex = measure(lock_a_mutex, 1);
  printf("a mutex locked and unlocked, 1 thread       %7.1f ns\n", mutex);
  for (index = 0; index < sizeof counts / sizeof counts[0]; index++) {
    double took = measure(load, counts[index]);
    single = index == 0 ? took : single;
    printf("a cached load and its free, %d thread%s        %7.1f ns   %5.2f mutexes   throughput %.2f of one thread's\n",
           counts[index], counts[index] == 1 ? " " : "s", took, took / mutex, single / took);
  }
  kaltura_provider_free(provider);
  kaltura_options_free(options);
  fake_server_stop(server);
  return 0;
}

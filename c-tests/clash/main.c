/* Two Rust static libraries in one program: each catches its own panic, on any thread. A library that is shipped has no
 * function that panics: without WITH_TEST_PANIC it is only called. */
#include <kaltura_session.h>
#include <pthread.h>
#include <stdio.h>

int second_library_catches_a_panic(void);
#if defined(WITH_TEST_PANIC)
int kaltura_test_panic(void);
#else
static int kaltura_test_panic(void) { return kaltura_abi_version() == KALTURA_ABI_VERSION; }
#endif

static void *catch_both(void *caught) {
  *(int *)caught = kaltura_test_panic() == 1 && second_library_catches_a_panic() == 1 && kaltura_test_panic() == 1;
  return NULL;
}

int main(void) {
  pthread_t thread;
  int here = 0, there = 0;
  catch_both(&here);
  pthread_create(&thread, NULL, catch_both, &there);
  pthread_join(thread, NULL);
  printf("kaltura-session %s; caught here %d, on another thread %d\n", kaltura_version(), here, there);
  return here && there ? 0 : 1;
}

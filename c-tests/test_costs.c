/* A cached load allocates nothing and asks the system for nothing. */
#include <poll.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#ifdef __linux__
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/prctl.h>
#endif

#include "account.h"

static fake_server *server;

/* The Makefile has the linker send every allocation of this program, the library's too, through these. */
static long allocations;
void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *memory, size_t size);
int __real_posix_memalign(void **memory, size_t alignment, size_t size);
static void count(void) { __atomic_add_fetch(&allocations, 1, __ATOMIC_RELAXED); }
void *__wrap_malloc(size_t size) { return count(), __real_malloc(size); }
void *__wrap_calloc(size_t amount, size_t size) { return count(), __real_calloc(amount, size); }
void *__wrap_realloc(void *memory, size_t size) { return count(), __real_realloc(memory, size); }
int __wrap_posix_memalign(void **memory, size_t alignment, size_t size) {
  return count(), __real_posix_memalign(memory, alignment, size);
}

static kaltura_provider *loaded_provider(void) {
  kaltura_options *options = https_options(server, SHA256_TOKEN);
  kaltura_provider *provider = kaltura_provider_new(options, NULL);
  kaltura_session_free(kaltura_provider_load(provider, NULL, NULL));
  kaltura_options_free(options);
  usleep(100000); /* until the refresh's thread is gone, which allocates and frees */
  return provider;
}

static void load_often(kaltura_provider *provider) {
  int index;
  for (index = 0; index < 1000; index++) {
    kaltura_session_free(kaltura_provider_load(provider, NULL, NULL));
  }
}

static void a_cached_load_allocates_nothing(void) {
  kaltura_provider *provider = loaded_provider();
  long before = __atomic_load_n(&allocations, __ATOMIC_RELAXED);
  EXPECT_AT_LEAST(before, 100); /* they do come through here */
  load_often(provider);
  EXPECT_EQ(__atomic_load_n(&allocations, __ATOMIC_RELAXED) - before, 0);
  kaltura_provider_shutdown(provider);
  kaltura_provider_drain(provider, 5000);
  kaltura_provider_free(provider);
}

#ifdef __linux__
/* Waits for a byte, or for the child's end. The pipe stays open in the child's other threads, so its end tells nothing. */
static int tells(int pipe_end, pid_t child) {
  int waited;
  for (waited = 0; waited < 1000; waited++) {
    struct pollfd readable = {pipe_end, POLLIN, 0};
    char byte;
    if (poll(&readable, 1, 10) == 1) {
      return read(pipe_end, &byte, 1) == 1;
    }
    if (waitpid(child, NULL, WNOHANG) == child) {
      return 0;
    }
  }
  return 0;
}

/* From here on this thread may write and end; any other system call ends the process. */
static int forbid_system_calls(void) {
  struct sock_filter rules[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_write, 1, 0),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_exit, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
  };
  struct sock_fprog program = {sizeof rules / sizeof rules[0], rules};
  return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

/* Whether a child process gets through `body` when all but writing is forbidden to it. */
static int survives_without_system_calls(void (*body)(kaltura_provider *)) {
  int verdict[2], is_alive;
  pid_t child;
  EXPECT_EQ(pipe(verdict), 0);
  child = fork();
  if (child == 0) {
    kaltura_provider *provider = loaded_provider();
    if (forbid_system_calls()) {
      body(provider);
      (void)!write(verdict[1], "y", 1);
    }
    syscall(SYS_exit, 0); /* of this thread alone */
  }
  close(verdict[1]);
  is_alive = tells(verdict[0], child);
  close(verdict[0]);
  kill(child, SIGKILL);
  waitpid(child, NULL, 0);
  return is_alive;
}

static void read_the_clock(kaltura_provider *unused) {
  struct timespec now;
  (void)unused;
  clock_gettime(CLOCK_BOOTTIME, &now);
}

static void ask_the_system(kaltura_provider *unused) {
  (void)unused;
  getppid();
}

static void a_cached_load_asks_the_system_for_nothing(void) {
  if (time_factor() != 1) {
    printf("# not under an instrument, which asks the system itself; the plain run has it\n");
    return;
  }
  if (!survives_without_system_calls(read_the_clock)) {
    printf("# the clock of this machine takes a system call, so every load does\n");
    return;
  }
  EXPECT_TRUE(!survives_without_system_calls(ask_the_system)); /* it is forbidden indeed */
  EXPECT_TRUE(survives_without_system_calls(load_often));
}
#endif

static const test_case tests[] = {
    TEST(a_cached_load_allocates_nothing),
#ifdef __linux__
    TEST(a_cached_load_asks_the_system_for_nothing),
#endif
};

int main(void) {
  int result;
  server = fake_server_start(NULL);
  result = RUN_TESTS(tests);
  fake_server_stop(server);
  return result;
}

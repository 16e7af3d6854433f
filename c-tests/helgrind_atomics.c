/*
 * What tells helgrind of locks that it does not know. It knows pthread's; Rust makes its own of atomics and futexes. So for
 * check-helgrind all is compiled as for ThreadSanitizer, and every atomic becomes a call of a function here, which does it
 * and says what it orders. Plain memory helgrind watches by itself.
 *
 * To helgrind, a locked instruction is a read. Stores are locked here too, so that atomics do not race with each other, but
 * do with a plain write.
 */
#include <linux/futex.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <valgrind/helgrind.h>

void __tsan_acquire(volatile void *at) { ANNOTATE_HAPPENS_AFTER(at); }
void __tsan_release(volatile void *at) { ANNOTATE_HAPPENS_BEFORE(at); }

static void release(volatile void *at, int order) {
  if (order == __ATOMIC_RELEASE || order == __ATOMIC_ACQ_REL || order == __ATOMIC_SEQ_CST) {
    __tsan_release(at);
  }
}

/* What this thread looked at last: a fence, such as that of an Arc's last drop, acquires it. */
static __thread volatile void *seen;

static void acquire(volatile void *at, int order) {
  seen = at;
  if (order == __ATOMIC_ACQUIRE || order == __ATOMIC_ACQ_REL || order == __ATOMIC_SEQ_CST) {
    __tsan_acquire(at);
  }
}

void __tsan_atomic_thread_fence(int order) {
  if (seen != 0 && order != __ATOMIC_RELEASE) {
    __tsan_acquire(seen);
  }
  __atomic_thread_fence(__ATOMIC_SEQ_CST);
}

/* A release is told before another thread can see it; that of a counter also when it is counted, as the C tests take back
   the memory of a counter that says that all is done. */
#define CHANGE(type, function, builtin, is_counter)                                                           \
  type function(volatile type *at, type operand, int order) {                                                 \
    type old;                                                                                                 \
    release(at, order);                                                                                       \
    old = builtin(at, operand, __ATOMIC_SEQ_CST);                                                             \
    if (is_counter) {                                                                                         \
      release(at, order);                                                                                     \
    }                                                                                                         \
    acquire(at, order);                                                                                       \
    return old;                                                                                               \
  }

#define ATOMICS(type, prefix)                                                                                 \
  type prefix##_load(volatile type *at, int order) {                                                          \
    type value = __atomic_load_n(at, __ATOMIC_SEQ_CST);                                                       \
    acquire(at, order);                                                                                       \
    return value;                                                                                             \
  }                                                                                                           \
  void prefix##_store(volatile type *at, type value, int order) {                                             \
    release(at, order);                                                                                       \
    __atomic_exchange_n(at, value, __ATOMIC_SEQ_CST);                                                         \
  }                                                                                                           \
  type prefix##_compare_exchange_val(volatile type *at, type expected, type value, int order, int failed) {   \
    release(at, order);                                                                                       \
    if (!__atomic_compare_exchange_n(at, &expected, value, 0, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST)) {          \
      order = failed;                                                                                         \
    }                                                                                                         \
    acquire(at, order);                                                                                       \
    return expected;                                                                                          \
  }                                                                                                           \
  CHANGE(type, prefix##_exchange, __atomic_exchange_n, 0)                                                     \
  CHANGE(type, prefix##_fetch_add, __atomic_fetch_add, 1)                                                     \
  CHANGE(type, prefix##_fetch_sub, __atomic_fetch_sub, 0)                                                     \
  CHANGE(type, prefix##_fetch_or, __atomic_fetch_or, 0)

ATOMICS(uint8_t, __tsan_atomic8)
ATOMICS(uint32_t, __tsan_atomic32)
ATOMICS(uint64_t, __tsan_atomic64)

/* The wrappers of std.c speak when a function of std is done; whoever that woke must know before it runs. */
long __real_syscall(long number, void *at, long operation, long a, long b, long c, long d);
long __wrap_syscall(long number, void *at, long operation, long a, long b, long c, long d) {
  if (number == SYS_futex && (operation & FUTEX_CMD_MASK) == FUTEX_WAKE) {
    __tsan_release(at);
  }
  return __real_syscall(number, at, operation, a, b, c, d);
}

/* Of plain memory the C compiler tells too. */
void __tsan_init(void) {}
void __tsan_func_entry(void) {}
void __tsan_func_exit(void) {}
void __tsan_read1(void) {}
void __tsan_read2(void) {}
void __tsan_read4(void) {}
void __tsan_read8(void) {}
void __tsan_read16(void) {}
void __tsan_read_range(void) {}
void __tsan_write1(void) {}
void __tsan_write2(void) {}
void __tsan_write4(void) {}
void __tsan_write8(void) {}
void __tsan_write16(void) {}
void __tsan_write_range(void) {}

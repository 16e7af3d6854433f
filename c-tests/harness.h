/*
 * A test is a function without arguments. An expectation that fails says what it saw and what it wanted, and the test
 * goes on; NDEBUG changes nothing; threads may expect too. The output is TAP: one line for each test.
 *
 *   static void null_is_answered(void) { EXPECT_EQ(kaltura_error_status(NULL), KALTURA_STATUS_OK); }
 *
 *   static const test_case tests[] = {TEST(null_is_answered)};
 *   int main(void) { return RUN_TESTS(tests); }
 */
#ifndef HARNESS_H
#define HARNESS_H

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef struct {
  const char *name;
  void (*run)(void);
} test_case;

#define TEST(name) {#name, name}
#define RUN_TESTS(tests) harness_run((tests), sizeof(tests) / sizeof((tests)[0]))

#define EXPECT_TRUE(condition) harness_expect(!!(condition), __FILE__, __LINE__, "%s", #condition)
#define EXPECT_NULL(pointer) harness_expect((pointer) == NULL, __FILE__, __LINE__, "%s is not NULL", #pointer)
#define EXPECT_NOT_NULL(pointer) harness_expect((pointer) != NULL, __FILE__, __LINE__, "%s is NULL", #pointer)
/* For whole numbers of any type. */
#define EXPECT_EQ(actual, expected) \
  harness_expect_numbers((long long)(actual), "==", (long long)(expected), __FILE__, __LINE__, #actual)
#define EXPECT_AT_LEAST(actual, least) \
  harness_expect_numbers((long long)(actual), ">=", (long long)(least), __FILE__, __LINE__, #actual)
#define EXPECT_AT_MOST(actual, most) \
  harness_expect_numbers((long long)(actual), "<=", (long long)(most), __FILE__, __LINE__, #actual)
/* For strings; NULL equals NULL only. */
#define EXPECT_STR(actual, expected) harness_expect_strings((actual), "is", (expected), __FILE__, __LINE__, #actual)
#define EXPECT_CONTAINS(text, part) harness_expect_strings((text), "has", (part), __FILE__, __LINE__, #text)
#define EXPECT_LACKS(text, part) harness_expect_strings((text), "lacks", (part), __FILE__, __LINE__, #text)

/* How many expectations of the running test have failed. */
static int harness_failures;

#if defined(__GNUC__)
__attribute__((format(printf, 4, 5)))
#endif
static inline int harness_expect(int is_met, const char *file, int line, const char *format, ...) {
  if (!is_met) {
    char text[1024];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    printf("# %s:%d: %s\n", file, line, text);
    __atomic_add_fetch(&harness_failures, 1, __ATOMIC_RELAXED);
  }
  return is_met;
}

static inline int harness_expect_numbers(long long actual, const char *relation, long long expected, const char *file,
                                         int line, const char *expression) {
  int is_met = relation[0] == '=' ? actual == expected : relation[0] == '>' ? actual >= expected : actual <= expected;
  return harness_expect(is_met, file, line, "%s: got %lld, wanted %s %lld", expression, actual, relation, expected);
}

static inline int harness_expect_strings(const char *actual, const char *relation, const char *expected, const char *file,
                                         int line, const char *expression) {
  int is_met = actual == expected;
  if (actual != NULL && expected != NULL) {
    int contains = strstr(actual, expected) != NULL;
    is_met = relation[0] == 'i' ? strcmp(actual, expected) == 0 : relation[0] == 'h' ? contains : !contains;
  }
  return harness_expect(is_met, file, line, "%s: got \"%s\", wanted that it %s \"%s\"", expression,
                        actual != NULL ? actual : "(NULL)", relation, expected != NULL ? expected : "(NULL)");
}

/* For main(): the exit code. A test that hangs ends the program. */
static inline int harness_run(const test_case *tests, size_t count) {
  size_t index, failed = 0;
  setvbuf(stdout, NULL, _IOLBF, 0);
  printf("1..%lu\n", (unsigned long)count);
  for (index = 0; index < count; index++) {
    __atomic_store_n(&harness_failures, 0, __ATOMIC_RELAXED);
    alarm(600);
    tests[index].run();
    if (__atomic_load_n(&harness_failures, __ATOMIC_RELAXED) != 0) {
      failed++;
      printf("not ");
    }
    printf("ok %lu - %s\n", (unsigned long)index + 1, tests[index].name);
  }
  printf("# %lu tests, %lu failed\n", (unsigned long)count, (unsigned long)failed);
  return failed != 0;
}

#endif /* HARNESS_H */

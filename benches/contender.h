/*
 * What the C programs of `make bench` share: `program URL CA_FILE COUNT` starts so many sessions and ends;
 * `program URL CA_FILE` reads counts from its input, and answers each with the nanoseconds that it took.
 */
#ifndef CONTENDER_H
#define CONTENDER_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* An account of the fake server's built-in world. */
#define PARTNER_ID 101
#define APP_TOKEN_ID "0_sha256tk"
#define APP_TOKEN "303132333435363738393a3b3c3d3e3f"

static void set_up(const char *url, const char *ca_file);
static void start_session(void);
static void tear_down(void);

static void give_up(const char *what) {
  fprintf(stderr, "%s\n", what);
  exit(1);
}

/* A program that is quick because it got nothing does not count. */
static void expect_ks(const char *ks) {
  if (ks == NULL || strncmp(ks, "djJ8", 4) != 0 || strlen(ks) < 100) {
    give_up("that is no KS");
  }
}

static long long start_sessions(long count) {
  struct timespec before, after;
  clock_gettime(CLOCK_MONOTONIC, &before);
  while (count-- > 0) {
    start_session();
  }
  clock_gettime(CLOCK_MONOTONIC, &after);
  return (after.tv_sec - before.tv_sec) * 1000000000LL + (after.tv_nsec - before.tv_nsec);
}

int main(int argc, char **argv) {
  long count;
  if (argc < 3) {
    give_up("URL CA_FILE [COUNT]");
  }
  set_up(argv[1], argv[2]);
  if (argc > 3) {
    start_sessions(atol(argv[3]));
  } else {
    while (scanf("%ld", &count) == 1) {
      printf("%lld\n", start_sessions(count));
      fflush(stdout);
    }
  }
  tear_down();
  return 0;
}

#endif /* CONTENDER_H */

/*
 * The fault matrix: every row of faults.c, met by a blocking call, asynchronous loads, and the refresh of a provider that
 * has a session; or, where CURL_FLOW is defined, by a flow that the host carries. Each cell has its status and its bound in
 * time. docs/faults.md is this table as a page: `test_faults --page` prints it.
 */
#include "faults.h"

#include <pthread.h>
#include <sys/wait.h>

#include "account.h"

/* Cells mostly wait, so several processes share them, each with a server of its own. */
enum { PROCESSES = 32 };

static fake_server *server;

typedef struct {
  const char *name;
  void (*meet)(const fault *row);
} driver;

/* No KS, no token and no token hash is in any word of the library's. */
static void expect_no_secret(const char *text) {
  if (text != NULL) {
    EXPECT_LACKS(text, FAKE_APP_TOKEN);
    EXPECT_LACKS(text, "djJ8");
  }
}

static void take_line(void *user_data, kaltura_log_level level, const char *line) {
  (void)user_data, (void)level;
  expect_no_secret(line);
}

static int is_survived(const fault *row) { return row->status == KALTURA_STATUS_OK; }

static kaltura_options *options_for(const fault *row) {
  kaltura_options *options = https_options(server, SHA256_TOKEN);
  have_own_connections(options);
  kaltura_options_set_total_timeout_ms(options, fault_total_ms(row));
  kaltura_options_set_hash_type(options, KALTURA_HASH_TYPE_SHA256);
  kaltura_options_set_max_attempts(options, FAULT_ATTEMPTS);
  kaltura_options_set_log(options, KALTURA_LOG_LEVEL_DEBUG, take_line, NULL, NULL);
  return options;
}

static void expect_in_time(const fault *row, int64_t start_ms) {
  int64_t took_ms = now_ms() - start_ms;
  EXPECT_AT_MOST(took_ms, (row->within_ms + 400) * time_factor());
  if (row->status == KALTURA_STATUS_TIMEOUT) {
    EXPECT_AT_LEAST(took_ms, row->within_ms - 10);
  }
}

/* A connection that was kept and turns out to be closed is replaced, and the request sent again without a word. libcurl is
 * used here with a connection for each request. */
static void expect_arrived(const fault *row) {
  int is_sent_again = 0;
#if !defined CURL_TRANSPORT && !defined CURL_FLOW
  is_sent_again = row->status == KALTURA_STATUS_CONNECTION_LOST && strcmp(row->phase, "request 2") == 0;
#endif
  EXPECT_EQ(fake_server_counter(server, "requests"), row->arrived + is_sent_again);
}

static void expect_outcome(const fault *row, const kaltura_session *session, const kaltura_error *error) {
  if (is_survived(row)) {
    EXPECT_STR(kaltura_error_message(error), "");
    EXPECT_TRUE(strlen(kaltura_session_ks(session)) > 100);
  } else {
    EXPECT_NULL(session);
    expect_error(error, row->status, row->step);
    EXPECT_EQ(kaltura_error_http_status(error), row->http_status);
    EXPECT_EQ(kaltura_error_is_retryable(error), row->is_retryable);
    if (row->status != KALTURA_STATUS_TIMEOUT) { /* who waits for a flight may be out of time before it */
      EXPECT_EQ(kaltura_error_attempts(error), row->attempts);
    }
    EXPECT_CONTAINS(kaltura_error_hint(error), row->hint);
    expect_no_secret(kaltura_error_message(error));
    expect_no_secret(kaltura_error_hint(error));
    expect_no_secret(kaltura_error_api_message(error));
  }
}

/* ---- Drivers ----------------------------------------------------------------------------------------------------------------- */

static void meet_in_one_call(const fault *row) {
  kaltura_options *options = options_for(row);
  kaltura_error *error;
  kaltura_session *session;
  int64_t start_ms;
  fault_begin(server, row->script);
  start_ms = now_ms();
  session = start_session(options, &error);
  expect_in_time(row, start_ms);
  expect_outcome(row, session, error);
  expect_arrived(row);
  kaltura_session_free(session);
  kaltura_error_free(error);
  kaltura_options_free(options);
}

#ifndef CURL_FLOW
/* Loads that wait for one flight, whose outcome they share. */
enum { LOADS = 3 };

typedef struct {
  pthread_mutex_t lock;
  pthread_cond_t changed;
  kaltura_session *sessions[LOADS];
  kaltura_error *errors[LOADS];
  int called, destroyed;
} completions;

static void on_load(void *user_data, kaltura_session *session, kaltura_error *error) {
  completions *self = user_data;
  pthread_mutex_lock(&self->lock);
  if (EXPECT_AT_MOST(self->called, LOADS - 1)) {
    self->sessions[self->called] = session;
    self->errors[self->called] = error;
  }
  self->called++;
  pthread_mutex_unlock(&self->lock);
}

static void on_destroy(void *user_data) {
  completions *self = user_data;
  pthread_mutex_lock(&self->lock);
  self->destroyed++;
  pthread_cond_signal(&self->changed);
  pthread_mutex_unlock(&self->lock);
}

static kaltura_provider *make_provider(kaltura_options *options) {
  kaltura_provider *provider = kaltura_provider_new(options, NULL);
  EXPECT_NOT_NULL(provider);
  kaltura_options_free(options);
  return provider;
}

static void end_provider(kaltura_provider *provider) {
  kaltura_provider_shutdown(provider);
  EXPECT_EQ(kaltura_provider_drain(provider, 10000), 1);
  kaltura_provider_free(provider);
}

static void meet_in_asynchronous_loads(const fault *row) {
  completions self = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, {NULL}, {NULL}, 0, 0};
  kaltura_provider *provider = make_provider(options_for(row));
  int64_t start_ms;
  int index;
  fault_begin(server, row->script);
  start_ms = now_ms();
  for (index = 0; index < LOADS; index++) {
    EXPECT_EQ(kaltura_provider_load_async(provider, NULL, on_load, &self, on_destroy, NULL), 1);
  }
  pthread_mutex_lock(&self.lock);
  while (self.destroyed < LOADS) {
    pthread_cond_wait(&self.changed, &self.lock);
  }
  pthread_mutex_unlock(&self.lock);
  expect_in_time(row, start_ms);
  expect_arrived(row);
  end_provider(provider);
  EXPECT_EQ(self.called, LOADS);
  EXPECT_EQ(self.destroyed, LOADS);
  for (index = 0; index < LOADS; index++) {
    expect_outcome(row, self.sessions[index], self.errors[index]);
    kaltura_session_free(self.sessions[index]);
    kaltura_error_free(self.errors[index]);
  }
}

/* A session of four seconds, in the last quarter of which a load waits for the refresh. */
static kaltura_options *short_lived(const fault *row) {
  kaltura_options *options = options_for(row);
  kaltura_options_set_expiry_seconds(options, 4);
  kaltura_options_set_refresh_windows_seconds(options, 1, 1);
  kaltura_options_set_widget_expiry_seconds(options, 60); /* too short to be used again: a refresh sends both requests */
  return options;
}

static kaltura_session *load(kaltura_provider *provider, kaltura_error **error) {
  return kaltura_provider_load(provider, NULL, error);
}

/* With a session of four seconds. Where the row wants a short deadline, a busy machine may miss it before anything went
 * wrong; and if the server's date ticks between the session and its reply, the session has three. */
static kaltura_provider *make_with_session(const fault *row, kaltura_session **session) {
  kaltura_provider *provider = make_provider(short_lived(row));
  int tries;
  fault_begin(server, "start:* close-after"); /* so that the refresh makes a connection of its own */
  for (tries = 0; kaltura_session_remaining_ms(*session = load(provider, NULL)) < 3500 && tries < 5; tries++) {
    kaltura_session_free(*session);
    end_provider(provider);
    provider = make_provider(short_lived(row));
  }
  EXPECT_NOT_NULL(*session);
  return provider;
}

/* While the old session lives it is given, whatever becomes of the refresh; and when it is dead, the reason is. */
static void meet_in_a_refresh(const fault *row) {
  kaltura_session *first, *again;
  kaltura_provider *provider = make_with_session(row, &first);
  kaltura_error *error;
  int64_t start_ms, last_quarter_ms = kaltura_session_remaining_ms(first) / 4;
  while (kaltura_session_remaining_ms(first) > last_quarter_ms - 20) {
    usleep(5000);
  }
  fault_begin(server, row->script);
  start_ms = now_ms();
  again = load(provider, &error);
  expect_in_time(row, start_ms);
  EXPECT_STR(kaltura_error_message(error), "");
  EXPECT_EQ(strcmp(kaltura_session_ks(first), kaltura_session_ks(again)) != 0, is_survived(row));
  expect_arrived(row);
  kaltura_error_free(error);
  while (!is_survived(row) && kaltura_session_remaining_ms(first) > 0) {
    usleep(5000);
  }
  if (!is_survived(row)) {
    kaltura_session *dead = load(provider, &error);
    expect_outcome(row, dead, error);
    kaltura_session_free(dead);
    kaltura_error_free(error);
  }
  kaltura_session_free(first);
  kaltura_session_free(again);
  end_provider(provider);
}
#endif

/* The slowest, a refresh, first. */
static const driver drivers[] = {
#ifdef CURL_FLOW
    {"a flow that the host carries", meet_in_one_call},
#else
    {"a refresh", meet_in_a_refresh},
    {"asynchronous loads", meet_in_asynchronous_loads},
    {"a blocking call", meet_in_one_call},
#endif
};

enum { DRIVERS = sizeof drivers / sizeof drivers[0] };

/* The library knows for a minute what a name means, so that a refresh does not ask. */
static int has_cell(const driver *driver, const fault *row) {
  return fault_applies(row) && (driver != &drivers[0] || DRIVERS == 1 || strcmp(row->phase, "name") != 0);
}

/* ---- The matrix -------------------------------------------------------------------------------------------------------------- */

static void run_cell(const driver *driver, const fault *row) {
  int failures = harness_failures;
  alarm(60);
  driver->meet(row);
  fault_end(server);
  if (harness_failures != failures) {
    printf("# in the cell of %s and %s: %s\n", driver->name, row->phase, row->script);
  }
}

/* Of every so many cells one; how many went wrong. */
static int run_share(size_t share) {
  size_t cell, failed = 0;
  const char *only = getenv("FAULTS_ONLY");
  server = fake_server_start(NULL);
  for (cell = share; cell < fault_count * DRIVERS; cell += PROCESSES) {
    const driver *driver = &drivers[cell / fault_count];
    const fault *row = &faults[cell % fault_count];
    int failures = harness_failures;
    if (has_cell(driver, row) && (only == NULL || strstr(row->script, only) != NULL)) {
      run_cell(driver, row);
      failed += harness_failures != failures;
    }
  }
  fake_server_stop(server);
  return (int)(failed < 100 ? failed : 100);
}

static void every_cell_is_as_the_table_says(void) {
  pid_t children[PROCESSES];
  size_t share, cell, cells = 0;
  int failed = 0;
  fflush(stdout);
  for (share = 0; share < PROCESSES; share++) {
    children[share] = fork();
    if (children[share] == 0) {
      exit(run_share(share));
    }
  }
  for (share = 0; share < PROCESSES; share++) {
    int status = 0;
    EXPECT_EQ(waitpid(children[share], &status, 0), children[share]);
    EXPECT_TRUE(WIFEXITED(status));
    failed += WIFEXITED(status) ? WEXITSTATUS(status) : 1;
  }
  for (cell = 0; cell < fault_count * DRIVERS; cell++) {
    cells += (size_t)has_cell(&drivers[cell / fault_count], &faults[cell % fault_count]);
  }
  printf("# %lu cells, %d failed\n", (unsigned long)cells, failed);
  EXPECT_EQ(failed, 0);
}

/* ---- The page ---------------------------------------------------------------------------------------------------------------- */

static void print_page(FILE *page) {
  const char *phase = "";
  size_t index, names = 0;
  for (index = 0; index < fault_count; index++) {
    names += strcmp(faults[index].phase, "name") == 0;
  }
  fprintf(page,
          "# Faults\n\n"
          "What a call says when the network, the server, or something in front of it misbehaves. Printed by\n"
          "`c-tests/test_faults.c` from the table in `c-tests/faults.c` (`make faults-page`), which is run against the fake\n"
          "server, whose words the faults are ([fake-server](../fake-server/README.md)); a test compares.\n\n"
          "Each row is met by a blocking call, three asynchronous loads and the refresh of a provider, each over the library's\n"
          "transport and over the host's, and by a flow that the host carries: seven cells. In a refresh the living session\n"
          "is given within the same time, and the status when it is dead. What happens to a name is met by calls and loads\n"
          "over the library's transport alone: a refresh finds it known, and the host has ways of its own.\n\n"
          "Each request had %d attempts. Times are in milliseconds; what ends with `TIMEOUT` had a total timeout of %d and\n"
          "uses all of it. A kept connection that the server closed is replaced without counting as an attempt.\n\n"
          "%lu rows, %lu cells.\n",
          FAULT_ATTEMPTS, FAULT_DEADLINE_MS, (unsigned long)fault_count, (unsigned long)(fault_count * 7 - names * 5));
  for (index = 0; index < fault_count; index++) {
    const fault *row = &faults[index];
    if (strcmp(phase, row->phase) != 0) {
      phase = row->phase;
      fprintf(page, "\n## In the %s\n\n| fault | status | HTTP | may be retried | requests that arrive | within |\n"
                    "| --- | --- | --- | --- | --- | --- |\n", phase);
    }
    fprintf(page, "| `%s` | `%s` | ", row->script, kaltura_status_name(row->status) + strlen("KALTURA_STATUS_"));
    if (row->http_status != 0) {
      fprintf(page, "%d ", row->http_status);
    }
    fprintf(page, "| %s | %d | %d |\n", is_survived(row) ? "" : row->is_retryable ? "yes" : "no", row->arrived,
            (int)row->within_ms);
  }
}

static void the_page_is_this_table(void) {
  static char wanted[64 * 1024], found[64 * 1024];
  FILE *page = fmemopen(wanted, sizeof wanted - 1, "w");
  print_page(page);
  fclose(page);
  page = fopen("docs/faults.md", "r");
  if (EXPECT_NOT_NULL(page)) {
    found[fread(found, 1, sizeof found - 1, page)] = '\0';
    fclose(page);
  }
  EXPECT_TRUE(strcmp(found, wanted) == 0);
}

static const test_case tests[] = {
    TEST(every_cell_is_as_the_table_says),
    TEST(the_page_is_this_table),
};

int main(int argc, char **argv) {
  if (argc > 1 && strcmp(argv[1], "--page") == 0) {
    print_page(stdout);
    return 0;
  }
  return RUN_TESTS(tests);
}

/*
 * Searches the memory of a process that has used the library and freed everything: neither app token, nor KS, nor widget
 * KS, nor token hash is left. Another process looks, so that what it looks for is not there because it looks. Linux only.
 */
#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>

#include "account.h"

static fake_server *server;

/* What the child tells, and waits for. */
typedef struct {
  pid_t pid;
  int go, ks;
} child;

/* With the child's token in memory that the child wipes itself: its literals are not writable, and not searched. */
static void use_start_session(const char *url, const char *ca_pem, int ks) {
  kaltura_error *error;
  kaltura_session *session;
  kaltura_options *options = options_of(FAKE_PARTNER_ID, SHA256_TOKEN, url);
  kaltura_options_set_trust(options, KALTURA_TRUST_CUSTOM_ONLY);
  kaltura_options_add_ca_pem(options, ca_pem);
  session = kaltura_start_session(options, NULL, &error);
  /* Straight from the library's memory into the pipe. */
  if (session == NULL || write(ks, kaltura_session_ks(session), strlen(kaltura_session_ks(session))) < 0) _exit(2);
  kaltura_session_free(session);
  kaltura_error_free(error);
  kaltura_options_free(options);
}

static void use_generate_ks(const char *url, const char *ca_pem, int ks) {
  kaltura_error *error;
  char *text = kaltura_generate_ks(url, FAKE_PARTNER_ID, FAKE_APP_TOKEN_ID, FAKE_APP_TOKEN, NULL, &error);
  (void)ca_pem;
  if (text == NULL || write(ks, text, strlen(text)) < 0) _exit(2);
  kaltura_free_string(text);
  kaltura_error_free(error);
}

static void use_provider(const char *url, const char *ca_pem, int ks) {
  kaltura_error *error;
  kaltura_session *session;
  kaltura_provider *provider;
  kaltura_options *options = options_of(FAKE_PARTNER_ID, SHA256_TOKEN, url);
  kaltura_options_set_trust(options, KALTURA_TRUST_CUSTOM_ONLY);
  kaltura_options_add_ca_pem(options, ca_pem);
  provider = kaltura_provider_new(options, &error);
  kaltura_options_free(options);
  session = kaltura_provider_load(provider, NULL, &error);
  if (session == NULL || write(ks, kaltura_session_ks(session), strlen(kaltura_session_ks(session))) < 0) _exit(2);
  kaltura_session_free(session);
  kaltura_error_free(error);
  kaltura_provider_shutdown(provider);
  if (!kaltura_provider_drain(provider, 5000)) _exit(3);
  kaltura_provider_free(provider);
}

static void use_failing_session(const char *url, const char *ca_pem, int ks) {
  /* The last digit is wrong: refused with every hash type. */
  app_token wrong = {FAKE_APP_TOKEN_ID, "303132333435363738393a3b3c3d3e30", KALTURA_HASH_TYPE_AUTO};
  kaltura_error *error;
  kaltura_options *options = options_of(FAKE_PARTNER_ID, wrong, url);
  kaltura_options_set_trust(options, KALTURA_TRUST_CUSTOM_ONLY);
  kaltura_options_add_ca_pem(options, ca_pem);
  kaltura_session_free(kaltura_start_session(options, NULL, &error));
  if (kaltura_error_status(error) != KALTURA_STATUS_APP_TOKEN_MISMATCH || write(ks, "none", 4) < 0) _exit(2);
  kaltura_error_free(error);
  kaltura_options_free(options);
}

/* A process that waits for a word, uses the library, and waits to be ended. */
static child start_child(void (*use)(const char *, const char *, int), const char *url, const char *ca_pem) {
  child made;
  int go[2], ks[2];
  if (pipe(go) != 0 || pipe(ks) != 0) exit(2);
  made.pid = fork();
  if (made.pid == 0) {
    char word;
    close(go[1]);
    close(ks[0]);
    if (read(go[0], &word, 1) != 1) _exit(0);
    use(url, ca_pem, ks[1]);
    close(ks[1]);
    pause();
    _exit(0);
  }
  close(go[0]);
  close(ks[1]);
  made.go = go[1];
  made.ks = ks[0];
  return made;
}

/* How often a text stands in the writable memory of a process, but for the stack of its first thread; says where. */
static int count_in_memory(pid_t pid, const char *what, const char *needle, size_t length) {
  char path[64], line[512];
  int found = 0, memory;
  FILE *maps;
  snprintf(path, sizeof path, "/proc/%d/mem", (int)pid);
  memory = open(path, O_RDONLY);
  snprintf(path, sizeof path, "/proc/%d/maps", (int)pid);
  maps = fopen(path, "r");
  if (!EXPECT_TRUE(memory >= 0 && maps != NULL)) return 1;
  while (fgets(line, sizeof line, maps) != NULL) {
    unsigned long start, end;
    char access[8] = "", name[256] = "";
    char *bytes, *place;
    ssize_t got;
    if (sscanf(line, "%lx-%lx %7s %*s %*s %*s %255s", &start, &end, access, name) < 3 || access[1] != 'w' ||
        strcmp(name, "[stack]") == 0)
      continue;
    bytes = malloc(end - start);
    got = pread(memory, bytes, end - start, (off_t)start);
    for (place = bytes; got > 0 && (size_t)(bytes + got - place) >= length; place++) {
      place = memchr(place, needle[0], (size_t)(bytes + got - place) - length + 1);
      if (place == NULL) break;
      if (memcmp(place, needle, length) == 0) {
        found++;
        printf("# %s at %#lx in %s\n", what, start + (unsigned long)(place - bytes), name);
      }
    }
    free(bytes);
  }
  fclose(maps);
  close(memory);
  return found;
}

/* The text after `"name":"` in a request. */
static size_t member(const char *request, const char *name, const char **value) {
  char start[64];
  snprintf(start, sizeof start, "\"%s\":\"", name);
  *value = strstr(request, start);
  if (*value == NULL) return 0;
  *value += strlen(start);
  return strcspn(*value, "\"");
}

/* The whole is looked for by its last 24 bytes: what begins alike may not be it, and a wiped end is not enough. */
static void expect_gone(pid_t pid, const char *what, const char *text, size_t length, int copies) {
  if (!EXPECT_AT_LEAST(length, 31)) return;
  EXPECT_AT_MOST(count_in_memory(pid, what, text + length - 24, 24), copies);
  EXPECT_AT_MOST(count_in_memory(pid, what, text + length / 2 - 8, 16), copies);
}

/* Whoever uses the library in these ways leaves nothing behind. */
static const struct {
  const char *name;
  void (*use)(const char *, const char *, int);
  int is_https, gives_ks;
  /* rustls frees one copy of each text that it decrypted without wiping it, see SECURITY.md. */
  int copies_left_by_tls;
} uses[] = {{"start_session over https", use_start_session, 1, 1, 1},
            {"start_session over http", use_start_session, 0, 1, 0},
            {"generate_ks over http", use_generate_ks, 0, 1, 0},
            {"a provider over https", use_provider, 1, 1, 1},
            {"a provider over http", use_provider, 0, 1, 0},
            {"a wrong token over https", use_failing_session, 1, 0, 1},
            {"a wrong token over http", use_failing_session, 0, 0, 0}};
#define USES (sizeof uses / sizeof uses[0])

static child children[USES];

static void a_secret_that_is_there_is_found(void) {
  static char secret[] = "a secret that is written into writable memory";
  child other = start_child(use_generate_ks, "", "");
  EXPECT_AT_LEAST(count_in_memory(other.pid, "(wanted)", secret + 8, 24), 1);
  close(other.go);
  waitpid(other.pid, NULL, 0);
}

static void nothing_secret_is_left_when_all_is_freed(void) {
  size_t index;
  for (index = 0; index < USES; index++) {
    child it = children[index];
    char ks[4096];
    size_t length = 0;
    ssize_t got;
    char *request;
    const char *hash, *widget_ks;
    printf("# %s\n", uses[index].name);
    EXPECT_EQ(write(it.go, "g", 1), 1);
    while ((got = read(it.ks, ks + length, sizeof ks - length)) > 0) length += (size_t)got;
    request = fake_server_last_request(server);
    /* Without its last digit, which is the wrong one where one is. */
    expect_gone(it.pid, "the app token", FAKE_APP_TOKEN, strlen(FAKE_APP_TOKEN) - 1, 0);
    if (uses[index].gives_ks) expect_gone(it.pid, "the KS", ks, length, uses[index].copies_left_by_tls);
    length = member(request, "tokenHash", &hash);
    expect_gone(it.pid, "the token hash", hash, length, 0);
    length = member(request, "ks", &widget_ks);
    expect_gone(it.pid, "the widget KS", widget_ks, length, uses[index].copies_left_by_tls);
    free(request);
    kill(it.pid, SIGKILL);
    waitpid(it.pid, NULL, 0);
  }
}

static const test_case tests[] = {
    TEST(a_secret_that_is_there_is_found),
    TEST(nothing_secret_is_left_when_all_is_freed),
};

int main(void) {
  size_t index;
  int result;
  server = fake_server_start(NULL);
  /* Before any secret comes into this process, which they are copies of. */
  for (index = 0; index < USES; index++) {
    const char *url = uses[index].is_https ? fake_server_https_url(server) : fake_server_http_url(server);
    children[index] = start_child(uses[index].use, url, fake_server_ca_pem(server));
  }
  result = RUN_TESTS(tests);
  fake_server_stop(server);
  return result;
}

/*
 * A valid KS, always at hand: several threads and a callback share one provider; a refresh is forced; the server may go away
 * and come back. The settings come from the environment, as for start_session.c. Sessions of ten seconds show in a short
 * time what else takes a day. To see an outage, take the server away while the example loads once a second; the fake server
 * does it by itself with --script provider.script.
 */
#include <kaltura_session.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static char *read_file(const char *path) {
  FILE *file = fopen(path, "rb");
  long size = file != NULL && fseek(file, 0, SEEK_END) == 0 ? ftell(file) : -1;
  char *text = size >= 0 ? malloc((size_t)size + 1) : NULL;
  if (text != NULL) {
    rewind(file);
    text[fread(text, 1, (size_t)size, file)] = '\0';
  }
  if (file != NULL) {
    fclose(file);
  }
  return text;
}

static void print_line(void *user_data, kaltura_log_level level, const char *line) {
  (void)user_data, (void)level;
  printf("  provider: %s\n", line);
}

static kaltura_provider *provider_from_environment(kaltura_error **error) {
  const char *partner_id = getenv("PARTNER_ID");
  kaltura_provider *provider;
  kaltura_options *options = kaltura_options_new(partner_id != NULL ? strtoll(partner_id, NULL, 10) : 0,
                                                 getenv("APP_TOKEN_ID"), getenv("APP_TOKEN"));
  kaltura_options_set_service_url(options, getenv("SERVICE_URL"));
  kaltura_options_set_expiry_seconds(options, 10);
  kaltura_options_set_log(options, KALTURA_LOG_LEVEL_INFO, print_line, NULL, NULL);
  if (getenv("CA_FILE") != NULL) {
    char *pem = read_file(getenv("CA_FILE"));
    kaltura_options_add_ca_pem(options, pem);
    free(pem);
  }
  provider = kaltura_provider_new(options, error);
  kaltura_options_free(options);
  return provider;
}

/* The beginning of a KS shows nothing secret, its end tells one from another. */
static void print_session(const char *who, const kaltura_session *session, const kaltura_error *error) {
  const char *ks = kaltura_session_ks(session);
  if (session != NULL) {
    printf("%s: a KS that ends in ...%s and lives for %.1f s\n", who, ks + strlen(ks) - 8,
           (double)kaltura_session_remaining_ms(session) / 1000);
  } else {
    printf("%s: %s\n", who, kaltura_error_message(error));
  }
}

static void *load_in_a_thread(void *provider) {
  kaltura_error *error;
  kaltura_session *session = kaltura_provider_load(provider, NULL, &error);
  print_session("a thread", session, error);
  kaltura_session_free(session);
  kaltura_error_free(error);
  return NULL;
}

static void loaded(void *user_data, kaltura_session *session, kaltura_error *error) {
  (void)user_data;
  print_session("the callback", session, error);
  kaltura_session_free(session);
  kaltura_error_free(error);
}

static void pause_ms(long ms) {
  struct timespec time = {0, 0};
  time.tv_sec = ms / 1000;
  time.tv_nsec = ms % 1000 * 1000000;
  nanosleep(&time, NULL);
}

int main(void) {
  kaltura_error *error;
  kaltura_session *session;
  pthread_t threads[4];
  int index;
  kaltura_provider *provider = provider_from_environment(&error);
  setvbuf(stdout, NULL, _IOLBF, 0);
  if (provider == NULL) {
    fprintf(stderr, "%s\n%s\n", kaltura_error_message(error), kaltura_error_hint(error));
    kaltura_error_free(error);
    return 1;
  }

  puts("Four threads and a callback ask at once: one refresh serves them all.");
  for (index = 0; index < 4; index++) {
    pthread_create(&threads[index], NULL, load_in_a_thread, provider);
  }
  if (!kaltura_provider_load_async(provider, NULL, loaded, NULL, NULL, &error)) {
    fprintf(stderr, "%s\n", kaltura_error_message(error));
    kaltura_error_free(error);
  }
  for (index = 0; index < 4; index++) {
    pthread_join(threads[index], NULL);
  }

  puts("Another call was refused with INVALID_KS: the session is dropped, and the next load brings another.");
  session = kaltura_provider_peek(provider);
  if (kaltura_provider_report_error(provider, kaltura_session_ks(session), "INVALID_KS", "EXPIRED") ==
      KALTURA_ADVICE_REFRESH_AND_RETRY) {
    load_in_a_thread(provider);
  }
  kaltura_session_free(session);

  puts("One load a second: in the last fifth of its life the session is refreshed behind the scenes; if the server is away,");
  puts("the living session is kept, then the error is told, and the next success is served again.");
  for (index = 0; index < 30; index++) {
    pause_ms(1000);
    load_in_a_thread(provider);
  }

  kaltura_provider_shutdown(provider);
  kaltura_provider_drain(provider, 1000); /* only because the program ends here, and callbacks print */
  kaltura_provider_free(provider);
  return 0;
}

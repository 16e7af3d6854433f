/*
 * A session with every setting, and what was granted of what was asked for. The settings come from the environment, so
 * that no secret stands on a command line:
 *
 *   PARTNER_ID, APP_TOKEN_ID, APP_TOKEN   which app token
 *   SERVICE_URL, CA_FILE                  which server, and a PEM file with its authority if it has one of its own
 *   USER_ID, PRIVILEGES, EXPIRY_SECONDS   what to ask for
 */
#include <kaltura_session.h>
#include <stdio.h>
#include <stdlib.h>

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
  fprintf((FILE *)user_data, "log %d: %s\n", (int)level, line);
}

static int64_t number(const char *name) {
  const char *text = getenv(name);
  return text != NULL ? strtoll(text, NULL, 10) : 0;
}

static kaltura_options *options_from_environment(void) {
  kaltura_options *options = kaltura_options_new(number("PARTNER_ID"), getenv("APP_TOKEN_ID"), getenv("APP_TOKEN"));
  kaltura_options_set_service_url(options, getenv("SERVICE_URL"));
  kaltura_options_set_user_id(options, getenv("USER_ID"));
  kaltura_options_set_privileges(options, getenv("PRIVILEGES"));
  kaltura_options_set_expiry_seconds(options, number("EXPIRY_SECONDS"));
  kaltura_options_set_client_tag(options, "start_session example");
  kaltura_options_set_total_timeout_ms(options, 20000);
  kaltura_options_set_log(options, KALTURA_LOG_LEVEL_INFO, print_line, stderr, NULL);
  if (getenv("CA_FILE") != NULL) {
    char *pem = read_file(getenv("CA_FILE"));
    kaltura_options_add_ca_pem(options, pem); /* NULL is reported by the call that takes the options */
    free(pem);
  }
  return options;
}

static void print_granted(const kaltura_session *session) {
  kaltura_adjustment adjustments = kaltura_session_adjustments(session);
  printf("KS          %s\n", kaltura_session_ks(session));
  printf("partner     %lld\n", (long long)kaltura_session_partner_id(session));
  printf("user        \"%s\"%s\n", kaltura_session_user_id(session),
         adjustments & KALTURA_ADJUSTMENT_USER_REPLACED ? ", not the one that was asked for" : "");
  printf("type        %s%s\n",
         kaltura_session_granted_type(session) == KALTURA_SESSION_TYPE_ADMIN ? "admin" : "user",
         adjustments & KALTURA_ADJUSTMENT_TYPE_REPLACED ? ", not the one that was asked for" : "");
  printf("lives for   %lld s%s\n", (long long)kaltura_session_remaining_ms(session) / 1000,
         adjustments & KALTURA_ADJUSTMENT_EXPIRY_SHORTENED ? ", less than was asked for" : "");
  printf("privileges  %s\n", kaltura_session_privileges(session));
  if (adjustments & KALTURA_ADJUSTMENT_PRIVILEGES_DROPPED) {
    printf("dropped     %s\n", kaltura_session_dropped_privileges(session));
  }
}

int main(void) {
  kaltura_error *error;
  kaltura_options *options = options_from_environment();
  kaltura_session *session = kaltura_start_session(options, NULL, &error);
  kaltura_options_free(options);
  if (session == NULL) {
    fprintf(stderr, "%s: %s\n%s\n", kaltura_status_name(kaltura_error_status(error)), kaltura_error_message(error),
            kaltura_error_hint(error));
    kaltura_error_free(error);
    return 1;
  }
  print_granted(session);
  kaltura_session_free(session);
  return 0;
}

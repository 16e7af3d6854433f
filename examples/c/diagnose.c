/*
 * Checks an app token: is the server reached, which hash type does the token have, is the device's date right, what does
 * the token grant or drop? For each failure it says what to do. The settings come from the environment, as for
 * start_session.c. Exits with 0 if all is well, else with the error's category.
 */
#include <kaltura_session.h>
#include <stdio.h>
#include <stdlib.h>
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
  static const char *const names[] = {"", "error", "warning", "info", "debug"};
  (void)user_data;
  printf("  %-8s %s\n", names[level], line);
}

static int64_t number(const char *name) {
  const char *text = getenv(name);
  return text != NULL ? strtoll(text, NULL, 10) : 0;
}

static const char *hash_type_name(kaltura_hash_type hash_type) {
  switch (hash_type) {
    case KALTURA_HASH_TYPE_MD5: return "MD5";
    case KALTURA_HASH_TYPE_SHA1: return "SHA1";
    case KALTURA_HASH_TYPE_SHA256: return "SHA256";
    case KALTURA_HASH_TYPE_SHA512: return "SHA512";
    default: return "unknown";
  }
}

static const char *step_name(kaltura_step step) {
  switch (step) {
    case KALTURA_STEP_WIDGET_SESSION: return "while asking for a widget session";
    case KALTURA_STEP_TOKEN_HASH: return "while hashing the app token";
    case KALTURA_STEP_START_SESSION: return "while starting the session";
    default: return "before any request";
  }
}

static void print_session(const kaltura_session *session) {
  long long remaining_seconds = (long long)kaltura_session_remaining_ms(session) / 1000;
  long long server_now = (long long)kaltura_session_expires_at_seconds(session) - remaining_seconds;
  long long ahead = (long long)time(NULL) - server_now;
  const char *dropped = kaltura_session_dropped_privileges(session);
  printf("ok       the server answers, and the app token is good\n");
  printf("ok       its hash type is %s: name it in the options and save requests\n",
         hash_type_name(kaltura_session_hash_type(session)));
  if (ahead < -60 || ahead > 60) {
    printf("warning  this device's date is %lld s %s; the library allows for it, other code may not\n",
           ahead > 0 ? ahead : -ahead, ahead > 0 ? "ahead" : "behind");
  } else {
    printf("ok       this device's date is right\n");
  }
  printf("ok       sessions live for %lld s and may do: %s\n", remaining_seconds, kaltura_session_privileges(session));
  if (kaltura_session_granted_type(session) == KALTURA_SESSION_TYPE_ADMIN) {
    printf("warning  sessions are admin sessions: keep this app token off devices\n");
  }
  if (kaltura_session_adjustments(session) & KALTURA_ADJUSTMENT_USER_REPLACED) {
    printf("warning  the app token names the user \"%s\"; the one that was asked for is not used\n",
           kaltura_session_user_id(session));
  }
  if (dropped[0] != '\0') {
    printf("warning  these privileges were dropped: %s\n", dropped);
  }
}

static void print_error(const kaltura_error *error) {
  size_t index;
  const char *name;
  printf("failed   %s %s\n", kaltura_status_name(kaltura_error_status(error)), step_name(kaltura_error_step(error)));
  printf("         %s\n", kaltura_error_message(error));
  printf("to do    %s\n", kaltura_error_hint(error));
  if (kaltura_error_option(error) != NULL) {
    printf("option   %s\n", kaltura_error_option(error));
  }
  for (index = 0; (name = kaltura_error_api_arg_name(error, index)) != NULL; index++) {
    printf("server   %s = %s\n", name, kaltura_error_api_arg(error, name));
  }
  if (kaltura_error_server_session(error) != NULL) {
    printf("support  X-Kaltura-Session: %s\n", kaltura_error_server_session(error));
  }
  printf("         %d requests were sent; %s\n", (int)kaltura_error_attempts(error),
         kaltura_error_is_retryable(error) ? "trying again later may help" : "trying again will not help");
}

int main(void) {
  kaltura_error *error;
  kaltura_session *session;
  int exit_code = 0;
  kaltura_options *options = kaltura_options_new(number("PARTNER_ID"), getenv("APP_TOKEN_ID"), getenv("APP_TOKEN"));
  kaltura_options_set_service_url(options, getenv("SERVICE_URL"));
  kaltura_options_set_user_id(options, getenv("USER_ID"));
  kaltura_options_set_privileges(options, getenv("PRIVILEGES"));
  kaltura_options_set_expiry_seconds(options, number("EXPIRY_SECONDS"));
  kaltura_options_set_client_tag(options, "diagnose example");
  kaltura_options_set_log(options, KALTURA_LOG_LEVEL_DEBUG, print_line, NULL, NULL);
  if (getenv("CA_FILE") != NULL) {
    char *pem = read_file(getenv("CA_FILE"));
    kaltura_options_add_ca_pem(options, pem);
    free(pem);
  }
  printf("kaltura-session %s\n", kaltura_version());
  session = kaltura_start_session(options, NULL, &error);
  if (session != NULL) {
    print_session(session);
  } else {
    print_error(error);
    exit_code = (int)kaltura_error_category(error);
  }
  kaltura_session_free(session);
  kaltura_error_free(error);
  kaltura_options_free(options);
  return exit_code;
}

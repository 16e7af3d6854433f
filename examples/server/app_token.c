/*
 * The life of an app token, from an administrator's side: made, used for a session, deleted, and what is said then. Links
 * with libkaltura_session_server. The settings come from the environment:
 *
 *   PARTNER_ID, ADMIN_SECRET   the account, and its admin secret
 *   SERVICE_URL                which server
 */
#include <kaltura_session_server.h>
#include <stdio.h>
#include <stdlib.h>

static kaltura_options *options_for(const char *app_token_id, const char *app_token) {
  const char *partner_id = getenv("PARTNER_ID");
  kaltura_options *options = kaltura_options_new(partner_id != NULL ? strtoll(partner_id, NULL, 10) : 0, app_token_id, app_token);
  kaltura_options_set_service_url(options, getenv("SERVICE_URL"));
  return options;
}

/* Frees the error. */
static int failed(const char *what, kaltura_error *error) {
  fprintf(stderr, "%s: %s\n%s\n", what, kaltura_error_message(error), kaltura_error_hint(error));
  kaltura_error_free(error);
  return 0;
}

/* A session of the token, which the server takes. */
static int use(const kaltura_options *options) {
  kaltura_error *error;
  kaltura_session *session = kaltura_start_session(options, NULL, &error);
  int is_good;
  if (session == NULL) {
    return failed("no session", error);
  }
  printf("session    may %s\n", kaltura_session_privileges(session));
  is_good = kaltura_ks_check(options, kaltura_session_ks(session), NULL, &error); /* system.ping */
  kaltura_session_free(session);
  if (!is_good) {
    return failed("the server does not take the session", error);
  }
  puts("session    the server takes it");
  return 1;
}

/* Now that the token is deleted, there is no session, and the error says why. */
static int is_gone(const kaltura_options *options) {
  kaltura_error *error;
  kaltura_session *session = kaltura_start_session(options, NULL, &error);
  int is_told = kaltura_error_status(error) == KALTURA_STATUS_APP_TOKEN_NOT_FOUND;
  kaltura_session_free(session);
  printf("afterwards %s\n           %s\n", kaltura_error_api_code(error), kaltura_error_hint(error));
  kaltura_error_free(error);
  return is_told;
}

static int run(const kaltura_admin *admin) {
  kaltura_error *error;
  kaltura_app_token_fields *fields = kaltura_app_token_fields_new();
  kaltura_app_token *token;
  kaltura_options *options;
  int is_good;
  kaltura_app_token_fields_set_session_type(fields, KALTURA_SESSION_TYPE_USER);
  kaltura_app_token_fields_set_session_duration_seconds(fields, 600);
  kaltura_app_token_fields_set_session_privileges(fields, "list:*");
  kaltura_app_token_fields_set_description(fields, "an example");
  token = kaltura_app_token_add(admin, fields, NULL, &error);
  kaltura_app_token_fields_free(fields);
  if (token == NULL) {
    return failed("no app token", error);
  }
  printf("made       %s\n", kaltura_app_token_id(token));
  options = options_for(kaltura_app_token_id(token), kaltura_app_token_token(token));
  is_good = use(options);
  if (kaltura_app_token_delete(admin, kaltura_app_token_id(token), NULL, &error)) {
    puts("deleted    and every session of it is ended");
    is_good = is_gone(options) && is_good;
  } else {
    is_good = failed("it stays", error);
  }
  kaltura_options_free(options);
  kaltura_app_token_free(token);
  return is_good;
}

int main(void) {
  kaltura_error *error;
  kaltura_options *connection = options_for(NULL, NULL);
  const char *secret = getenv("ADMIN_SECRET");
  kaltura_admin *admin = kaltura_admin_new_with_secret(connection, secret != NULL ? secret : "", NULL, &error);
  int is_good = admin != NULL ? run(admin) : failed("no administrator", error);
  kaltura_admin_free(admin);
  kaltura_options_free(connection);
  return is_good ? 0 : 1;
}

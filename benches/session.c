/* Sessions with this library, by its C API. */
#include <kaltura_session.h>

#include "contender.h"

static kaltura_options *options;

static char *read_file(const char *path) {
  static char text[65536];
  FILE *file = fopen(path, "rb");
  if (file == NULL) {
    give_up(path);
  }
  text[fread(text, 1, sizeof text - 1, file)] = '\0';
  fclose(file);
  return text;
}

static void set_up(const char *url, const char *ca_file) {
  options = kaltura_options_new(PARTNER_ID, APP_TOKEN_ID, APP_TOKEN);
  kaltura_options_set_service_url(options, url);
  if (strncmp(url, "https:", 6) == 0) {
    kaltura_options_set_trust(options, KALTURA_TRUST_CUSTOM_ONLY);
    kaltura_options_add_ca_pem(options, read_file(ca_file));
  }
}

static void start_session(void) {
  kaltura_error *error;
  kaltura_session *session = kaltura_start_session(options, NULL, &error);
  if (session == NULL) {
    give_up(kaltura_error_message(error));
  }
  expect_ks(kaltura_session_ks(session));
  if (kaltura_session_expires_at_seconds(session) <= 0) {
    give_up("a session without an end");
  }
  kaltura_session_free(session);
}

static void tear_down(void) { kaltura_options_free(options); }

/*
 * A session over the app's own HTTP: libcurl carries what the flow asks for. So does any other stack, in the same loop; the
 * library opens no socket and starts no thread. Settings from the environment, as in start_session.c:
 *
 *   PARTNER_ID, APP_TOKEN_ID, APP_TOKEN, SERVICE_URL, CA_FILE, USER_ID
 *
 *   cc flow_curl.c $(pkg-config --cflags --libs kaltura-session libcurl)
 */
#define _POSIX_C_SOURCE 200809L
#include <curl/curl.h>
#include <kaltura_session.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* The longest reply that the flow reads. */
enum { MAX_REPLY = 64 * 1024 };

typedef struct {
  unsigned char bytes[MAX_REPLY + 1];
  size_t length;
} reply_body;

static size_t take_body(char *bytes, size_t size, size_t count, void *user_data) {
  reply_body *body = user_data;
  if (size * count > sizeof body->bytes - body->length) {
    return 0; /* ends the transfer with CURLE_WRITE_ERROR */
  }
  memcpy(body->bytes + body->length, bytes, size * count);
  body->length += size * count;
  return size * count;
}

/* The flow lets go of headers that mean nothing to it. */
static size_t take_header(char *line, size_t size, size_t count, void *flow) {
  char name[1024] = "", *value;
  if (size * count < sizeof name) {
    memcpy(name, line, size * count);
    value = strchr(name, ':');
    if (value != NULL) {
      *value++ = '\0';
      kaltura_flow_add_header(flow, name, value);
    }
  }
  return size * count;
}

static kaltura_status status_of(CURLcode code) {
  switch (code) {
    case CURLE_COULDNT_RESOLVE_HOST: return KALTURA_STATUS_DNS;
    case CURLE_COULDNT_CONNECT: return KALTURA_STATUS_CONNECT;
    case CURLE_PEER_FAILED_VERIFICATION: return KALTURA_STATUS_CERTIFICATE;
    case CURLE_SSL_CONNECT_ERROR: return KALTURA_STATUS_TLS;
    case CURLE_COULDNT_RESOLVE_PROXY: return KALTURA_STATUS_PROXY;
    case CURLE_OPERATION_TIMEDOUT: return KALTURA_STATUS_TIMEOUT;
    case CURLE_WRITE_ERROR: return KALTURA_STATUS_REPLY_TOO_LARGE;
    default: return KALTURA_STATUS_CONNECTION_LOST;
  }
}

static void send_request(CURL *curl, kaltura_flow *flow) {
  static reply_body body;
  long http_status = 0;
  CURLcode code;
  body.length = 0;
  curl_easy_setopt(curl, CURLOPT_URL, kaltura_flow_url(flow));
  curl_easy_setopt(curl, CURLOPT_POSTFIELDS, kaltura_flow_body(flow));
  curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, (long)kaltura_flow_timeout_ms(flow));
  curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take_body);
  curl_easy_setopt(curl, CURLOPT_WRITEDATA, &body);
  curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, take_header);
  curl_easy_setopt(curl, CURLOPT_HEADERDATA, flow);
  code = curl_easy_perform(curl);
  if (code != CURLE_OK) {
    kaltura_flow_fail(flow, status_of(code), curl_easy_strerror(code));
    return;
  }
  curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &http_status);
  kaltura_flow_reply(flow, (int32_t)http_status, body.bytes, body.length);
}

static void wait_ms(int64_t ms) {
  struct timespec time = {(time_t)(ms / 1000), (long)(ms % 1000) * 1000000};
  nanosleep(&time, NULL);
}

static kaltura_session *run(kaltura_flow *flow, CURL *curl, kaltura_error **error) {
  for (;;) {
    switch (kaltura_flow_step(flow)) {
      case KALTURA_FLOW_ACTION_SEND: send_request(curl, flow); break;
      case KALTURA_FLOW_ACTION_WAIT: wait_ms(kaltura_flow_wait_ms(flow)); break;
      case KALTURA_FLOW_ACTION_DONE: return kaltura_flow_take_session(flow);
      default: *error = kaltura_flow_take_error(flow); return NULL; /* HASH: only without an app token */
    }
  }
}

int main(void) {
  const char *partner_id = getenv("PARTNER_ID"), *ca_file = getenv("CA_FILE");
  kaltura_options *options =
      kaltura_options_new(partner_id != NULL ? atoll(partner_id) : 0, getenv("APP_TOKEN_ID"), getenv("APP_TOKEN"));
  kaltura_error *error = NULL;
  kaltura_session *session = NULL;
  kaltura_flow *flow;
  int has_failed;
  kaltura_options_set_service_url(options, getenv("SERVICE_URL"));
  kaltura_options_set_user_id(options, getenv("USER_ID"));
  flow = kaltura_flow_new(options, &error);
  kaltura_options_free(options);
  if (flow != NULL) {
    /* To the byte: the server ignores the body under any other spelling. */
    struct curl_slist *headers = curl_slist_append(NULL, "Content-Type: application/json");
    CURL *curl;
    curl_global_init(CURL_GLOBAL_DEFAULT);
    curl = curl_easy_init();
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
    if (ca_file != NULL) {
      curl_easy_setopt(curl, CURLOPT_CAINFO, ca_file);
    }
    session = run(flow, curl, &error);
    curl_easy_cleanup(curl);
    curl_slist_free_all(headers);
    curl_global_cleanup();
  }
  kaltura_flow_free(flow);
  has_failed = session == NULL;
  if (has_failed) {
    fprintf(stderr, "%s: %s\n%s\n", kaltura_status_name(kaltura_error_status(error)), kaltura_error_message(error),
            kaltura_error_hint(error));
  } else {
    printf("KS          %s\n", kaltura_session_ks(session));
    printf("lives for   %lld s\n", (long long)kaltura_session_remaining_ms(session) / 1000);
  }
  kaltura_session_free(session);
  kaltura_error_free(error);
  return has_failed;
}

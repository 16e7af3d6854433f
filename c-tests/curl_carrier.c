/* See the header. */
#include "curl_carrier.h"

#include <curl/curl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

const char *curl_ca_file;

enum { MAX_BYTES = 128 * 1024 };

/* A reply on its way to a flow or an exchange. */
typedef struct {
  kaltura_flow *flow;
  kaltura_exchange *exchange;
  unsigned char body[MAX_BYTES];
  size_t body_length, head_length;
  int is_too_large, is_head_whole;
} reply;

static size_t take_body(char *bytes, size_t size, size_t count, void *data) {
  reply *self = data;
  size_t length = size * count;
  if (length > MAX_BYTES - self->body_length) {
    self->is_too_large = 1;
    return 0;
  }
  memcpy(self->body + self->body_length, bytes, length);
  self->body_length += length;
  return length;
}

static size_t take_header(char *line, size_t size, size_t count, void *data) {
  reply *self = data;
  size_t length = size * count;
  char text[1024], *value;
  self->head_length += length;
  if (self->head_length > MAX_BYTES) {
    self->is_too_large = 1;
    return 0;
  }
  self->is_head_whole = length == 2;
  if (length < sizeof text) {
    memcpy(text, line, length);
    text[length] = '\0';
    value = strchr(text, ':');
    if (value != NULL) {
      *value = '\0';
      kaltura_flow_add_header(self->flow, text, value + 1);
      kaltura_exchange_add_header(self->exchange, text, value + 1);
    }
  }
  return length;
}

static kaltura_status status_of(CURLcode code) {
  switch (code) {
    case CURLE_COULDNT_RESOLVE_HOST: return KALTURA_STATUS_DNS;
    case CURLE_COULDNT_CONNECT: return KALTURA_STATUS_CONNECT;
    case CURLE_PEER_FAILED_VERIFICATION: return KALTURA_STATUS_CERTIFICATE;
    case CURLE_SSL_CONNECT_ERROR: return KALTURA_STATUS_TLS;
    case CURLE_COULDNT_RESOLVE_PROXY:
    case CURLE_PROXY: return KALTURA_STATUS_PROXY;
    case CURLE_OPERATION_TIMEDOUT: return KALTURA_STATUS_TIMEOUT;
    case CURLE_OUT_OF_MEMORY: return KALTURA_STATUS_REPLY_TOO_LARGE; /* a header beyond 100 KiB */
    case CURLE_UNSUPPORTED_PROTOCOL: /* HTTP/0.9 */
    case CURLE_WEIRD_SERVER_REPLY: return KALTURA_STATUS_BAD_REPLY;
    default: return KALTURA_STATUS_CONNECTION_LOST;
  }
}

static CURL *make_request(const char *url, const char *body, size_t length, int64_t timeout_ms, struct curl_slist *headers,
                          reply *self) {
  CURL *curl = curl_easy_init();
  curl_easy_setopt(curl, CURLOPT_URL, url);
  curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE, (long)length);
  curl_easy_setopt(curl, CURLOPT_POSTFIELDS, body);
  curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
  curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, (long)timeout_ms);
  curl_easy_setopt(curl, CURLOPT_CAINFO, curl_ca_file);
  curl_easy_setopt(curl, CURLOPT_PROXY, "");
  curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take_body);
  curl_easy_setopt(curl, CURLOPT_WRITEDATA, self);
  curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, take_header);
  curl_easy_setopt(curl, CURLOPT_HEADERDATA, self);
  return curl;
}

/* Shared by whoever sends and the exchange's cancellation, which may come while the sender goes. */
typedef struct {
  CURLM *multi;
  int references;
} waker;

static void wake(void *user_data) { curl_multi_wakeup(((waker *)user_data)->multi); }

static void release(void *user_data) {
  waker *self = user_data;
  if (__atomic_sub_fetch(&self->references, 1, __ATOMIC_ACQ_REL) == 0) {
    curl_multi_cleanup(self->multi);
    free(self);
  }
}

/* Until it is done or nobody waits for it any more. */
static CURLcode perform(CURL *curl, kaltura_exchange *exchange) {
  waker *self = calloc(1, sizeof *self);
  CURLcode code = CURLE_ABORTED_BY_CALLBACK;
  int running = 1, messages;
  self->multi = curl_multi_init();
  self->references = 2;
  kaltura_exchange_on_cancel(exchange, wake, self, release);
  curl_multi_add_handle(self->multi, curl);
  while (running > 0 && !(exchange != NULL && kaltura_exchange_is_cancelled(exchange))) {
    CURLMsg *message;
    curl_multi_perform(self->multi, &running);
    while ((message = curl_multi_info_read(self->multi, &messages)) != NULL) {
      code = message->data.result;
    }
    if (running > 0) {
      curl_multi_poll(self->multi, NULL, 0, 1000, NULL);
    }
  }
  curl_multi_remove_handle(self->multi, curl);
  release(self);
  return code;
}

static void carry(const char *url, const char *body, size_t length, int64_t timeout_ms, reply *self) {
  struct curl_slist *headers = curl_slist_append(NULL, "Content-Type: application/json");
  CURL *curl = make_request(url, body, length, timeout_ms, headers, self);
  CURLcode code = perform(curl, self->exchange);
  kaltura_status status = self->is_too_large ? KALTURA_STATUS_REPLY_TOO_LARGE : status_of(code);
  long http_status = 0;
  curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &http_status);
  if (code == CURLE_OK && !self->is_head_whole) {
    code = CURLE_RECV_ERROR; /* libcurl takes a head that was cut off for a whole one */
    status = KALTURA_STATUS_CONNECTION_LOST;
  }
  if (code != CURLE_OK) {
    kaltura_flow_fail(self->flow, status, curl_easy_strerror(code));
    kaltura_exchange_fail(self->exchange, status, curl_easy_strerror(code));
  } else {
    kaltura_flow_reply(self->flow, (int32_t)http_status, self->body, self->body_length);
    kaltura_exchange_reply(self->exchange, (int32_t)http_status, self->body, self->body_length);
  }
  curl_easy_cleanup(curl);
  curl_slist_free_all(headers);
}

static void initialise(void) { curl_global_init(CURL_GLOBAL_ALL); }

static reply *make_reply(kaltura_flow *flow, kaltura_exchange *exchange) {
  static pthread_once_t once = PTHREAD_ONCE_INIT;
  reply *self = calloc(1, sizeof *self);
  pthread_once(&once, initialise);
  self->flow = flow;
  self->exchange = exchange;
  return self;
}

void curl_send(void *user_data, kaltura_exchange *exchange) {
  reply *self = make_reply(NULL, exchange);
  (void)user_data;
  carry(kaltura_exchange_url(exchange), kaltura_exchange_body(exchange), kaltura_exchange_body_length(exchange),
        kaltura_exchange_timeout_ms(exchange), self);
  free(self);
  kaltura_exchange_free(exchange);
}

kaltura_flow_action curl_drive(kaltura_flow *flow) {
  for (;;) {
    kaltura_flow_action action = kaltura_flow_step(flow);
    if (action == KALTURA_FLOW_ACTION_SEND) {
      reply *self = make_reply(flow, NULL);
      carry(kaltura_flow_url(flow), kaltura_flow_body(flow), kaltura_flow_body_length(flow), kaltura_flow_timeout_ms(flow),
            self);
      free(self);
    } else if (action == KALTURA_FLOW_ACTION_WAIT) {
      usleep((useconds_t)kaltura_flow_wait_ms(flow) * 1000);
    } else {
      return action;
    }
  }
}

kaltura_session *curl_start_session(const kaltura_options *options, kaltura_error **error) {
  kaltura_flow *flow = kaltura_flow_new(options, error);
  kaltura_session *session = NULL;
  if (flow != NULL && curl_drive(flow) == KALTURA_FLOW_ACTION_DONE) {
    session = kaltura_flow_take_session(flow);
  } else if (flow != NULL) {
    *error = kaltura_flow_take_error(flow);
  }
  kaltura_flow_free(flow);
  return session;
}

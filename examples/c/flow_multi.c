/*
 * Many sessions at once on one thread: libcurl's multi interface carries the requests of as many flows as are asked for, over
 * a few connections. Settings from the environment, as in start_session.c, and FLOWS, 1000 if unset:
 *
 *   PARTNER_ID, APP_TOKEN_ID, APP_TOKEN, SERVICE_URL, CA_FILE, FLOWS
 *
 *   cc flow_multi.c $(pkg-config --cflags --libs kaltura-session libcurl)
 */
#define _POSIX_C_SOURCE 200809L
#include <curl/curl.h>
#include <kaltura_session.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif

enum { MAX_REPLY = 64 * 1024, CONNECTIONS = 32 };

/* A flow, what it asks for, and the reply as far as it has come. */
typedef struct {
  kaltura_flow *flow;
  kaltura_flow_action action;
  CURL *curl;
  unsigned char *body;
  size_t length;
  int64_t due_ms; /* of a WAIT; 0 for none */
} job;

typedef struct {
  CURLM *multi;
  struct curl_slist *headers;
  const char *ca_file;
  job *jobs;
  long count, running, requests, sessions;
} crowd;

static int64_t now_ms(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static size_t take_body(char *bytes, size_t size, size_t count, void *user_data) {
  job *self = user_data;
  unsigned char *grown = NULL;
  if (size * count <= MAX_REPLY + 1 - self->length) {
    grown = realloc(self->body, self->length + size * count);
  }
  if (grown == NULL) {
    return 0; /* ends the transfer with CURLE_WRITE_ERROR */
  }
  self->body = grown;
  memcpy(self->body + self->length, bytes, size * count);
  self->length += size * count;
  return size * count;
}

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

static void send_request(crowd *all, job *self) {
  self->curl = curl_easy_init();
  curl_easy_setopt(self->curl, CURLOPT_PRIVATE, self);
  curl_easy_setopt(self->curl, CURLOPT_URL, kaltura_flow_url(self->flow));
  curl_easy_setopt(self->curl, CURLOPT_POSTFIELDS, kaltura_flow_body(self->flow));
  curl_easy_setopt(self->curl, CURLOPT_TIMEOUT_MS, (long)kaltura_flow_timeout_ms(self->flow));
  curl_easy_setopt(self->curl, CURLOPT_HTTPHEADER, all->headers);
  curl_easy_setopt(self->curl, CURLOPT_WRITEFUNCTION, take_body);
  curl_easy_setopt(self->curl, CURLOPT_WRITEDATA, self);
  curl_easy_setopt(self->curl, CURLOPT_HEADERFUNCTION, take_header);
  curl_easy_setopt(self->curl, CURLOPT_HEADERDATA, self->flow);
  if (all->ca_file != NULL) {
    curl_easy_setopt(self->curl, CURLOPT_CAINFO, all->ca_file);
  }
  curl_multi_add_handle(all->multi, self->curl);
  all->requests++;
}

static void report(kaltura_error *error) {
  fprintf(stderr, "%s: %s\n", kaltura_status_name(kaltura_error_status(error)), kaltura_error_message(error));
  kaltura_error_free(error);
}

/* Does what the flow asks for. */
static void act(crowd *all, job *self) {
  kaltura_session *session;
  switch (self->action) {
    case KALTURA_FLOW_ACTION_SEND: send_request(all, self); return;
    case KALTURA_FLOW_ACTION_WAIT: self->due_ms = now_ms() + kaltura_flow_wait_ms(self->flow) + 1; return;
    case KALTURA_FLOW_ACTION_DONE:
      session = kaltura_flow_take_session(self->flow);
      all->sessions += kaltura_session_ks(session)[0] != '\0';
      kaltura_session_free(session);
      break;
    default: report(kaltura_flow_take_error(self->flow)); break;
  }
  kaltura_flow_free(self->flow);
  self->flow = NULL;
  all->running--;
}

static void advance(crowd *all, job *self) {
  self->due_ms = 0;
  self->action = kaltura_flow_step(self->flow);
  act(all, self);
}

static void finish_request(crowd *all, CURLMsg *message) {
  job *self = NULL;
  long http_status = 0;
  CURLcode code = message->data.result;
  curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &self);
  curl_easy_getinfo(message->easy_handle, CURLINFO_RESPONSE_CODE, &http_status);
  if (code == CURLE_OK) {
    kaltura_flow_reply(self->flow, (int32_t)http_status, self->body, self->length);
  } else {
    /* flow_curl.c shows which status stands for which code. */
    kaltura_flow_fail(self->flow, code == CURLE_OPERATION_TIMEDOUT ? KALTURA_STATUS_TIMEOUT : KALTURA_STATUS_CONNECTION_LOST,
                      curl_easy_strerror(code));
  }
  curl_multi_remove_handle(all->multi, self->curl);
  curl_easy_cleanup(self->curl);
  free(self->body);
  self->body = NULL;
  self->length = 0;
  advance(all, self);
}

static void wake_the_due(crowd *all) {
  int64_t now = now_ms();
  long index;
  for (index = 0; index < all->count; index++) {
    if (all->jobs[index].due_ms != 0 && all->jobs[index].due_ms <= now) {
      advance(all, &all->jobs[index]);
    }
  }
}

/* So much of the heap is in use, where the C library tells. */
static long heap_bytes(void) {
#ifdef __GLIBC__
  return (long)mallinfo2().uordblks;
#else
  return 0;
#endif
}

static void make_flows(crowd *all) {
  const char *partner_id = getenv("PARTNER_ID");
  kaltura_options *options =
      kaltura_options_new(partner_id != NULL ? atoll(partner_id) : 0, getenv("APP_TOKEN_ID"), getenv("APP_TOKEN"));
  kaltura_error *error = NULL;
  long index;
  kaltura_options_set_service_url(options, getenv("SERVICE_URL"));
  kaltura_options_set_total_timeout_ms(options, 120000); /* most of them wait for a connection */
  for (index = 0; index < all->count && error == NULL; index++) {
    all->jobs[index].flow = kaltura_flow_new(options, &error);
    all->running += error == NULL;
    all->jobs[index].action = kaltura_flow_step(all->jobs[index].flow);
  }
  if (error != NULL) {
    report(error);
  }
  kaltura_options_free(options);
}

static void carry(crowd *all) {
  while (all->running > 0) {
    CURLMsg *message;
    int transfers, left;
    curl_multi_perform(all->multi, &transfers);
    while ((message = curl_multi_info_read(all->multi, &left)) != NULL) {
      finish_request(all, message);
    }
    wake_the_due(all);
    if (all->running > 0) {
      curl_multi_poll(all->multi, NULL, 0, 50, NULL);
    }
  }
}

int main(void) {
  crowd all = {0};
  long before, index;
  all.count = getenv("FLOWS") != NULL ? atol(getenv("FLOWS")) : 1000;
  all.ca_file = getenv("CA_FILE");
  all.jobs = calloc((size_t)all.count, sizeof *all.jobs);
  if (all.jobs == NULL) {
    return 1;
  }
  before = heap_bytes();
  make_flows(&all);
  printf("%ld flows wait to send, of %ld bytes each\n", all.running, all.running > 0 ? (heap_bytes() - before) / all.running : 0);

  curl_global_init(CURL_GLOBAL_DEFAULT);
  all.multi = curl_multi_init();
  all.headers = curl_slist_append(NULL, "Content-Type: application/json");
  curl_multi_setopt(all.multi, CURLMOPT_MAX_TOTAL_CONNECTIONS, (long)CONNECTIONS);
  for (index = 0; index < all.count; index++) {
    if (all.jobs[index].flow != NULL) {
      act(&all, &all.jobs[index]);
    }
  }
  carry(&all);
  curl_multi_cleanup(all.multi);
  curl_slist_free_all(all.headers);
  curl_global_cleanup();
  free(all.jobs);
  printf("%ld sessions after %ld requests\n", all.sessions, all.requests);
  return all.sessions != all.count;
}

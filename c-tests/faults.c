/* See the header. */
#include "faults.h"

#include <arpa/inet.h>
#include <dlfcn.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

const fault faults[] = {
    {"name", "name:* fail", KALTURA_STATUS_DNS, KALTURA_STEP_WIDGET_SESSION, 0, 1, 2, 0, 1500, ""},
    {"name", "name:* stall", KALTURA_STATUS_TIMEOUT, KALTURA_STEP_WIDGET_SESSION, 0, 1, 1, 0, 600, ""},
    {"name", "name:1 fail", KALTURA_STATUS_OK, KALTURA_STEP_NONE, 0, 0, 0, 2, 1500, ""},
    {"connection", "connect:* refuse", KALTURA_STATUS_CONNECT, KALTURA_STEP_WIDGET_SESSION, 0, 1, 2, 0, 1500, ""},
    {"connection", "connect:* stall", KALTURA_STATUS_TIMEOUT, KALTURA_STEP_WIDGET_SESSION, 0, 1, 1, 0, 600, ""},
    {"connection", "connection:* stall", KALTURA_STATUS_TIMEOUT, KALTURA_STEP_WIDGET_SESSION, 0, 1, 1, 0, 600, ""},
    {"connection", "connection:1 close", KALTURA_STATUS_OK, KALTURA_STEP_NONE, 0, 0, 0, 2, 1500, ""},
    {"connection", "connection:1 reset", KALTURA_STATUS_OK, KALTURA_STEP_NONE, 0, 0, 0, 2, 1500, ""},
    {"connection", "connection:1 delay ms=50", KALTURA_STATUS_OK, KALTURA_STEP_NONE, 0, 0, 0, 2, 1500, ""},
    {"connection", "connect:1 refuse", KALTURA_STATUS_OK, KALTURA_STEP_NONE, 0, 0, 0, 2, 1500, ""},
    {"TLS", "connection:* close", KALTURA_STATUS_TLS, KALTURA_STEP_WIDGET_SESSION, 0, 1, 2, 0, 1500, "secure"},
    {"TLS", "connection:* reset", KALTURA_STATUS_TLS, KALTURA_STEP_WIDGET_SESSION, 0, 1, 2, 0, 1500, "secure"},
    {"TLS", "connection:* tls-garbage", KALTURA_STATUS_TLS, KALTURA_STEP_WIDGET_SESSION, 0, 1, 2, 0, 1500, ""},
    {"TLS", "connection:* cert unknown", KALTURA_STATUS_CERTIFICATE, KALTURA_STEP_WIDGET_SESSION, 0, 0, 1, 0, 1000, ""},
    {"TLS", "connection:* cert expired", KALTURA_STATUS_CERTIFICATE, KALTURA_STEP_WIDGET_SESSION, 0, 0, 1, 0, 1000, ""},
    {"TLS", "connection:* cert wrong-name", KALTURA_STATUS_CERTIFICATE, KALTURA_STEP_WIDGET_SESSION, 0, 0, 1, 0, 1000, ""},
    {"TLS", "connection:* tls-stall", KALTURA_STATUS_TIMEOUT, KALTURA_STEP_WIDGET_SESSION, 0, 1, 1, 0, 600, ""},
    {"TLS", "connection:1 tls-garbage", KALTURA_STATUS_OK, KALTURA_STEP_NONE, 0, 0, 0, 2, 1500, ""},
    {"request 1", "request:* close", KALTURA_STATUS_CONNECTION_LOST, KALTURA_STEP_WIDGET_SESSION,
     0, 1, 2, 2, 1500, "network"},
    {"request 1", "request:* reset", KALTURA_STATUS_CONNECTION_LOST, KALTURA_STEP_WIDGET_SESSION,
     0, 1, 2, 2, 1500, "network"},
    {"request 1", "widget:* stall-head", KALTURA_STATUS_TIMEOUT, KALTURA_STEP_WIDGET_SESSION, 0, 1, 1, 1, 600, ""},
    {"request 1", "request:1 close", KALTURA_STATUS_OK, KALTURA_STEP_NONE, 0, 0, 0, 3, 1500, ""},
    {"request 1", "request:2 close", KALTURA_STATUS_OK, KALTURA_STEP_NONE, 0, 0, 0, 3, 1500, ""},
    {"request 1", "request:1 reset", KALTURA_STATUS_OK, KALTURA_STEP_NONE, 0, 0, 0, 3, 1500, ""},
    {"reply 1: head", "widget:* huge-head bytes=200000", KALTURA_STATUS_REPLY_TOO_LARGE, KALTURA_STEP_WIDGET_SESSION,
     0, 0, 1, 1, 1000, "service URL"},
    {"reply 1: head", "widget:* garbage", KALTURA_STATUS_BAD_REPLY, KALTURA_STEP_WIDGET_SESSION,
     0, 0, 1, 1, 1000, "no Kaltura session"},
    {"reply 1: head", "widget:* redirect status=302 location=https://other.example/x?ks=secret", KALTURA_STATUS_REDIRECT, KALTURA_STEP_WIDGET_SESSION,
     302, 0, 1, 1, 1000, "not followed"},
    {"reply 1: head", "widget:* redirect status=307 location=/x", KALTURA_STATUS_REDIRECT, KALTURA_STEP_WIDGET_SESSION,
     307, 0, 1, 1, 1000, "not followed"},
    {"reply 1: head", "widget:* status code=404", KALTURA_STATUS_HTTP_STATUS, KALTURA_STEP_WIDGET_SESSION,
     404, 0, 1, 1, 1000, "no Kaltura API"},
    {"reply 1: head", "widget:* status code=429", KALTURA_STATUS_RATE_LIMITED, KALTURA_STEP_WIDGET_SESSION,
     429, 1, 2, 2, 1500, "ten seconds"},
    {"reply 1: head", "widget:* status code=429 retry-after=30", KALTURA_STATUS_RATE_LIMITED, KALTURA_STEP_WIDGET_SESSION,
     429, 1, 1, 1, 1000, "ten seconds"},
    {"reply 1: head", "widget:* status code=503", KALTURA_STATUS_HTTP_STATUS, KALTURA_STEP_WIDGET_SESSION,
     503, 1, 2, 2, 1500, "down"},
    {"reply 1: head", "widget:* status code=501", KALTURA_STATUS_HTTP_STATUS, KALTURA_STEP_WIDGET_SESSION,
     501, 0, 1, 1, 1000, "in front of the API"},
    {"reply 1: head", "widget:* status code=407", KALTURA_STATUS_PROXY, KALTURA_STEP_WIDGET_SESSION,
     407, 0, 1, 1, 1000, "proxy"},
    {"reply 1: head", "request:* close-in-head", KALTURA_STATUS_CONNECTION_LOST, KALTURA_STEP_WIDGET_SESSION,
     0, 1, 2, 2, 1500, "network"},
    {"reply 1: head", "widget:* drip-head ms=200", KALTURA_STATUS_TIMEOUT, KALTURA_STEP_WIDGET_SESSION, 0, 1, 1, 1, 600, ""},
    {"reply 1: head", "request:1 delay-head ms=50", KALTURA_STATUS_OK, KALTURA_STEP_NONE, 0, 0, 0, 2, 1500, ""},
    {"reply 1: head", "request:* delay-in-head ms=50", KALTURA_STATUS_OK, KALTURA_STEP_NONE, 0, 0, 0, 2, 1500, ""},
    {"reply 1: head", "request:* drip-head ms=1", KALTURA_STATUS_OK, KALTURA_STEP_NONE, 0, 0, 0, 2, 3000, ""},
    {"reply 1: head", "request:* no-session-header", KALTURA_STATUS_OK, KALTURA_STEP_NONE, 0, 0, 0, 2, 1500, ""},
    {"reply 1: head", "request:* date none", KALTURA_STATUS_OK, KALTURA_STEP_NONE, 0, 0, 0, 2, 1500, ""},
    {"reply 1: head", "widget:1 status code=429 retry-after=1", KALTURA_STATUS_OK, KALTURA_STEP_NONE, 0, 0, 0, 3, 2500, ""},
    {"reply 1: head", "widget:1 close-in-head", KALTURA_STATUS_OK, KALTURA_STEP_NONE, 0, 0, 0, 3, 1500, ""},
    {"reply 1: body", "widget:* empty", KALTURA_STATUS_BAD_REPLY, KALTURA_STEP_WIDGET_SESSION,
     200, 1, 2, 2, 1500, "no Kaltura session"},
    {"reply 1: body", "widget:* empty-xkaltura value=error-16", KALTURA_STATUS_FORBIDDEN, KALTURA_STEP_WIDGET_SESSION,
     200, 0, 1, 1, 1000, "administrator"},
    {"reply 1: body", "widget:* html status=200", KALTURA_STATUS_BAD_REPLY, KALTURA_STEP_WIDGET_SESSION,
     200, 1, 1, 1, 1000, "web page"},
    {"reply 1: body", "widget:* html status=502", KALTURA_STATUS_HTTP_STATUS, KALTURA_STEP_WIDGET_SESSION,
     502, 1, 2, 2, 1500, "down"},
    {"reply 1: body", "widget:* xml", KALTURA_STATUS_BAD_REPLY, KALTURA_STEP_WIDGET_SESSION,
     200, 0, 1, 1, 1000, "Content-Type"},
    {"reply 1: body", "widget:* not-json", KALTURA_STATUS_BAD_REPLY, KALTURA_STEP_WIDGET_SESSION,
     200, 1, 1, 1, 1000, "no Kaltura session"},
    {"reply 1: body", "widget:* json-no-ks", KALTURA_STATUS_BAD_REPLY, KALTURA_STEP_WIDGET_SESSION,
     200, 0, 1, 1, 1000, "no Kaltura session"},
    {"reply 1: body", "widget:* gzip", KALTURA_STATUS_BAD_REPLY, KALTURA_STEP_WIDGET_SESSION,
     200, 0, 1, 1, 1000, "no Kaltura session"},
    {"reply 1: body", "widget:* huge bytes=65537", KALTURA_STATUS_REPLY_TOO_LARGE, KALTURA_STEP_WIDGET_SESSION,
     0, 0, 1, 1, 1000, "service URL"},
    {"reply 1: body", "widget:* huge bytes=104857600", KALTURA_STATUS_REPLY_TOO_LARGE, KALTURA_STEP_WIDGET_SESSION,
     0, 0, 1, 1, 1000, "service URL"},
    {"reply 1: body", "widget:* blocked", KALTURA_STATUS_RATE_LIMITED, KALTURA_STEP_WIDGET_SESSION,
     200, 1, 1, 1, 1000, "ten seconds"},
    {"reply 1: body", "widget:* api code=INVALID_WIDGET_ID message=m", KALTURA_STATUS_UNKNOWN_PARTNER, KALTURA_STEP_WIDGET_SESSION,
     200, 0, 1, 1, 1000, "partner id"},
    {"reply 1: body", "widget:* api code=INVALID_KS message=m", KALTURA_STATUS_INVALID_KS, KALTURA_STEP_WIDGET_SESSION,
     200, 0, 1, 1, 1000, "adds a KS"},
    {"reply 1: body", "request:* truncate bytes=20", KALTURA_STATUS_CONNECTION_LOST, KALTURA_STEP_WIDGET_SESSION,
     0, 1, 2, 2, 1500, "network"},
    {"reply 1: body", "request:* reset-in-body", KALTURA_STATUS_CONNECTION_LOST, KALTURA_STEP_WIDGET_SESSION,
     0, 1, 2, 2, 1500, "network"},
    {"reply 1: body", "request:* chunked-cut", KALTURA_STATUS_CONNECTION_LOST, KALTURA_STEP_WIDGET_SESSION,
     0, 1, 2, 2, 1500, "network"},
    {"reply 1: body", "widget:* content-length add=10", KALTURA_STATUS_CONNECTION_LOST, KALTURA_STEP_WIDGET_SESSION,
     0, 1, 2, 2, 1500, "network"},
    {"reply 1: body", "widget:* content-length add=-5", KALTURA_STATUS_BAD_REPLY, KALTURA_STEP_WIDGET_SESSION,
     200, 1, 2, 2, 1500, "service URL"},
    {"reply 1: body", "widget:* internal", KALTURA_STATUS_SERVER_FAILURE, KALTURA_STEP_WIDGET_SESSION,
     200, 1, 2, 2, 1500, "support"},
    {"reply 1: body", "widget:* api code=SERVICE_FORBIDDEN message=m", KALTURA_STATUS_FORBIDDEN, KALTURA_STEP_WIDGET_SESSION,
     200, 0, 1, 1, 1000, "administrator"},
    {"reply 1: body", "widget:* api code=SOMETHING_NEW message=m", KALTURA_STATUS_API, KALTURA_STEP_WIDGET_SESSION,
     200, 0, 1, 1, 1000, "code"},
    {"reply 1: body", "widget:* api code=50020 message=m", KALTURA_STATUS_API, KALTURA_STEP_WIDGET_SESSION,
     200, 0, 1, 1, 1000, "OTT"},
    {"reply 1: body", "widget:* stall-body", KALTURA_STATUS_TIMEOUT, KALTURA_STEP_WIDGET_SESSION, 0, 1, 1, 1, 600, ""},
    {"reply 1: body", "widget:* drip ms=200", KALTURA_STATUS_TIMEOUT, KALTURA_STEP_WIDGET_SESSION, 0, 1, 1, 1, 600, ""},
    {"reply 1: body", "request:* delay-body ms=50", KALTURA_STATUS_OK, KALTURA_STEP_NONE, 0, 0, 0, 2, 1500, ""},
    {"reply 1: body", "request:* delay-in-body ms=50", KALTURA_STATUS_OK, KALTURA_STEP_NONE, 0, 0, 0, 2, 1500, ""},
    {"reply 1: body", "request:* drip ms=1", KALTURA_STATUS_OK, KALTURA_STEP_NONE, 0, 0, 0, 2, 3000, ""},
    {"reply 1: body", "request:* chunked", KALTURA_STATUS_OK, KALTURA_STEP_NONE, 0, 0, 0, 2, 1500, ""},
    {"reply 1: body", "request:* no-content-length", KALTURA_STATUS_OK, KALTURA_STEP_NONE, 0, 0, 0, 2, 1500, ""},
    {"reply 1: body", "request:* close-after", KALTURA_STATUS_OK, KALTURA_STEP_NONE, 0, 0, 0, 2, 1500, ""},
    {"reply 1: body", "request:* envelope", KALTURA_STATUS_OK, KALTURA_STEP_NONE, 0, 0, 0, 2, 1500, ""},
    {"reply 1: body", "widget:1 html status=502", KALTURA_STATUS_OK, KALTURA_STEP_NONE, 0, 0, 0, 3, 1500, ""},
    {"reply 1: body", "widget:1 truncate bytes=10", KALTURA_STATUS_OK, KALTURA_STEP_NONE, 0, 0, 0, 3, 1500, ""},
    {"reply 1: body", "widget:* close-after", KALTURA_STATUS_OK, KALTURA_STEP_NONE, 0, 0, 0, 2, 1500, ""},
    {"reply 1: body", "widget:1 internal", KALTURA_STATUS_OK, KALTURA_STEP_NONE, 0, 0, 0, 3, 1500, ""},
    {"reply 1: body", "widget:1 reset-in-body", KALTURA_STATUS_OK, KALTURA_STEP_NONE, 0, 0, 0, 3, 1500, ""},
    {"reply 1: body", "widget:1 chunked-cut", KALTURA_STATUS_OK, KALTURA_STEP_NONE, 0, 0, 0, 3, 1500, ""},
    {"reply 1: body", "widget:1 content-length add=10", KALTURA_STATUS_OK, KALTURA_STEP_NONE, 0, 0, 0, 3, 1500, ""},
    {"request 2", "start:* close", KALTURA_STATUS_CONNECTION_LOST, KALTURA_STEP_START_SESSION, 0, 1, 3, 3, 1500, "network"},
    {"request 2", "start:* reset", KALTURA_STATUS_CONNECTION_LOST, KALTURA_STEP_START_SESSION, 0, 1, 3, 3, 1500, "network"},
    {"request 2", "start:* stall-head", KALTURA_STATUS_TIMEOUT, KALTURA_STEP_START_SESSION, 0, 1, 2, 2, 600, ""},
    {"request 2", "start:1 reset", KALTURA_STATUS_OK, KALTURA_STEP_NONE, 0, 0, 0, 3, 1500, ""},
    {"request 2", "start:1 close", KALTURA_STATUS_OK, KALTURA_STEP_NONE, 0, 0, 0, 3, 1500, ""},
    {"reply 2: head", "start:* huge-head bytes=200000", KALTURA_STATUS_REPLY_TOO_LARGE, KALTURA_STEP_START_SESSION,
     0, 0, 2, 2, 1000, "service URL"},
    {"reply 2: head", "start:* garbage", KALTURA_STATUS_BAD_REPLY, KALTURA_STEP_START_SESSION,
     0, 0, 2, 2, 1000, "no Kaltura session"},
    {"reply 2: head", "start:* redirect status=302 location=https://other.example/x?ks=secret", KALTURA_STATUS_REDIRECT, KALTURA_STEP_START_SESSION,
     302, 0, 2, 2, 1000, "not followed"},
    {"reply 2: head", "start:* redirect status=307 location=/x", KALTURA_STATUS_REDIRECT, KALTURA_STEP_START_SESSION,
     307, 0, 2, 2, 1000, "not followed"},
    {"reply 2: head", "start:* status code=404", KALTURA_STATUS_HTTP_STATUS, KALTURA_STEP_START_SESSION,
     404, 0, 2, 2, 1000, "no Kaltura API"},
    {"reply 2: head", "start:* status code=429", KALTURA_STATUS_RATE_LIMITED, KALTURA_STEP_START_SESSION,
     429, 1, 3, 3, 1500, "ten seconds"},
    {"reply 2: head", "start:* status code=503", KALTURA_STATUS_HTTP_STATUS, KALTURA_STEP_START_SESSION,
     503, 1, 3, 3, 1500, "down"},
    {"reply 2: head", "start:* status code=501", KALTURA_STATUS_HTTP_STATUS, KALTURA_STEP_START_SESSION,
     501, 0, 2, 2, 1000, "in front of the API"},
    {"reply 2: head", "start:* status code=407", KALTURA_STATUS_PROXY, KALTURA_STEP_START_SESSION,
     407, 0, 2, 2, 1000, "proxy"},
    {"reply 2: head", "start:* close-in-head", KALTURA_STATUS_CONNECTION_LOST, KALTURA_STEP_START_SESSION,
     0, 1, 3, 3, 1500, "network"},
    {"reply 2: head", "start:* drip-head ms=200", KALTURA_STATUS_TIMEOUT, KALTURA_STEP_START_SESSION, 0, 1, 2, 2, 600, ""},
    {"reply 2: head", "start:1 close-in-head", KALTURA_STATUS_OK, KALTURA_STEP_NONE, 0, 0, 0, 3, 1500, ""},
    {"reply 2: head", "start:1 status code=503", KALTURA_STATUS_OK, KALTURA_STEP_NONE, 0, 0, 0, 3, 1500, ""},
    {"reply 2: head", "start:1 status code=429 retry-after=1", KALTURA_STATUS_OK, KALTURA_STEP_NONE, 0, 0, 0, 3, 2500, ""},
    {"reply 2: body", "start:* api code=SOMETHING message=\"303132333435363738393a3b3c3d3e3f of djJ8MTAxfHNlY3JldHNlY3JldHNlY3JldHNlY3JldHNlY3JldA==\"",
     KALTURA_STATUS_API, KALTURA_STEP_START_SESSION, 200, 0, 2, 2, 1000, "code"},
    {"reply 2: body", "start:* api code=APP_TOKEN_EXPIRED message=303132333435363738393a3b3c3d3e3f", KALTURA_STATUS_APP_TOKEN_EXPIRED,
     KALTURA_STEP_START_SESSION, 200, 0, 2, 2, 1000, ""},
    {"reply 2: body", "start:* empty", KALTURA_STATUS_BAD_REPLY, KALTURA_STEP_START_SESSION,
     200, 1, 3, 3, 1500, "no Kaltura session"},
    {"reply 2: body", "start:* html status=502", KALTURA_STATUS_HTTP_STATUS, KALTURA_STEP_START_SESSION,
     502, 1, 3, 3, 1500, "down"},
    {"reply 2: body", "start:* json-no-ks", KALTURA_STATUS_BAD_REPLY, KALTURA_STEP_START_SESSION,
     200, 0, 2, 2, 1000, "no Kaltura session"},
    {"reply 2: body", "start:* bad-ks", KALTURA_STATUS_BAD_REPLY, KALTURA_STEP_START_SESSION,
     200, 0, 2, 2, 1000, "no Kaltura session"},
    {"reply 2: body", "start:* huge bytes=65537", KALTURA_STATUS_REPLY_TOO_LARGE, KALTURA_STEP_START_SESSION,
     0, 0, 2, 2, 1000, "service URL"},
    {"reply 2: body", "start:* huge bytes=104857600", KALTURA_STATUS_REPLY_TOO_LARGE, KALTURA_STEP_START_SESSION,
     0, 0, 2, 2, 1000, "service URL"},
    {"reply 2: body", "start:* internal", KALTURA_STATUS_SERVER_FAILURE, KALTURA_STEP_START_SESSION,
     200, 1, 3, 3, 1500, "support"},
    {"reply 2: body", "start:* api code=SERVICE_FORBIDDEN message=m", KALTURA_STATUS_FORBIDDEN, KALTURA_STEP_START_SESSION,
     200, 0, 2, 2, 1000, "administrator"},
    {"reply 2: body", "start:* api code=SOMETHING_NEW message=m", KALTURA_STATUS_API, KALTURA_STEP_START_SESSION,
     200, 0, 2, 2, 1000, "code"},
    {"reply 2: body", "start:* api code=50020 message=m", KALTURA_STATUS_API, KALTURA_STEP_START_SESSION,
     200, 0, 2, 2, 1000, "OTT"},
    {"reply 2: body", "start:* api code=INVALID_KS message=m", KALTURA_STATUS_INVALID_KS, KALTURA_STEP_START_SESSION,
     200, 0, 4, 4, 1500, "fresh widget session"},
    {"reply 2: body", "start:* truncate bytes=20", KALTURA_STATUS_CONNECTION_LOST, KALTURA_STEP_START_SESSION,
     0, 1, 3, 3, 1500, "network"},
    {"reply 2: body", "start:* html status=200", KALTURA_STATUS_BAD_REPLY, KALTURA_STEP_START_SESSION,
     200, 1, 2, 2, 1000, "web page"},
    {"reply 2: body", "start:* xml", KALTURA_STATUS_BAD_REPLY, KALTURA_STEP_START_SESSION,
     200, 0, 2, 2, 1000, "Content-Type"},
    {"reply 2: body", "start:* not-json", KALTURA_STATUS_BAD_REPLY, KALTURA_STEP_START_SESSION,
     200, 1, 2, 2, 1000, "no Kaltura session"},
    {"reply 2: body", "start:* gzip", KALTURA_STATUS_BAD_REPLY, KALTURA_STEP_START_SESSION,
     200, 0, 2, 2, 1000, "no Kaltura session"},
    {"reply 2: body", "start:* blocked", KALTURA_STATUS_RATE_LIMITED, KALTURA_STEP_START_SESSION,
     200, 1, 2, 2, 1000, "ten seconds"},
    {"reply 2: body", "start:* reset-in-body", KALTURA_STATUS_CONNECTION_LOST, KALTURA_STEP_START_SESSION,
     0, 1, 3, 3, 1500, "network"},
    {"reply 2: body", "start:* chunked-cut", KALTURA_STATUS_CONNECTION_LOST, KALTURA_STEP_START_SESSION,
     0, 1, 3, 3, 1500, "network"},
    {"reply 2: body", "start:* content-length add=10", KALTURA_STATUS_CONNECTION_LOST, KALTURA_STEP_START_SESSION,
     0, 1, 3, 3, 1500, "network"},
    {"reply 2: body", "start:* content-length add=-5", KALTURA_STATUS_BAD_REPLY, KALTURA_STEP_START_SESSION,
     200, 1, 3, 3, 1500, "service URL"},
    {"reply 2: body", "start:* stall-body", KALTURA_STATUS_TIMEOUT, KALTURA_STEP_START_SESSION, 0, 1, 2, 2, 600, ""},
    {"reply 2: body", "start:* drip ms=200", KALTURA_STATUS_TIMEOUT, KALTURA_STEP_START_SESSION, 0, 1, 2, 2, 600, ""},
    {"reply 2: body", "start:1 internal", KALTURA_STATUS_OK, KALTURA_STEP_NONE, 0, 0, 0, 3, 1500, ""},
    {"reply 2: body", "start:1 empty", KALTURA_STATUS_OK, KALTURA_STEP_NONE, 0, 0, 0, 3, 1500, ""},
    {"reply 2: body", "start:1 truncate bytes=10", KALTURA_STATUS_OK, KALTURA_STEP_NONE, 0, 0, 0, 3, 1500, ""},
    {"reply 2: body", "start:1 reset-in-body", KALTURA_STATUS_OK, KALTURA_STEP_NONE, 0, 0, 0, 3, 1500, ""},
    {"reply 2: body", "start:1 html status=502", KALTURA_STATUS_OK, KALTURA_STEP_NONE, 0, 0, 0, 3, 1500, ""},
    {"reply 2: body", "start:1 content-length add=-5", KALTURA_STATUS_OK, KALTURA_STEP_NONE, 0, 0, 0, 3, 1500, ""},
};
const size_t fault_count = sizeof faults / sizeof faults[0];

/* ---- What happens before the server knows: getaddrinfo() and connect() of this program -------------------------------- */

static struct {
  const char *what; /* NULL for nothing */
  int is_once;
  int spared_port; /* the way by which tests talk to the fake server */
} early;

static const char *early_fault(const char *scope) {
  const char *what = __atomic_load_n(&early.what, __ATOMIC_SEQ_CST);
  if (what == NULL || strncmp(what, scope, strlen(scope)) != 0) {
    return "";
  }
  if (__atomic_load_n(&early.is_once, __ATOMIC_SEQ_CST)) {
    __atomic_store_n(&early.what, NULL, __ATOMIC_SEQ_CST);
  }
  return strchr(what, ' ') + 1;
}

int getaddrinfo(const char *name, const char *service, const struct addrinfo *hints, struct addrinfo **found) {
  int (*real)(const char *, const char *, const struct addrinfo *, struct addrinfo **);
  const char *what = early_fault("name:");
  *(void **)&real = dlsym(RTLD_NEXT, "getaddrinfo");
  if (strcmp(what, "stall") == 0) {
    sleep(2);
  }
  return strcmp(what, "fail") == 0 ? EAI_NONAME : real(name, service, hints, found);
}

/* A port of this machine that takes no more connections, and says nothing: a listener whose backlog is full. */
static struct sockaddr_in black_hole(int (*connect_)(int, const struct sockaddr *, socklen_t)) {
  static struct sockaddr_in address;
  socklen_t length = sizeof address;
  if (address.sin_port == 0) {
    int listener = socket(AF_INET, SOCK_STREAM, 0), index;
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (bind(listener, (struct sockaddr *)&address, sizeof address) != 0 || listen(listener, 0) != 0) {
      abort();
    }
    getsockname(listener, (struct sockaddr *)&address, &length);
    for (index = 0; index < 4; index++) {
      (void)connect_(socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), (struct sockaddr *)&address, sizeof address);
    }
  }
  return address;
}

/* glibc declares its parameter as a union of all kinds of addresses. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wpedantic"
int connect(int descriptor, const struct sockaddr *address, socklen_t length) {
  int (*real)(int, const struct sockaddr *, socklen_t);
  int is_spared = address->sa_family != AF_INET ||
                  ntohs(((const struct sockaddr_in *)(const void *)address)->sin_port) ==
                      __atomic_load_n(&early.spared_port, __ATOMIC_SEQ_CST);
  const char *what = is_spared ? "" : early_fault("connect:");
  *(void **)&real = dlsym(RTLD_NEXT, "connect");
  if (strcmp(what, "refuse") == 0) {
    errno = ECONNREFUSED;
    return -1;
  }
  if (strcmp(what, "stall") == 0) {
    struct sockaddr_in nowhere = black_hole(real);
    return real(descriptor, (struct sockaddr *)&nowhere, sizeof nowhere);
  }
  return real(descriptor, address, length);
}
#pragma GCC diagnostic pop

void fault_begin(const fake_server *server, const char *script) {
  fault_end(server);
  if (strncmp(script, "name:", 5) == 0 || strncmp(script, "connect:", 8) == 0) {
    __atomic_store_n(&early.is_once, strstr(script, ":1 ") != NULL, __ATOMIC_SEQ_CST);
    __atomic_store_n(&early.what, script, __ATOMIC_SEQ_CST);
  } else {
    fake_server_script(server, script);
  }
}

void fault_end(const fake_server *server) {
  __atomic_store_n(&early.what, NULL, __ATOMIC_SEQ_CST);
  __atomic_store_n(&early.spared_port, atoi(strrchr(fake_server_http_url(server), ':') + 1), __ATOMIC_SEQ_CST);
  fake_server_reset(server);
}

/* Every way in which the network, the server, or something in front of it misbehaves, and what a call says then: one table. */
#ifndef FAULTS_H
#define FAULTS_H

#include <kaltura_session.h>
#include <string.h>

#include "fake_server.h"

/* A script for the fake server; or "name:* fail", "name:* stall", "connect:* refuse", "connect:* stall", for what happens
 * before the server knows. */
typedef struct {
  const char *phase; /* where it strikes */
  const char *script;
  kaltura_status status; /* KALTURA_STATUS_OK: it is survived */
  kaltura_step step;
  int32_t http_status;
  int32_t is_retryable;
  int32_t attempts; /* as the error says, if there is one */
  int32_t arrived;  /* requests, as the server counts them */
  int64_t within_ms;
  const char *hint; /* a part of it */
} fault;

extern const fault faults[];
extern const size_t fault_count;

/* What the expectations of the table hold for: two attempts for each request, a hash type that is named, and no time to wait
 * out a rate limit; or, for what ends at the deadline, a short one. */
enum { FAULT_ATTEMPTS = 2, FAULT_TOTAL_MS = 9000, FAULT_DEADLINE_MS = 600 };

static inline int64_t fault_total_ms(const fault *row) {
  return row->status == KALTURA_STATUS_TIMEOUT ? FAULT_DEADLINE_MS : FAULT_TOTAL_MS;
}

/* Whether it can happen here: libcurl knows by itself what "localhost" is. */
static inline int fault_applies(const fault *row) {
#if defined CURL_TRANSPORT || defined CURL_FLOW
  return strcmp(row->phase, "name") != 0;
#else
  (void)row;
  return 1;
#endif
}

/* Lets it happen from now on, in place of what happened before; and no longer. */
void fault_begin(const fake_server *server, const char *script);
void fault_end(const fake_server *server);

#endif /* FAULTS_H */

/* Replies of the server's as a host hands them over that has no server: one for each request of the flow. */
#ifndef CANNED_H
#define CANNED_H

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "harness.h"

#define CANNED_PARTNER_ID 101
#define CANNED_APP_TOKEN_ID "0_ab12cd34"
#define CANNED_APP_TOKEN "00112233445566778899aabbccddeeff"
#define CANNED_WIDGET_KS "djJ8MTAxfAAAAAAA"
#define CANNED_KS "djJ8MTAxfBBBBBBB"

static inline kaltura_options *canned_options(const char *app_token) {
  kaltura_options *options = kaltura_options_new(CANNED_PARTNER_ID, CANNED_APP_TOKEN_ID, app_token);
  kaltura_options_set_service_url(options, "https://kaltura.example");
  return options;
}

/* The reply to a request to `url`. */
static inline const char *canned_reply(const char *url, char text[512]) {
  if (strstr(url, "/service/session/action/startWidgetSession") != NULL) {
    snprintf(text, 512, "{\"partnerId\":101,\"ks\":\"%s\",\"userId\":0,\"objectType\":\"KalturaStartWidgetSessionResponse\"}",
             CANNED_WIDGET_KS);
  } else {
    EXPECT_CONTAINS(url, "/service/appToken/action/startSession");
    snprintf(text, 512,
             "{\"partnerId\":101,\"userId\":\"\",\"sessionType\":0,\"privileges\":\"\",\"expiry\":%lld,\"ks\":\"%s\","
             "\"objectType\":\"KalturaSessionInfo\"}",
             (long long)time(NULL) + 86400, CANNED_KS);
  }
  return text;
}

#endif /* CANNED_H */

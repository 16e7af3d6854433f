/*
 * The same sessions as somebody would write them by hand with libcurl and OpenSSL: one easy handle, used again and again,
 * the same two requests, as little reading of JSON as the answers allow.
 */
#include <curl/curl.h>
#include <openssl/evp.h>

#include "contender.h"

enum { MAX_REPLY = 64 * 1024, MAX_KS = 8 * 1024 };

static CURL *curl;
static struct curl_slist *headers;
static char widget_url[512], start_url[512];

typedef struct {
  char bytes[MAX_REPLY + 1];
  size_t length;
} reply_body;

static size_t take_body(char *bytes, size_t size, size_t count, void *data) {
  reply_body *reply = data;
  if (size * count > MAX_REPLY - reply->length) {
    return 0;
  }
  memcpy(reply->bytes + reply->length, bytes, size * count);
  reply->length += size * count;
  return size * count;
}

static void set_up(const char *url, const char *ca_file) {
  curl_global_init(CURL_GLOBAL_DEFAULT);
  curl = curl_easy_init();
  headers = curl_slist_append(headers, "Content-Type: application/json");
  headers = curl_slist_append(headers, "Accept: application/json");
  snprintf(widget_url, sizeof widget_url, "%s/api_v3/service/session/action/startWidgetSession", url);
  snprintf(start_url, sizeof start_url, "%s/api_v3/service/appToken/action/startSession", url);
  curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
  curl_easy_setopt(curl, CURLOPT_CAINFO, ca_file);
  curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, 15000L);
  curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take_body);
}

static void post(const char *url, const char *body, reply_body *reply) {
  long status = 0;
  CURLcode code;
  reply->length = 0;
  curl_easy_setopt(curl, CURLOPT_URL, url);
  curl_easy_setopt(curl, CURLOPT_POSTFIELDS, body);
  curl_easy_setopt(curl, CURLOPT_WRITEDATA, reply);
  code = curl_easy_perform(curl);
  if (code != CURLE_OK) {
    give_up(curl_easy_strerror(code));
  }
  curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
  reply->bytes[reply->length] = '\0';
  if (status != 200 || strstr(reply->bytes, "\"KalturaAPIException\"") != NULL) {
    give_up("the server refused");
  }
}

/* The text behind `"name":"`, without escapes, which a KS has none of but for `\/`. */
static void text_member(const char *json, const char *name, char *text, size_t room) {
  size_t length = 0;
  const char *at = strstr(json, name);
  if (at == NULL) {
    give_up("a member is missing");
  }
  for (at += strlen(name); *at != '"' && *at != '\0' && length < room - 1; at++) {
    if (*at != '\\') {
      text[length++] = *at;
    }
  }
  text[length] = '\0';
}

static void hash_token(const char *ks, char hex[65]) {
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned int length = 0, index;
  EVP_MD_CTX *context = EVP_MD_CTX_new();
  EVP_DigestInit_ex(context, EVP_sha256(), NULL);
  EVP_DigestUpdate(context, ks, strlen(ks));
  EVP_DigestUpdate(context, APP_TOKEN, strlen(APP_TOKEN));
  EVP_DigestFinal_ex(context, digest, &length);
  EVP_MD_CTX_free(context);
  for (index = 0; index < length; index++) {
    hex[2 * index] = "0123456789abcdef"[digest[index] >> 4];
    hex[2 * index + 1] = "0123456789abcdef"[digest[index] & 15];
  }
  hex[2 * length] = '\0';
}

static void start_session(void) {
  static reply_body reply;
  static char body[MAX_KS + 512];
  char ks[MAX_KS], hash[65];
  const char *expiry;
  snprintf(body, sizeof body, "{\"format\":1,\"clientTag\":\"libcurl\",\"widgetId\":\"_%d\"}", PARTNER_ID);
  post(widget_url, body, &reply);
  text_member(reply.bytes, "\"ks\":\"", ks, sizeof ks);
  hash_token(ks, hash);
  snprintf(body, sizeof body, "{\"format\":1,\"clientTag\":\"libcurl\",\"ks\":\"%s\",\"id\":\"%s\",\"tokenHash\":\"%s\"}", ks,
           APP_TOKEN_ID, hash);
  post(start_url, body, &reply);
  text_member(reply.bytes, "\"ks\":\"", ks, sizeof ks);
  expect_ks(ks);
  expiry = strstr(reply.bytes, "\"expiry\":");
  if (expiry == NULL || strtoll(expiry + 9, NULL, 10) <= 0) {
    give_up("a session without an end");
  }
}

static void tear_down(void) {
  curl_slist_free_all(headers);
  curl_easy_cleanup(curl);
  curl_global_cleanup();
}

/*
 * How many round trips a session costs over TLS 1.3, by counting. ROUND_TRIP_MS makes each but TCP's take so long, and what
 * they take together is printed.
 */
#include "account.h"
#include "counting_proxy.h"

static fake_server *server;
static counting_proxy proxy;

static kaltura_options *proxied_options(void) {
  char url[64];
  kaltura_options *options = https_options(server, SHA256_TOKEN);
  snprintf(url, sizeof url, "https://localhost:%d", proxy.port);
  kaltura_options_set_service_url(options, url);
  return options;
}

/* That what was done since `start_ms` took so many. */
static void expect_round_trips(const char *what, int64_t start_ms, int expected) {
  long long took_ms = (long long)(now_ms() - start_ms);
  int count = proxy_take_count(&proxy);
  printf("# %-22s %d round trips, %lld ms\n", what, count, took_ms);
  EXPECT_EQ(count, expected);
}

static void a_cold_session_takes_four_one_for_tcp_one_for_tls_two_requests(void) {
  int64_t start_ms = now_ms();
  expect_session(proxied_options());
  expect_round_trips("a cold session", start_ms, 4);
}

static void a_warm_session_takes_two(void) {
  int64_t start_ms = now_ms();
  expect_session(proxied_options());
  expect_round_trips("a warm session", start_ms, 2);
}

static void a_refresh_takes_one_and_a_cached_load_none(void) {
  kaltura_options *options = proxied_options();
  kaltura_provider *provider = kaltura_provider_new(options, NULL);
  int64_t start_ms;
  kaltura_options_free(options);
  kaltura_session_free(kaltura_provider_load(provider, NULL, NULL));
  proxy_take_count(&proxy);

  start_ms = now_ms();
  kaltura_session_free(kaltura_provider_load(provider, NULL, NULL));
  expect_round_trips("a cached load", start_ms, 0);

  kaltura_provider_invalidate(provider, NULL);
  start_ms = now_ms();
  kaltura_session_free(kaltura_provider_load(provider, NULL, NULL));
  expect_round_trips("a provider's refresh", start_ms, 1);
  kaltura_provider_shutdown(provider);
  kaltura_provider_drain(provider, 5000);
  kaltura_provider_free(provider);
}

static const test_case tests[] = {
    TEST(a_cold_session_takes_four_one_for_tcp_one_for_tls_two_requests),
    TEST(a_warm_session_takes_two),
    TEST(a_refresh_takes_one_and_a_cached_load_none),
};

int main(void) {
  const char *round_trip_ms = getenv("ROUND_TRIP_MS");
  int result;
  server = fake_server_start(NULL);
  proxy_start(&proxy, fake_server_https_url(server), round_trip_ms != NULL ? atoi(round_trip_ms) : 0);
  result = RUN_TESTS(tests);
  fake_server_stop(server);
  return result;
}

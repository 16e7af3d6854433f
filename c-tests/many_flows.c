/* many_flows EXAMPLE: a thousand flows on one thread, by the example flow_multi, and what the server saw of them. */
#include "fake_server.h"
#include "harness.h"

static const char *example;

static void a_thousand_flows_end_after_two_requests_each(void) {
  fake_server *server = fake_server_start(NULL);
  char line[256] = "";
  long flows = 0, bytes = 0, sessions = 0, requests = 0;
  FILE *output;
  setenv("SERVICE_URL", fake_server_https_url(server), 1);
  setenv("CA_FILE", fake_server_ca_file(server), 1);
  setenv("PARTNER_ID", "101", 1);
  setenv("APP_TOKEN_ID", FAKE_APP_TOKEN_ID, 1);
  setenv("APP_TOKEN", FAKE_APP_TOKEN, 1);
  setenv("FLOWS", "1000", 1);
  output = popen(example, "r");
  EXPECT_NOT_NULL(fgets(line, sizeof line, output));
  EXPECT_EQ(sscanf(line, "%ld flows wait to send, of %ld bytes each", &flows, &bytes), 2);
  printf("# %s", line);
  EXPECT_NOT_NULL(fgets(line, sizeof line, output));
  EXPECT_EQ(sscanf(line, "%ld sessions after %ld requests", &sessions, &requests), 2);
  printf("# %s", line);
  EXPECT_EQ(pclose(output), 0);
  EXPECT_EQ(flows, 1000);
  EXPECT_AT_LEAST(bytes, 1);
  EXPECT_AT_MOST(bytes, 8192);
  EXPECT_EQ(sessions, 1000);
  EXPECT_EQ(requests, 2000);
  EXPECT_EQ(fake_server_counter(server, "widget_requests"), 1000);
  EXPECT_EQ(fake_server_counter(server, "start_requests"), 1000);
  fake_server_stop(server);
}

static const test_case tests[] = {TEST(a_thousand_flows_end_after_two_requests_each)};

int main(int argc, char **argv) {
  if (argc != 2) {
    return 2;
  }
  example = argv[1];
  return RUN_TESTS(tests);
}

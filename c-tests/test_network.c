/* The way to the server: refused, by a proxy, to a machine of nobody's, and a child process of its own. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "account.h"

static fake_server *server;

/* A port of this machine on which nothing listens. */
static int closed_port(void) {
  struct sockaddr_in address;
  socklen_t length = sizeof address;
  int socket_fd = socket(AF_INET, SOCK_STREAM, 0);
  memset(&address, 0, sizeof address);
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  bind(socket_fd, (struct sockaddr *)&address, sizeof address);
  getsockname(socket_fd, (struct sockaddr *)&address, &length);
  close(socket_fd);
  return ntohs(address.sin_port);
}

static void a_refused_connection_is_told(void) {
  char url[64];
  kaltura_options *options;
  snprintf(url, sizeof url, "http://127.0.0.1:%d", closed_port());
  options = account_options(url, SHA256_TOKEN);
  expect_failure(options, KALTURA_STATUS_CONNECT, KALTURA_STEP_WIDGET_SESSION);
}

static void a_proxy_that_is_not_there_or_refuses_is_told(void) {
  char url[64];
  kaltura_options *options = https_options(server, SHA256_TOKEN);
  snprintf(url, sizeof url, "http://127.0.0.1:%d", closed_port());
  kaltura_options_set_proxy_url(options, url);
  kaltura_options_set_max_attempts(options, 1);
  expect_failure(options, KALTURA_STATUS_PROXY, KALTURA_STEP_WIDGET_SESSION);

  /* the fake server is no proxy */
  options = https_options(server, SHA256_TOKEN);
  kaltura_options_set_proxy_url(options, fake_server_http_url(server));
  kaltura_options_set_max_attempts(options, 1);
  expect_failure(options, KALTURA_STATUS_PROXY, KALTURA_STEP_WIDGET_SESSION);
}

static void the_proxy_of_the_environment_is_not_for_this_machine(void) {
  char url[64];
  kaltura_options *options = account_options(fake_server_http_url(server), SHA256_TOKEN);
  snprintf(url, sizeof url, "http://127.0.0.1:%d", closed_port());
  setenv("HTTPS_PROXY", url, 1);
  setenv("ALL_PROXY", url, 1);
  kaltura_options_set_proxy_url(options, NULL);
  expect_session(options);
  unsetenv("HTTPS_PROXY");
  unsetenv("ALL_PROXY");
}

static void http_to_another_host_needs_an_option(void) {
  kaltura_options *options = account_options("http://kaltura.example", SHA256_TOKEN);
  kaltura_error *error = fail_with(options);
  EXPECT_STR(kaltura_error_option(error), "service_url");
  kaltura_error_free(error);
}

static void a_server_that_closes_early_raises_no_signal(void) {
  int index;
  signal(SIGPIPE, SIG_DFL);
  for (index = 0; index < 20; index++) {
    kaltura_options *options = https_options(server, SHA256_TOKEN);
    kaltura_error *error;
    kaltura_session *session;
    fake_server_reset(server);
    fake_server_script(server, index % 2 == 0 ? "start:* reset\nwidget:1 close-after\n" : "request:* close\n");
    kaltura_options_set_max_attempts(options, 2);
    session = kaltura_start_session(options, NULL, &error);
    EXPECT_NULL(session);
    kaltura_error_free(error);
    kaltura_options_free(options);
  }
  fake_server_reset(server);
}

static void a_child_process_makes_its_own_session_and_the_parents_go_on(void) {
  kaltura_error *error;
  kaltura_options *options = https_options(server, SHA256_TOKEN);
  kaltura_session *session = kaltura_start_session(options, NULL, &error);
  int status = 0, round;
  EXPECT_NOT_NULL(session);
  for (round = 0; round < 3; round++) {
    pid_t child = fork();
    if (child == 0) {
      kaltura_session *own = kaltura_start_session(options, NULL, NULL);
      int is_good = own != NULL && strlen(kaltura_session_ks(own)) > 100 && strlen(kaltura_session_ks(session)) > 100;
      kaltura_session_free(own);
      kaltura_options_free(options);
      _exit(is_good ? 0 : 1);
    }
    EXPECT_EQ(waitpid(child, &status, 0), child);
    EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    kaltura_session_free(session);
    session = kaltura_start_session(options, NULL, &error);
    EXPECT_NOT_NULL(session);
  }
  kaltura_session_free(session);
  kaltura_options_free(options);
}

static const test_case tests[] = {
    TEST(a_refused_connection_is_told),
    TEST(a_proxy_that_is_not_there_or_refuses_is_told),
    TEST(the_proxy_of_the_environment_is_not_for_this_machine),
    TEST(http_to_another_host_needs_an_option),
    TEST(a_server_that_closes_early_raises_no_signal),
    TEST(a_child_process_makes_its_own_session_and_the_parents_go_on),
};

int main(void) {
  int result;
  server = fake_server_start(NULL);
  result = RUN_TESTS(tests);
  fake_server_stop(server);
  return result;
}

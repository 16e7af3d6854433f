/*
 * A session without the app token: the hash comes from the backend that keeps it, see hash_service.py.
 *
 *   client SERVICE_URL PARTNER_ID APP_TOKEN_ID HASH_SERVICE_PORT
 *
 * The request to the backend is plain sockets on this machine, to have the example whole; an app uses its own HTTP
 * client, https, and its user's login.
 */
#include <arpa/inet.h>
#include <kaltura_session.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* The backend's answer to a widget KS, which is 64 digits; 0 if it gives none. */
static int ask_backend(int port, const char *widget_ks, char hash[65]) {
  char request[20000], reply[4096];
  const char *body;
  size_t used = 0;
  ssize_t got;
  struct sockaddr_in address;
  int length, status = 0, connection = socket(AF_INET, SOCK_STREAM, 0);
  memset(&address, 0, sizeof address);
  address.sin_family = AF_INET;
  address.sin_port = htons((unsigned short)port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  length = snprintf(request, sizeof request,
                    "POST /token-hash HTTP/1.0\r\nAuthorization: Bearer demo\r\nContent-Length: %lu\r\n\r\n%s",
                    (unsigned long)strlen(widget_ks), widget_ks);
  if (connection < 0 || length >= (int)sizeof request ||
      connect(connection, (struct sockaddr *)&address, sizeof address) != 0 ||
      send(connection, request, (size_t)length, 0) != length) {
    if (connection >= 0) close(connection);
    return 0;
  }
  while (used < sizeof reply - 1 && (got = recv(connection, reply + used, sizeof reply - 1 - used, 0)) > 0) {
    used += (size_t)got;
  }
  close(connection);
  reply[used] = '\0';
  body = strstr(reply, "\r\n\r\n");
  if (sscanf(reply, "HTTP/1.%*d %d", &status) != 1 || status != 200 || body == NULL || strlen(body + 4) != 64) return 0;
  memcpy(hash, body + 4, 65);
  return 1;
}

/* Called on a thread of the library's, which waits for the answer up to the total timeout. */
static void token_hash(void *user_data, kaltura_hashing *hashing) {
  char hash[65];
  if (ask_backend(*(int *)user_data, kaltura_hashing_widget_ks(hashing), hash)) {
    kaltura_hashing_reply(hashing, hash);
  } else {
    kaltura_hashing_fail(hashing, "the backend gave no hash; is the user logged in?");
  }
  kaltura_hashing_free(hashing);
}

int main(int argc, char **argv) {
  kaltura_error *error;
  kaltura_options *options;
  kaltura_session *session;
  int port, status = 1;
  if (argc != 5) {
    fprintf(stderr, "usage: client SERVICE_URL PARTNER_ID APP_TOKEN_ID HASH_SERVICE_PORT\n");
    return 2;
  }
  port = atoi(argv[4]);
  options = kaltura_options_new(strtoll(argv[2], NULL, 10), argv[3], NULL);
  kaltura_options_set_service_url(options, argv[1]);
  kaltura_options_set_token_hash(options, token_hash, &port, NULL);
  session = kaltura_start_session(options, NULL, &error);
  if (session != NULL) {
    printf("a session for %lld s\n", (long long)(kaltura_session_remaining_ms(session) / 1000));
    status = 0;
  } else {
    fprintf(stderr, "%s\n%s\n", kaltura_error_message(error), kaltura_error_hint(error));
  }
  kaltura_session_free(session);
  kaltura_error_free(error);
  kaltura_options_free(options);
  return status;
}

/*
 * A proxy of bytes in front of the fake server, on a thread, that counts round trips: one for each connection that is made,
 * and one each time the server answers after the client has spoken. TLS passes through as it is. It may delay what it passes
 * on by half a round trip in each direction.
 */
#ifndef COUNTING_PROXY_H
#define COUNTING_PROXY_H

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <sys/socket.h>

#include "harness.h"

/* Connections at once; a test has one or two. */
enum { MAX_LINKS = 8 };

typedef struct {
  int client, server, client_spoke;
} proxy_link;

typedef struct {
  unsigned short server_port, port;
  int listener, half_round_trip_ms, round_trips;
  proxy_link links[MAX_LINKS];
  int link_count;
} counting_proxy;

static inline void proxy_wait(const counting_proxy *proxy) { usleep((useconds_t)proxy->half_round_trip_ms * 1000); }

static inline struct sockaddr_in proxy_address(unsigned short port) {
  struct sockaddr_in address = {0};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(port);
  return address;
}

static inline void proxy_count(counting_proxy *proxy) { __atomic_add_fetch(&proxy->round_trips, 1, __ATOMIC_SEQ_CST); }

static inline void proxy_accept(counting_proxy *proxy) {
  struct sockaddr_in address = proxy_address(proxy->server_port);
  int on = 1;
  proxy_link *made = &proxy->links[proxy->link_count];
  made->client_spoke = 0;
  made->client = accept(proxy->listener, NULL, NULL);
  made->server = socket(AF_INET, SOCK_STREAM, 0);
  if (made->client < 0 || proxy->link_count == MAX_LINKS - 1 ||
      connect(made->server, (struct sockaddr *)&address, sizeof address) != 0) {
    printf("Bail out! the proxy has no connection\n");
    exit(2);
  }
  setsockopt(made->client, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  setsockopt(made->server, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  proxy->link_count++;
  proxy_count(proxy);
}

/* Passes on what has come from one side; 0 at its end. */
static inline int proxy_pass(counting_proxy *proxy, proxy_link *link, int is_from_client) {
  char bytes[65536];
  ssize_t length = recv(is_from_client ? link->client : link->server, bytes, sizeof bytes, 0);
  if (length <= 0) {
    return 0;
  }
  if (!is_from_client && link->client_spoke) {
    proxy_count(proxy);
  }
  link->client_spoke = is_from_client;
  proxy_wait(proxy);
  return send(is_from_client ? link->server : link->client, bytes, (size_t)length, MSG_NOSIGNAL) == length;
}

static inline void *proxy_run(void *data) {
  counting_proxy *proxy = data;
  for (;;) {
    struct pollfd fds[2 * MAX_LINKS + 1];
    int index, side, count = proxy->link_count;
    for (index = 0; index < count; index++) {
      fds[2 * index] = (struct pollfd){proxy->links[index].client, POLLIN, 0};
      fds[2 * index + 1] = (struct pollfd){proxy->links[index].server, POLLIN, 0};
    }
    fds[2 * count] = (struct pollfd){proxy->listener, POLLIN, 0};
    poll(fds, (nfds_t)(2 * count + 1), -1);
    for (index = count - 1; index >= 0; index--) {
      for (side = 0; side < 2; side++) {
        if (fds[2 * index + side].revents != 0 && !proxy_pass(proxy, &proxy->links[index], side == 0)) {
          close(proxy->links[index].client);
          close(proxy->links[index].server);
          proxy->links[index] = proxy->links[--proxy->link_count];
          break;
        }
      }
    }
    if (fds[2 * count].revents & (POLLERR | POLLHUP | POLLNVAL)) {
      return NULL;
    }
    if (fds[2 * count].revents & POLLIN) {
      proxy_accept(proxy);
    }
  }
}

/* A proxy for a server at this URL's port of this machine. It goes on until the process ends. */
static inline void proxy_start(counting_proxy *proxy, const char *url, int round_trip_ms) {
  struct sockaddr_in address = proxy_address(0);
  socklen_t length = sizeof address;
  pthread_t thread;
  memset(proxy, 0, sizeof *proxy);
  proxy->server_port = (unsigned short)atoi(strrchr(url, ':') + 1);
  proxy->half_round_trip_ms = round_trip_ms / 2;
  proxy->listener = socket(AF_INET, SOCK_STREAM, 0);
  if (bind(proxy->listener, (struct sockaddr *)&address, sizeof address) != 0 || listen(proxy->listener, 8) != 0 ||
      getsockname(proxy->listener, (struct sockaddr *)&address, &length) != 0 ||
      pthread_create(&thread, NULL, proxy_run, proxy) != 0) {
    printf("Bail out! no proxy\n");
    exit(2);
  }
  pthread_detach(thread);
  proxy->port = ntohs(address.sin_port);
}

/* Round trips since the last call. */
static inline int proxy_take_count(counting_proxy *proxy) {
  return __atomic_exchange_n(&proxy->round_trips, 0, __ATOMIC_SEQ_CST);
}

#endif /* COUNTING_PROXY_H */

/* The fake server as a child process, see the header. Its control requests go over plain sockets: no library is needed. */
#include "fake_server.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

struct fake_server {
  pid_t pid;
  int input;    /* the server ends when this closes */
  FILE *output; /* where it prints its addresses */
  char http_url[128];
  char https_url[128];
  char ca_file[128];
  char *ca_pem;
};

static void bail_out(const char *what) {
  printf("Bail out! fake server: %s: %s\n", what, strerror(errno));
  exit(2);
}

static char *read_all(FILE *file) {
  size_t length = 0, room = 4096;
  char *text = malloc(room);
  while (text != NULL) {
    size_t count = fread(text + length, 1, room - length - 1, file);
    length += count;
    text[length] = '\0';
    if (count == 0) {
      return text;
    }
    if (room - length < 2) {
      text = realloc(text, room *= 2);
    }
  }
  bail_out("memory");
  return NULL;
}

static void run_server(const char *world_file, const char *ca_file, int input, int output) {
  const char *program = getenv("FAKE_SERVER");
  const char *arguments[] = {program, "--http", "127.0.0.1:0", "--https", "127.0.0.1:0", "--ca-out", ca_file,
                             world_file != NULL ? "--world" : NULL, world_file, NULL};
  dup2(input, STDIN_FILENO);
  dup2(output, STDOUT_FILENO);
  execv(program, (char *const *)arguments);
  _exit(127);
}

static void read_addresses(fake_server *server) {
  char line[256];
  while (server->http_url[0] == '\0' || server->https_url[0] == '\0') {
    if (fgets(line, sizeof line, server->output) == NULL) {
      bail_out("it ended at once");
    }
    /* A blank in a format matches none too: "http %s" would take the line of https. */
    if (sscanf(line, "https https:%120s", server->https_url + 6) == 1) {
      memcpy(server->https_url, "https:", 6);
    } else if (sscanf(line, "http http:%120s", server->http_url + 5) == 1) {
      memcpy(server->http_url, "http:", 5);
    }
  }
}

static void read_authority(fake_server *server) {
  FILE *file = fopen(server->ca_file, "rb");
  if (file == NULL) {
    bail_out(server->ca_file);
  }
  server->ca_pem = read_all(file);
  fclose(file);
}

fake_server *fake_server_start(const char *world_file) {
  int input[2], output[2], ca;
  fake_server *server = calloc(1, sizeof *server);
  if (server == NULL || getenv("FAKE_SERVER") == NULL) {
    bail_out("FAKE_SERVER does not name it");
  }
  strcpy(server->ca_file, "/tmp/kaltura-ca-XXXXXX");
  ca = mkstemp(server->ca_file);
  if (ca < 0 || pipe(input) != 0 || pipe(output) != 0) {
    bail_out("pipes");
  }
  close(ca);
  fcntl(input[1], F_SETFD, FD_CLOEXEC);
  fcntl(output[0], F_SETFD, FD_CLOEXEC);
  server->pid = fork();
  if (server->pid < 0) {
    bail_out("fork");
  }
  if (server->pid == 0) {
    run_server(world_file, server->ca_file, input[0], output[1]);
  }
  close(input[0]);
  close(output[1]);
  server->input = input[1];
  server->output = fdopen(output[0], "r");
  read_addresses(server);
  read_authority(server);
  return server;
}

void fake_server_stop(fake_server *server) {
  if (server == NULL) {
    return;
  }
  close(server->input);
  fclose(server->output);
  waitpid(server->pid, NULL, 0);
  unlink(server->ca_file);
  free(server->ca_pem);
  free(server);
}

const char *fake_server_http_url(const fake_server *server) { return server->http_url; }

const char *fake_server_https_url(const fake_server *server) { return server->https_url; }

const char *fake_server_ca_file(const fake_server *server) { return server->ca_file; }

const char *fake_server_ca_pem(const fake_server *server) { return server->ca_pem; }

/* The body of the server's answer to a control request, to be freed. */
static char *ask(const fake_server *server, const char *method, const char *path, const char *body) {
  struct sockaddr_in address = {0};
  FILE *stream;
  char *reply, *end_of_head, *text;
  int connection = socket(AF_INET, SOCK_STREAM, 0);
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons((unsigned short)atoi(strrchr(server->http_url, ':') + 1));
  if (connect(connection, (struct sockaddr *)&address, sizeof address) != 0) {
    bail_out("no connection");
  }
  stream = fdopen(connection, "r+");
  fprintf(stream, "%s %s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: %lu\r\n\r\n%s", method, path,
          (unsigned long)strlen(body), body);
  fflush(stream);
  reply = read_all(stream);
  fclose(stream);
  end_of_head = strstr(reply, "\r\n\r\n");
  if (strncmp(reply, "HTTP/1.1 200", 12) != 0 || end_of_head == NULL) {
    bail_out(reply);
  }
  text = strdup(end_of_head + 4);
  free(reply);
  return text;
}

long fake_server_counter(const fake_server *server, const char *name) {
  char *counters = ask(server, "GET", "/_fake/counters", "");
  size_t length = strlen(name);
  const char *line = counters;
  long value;
  while (line != NULL && !(strncmp(line, name, length) == 0 && line[length] == ' ')) {
    line = strchr(line, '\n');
    line = line != NULL ? line + 1 : NULL;
  }
  if (line == NULL) {
    bail_out(name);
  }
  value = strtol(line + length, NULL, 10);
  free(counters);
  return value;
}

char *fake_server_last_request(const fake_server *server) {
  char *request = ask(server, "GET", "/_fake/requests?raw=1", "");
  char *end_of_head = strstr(request, "\r\n\r\n"), *character = strchr(request, '\n');
  for (; character != NULL && character < end_of_head; character++) {
    *character = (char)tolower((unsigned char)*character);
  }
  return request;
}

void fake_server_reset(const fake_server *server) { free(ask(server, "POST", "/_fake/reset", "")); }

void fake_server_script(const fake_server *server, const char *lines) {
  free(ask(server, "POST", "/_fake/script", lines));
}

void fake_server_release(const fake_server *server, const char *name) {
  char path[128];
  snprintf(path, sizeof path, "/_fake/release?name=%s", name);
  free(ask(server, "POST", path, ""));
}

/*
 * The bundled fake Kaltura server as a child process: its addresses, what it counted, how it shall misbehave. The
 * environment variable FAKE_SERVER names the program. Whatever fails here ends the test program, in TAP's words.
 */
#ifndef FAKE_SERVER_H
#define FAKE_SERVER_H

/* An account of the built-in world, and app tokens of it that differ in hash type. */
#define FAKE_PARTNER_ID 101
#define FAKE_APP_TOKEN_ID "0_sha256tk"
#define FAKE_APP_TOKEN "303132333435363738393a3b3c3d3e3f"

typedef struct fake_server fake_server;

/* Starts a server on free ports of this machine. `world_file` describes its accounts; NULL for the built-in world. */
fake_server *fake_server_start(const char *world_file);

/* Ends the server and frees it. NULL is fine. */
void fake_server_stop(fake_server *server);

/* Base addresses, and the PEM file and text of the authority behind https; they live as long as the server. */
const char *fake_server_http_url(const fake_server *server);
const char *fake_server_https_url(const fake_server *server);
const char *fake_server_ca_file(const fake_server *server);
const char *fake_server_ca_pem(const fake_server *server);

/* What it counted since it started or was reset, for instance "connections", "requests", "start_requests". */
long fake_server_counter(const fake_server *server, const char *name);

/* The last request, head and body as they came, with its head in lower case but for the first line; to be freed. */
char *fake_server_last_request(const fake_server *server);

/* Forgets its script, its sessions and its counters. */
void fake_server_reset(const fake_server *server);

/* Gives it a script, in place of the last: lines "<when> <what> [key=value...]", for instance "widget:1 status code=429 retry-after=2". */
void fake_server_script(const fake_server *server, const char *lines);

/* Lets the replies go that a rule "hold name=..." holds. */
void fake_server_release(const fake_server *server, const char *name);

#endif /* FAKE_SERVER_H */

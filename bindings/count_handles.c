/*
 * Goes between a wrapper and the library, and counts what is given out and what comes back: the archive's own functions are
 * renamed to real_..., see check.mk, and these stand in their places. The numbers are kept in the file that the environment
 * variable KALTURA_HANDLES names, so that they outlive the process, however it ends: for each kind how many were given out
 * and how many came back, then the resident pages at the 2,000th and the 10,000th session.
 */
#include <fcntl.h>
#include <kaltura_session.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

enum { OPTIONS, PROVIDER, SESSION, ERROR, CANCELLATION, HASHING, EXCHANGE, USER_DATA, STRING, KINDS };
static int64_t *counts;

__attribute__((constructor)) static void open_counts(void) {
  const char *path = getenv("KALTURA_HANDLES");
  int file = path != NULL ? open(path, O_RDWR | O_CREAT, 0600) : -1;
  size_t size = (KINDS + 1) * 2 * sizeof *counts;
  if (file < 0 || ftruncate(file, (off_t)size) != 0) {
    abort();
  }
  counts = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  close(file);
}

static int64_t resident_pages(void) {
  long pages = 0;
  FILE *file = fopen("/proc/self/statm", "r");
  if (file == NULL || fscanf(file, "%*d %ld", &pages) != 1) {
    abort();
  }
  fclose(file);
  return pages;
}

static void *out(int kind, void *handle) {
  int64_t count = handle != NULL ? __atomic_add_fetch(&counts[kind * 2], 1, __ATOMIC_SEQ_CST) : 0;
  if (kind == SESSION && (count == 2000 || count == 10000)) {
    counts[KINDS * 2 + (count == 10000)] = resident_pages();
  }
  return handle;
}

static void *back(int kind, const void *handle) {
  if (handle != NULL) {
    __atomic_add_fetch(&counts[kind * 2 + 1], 1, __ATOMIC_SEQ_CST);
  }
  return (void *)handle;
}

/* Counts what a call brought, its error too. */
static void *brought(int kind, void *handle, kaltura_error **error) {
  if (error != NULL) {
    out(ERROR, *error);
  }
  return kind == KINDS ? handle : out(kind, handle);
}

#define MAKES(kind, type, name, parameters, arguments) \
  type *real_##name parameters; \
  type *name parameters { return out(kind, real_##name arguments); }
#define BRINGS(kind, type, name, parameters, arguments) \
  type *real_##name parameters; \
  type *name parameters { return brought(kind, real_##name arguments, error); }
#define FREES(kind, type, name) \
  void real_##name(type *handle); \
  void name(type *handle) { real_##name(back(kind, handle)); }

MAKES(OPTIONS, kaltura_options, kaltura_options_new, (int64_t partner_id, const char *id, const char *token),
      (partner_id, id, token))
MAKES(CANCELLATION, kaltura_cancellation, kaltura_cancellation_new, (void), ())
MAKES(SESSION, kaltura_session, kaltura_session_retain, (const kaltura_session *session), (session))
MAKES(SESSION, kaltura_session, kaltura_provider_peek, (kaltura_provider * provider), (provider))
MAKES(ERROR, kaltura_error, kaltura_error_retain, (const kaltura_error *error), (error))
BRINGS(STRING, char, kaltura_generate_ks,
       (const char *url, int64_t partner_id, const char *id, const char *token, const char *user, kaltura_error **error),
       (url, partner_id, id, token, user, error))
BRINGS(SESSION, kaltura_session, kaltura_start_session,
       (const kaltura_options *options, const kaltura_cancellation *cancellation, kaltura_error **error),
       (options, cancellation, error))
BRINGS(PROVIDER, kaltura_provider, kaltura_provider_new, (const kaltura_options *options, kaltura_error **error),
       (options, error))
BRINGS(SESSION, kaltura_session, kaltura_provider_load,
       (kaltura_provider * provider, const kaltura_cancellation *cancellation, kaltura_error **error),
       (provider, cancellation, error))
FREES(OPTIONS, kaltura_options, kaltura_options_free)
FREES(PROVIDER, kaltura_provider, kaltura_provider_free)
FREES(SESSION, kaltura_session, kaltura_session_free)
FREES(ERROR, kaltura_error, kaltura_error_free)
FREES(CANCELLATION, kaltura_cancellation, kaltura_cancellation_free)
FREES(HASHING, kaltura_hashing, kaltura_hashing_free)
FREES(EXCHANGE, kaltura_exchange, kaltura_exchange_free)
FREES(STRING, char, kaltura_free_string)

int32_t real_kaltura_provider_set_user_id(kaltura_provider *provider, const char *user_id, kaltura_error **error);
int32_t kaltura_provider_set_user_id(kaltura_provider *provider, const char *user_id, kaltura_error **error) {
  int32_t result = real_kaltura_provider_set_user_id(provider, user_id, error);
  brought(KINDS, NULL, error);
  return result;
}

/* A callback of the wrapper's, and what belongs to it. */
typedef struct {
  void (*function)(void);
  void *user_data;
  kaltura_destroy_fn destroy;
} callback;

static callback *kept(void (*function)(void), void *user_data, kaltura_destroy_fn destroy) {
  callback *self = malloc(sizeof *self);
  self->function = function;
  self->user_data = out(USER_DATA, user_data);
  self->destroy = destroy;
  return self;
}

static void let_go(void *user_data) {
  callback *self = user_data;
  if (self->destroy != NULL) {
    self->destroy(back(USER_DATA, self->user_data));
  }
  free(self);
}

static void loaded(void *user_data, kaltura_session *session, kaltura_error *error) {
  callback *self = user_data;
  ((kaltura_load_fn)self->function)(self->user_data, out(SESSION, session), out(ERROR, error));
}

int32_t real_kaltura_provider_load_async(kaltura_provider *, const kaltura_cancellation *, kaltura_load_fn, void *,
                                         kaltura_destroy_fn, kaltura_error **);
int32_t kaltura_provider_load_async(kaltura_provider *provider, const kaltura_cancellation *cancellation,
                                    kaltura_load_fn function, void *user_data, kaltura_destroy_fn destroy,
                                    kaltura_error **error) {
  callback *self = kept((void (*)(void))function, user_data, destroy);
  int32_t result = real_kaltura_provider_load_async(provider, cancellation, loaded, self, let_go, error);
  brought(KINDS, NULL, error);
  return result;
}

static void hash_wanted(void *user_data, kaltura_hashing *hashing) {
  callback *self = user_data;
  ((kaltura_token_hash_fn)self->function)(self->user_data, out(HASHING, hashing));
}

void real_kaltura_options_set_token_hash(kaltura_options *, kaltura_token_hash_fn, void *, kaltura_destroy_fn);
void kaltura_options_set_token_hash(kaltura_options *options, kaltura_token_hash_fn function, void *user_data,
                                    kaltura_destroy_fn destroy) {
  real_kaltura_options_set_token_hash(options, hash_wanted, kept((void (*)(void))function, user_data, destroy), let_go);
}

static void send_wanted(void *user_data, kaltura_exchange *exchange) {
  callback *self = user_data;
  ((kaltura_send_fn)self->function)(self->user_data, out(EXCHANGE, exchange));
}

void real_kaltura_options_set_transport(kaltura_options *, kaltura_send_fn, void *, kaltura_destroy_fn);
void kaltura_options_set_transport(kaltura_options *options, kaltura_send_fn function, void *user_data,
                                   kaltura_destroy_fn destroy) {
  real_kaltura_options_set_transport(options, send_wanted, kept((void (*)(void))function, user_data, destroy), let_go);
}

static void log_line(void *user_data, kaltura_log_level level, const char *line) {
  callback *self = user_data;
  ((kaltura_log_fn)self->function)(self->user_data, level, line);
}

void real_kaltura_options_set_log(kaltura_options *, kaltura_log_level, kaltura_log_fn, void *, kaltura_destroy_fn);
void kaltura_options_set_log(kaltura_options *options, kaltura_log_level max_level, kaltura_log_fn function, void *user_data,
                             kaltura_destroy_fn destroy) {
  real_kaltura_options_set_log(options, max_level, log_line, kept((void (*)(void))function, user_data, destroy), let_go);
}

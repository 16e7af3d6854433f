/* The header first and alone, twice, in any dialect of C, C++ and Objective-C: check_header.sh compiles this. */
#if defined(USE_MODULE)
@import CKaltura;
#else
#include <kaltura_session.h>
#include <kaltura_session.h>
#endif

typedef char a_status_is_an_int32[sizeof(kaltura_status) == sizeof(int32_t) ? 1 : -1];
typedef char an_adjustment_is_a_uint32[sizeof(kaltura_adjustment) == sizeof(uint32_t) ? 1 : -1];

int what_it_means(const kaltura_error *error, const kaltura_session *session);

/* An enum's values are of the type that the functions return; a switch needs a default branch, and no cast. */
int what_it_means(const kaltura_error *error, const kaltura_session *session) {
  kaltura_status status = kaltura_error_status(error);
  kaltura_adjustment adjustments = kaltura_session_adjustments(session);
  switch (status) {
    case KALTURA_STATUS_OK: return 0;
    case KALTURA_STATUS_TIMEOUT: return 1;
    default: break;
  }
  if (kaltura_error_category(error) == KALTURA_CATEGORY_CALLER) {
    return 2;
  }
  return adjustments & KALTURA_ADJUSTMENT_USER_REPLACED ? 3 : 4;
}

/* Both may be called; the results of neither may be dropped. */
int what_it_costs(void);

int what_it_costs(void) {
  kaltura_error *error = 0;
  kaltura_options *options = kaltura_options_new(101, "0_ab12cd34", "00112233445566778899aabbccddeeff");
  kaltura_session *session = kaltura_start_session(options, 0, &error);
  int meaning = what_it_means(error, session);
  kaltura_session_free(session);
  kaltura_error_free(error);
  kaltura_options_free(options);
  return meaning;
}

#if defined(__ANDROID__) && KALTURA_FEATURE_HTTP
/* `env` and `context` are what the app's Java gave to a native method. */
int is_introduced(void *env, void *context);

int is_introduced(void *env, void *context) {
  kaltura_error *error = 0;
  int done = kaltura_android_init(env, context, &error);
  kaltura_error_free(error);
  return done;
}
#endif

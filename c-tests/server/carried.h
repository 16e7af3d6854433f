/*
 * The calls of kaltura_session_server.h with libcurl around their flows: where CURL_FLOW is defined, a test that includes
 * this makes its calls that way.
 */
#ifndef CARRIED_H
#define CARRIED_H

#include <kaltura_session_server.h>

#include "../account.h"

#ifdef CURL_FLOW

/* Whether it is DONE; else *error says why. A call with a cancellation is one that was cancelled. */
static inline int carry_to_its_end(kaltura_flow *flow, const kaltura_cancellation *cancelled, kaltura_error **error) {
  if (flow == NULL) {
    return 0;
  }
  if (cancelled != NULL) {
    kaltura_flow_fail(flow, KALTURA_STATUS_CANCELLED, "the call was cancelled");
  }
  if (curl_drive(flow) == KALTURA_FLOW_ACTION_DONE) {
    *error = NULL;
    return 1;
  }
  *error = kaltura_flow_take_error(flow);
  return 0;
}

static inline kaltura_app_token *carry_app_token(kaltura_flow *flow, const kaltura_cancellation *cancelled,
                                                 kaltura_error **error) {
  kaltura_app_token *token = NULL;
  if (carry_to_its_end(flow, cancelled, error)) {
    EXPECT_NULL(kaltura_flow_take_app_token_page(flow));
    token = kaltura_flow_take_app_token(flow);
  }
  EXPECT_NULL(kaltura_flow_take_app_token(flow)); /* once, if at all */
  kaltura_flow_free(flow);
  return token;
}

static inline kaltura_app_token_page *carry_page(kaltura_flow *flow, kaltura_error **error) {
  kaltura_app_token_page *page = carry_to_its_end(flow, NULL, error) ? kaltura_flow_take_app_token_page(flow) : NULL;
  kaltura_flow_free(flow);
  return page;
}

static inline int32_t carry_nothing(kaltura_flow *flow, kaltura_error **error) {
  int32_t is_done = carry_to_its_end(flow, NULL, error);
  EXPECT_NULL(kaltura_flow_take_app_token(flow));
  EXPECT_NULL(kaltura_flow_take_session(flow));
  kaltura_flow_free(flow);
  return is_done;
}

#define kaltura_app_token_add(admin, fields, cancellation, error) \
  carry_app_token(kaltura_app_token_add_flow((admin), (fields), (error)), (cancellation), (error))
#define kaltura_app_token_get(admin, id, cancellation, error) \
  carry_app_token(kaltura_app_token_get_flow((admin), (id), (error)), (cancellation), (error))
#define kaltura_app_token_update(admin, id, fields, cancellation, error) \
  carry_app_token(kaltura_app_token_update_flow((admin), (id), (fields), (error)), (cancellation), (error))
#define kaltura_app_token_delete(admin, id, cancellation, error) \
  carry_nothing(kaltura_app_token_delete_flow((admin), (id), (error)), (error))
#define kaltura_app_token_list(admin, filter, page_size, page_index, cancellation, error) \
  carry_page(kaltura_app_token_list_flow((admin), (filter), (page_size), (page_index), (error)), (error))
#define kaltura_ks_check(options, ks, cancellation, error) carry_nothing(kaltura_ks_check_flow((options), (ks), (error)), (error))

#endif /* CURL_FLOW */

#endif /* CARRIED_H */

/* libcurl carries the requests: as the transport of the library's calls, or around a flow. */
#ifndef CURL_CARRIER_H
#define CURL_CARRIER_H

#include <kaltura_session.h>

/* The authority that libcurl trusts over https. */
extern const char *curl_ca_file;

/* For kaltura_options_set_transport(). */
void curl_send(void *user_data, kaltura_exchange *exchange);

/* Steps a flow until it is DONE or FAILED, which is returned. */
kaltura_flow_action curl_drive(kaltura_flow *flow);

/* What kaltura_start_session() does, as a host does it that steps a flow itself. */
kaltura_session *curl_start_session(const kaltura_options *options, kaltura_error **error);

#endif /* CURL_CARRIER_H */

/*
 * kaltura_flow.hpp - host-carried HTTP for C++: the program's own network stack carries the requests, as a transport of
 * sessions and providers (exchange, set_transport) or step by step (flow). Licence: MIT OR Apache-2.0.
 *
 * Rules and names are those of kaltura_session.hpp; the manual is kaltura_session.h, from "Host-carried HTTP" on.
 */
#ifndef KALTURA_FLOW_HPP
#define KALTURA_FLOW_HPP

#include <kaltura_session.hpp>

namespace kaltura {

using send_function = std::function<void(exchange)>;

/* Has the host carry the requests of whatever is made from the options. */
inline options &set_transport(options &options, const send_function &function) {
  auto callback = [](void *user_data, kaltura_exchange *owned) noexcept {
    detail::kept<send_function>(user_data)(exchange(owned));
  };
  return detail::set(function, callback, kaltura_options_set_transport, options.get()), options;
}

/* The flow in steps that the host takes. One call at a time. After DONE or FAILED: take(), once. */
class flow : public flow_methods {
 public:
  using flow_methods::flow_methods;
  explicit flow(const options &options) : flow(make(options).value()) {}
  static result<flow> make(const options &options) { return detail::make<flow>(kaltura_flow_new, options.get()); }
  result<session> take() {
    kaltura_session *owned = kaltura_flow_take_session(get());
    return detail::made<session>(owned, owned == nullptr ? kaltura_flow_take_error(get()) : nullptr);
  }
};

}  // namespace kaltura

#endif /* KALTURA_FLOW_HPP */

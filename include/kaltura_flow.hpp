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

/* A request to carry: reply() or fail(), at once or later, from any thread. Destroyed unanswered, it has failed. */
class exchange : public detail::handle<kaltura_exchange, kaltura_exchange_free> {
 public:
  using handle::handle;
  std::string_view url() const noexcept { return kaltura_exchange_url(get()); }
  std::string_view body() const noexcept { return {kaltura_exchange_body(get()), kaltura_exchange_body_length(get())}; }
  milliseconds timeout() const noexcept { return milliseconds(kaltura_exchange_timeout_ms(get())); }
  bool is_cancelled() const noexcept { return kaltura_exchange_is_cancelled(get()) != 0; }
  void on_cancel(const std::function<void()> &function) const {
    auto callback = [](void *user_data) noexcept { detail::kept<std::function<void()>>(user_data)(); };
    detail::set(function, callback, kaltura_exchange_on_cancel, get());
  }
  void add_header(std::string_view name, std::string_view value) const {
    kaltura_exchange_add_header(get(), detail::text(name), detail::text(value));
  }
  void reply(int http_status, std::string_view body) const {
    kaltura_exchange_reply(get(), http_status, detail::bytes(body), body.size());
  }
  void fail(kaltura_status status, std::string_view message) const {
    kaltura_exchange_fail(get(), status, detail::text(message));
  }
};

using send_function = std::function<void(exchange)>;

/* Has the host carry the requests of whatever is made from the options. */
inline options &set_transport(options &options, const send_function &function) {
  auto callback = [](void *user_data, kaltura_exchange *owned) noexcept {
    detail::kept<send_function>(user_data)(exchange(owned));
  };
  return detail::set(function, callback, kaltura_options_set_transport, options.get()), options;
}

/* The flow in steps that the host takes. One call at a time. After DONE or FAILED: take(), once. */
class flow : public detail::handle<kaltura_flow, kaltura_flow_free> {
 public:
  using text = detail::text;
  using handle::handle;
  explicit flow(const options &options) : flow(make(options).value()) {}
  static result<flow> make(const options &options) { return detail::make<flow>(kaltura_flow_new, options.get()); }
  kaltura_flow_action step() noexcept { return kaltura_flow_step(get()); }
  std::string_view url() const noexcept { return kaltura_flow_url(get()); }
  std::string_view body() const noexcept { return {kaltura_flow_body(get()), kaltura_flow_body_length(get())}; }
  milliseconds timeout() const noexcept { return milliseconds(kaltura_flow_timeout_ms(get())); }
  milliseconds wait() const noexcept { return milliseconds(kaltura_flow_wait_ms(get())); }
  std::string_view widget_ks() const noexcept { return kaltura_flow_widget_ks(get()); }
  void add_header(std::string_view name, std::string_view value) {
    kaltura_flow_add_header(get(), text(name), text(value));
  }
  bool reply(int http_status, std::string_view body) {
    return kaltura_flow_reply(get(), http_status, detail::bytes(body), body.size()) != 0;
  }
  bool fail(kaltura_status status, std::string_view message) {
    return kaltura_flow_fail(get(), status, text(message)) != 0;
  }
  bool set_token_hash(std::string_view hash) { return kaltura_flow_set_token_hash(get(), text(hash)) != 0; }
  result<session> take() {
    kaltura_session *owned = kaltura_flow_take_session(get());
    return detail::made<session>(owned, owned == nullptr ? kaltura_flow_take_error(get()) : nullptr);
  }
  std::string memory() const {
    std::string bytes(kaltura_flow_memory(get(), nullptr, 0), '\0');
    kaltura_flow_memory(get(), reinterpret_cast<uint8_t *>(bytes.data()), bytes.size());
    return bytes;
  }
  bool set_memory(std::string_view bytes) {
    return kaltura_flow_set_memory(get(), detail::bytes(bytes), bytes.size()) != 0;
  }
};

}  // namespace kaltura

#endif /* KALTURA_FLOW_HPP */

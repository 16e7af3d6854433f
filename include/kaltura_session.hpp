/*
 * kaltura_session.hpp - kaltura_session.h for C++17 and later. Licence: MIT OR Apache-2.0.
 *
 *   kaltura::provider provider(kaltura::options(101, "0_ab12cd34", "00112233445566778899aabbccddeeff").user_id("joe"));
 *   std::cout << provider.load().ks();
 *
 * Every function is that of kaltura_session.h with the same name, whose comment is its manual. What C++ adds:
 *
 *   Handles    own what C gave and free it; they move and are not copied. get() lends the C handle; the constructor
 *              that takes one owns it. What was moved from is a NULL handle, which every function answers.
 *   Strings    In: std::string_view, copied; {} is C's NULL. With a NUL inside it is refused like bad UTF-8.
 *              Out: a std::string_view into the handle, NUL-terminated, alive as long as that; empty for NULL.
 *   Errors     Constructors, generate_ks, start_session and load throw kaltura::error. Whatever else can fail, make,
 *              try_start_session and try_load included, returns a result; its value() throws the error.
 *              Numbers and flags are C's own constants, KALTURA_STATUS_TIMEOUT and so on.
 *   Callbacks  are copied, and live until C's destroy function would come. They run on threads of the library's; an
 *              empty one is C's NULL. An exception that leaves one is std::terminate, as with std::thread.
 *   Blocking   generate_ks, start_session, load, end_session and drain, within the total timeout; no destructor does.
 */
#ifndef KALTURA_SESSION_HPP
#define KALTURA_SESSION_HPP

#include <kaltura_session.h>

#include <chrono>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#if defined(__cpp_impl_coroutine)
#include <coroutine>
#endif

namespace kaltura {

using std::chrono::milliseconds;
using std::chrono::seconds;
using std::chrono::system_clock;

namespace detail {

/* A string_view as C wants it, wiped afterwards. With a NUL inside it becomes bad UTF-8, which C refuses by name. */
struct text {
  explicit text(std::string_view view)
      : is_null_(view.data() == nullptr), copy_(view.find('\0') == view.npos ? view : "\xC0\x80") {}
  text(const text &) = delete;
  text &operator=(const text &) = delete;
  ~text() { for (volatile char &byte : copy_) byte = 0; }
  operator const char *() const noexcept { return is_null_ ? nullptr : copy_.c_str(); }
  bool is_null_;
  std::string copy_;
};

inline std::string_view view(const char *string) noexcept { return string != nullptr ? string : std::string_view(); }
inline auto bytes(std::string_view view) noexcept { return reinterpret_cast<const uint8_t *>(view.data()); }

/* user_data that is a std::function, or several: kept, used, let go. */
template <class Function>
void *keep(const Function &function) { return new Function(function); }
template <class Function>
Function &kept(void *user_data) noexcept { return *static_cast<Function *>(user_data); }
template <class Function>
void let_go(void *user_data) noexcept { delete static_cast<Function *>(user_data); }
template <class Function, class Callback, class Setter, class... Arguments>
void set(const Function &function, Callback callback, Setter setter, Arguments... arguments) {
  setter(arguments..., function ? +callback : nullptr, keep(function), let_go<Function>);
}

template <class T, void (*Free)(T *)>
class handle {
 public:
  explicit handle(T *owned) noexcept : owned_(owned) {}
  T *get() const noexcept { return owned_.get(); }

 private:
  struct release { void operator()(T *owned) const noexcept { Free(owned); } };
  std::unique_ptr<T, release> owned_;
};

}  // namespace detail

/* Why a call failed: kaltura_error_*. Never holds a secret. Copies share it; any thread may use any copy. */
class error : public std::exception {
 public:
  explicit error(kaltura_error *owned) : shared_(owned, kaltura_error_free) {}
  const kaltura_error *get() const noexcept { return shared_.get(); }
  const char *what() const noexcept override { return kaltura_error_message(get()); }
  kaltura_status status() const noexcept { return kaltura_error_status(get()); }
  std::string_view status_name() const noexcept { return kaltura_status_name(status()); }
  kaltura_category category() const noexcept { return kaltura_error_category(get()); }
  kaltura_step step() const noexcept { return kaltura_error_step(get()); }
  std::string_view message() const noexcept { return kaltura_error_message(get()); }
  std::string_view hint() const noexcept { return kaltura_error_hint(get()); }
  std::string_view option() const noexcept { return detail::view(kaltura_error_option(get())); }
  std::string_view api_code() const noexcept { return detail::view(kaltura_error_api_code(get())); }
  std::string_view api_message() const noexcept { return detail::view(kaltura_error_api_message(get())); }
  std::string_view api_arg_name(size_t i) const { return detail::view(kaltura_error_api_arg_name(get(), i)); }
  std::string_view api_arg(std::string_view name) const {
    return detail::view(kaltura_error_api_arg(get(), detail::text(name)));
  }
  kaltura_ks_reason ks_reason() const noexcept { return kaltura_error_ks_reason(get()); }
  int http_status() const noexcept { return kaltura_error_http_status(get()); }
  bool is_retryable() const noexcept { return kaltura_error_is_retryable(get()) != 0; }
  milliseconds retry_after() const noexcept { return milliseconds(kaltura_error_retry_after_ms(get())); }
  int attempts() const noexcept { return kaltura_error_attempts(get()); }
  std::string_view server_session() const noexcept { return detail::view(kaltura_error_server_session(get())); }
  std::string_view server_host() const noexcept { return detail::view(kaltura_error_server_host(get())); }

 private:
  std::shared_ptr<const kaltura_error> shared_;
};

/* A T or an error, as std::expected<T, kaltura::error>. value() throws the error; else what is not there terminates. */
template <class T>
class [[nodiscard]] result {
 public:
  result(T value) : held_(std::in_place_index<0>, std::move(value)) {}
  result(kaltura::error failure) : held_(std::in_place_index<1>, std::move(failure)) {}
  bool has_value() const noexcept { return held_.index() == 0; }
  explicit operator bool() const noexcept { return has_value(); }
  const T &operator*() const noexcept { return std::get<0>(held_); }
  T &operator*() noexcept { return std::get<0>(held_); }
  const T *operator->() const noexcept { return &std::get<0>(held_); }
  T *operator->() noexcept { return &std::get<0>(held_); }
  const kaltura::error &error() const noexcept { return std::get<1>(held_); }
  T &value() & { return checked(), **this; }
  T value() && { return checked(), std::move(**this); }

 private:
  void checked() const {
#if defined(__cpp_exceptions)
    if (!has_value()) throw error();
#else
    if (!has_value()) std::terminate();
#endif
  }
  std::variant<T, kaltura::error> held_;
};

using outcome = result<std::monostate>; /* of a call that brings nothing */

namespace detail {
template <class T, class Handle>
result<T> made(Handle *owned, kaltura_error *failure) {
  return owned != nullptr ? result<T>(T(owned)) : result<T>(kaltura::error(failure));
}
/* What a function of C's makes, or does. */
template <class T, class Function, class... Arguments>
result<T> make(Function function, const Arguments &...arguments) {
  kaltura_error *failure;
  auto *owned = function(arguments..., &failure);
  return made<T>(owned, failure);
}
template <class Function, class... Arguments>
outcome run(Function function, const Arguments &...arguments) {
  kaltura_error *failure;
  return function(arguments..., &failure) != 0 ? outcome(std::monostate()) : outcome(kaltura::error(failure));
}
}  // namespace detail

/* A session as granted. Any thread may use it. Its KS is wiped with the last session that retain() gave. */
class session : public detail::handle<kaltura_session, kaltura_session_free> {
 public:
  using handle::handle;
  session retain() const noexcept { return session(kaltura_session_retain(get())); }
  std::string_view ks() const noexcept { return kaltura_session_ks(get()); }
  int64_t partner_id() const noexcept { return kaltura_session_partner_id(get()); }
  std::string_view user_id() const noexcept { return kaltura_session_user_id(get()); }
  kaltura_session_type granted_type() const noexcept { return kaltura_session_granted_type(get()); }
  std::string_view privileges() const noexcept { return kaltura_session_privileges(get()); }
  std::string_view dropped_privileges() const noexcept { return kaltura_session_dropped_privileges(get()); }
  kaltura_adjustment adjustments() const noexcept { return kaltura_session_adjustments(get()); }
  kaltura_hash_type hash_type() const noexcept { return kaltura_session_hash_type(get()); }
  milliseconds remaining() const noexcept { return milliseconds(kaltura_session_remaining_ms(get())); }
  /* By the server's clock; remaining() is right by any. */
  system_clock::time_point expires_at() const noexcept {
    return system_clock::time_point(seconds(kaltura_session_expires_at_seconds(get())));
  }
};

/* Ends the calls that it is given to: cancel() from any thread. */
class cancellation : public detail::handle<kaltura_cancellation, kaltura_cancellation_free> {
 public:
  cancellation() : handle(kaltura_cancellation_new()) {}
  void cancel() const noexcept { kaltura_cancellation_cancel(get()); }
};

/* A widget KS to hash: reply() or fail(), at once or later, from any thread. Destroyed unanswered, it has failed. */
class hashing : public detail::handle<kaltura_hashing, kaltura_hashing_free> {
 public:
  using handle::handle;
  std::string_view widget_ks() const noexcept { return kaltura_hashing_widget_ks(get()); }
  milliseconds timeout() const noexcept { return milliseconds(kaltura_hashing_timeout_ms(get())); }
  void on_cancel(const std::function<void()> &function) const {
    auto callback = [](void *user_data) noexcept { detail::kept<std::function<void()>>(user_data)(); };
    detail::set(function, callback, kaltura_hashing_on_cancel, get());
  }
  void reply(std::string_view hash) const { kaltura_hashing_reply(get(), detail::text(hash)); }
  void fail(std::string_view message) const { kaltura_hashing_fail(get(), detail::text(message)); }
};

/* Where a provider keeps its session between runs. What is saved holds secrets; load gives "" for nothing. */
struct store {
  std::function<std::string(std::string_view key)> load;
  std::function<bool(std::string_view key, std::string_view bytes)> save;
  std::function<bool(std::string_view key)> clear;
};

/* What a session shall be. One call at a time. A bad value is reported by the call that takes the options. */
class options : public detail::handle<kaltura_options, kaltura_options_free> {
 public:
  using text = detail::text;
  using log_function = std::function<void(kaltura_log_level, std::string_view line)>;
  using hash_function = std::function<void(hashing)>;

  using handle::handle;
  /* app_token: {} if a token hash function supplies the hash. */
  options(int64_t partner_id, std::string_view app_token_id, std::string_view app_token = {})
      : handle(kaltura_options_new(partner_id, text(app_token_id), text(app_token))) {}
  options &service_url(std::string_view url) { return kaltura_options_set_service_url(get(), text(url)), *this; }
  options &allow_http(bool allow) { return kaltura_options_set_allow_http(get(), allow), *this; }
  options &hash_type(kaltura_hash_type type) { return kaltura_options_set_hash_type(get(), type), *this; }
  options &user_id(std::string_view id) { return kaltura_options_set_user_id(get(), text(id)), *this; }
  options &session_type(kaltura_session_type type) { return kaltura_options_set_session_type(get(), type), *this; }
  options &expiry(seconds time) { return kaltura_options_set_expiry_seconds(get(), time.count()), *this; }
  options &privileges(std::string_view list) { return kaltura_options_set_privileges(get(), text(list)), *this; }
  options &widget_id(std::string_view id) { return kaltura_options_set_widget_id(get(), text(id)), *this; }
  options &widget_expiry(seconds time) { return kaltura_options_set_widget_expiry_seconds(get(), time.count()), *this; }
  options &client_tag(std::string_view tag) { return kaltura_options_set_client_tag(get(), text(tag)), *this; }
  options &total_timeout(milliseconds time) { return kaltura_options_set_total_timeout_ms(get(), time.count()), *this; }
  options &max_attempts(int attempts) { return kaltura_options_set_max_attempts(get(), attempts), *this; }
#if KALTURA_FEATURE_HTTP
  options &connect_timeout(milliseconds t) { return kaltura_options_set_connect_timeout_ms(get(), t.count()), *this; }
  options &proxy_url(std::string_view url) { return kaltura_options_set_proxy_url(get(), text(url)), *this; }
  options &trust(kaltura_trust trust) { return kaltura_options_set_trust(get(), trust), *this; }
  options &add_ca_pem(std::string_view pem) { return kaltura_options_add_ca_pem(get(), text(pem)), *this; }
  options &add_pin(std::string_view base64) { return kaltura_options_add_pin_spki_sha256(get(), text(base64)), *this; }
#endif
  options &refresh_windows(seconds advisory, seconds mandatory) {
    return kaltura_options_set_refresh_windows_seconds(get(), advisory.count(), mandatory.count()), *this;
  }
  options &token_hash(const hash_function &function) {
    auto callback = [](void *data, kaltura_hashing *raw) noexcept { detail::kept<hash_function>(data)(hashing(raw)); };
    return detail::set(function, callback, kaltura_options_set_token_hash, get()), *this;
  }
  options &log(kaltura_log_level max_level, const log_function &function) {
    auto callback = [](void *user_data, kaltura_log_level level, const char *line) noexcept {
      detail::kept<log_function>(user_data)(level, line);
    };
    return detail::set(function, callback, kaltura_options_set_log, get(), max_level), *this;
  }
  options &store(const kaltura::store &functions) {
    using stored = kaltura::store;
    auto load = [](void *user_data, const char *key, kaltura_blob *blob) noexcept {
      std::string bytes = detail::kept<stored>(user_data).load(key);
      kaltura_blob_set(blob, detail::bytes(bytes), bytes.size());
    };
    auto save = [](void *user_data, const char *key, const uint8_t *bytes, size_t length) noexcept {
      std::string_view view(reinterpret_cast<const char *>(bytes), length);
      return int32_t{detail::kept<stored>(user_data).save(key, view)};
    };
    auto clear = [](void *data, const char *key) noexcept { return int32_t{detail::kept<stored>(data).clear(key)}; };
    kaltura_options_set_store(get(), functions.load ? +load : nullptr, functions.save ? +save : nullptr,
                              functions.clear ? +clear : nullptr, detail::keep(functions), detail::let_go<stored>);
    return *this;
  }
};

#if KALTURA_FEATURE_HTTP
/* A KS in one call; blocks. Nothing wipes the string: start_session() gives one that is wiped. */
inline std::string generate_ks(int64_t partner_id, std::string_view app_token_id, std::string_view app_token,
                               std::string_view user_id = {}, std::string_view service_url = {}) {
  using detail::text;
  using string = detail::handle<char, kaltura_free_string>;
  return detail::make<string>(kaltura_generate_ks, text(service_url), partner_id, text(app_token_id), text(app_token),
                              text(user_id)).value().get();
}
#endif

/* Starts a session; blocks. */
inline result<session> try_start_session(const options &options, const cancellation *cancel = nullptr) {
  return detail::make<session>(kaltura_start_session, options.get(), cancel ? cancel->get() : nullptr);
}
inline session start_session(const options &options, const cancellation *cancel = nullptr) {
  return try_start_session(options, cancel).value();
}

/*
 * A valid session, always at hand. Any thread may use it. The destructor shuts it down and does not wait: callbacks
 * still owed come later, with KALTURA_STATUS_SHUT_DOWN. If what they use goes with it: shutdown(), then drain().
 */
class provider : public detail::handle<kaltura_provider, kaltura_provider_free> {
 public:
  using load_function = std::function<void(result<session>)>;
  using done_function = std::function<void(outcome)>;

  using handle::handle;
  explicit provider(const options &options) : provider(make(options).value()) {}
  static result<provider> make(const options &from) { return detail::make<provider>(kaltura_provider_new, from.get()); }
  std::string_view service_url() const noexcept { return kaltura_provider_service_url(get()); }
  int64_t partner_id() const noexcept { return kaltura_provider_partner_id(get()); }
  result<session> try_load(const cancellation *cancel = nullptr) const {
    return detail::make<session>(kaltura_provider_load, get(), cancel ? cancel->get() : nullptr);
  }
  session load(const cancellation *cancel = nullptr) const { return try_load(cancel).value(); }
  /* If this is no error, the function comes exactly once, on the provider's delivery thread; else never. */
  outcome load_async(const load_function &function, const cancellation *cancel = nullptr) const {
    auto callback = [](void *user_data, kaltura_session *owned, kaltura_error *failure) noexcept {
      detail::kept<load_function>(user_data)(detail::made<session>(owned, failure));
    };
    return detail::run(kaltura_provider_load_async, get(), cancel ? cancel->get() : nullptr,
                       function ? +callback : nullptr, detail::keep(function), detail::let_go<load_function>);
  }
  std::optional<session> peek() const noexcept {
    if (kaltura_session *owned = kaltura_provider_peek(get())) return session(owned);
    return std::nullopt;
  }
  void prefetch() const noexcept { kaltura_provider_prefetch(get()); }
  void invalidate(std::string_view ks = {}) const { kaltura_provider_invalidate(get(), detail::text(ks)); }
  kaltura_advice report_error(std::string_view ks, std::string_view api_code, std::string_view ksid = {}) const {
    return kaltura_provider_report_error(get(), detail::text(ks), detail::text(api_code), detail::text(ksid));
  }
  outcome set_user_id(std::string_view user_id) const {
    return detail::run(kaltura_provider_set_user_id, get(), detail::text(user_id));
  }
  outcome end_session(kaltura_end flags, const cancellation *cancel = nullptr) const {
    return detail::run(kaltura_provider_end_session, get(), flags, cancel ? cancel->get() : nullptr);
  }
  outcome end_session_async(kaltura_end flags, const done_function &done, const cancellation *cancel = nullptr) const {
    auto callback = [](void *user_data, kaltura_error *failure) noexcept {
      detail::kept<done_function>(user_data)(failure == nullptr ? outcome({}) : outcome(error(failure)));
    };
    return detail::run(kaltura_provider_end_session_async, get(), flags, cancel ? cancel->get() : nullptr,
                       done ? +callback : nullptr, detail::keep(done), detail::let_go<done_function>);
  }
  void shutdown() const noexcept { kaltura_provider_shutdown(get()); }
  bool drain(milliseconds timeout) const noexcept { return kaltura_provider_drain(get(), timeout.count()) != 0; }

#if defined(__cpp_impl_coroutine)
  /* (co_await provider.loaded()) is a result<session>. The coroutine goes on on the delivery thread. */
  struct loading {
    bool await_ready() const noexcept { return false; }
    bool await_suspend(std::coroutine_handle<> caller) {
      auto go_on = [this, caller](result<session> loaded) {
        brought.emplace(std::move(loaded));
        caller.resume();
      };
      outcome begun = owner.load_async(go_on, cancel);
      if (begun) return true; /* the caller may have gone on by now, and this be gone */
      brought.emplace(begun.error());
      return false;
    }
    result<session> await_resume() { return std::move(*brought); }
    const provider &owner;
    const cancellation *cancel;
    std::optional<result<session>> brought;
  };
  loading loaded(const cancellation *cancel = nullptr) const noexcept { return {*this, cancel, {}}; }
#endif
};

}  // namespace kaltura

#endif /* KALTURA_SESSION_HPP */

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

#include <kaltura_values.hpp>

#if defined(__cpp_impl_coroutine)
#include <coroutine>
#endif

namespace kaltura {

/* Where a provider keeps its session between runs. What is saved holds secrets; load gives "" for nothing. */
struct store {
  std::function<std::string(std::string_view key)> load;
  std::function<bool(std::string_view key, std::string_view bytes)> save;
  std::function<bool(std::string_view key)> clear;
};

/* What a session shall be. One call at a time. A bad value is reported by the call that takes the options. */
class options : public option_setters<options> {
 public:
  using log_function = std::function<void(kaltura_log_level, std::string_view line)>;
  using hash_function = std::function<void(hashing)>;

  using option_setters::option_setters;
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

/* Starts a session; blocks. */
inline result<session> try_start_session(const options &options, const cancellation *cancel = nullptr) {
  return detail::make<session>(kaltura_start_session, options.get(), detail::raw(cancel));
}
inline session start_session(const options &options, const cancellation *cancel = nullptr) {
  return try_start_session(options, cancel).value();
}

/*
 * A valid session, always at hand. Any thread may use it. The destructor shuts it down and does not wait: callbacks
 * still owed come later, with KALTURA_STATUS_SHUT_DOWN. If what they use goes with it: shutdown(), then drain().
 */
class provider : public provider_methods {
 public:
  using load_function = std::function<void(result<session>)>;
  using done_function = std::function<void(outcome)>;

  using provider_methods::provider_methods;
  explicit provider(const options &options) : provider(make(options).value()) {}
  static result<provider> make(const options &from) { return detail::make<provider>(kaltura_provider_new, from.get()); }
  /* If this is no error, the function comes exactly once, on the provider's delivery thread; else never. */
  outcome load_async(const load_function &function, const cancellation *cancel = nullptr) const {
    auto callback = [](void *user_data, kaltura_session *owned, kaltura_error *failure) noexcept {
      detail::kept<load_function>(user_data)(detail::made<session>(owned, failure));
    };
    return detail::run<outcome>(kaltura_provider_load_async, get(), detail::raw(cancel),
                       function ? +callback : nullptr, detail::keep(function), detail::let_go<load_function>);
  }
  outcome end_session_async(kaltura_end flags, const done_function &done, const cancellation *cancel = nullptr) const {
    auto callback = [](void *user_data, kaltura_error *failure) noexcept {
      detail::kept<done_function>(user_data)(failure == nullptr ? outcome({}) : outcome(error(failure)));
    };
    return detail::run<outcome>(kaltura_provider_end_session_async, get(), flags, detail::raw(cancel),
                       done ? +callback : nullptr, detail::keep(done), detail::let_go<done_function>);
  }

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

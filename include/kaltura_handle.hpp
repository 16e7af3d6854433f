/*
 * kaltura_handle.hpp - what the other headers of C++ are made of: handles that free themselves, text, results, callbacks.
 * Licence: MIT OR Apache-2.0. Include kaltura_session.hpp.
 */
#ifndef KALTURA_HANDLE_HPP
#define KALTURA_HANDLE_HPP

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

namespace kaltura {

using std::chrono::milliseconds;
using std::chrono::seconds;
using std::chrono::system_clock;

class error;

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

template <class Handle>
auto raw(const Handle *handle) noexcept { return handle != nullptr ? handle->get() : nullptr; }

}  // namespace detail

/* A T or an error, as std::expected<T, kaltura::error>. value() throws the error; else what is not there terminates. */
template <class T, class Error = error>
class [[nodiscard]] result {
 public:
  using error_type = Error;
  result(T value) : held_(std::in_place_index<0>, std::move(value)) {}
  result(Error failure) : held_(std::in_place_index<1>, std::move(failure)) {}
  bool has_value() const noexcept { return held_.index() == 0; }
  explicit operator bool() const noexcept { return has_value(); }
  const T &operator*() const noexcept { return std::get<0>(held_); }
  T &operator*() noexcept { return std::get<0>(held_); }
  const T *operator->() const noexcept { return &std::get<0>(held_); }
  T *operator->() noexcept { return &std::get<0>(held_); }
  const Error &error() const noexcept { return std::get<1>(held_); }
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
  std::variant<T, Error> held_;
};

using outcome = result<std::monostate>; /* of a call that brings nothing */

namespace detail {
template <class T, class Handle>
result<T> made(Handle *owned, kaltura_error *failure) {
  return owned != nullptr ? result<T>(T(owned)) : result<T>(typename result<T>::error_type(failure));
}
/* What a function of C's makes, or does. */
template <class T, class Function, class... Arguments>
result<T> make(Function function, const Arguments &...arguments) {
  kaltura_error *failure;
  auto *owned = function(arguments..., &failure);
  return made<T>(owned, failure);
}
template <class Outcome, class Function, class... Arguments>
Outcome run(Function function, const Arguments &...arguments) {
  kaltura_error *failure;
  return function(arguments..., &failure) != 0 ? Outcome(std::monostate())
                                            : Outcome(typename Outcome::error_type(failure));
}
}  // namespace detail

}  // namespace kaltura

#endif /* KALTURA_HANDLE_HPP */

/*
 * A valid KS, always at hand, in C++: loads that block, one that completes with a function, and, from C++20 on, one that a
 * coroutine awaits; a KS that the server refused is refreshed. The settings come from the environment, as for
 * examples/c/start_session.c.
 */
#include <cstdlib>
#include <fstream>
#include <future>
#include <iostream>
#include <iterator>
#include <kaltura_session.hpp>

using namespace std::chrono_literals;

static std::string setting(const char *name) {
  const char *text = std::getenv(name);
  return text != nullptr ? text : "";
}

static kaltura::options options_from_environment() {
  kaltura::options options(std::strtoll(setting("PARTNER_ID").c_str(), nullptr, 10), setting("APP_TOKEN_ID"),
                           setting("APP_TOKEN"));
  options.user_id(setting("USER_ID")).expiry(1h).client_tag("provider example");
  options.log(KALTURA_LOG_LEVEL_INFO, [](kaltura_log_level, std::string_view line) { std::clog << "  " << line << '\n'; });
  if (!setting("SERVICE_URL").empty()) options.service_url(setting("SERVICE_URL"));
  if (!setting("CA_FILE").empty()) {
    std::ifstream file(setting("CA_FILE"));
    options.add_ca_pem(std::string(std::istreambuf_iterator<char>(file), {}));
  }
  return options;
}

// The end of a KS tells one from another, and shows nothing secret.
static void print(const char *who, const kaltura::session &session) {
  std::cout << who << ": a KS that ends in ..." << session.ks().substr(session.ks().size() - 8) << " and lives for "
            << std::chrono::duration_cast<std::chrono::seconds>(session.remaining()).count() << " s\n";
}

#if defined(__cpp_impl_coroutine)
struct detached {
  struct promise_type {
    detached get_return_object() { return {}; }
    std::suspend_never initial_suspend() noexcept { return {}; }
    std::suspend_never final_suspend() noexcept { return {}; }
    void return_void() {}
    void unhandled_exception() { std::terminate(); }
  };
};

static detached await(const kaltura::provider &provider, std::promise<void> &done) {
  kaltura::result<kaltura::session> session = co_await provider.loaded();
  if (session) print("the coroutine", *session);
  done.set_value();
}
#endif

int main() try {
  kaltura::provider provider(options_from_environment());
  kaltura::session first = provider.load();
  print("the first load", first);
  print("the second, from the cache", provider.load());

  // Another call was refused with INVALID_KS: the session is dropped, and the next load brings another.
  if (provider.report_error(first.ks(), "INVALID_KS", "EXPIRED") == KALTURA_ADVICE_REFRESH_AND_RETRY) {
    print("after a refusal", provider.load());
  }

  std::promise<void> loaded;
  provider.load_async([&](kaltura::result<kaltura::session> session) {
    if (session) print("the function", *session);
    loaded.set_value();
  }).value();
  loaded.get_future().wait();

#if defined(__cpp_impl_coroutine)
  std::promise<void> awaited;
  await(provider, awaited);
  awaited.get_future().wait();
#endif
  provider.shutdown();
  provider.drain(1s);  // only because the program ends here, and callbacks print
} catch (const kaltura::error &error) {
  std::cerr << error.status_name() << ": " << error.message() << '\n' << error.hint() << '\n';
  return 1;
}

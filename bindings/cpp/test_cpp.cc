// kaltura_session.hpp and kaltura_flow.hpp against the fake server: what C++ adds to C, and that it adds nothing else.
#include <kaltura_flow.hpp>
#include <kaltura_session.hpp>

#include <condition_variable>
#include <fstream>
#include <map>
#include <mutex>
#include <sstream>
#include <thread>
#include <type_traits>
#include <vector>

extern "C" {
#include "fake_server.h"
}
#include "harness.h"

using namespace std::chrono_literals;
using namespace std::string_view_literals;

static fake_server *server;

static kaltura::options account_options(const char *id = FAKE_APP_TOKEN_ID, const char *token = FAKE_APP_TOKEN) {
  kaltura::options options(FAKE_PARTNER_ID, id, token);
  options.service_url(fake_server_http_url(server)).hash_type(KALTURA_HASH_TYPE_SHA256).proxy_url("");
  return options;
}

static void expect_same(std::string_view actual, std::string_view expected) {
  EXPECT_STR(std::string(actual).c_str(), std::string(expected).c_str());
}

// Something that another thread brings.
template <class T>
class box {
 public:
  void put(T value) {
    std::lock_guard<std::mutex> guard(lock_);
    value_.emplace(std::move(value));
    there_.notify_one();
  }
  T take() {
    std::unique_lock<std::mutex> guard(lock_);
    there_.wait(guard, [this] { return value_.has_value(); });
    return std::move(*value_);
  }

 private:
  std::mutex lock_;
  std::condition_variable there_;
  std::optional<T> value_;
};

// The wrapper's own threads are done with what they were given when nobody else has it.
static void expect_let_go(const std::shared_ptr<int> &token) {
  for (int waited = 0; waited < 10000 && token.use_count() > 1; waited++) std::this_thread::sleep_for(1ms);
  EXPECT_EQ(token.use_count(), 1);
}

static void a_session_says_what_was_granted() {
  kaltura::session session = kaltura::start_session(account_options("0_lockuser", "a0a1a2a3a4a5a6a7a8a9aaabacadaeaf")
                                                        .user_id("joe")
                                                        .session_type(KALTURA_SESSION_TYPE_ADMIN)
                                                        .expiry(99999999s)
                                                        .privileges("list:0_x,setrole:1"));
  EXPECT_AT_LEAST(session.ks().size(), 100);
  EXPECT_EQ(session.partner_id(), FAKE_PARTNER_ID);
  expect_same(session.user_id(), "service@example.com");
  EXPECT_EQ(session.granted_type(), KALTURA_SESSION_TYPE_USER);
  EXPECT_CONTAINS(session.privileges().data(), "list:0_x");
  expect_same(session.dropped_privileges(), "setrole:1");
  EXPECT_TRUE((session.adjustments() & KALTURA_ADJUSTMENT_USER_REPLACED) != 0);
  EXPECT_EQ(session.hash_type(), KALTURA_HASH_TYPE_SHA256);
  EXPECT_TRUE(session.remaining() > 0ms);
  EXPECT_TRUE(session.expires_at() > std::chrono::system_clock::now());
}

// What a story of bindings/stories.txt ends with.
static std::string play(const std::string &action, const kaltura::options &options) {
  std::ostringstream outcome;
  kaltura::error failure(nullptr);
  if (action == "start") {
    if (auto session = kaltura::try_start_session(options)) {
      outcome << "partner=" << session->partner_id() << " user=" << session->user_id() << " type=" << session->granted_type()
              << " adjustments=" << session->adjustments() << " hash=" << session->hash_type();
      return outcome.str();
    } else {
      failure = session.error();
    }
  } else {
    kaltura::provider provider(options);
    kaltura::cancellation cancellation;
    std::thread other([&] {
      std::this_thread::sleep_for(100ms);
      cancellation.cancel();
    });
    auto first = provider.try_load(action == "cancelled" ? &cancellation : nullptr);
    other.join();
    if (!first) return "status=" + std::to_string(first.error().status());
    auto again = provider.load();
    auto advice = provider.report_error(first->ks(), "INVALID_KS", "EXPIRED");
    outcome << "same=" << (first->ks() == again.ks()) << " advice=" << advice << " other=" << (provider.load().ks() != first->ks());
    return outcome.str();
  }
  outcome << "status=" << failure.status() << " category=" << failure.category() << " step=" << failure.step()
          << " option=" << failure.option() << " code=" << failure.api_code() << " id=" << failure.api_arg("ID")
          << " http=" << failure.http_status() << " retryable=" << failure.is_retryable() << " attempts=" << failure.attempts()
          << " told=" << (!failure.message().empty() && !failure.hint().empty());
  return outcome.str();
}

static void every_story_ends_as_in_every_language() {
  std::ifstream stories("bindings/stories.txt");
  int played = 0;
  for (std::string line; std::getline(stories, line);) {
    if (line[0] == '#') continue;
    std::vector<std::string> cells;
    std::istringstream parts(line);
    for (std::string cell; std::getline(parts, cell, '|');) {
      size_t begin = cell.find_first_not_of(' '), end = cell.find_last_not_of(' ');
      cells.push_back(begin == cell.npos ? "" : cell.substr(begin, end - begin + 1));
    }
    fake_server_reset(server);
    fake_server_script(server, cells[1].c_str());
    kaltura::options options = account_options(cells[2].c_str(), cells[3].c_str());
    options.user_id(cells[4]).max_attempts(std::stoi(cells[5]));
    expect_same(play(cells[0], options), cells[6]);
    played++;
  }
  EXPECT_AT_LEAST(played, 9);
  fake_server_reset(server);
}

static void one_call_gives_a_ks() {
  std::string ks = kaltura::generate_ks(fake_server_http_url(server), FAKE_PARTNER_ID, FAKE_APP_TOKEN_ID, FAKE_APP_TOKEN, "joe");
  EXPECT_AT_LEAST(ks.size(), 100);
}

static void an_error_of_the_api_is_a_result_and_an_exception() {
  kaltura::options options = account_options("0_disabled");
  kaltura::result<kaltura::session> result = kaltura::try_start_session(options);
  EXPECT_TRUE(!result);
  kaltura::error error = result.error();
  EXPECT_EQ(error.status(), KALTURA_STATUS_APP_TOKEN_NOT_ACTIVE);
  expect_same(error.status_name(), "KALTURA_STATUS_APP_TOKEN_NOT_ACTIVE");
  EXPECT_EQ(error.category(), KALTURA_CATEGORY_SERVER);
  EXPECT_EQ(error.step(), KALTURA_STEP_START_SESSION);
  expect_same(error.api_code(), "APP_TOKEN_NOT_ACTIVE");
  EXPECT_TRUE(!error.api_message().empty() && !error.hint().empty() && error.message() == error.what());
  expect_same(error.api_arg_name(0), "ID");
  expect_same(error.api_arg("ID"), "0_disabled");
  EXPECT_TRUE(error.api_arg_name(1).data() == nullptr && error.option().data() == nullptr);
  EXPECT_EQ(error.attempts(), 2);
  EXPECT_TRUE(!error.is_retryable());
  try {
    kaltura::start_session(options);
    EXPECT_TRUE(false); // it throws
  } catch (const std::exception &thrown) {
    EXPECT_STR(thrown.what(), error.what());
  }
  try {
    kaltura::provider provider(kaltura::options(0, ""));
    EXPECT_TRUE(false); // it throws
  } catch (const kaltura::error &thrown) {
    EXPECT_EQ(thrown.status(), KALTURA_STATUS_INVALID_ARGUMENT);
  }
}

static void a_cancelled_call_ends_at_once() {
  fake_server_script(server, "start:* hold name=never");
  kaltura::cancellation cancellation;
  std::thread other([&] {
    std::this_thread::sleep_for(50ms);
    cancellation.cancel();
  });
  auto result = kaltura::try_start_session(account_options(), &cancellation);
  EXPECT_TRUE(!result && result.error().status() == KALTURA_STATUS_CANCELLED);
  other.join();
  fake_server_reset(server);
}

static void a_refused_ks_is_refreshed() {
  fake_server_reset(server);
  kaltura::provider provider(account_options());
  EXPECT_TRUE(!provider.peek());
  kaltura::session first = provider.load();
  expect_same(provider.load().ks(), first.ks());
  expect_same(provider.peek()->ks(), first.ks());
  EXPECT_EQ(provider.report_error(first.ks(), "INVALID_KS", "EXPIRED"), KALTURA_ADVICE_REFRESH_AND_RETRY);
  kaltura::session second = provider.load();
  EXPECT_TRUE(second.ks() != first.ks());
  EXPECT_EQ(fake_server_counter(server, "start_requests"), 2);
  provider.invalidate(second.ks());
  EXPECT_TRUE(!provider.peek());
  expect_same(provider.service_url(), fake_server_http_url(server));
  EXPECT_EQ(provider.partner_id(), FAKE_PARTNER_ID);
  provider.shutdown();
  EXPECT_TRUE(provider.drain(10s));
  EXPECT_EQ(provider.try_load().error().status(), KALTURA_STATUS_SHUT_DOWN);
}

static void a_load_completes_on_another_thread_and_lets_go_of_its_function() {
  auto token = std::make_shared<int>();
  box<kaltura::result<kaltura::session>> loaded;
  std::thread::id thread;
  kaltura::provider provider(account_options());
  EXPECT_TRUE(provider.load_async([&, token](kaltura::result<kaltura::session> result) {
    thread = std::this_thread::get_id();
    loaded.put(std::move(result));
  }).has_value());
  EXPECT_AT_LEAST(loaded.take().value().ks().size(), 100);
  EXPECT_TRUE(thread != std::this_thread::get_id());
  expect_let_go(token);
  EXPECT_EQ(provider.load_async({}).error().status(), KALTURA_STATUS_INVALID_ARGUMENT);
}

static void a_cancelled_load_completes_with_its_error() {
  box<kaltura::result<kaltura::session>> loaded;
  fake_server_script(server, "start:* hold name=never");
  kaltura::cancellation cancellation;
  kaltura::provider provider(account_options());
  provider.load_async([&](kaltura::result<kaltura::session> result) { loaded.put(std::move(result)); }, &cancellation)
      .value();
  cancellation.cancel();
  EXPECT_EQ(loaded.take().error().status(), KALTURA_STATUS_CANCELLED);
  fake_server_reset(server);
}

static void a_switch_of_user_and_an_end_of_sessions_have_outcomes() {
  box<kaltura::outcome> ended;
  kaltura::provider provider(account_options("0_short300", "909192939495969798999a9b9c9d9e9f").user_id("alice"));
  expect_same(provider.load().user_id(), "alice");
  EXPECT_TRUE(provider.set_user_id("bob").has_value());
  expect_same(provider.load().user_id(), "bob");
  expect_same(provider.set_user_id("a\0b"sv).error().option(), "user_id");
  EXPECT_TRUE(provider.set_user_id("bob").has_value());
  EXPECT_EQ(provider.end_session({}).error().status(), KALTURA_STATUS_INVALID_ARGUMENT);
  provider.load();
  provider.end_session_async(KALTURA_END_ALL_SESSIONS_OF_APP_TOKEN, [&](kaltura::outcome outcome) { ended.put(outcome); })
      .value();
  EXPECT_TRUE(ended.take().has_value());
  EXPECT_EQ(provider.try_load().error().ks_reason(), KALTURA_KS_REASON_LOGOUT);
  fake_server_reset(server);
}

// The option that a call names which takes these options.
static std::string refused(const kaltura::options &options) {
  auto result = kaltura::try_start_session(options);
  EXPECT_TRUE(!result && result.error().status() == KALTURA_STATUS_INVALID_ARGUMENT);
  return result ? "" : std::string(result.error().option());
}

static void text_with_a_nul_inside_is_refused_by_its_name() {
  constexpr std::string_view bad = "101\0 or more"sv;
  expect_same(refused(kaltura::options(101, bad, FAKE_APP_TOKEN)), "app_token_id");
  expect_same(refused(kaltura::options(101, FAKE_APP_TOKEN_ID, bad)), "app_token");
  expect_same(refused(account_options().service_url(bad)), "service_url");
  expect_same(refused(account_options().user_id(bad)), "user_id");
  expect_same(refused(account_options().privileges(bad)), "privileges");
  expect_same(refused(account_options().widget_id(bad)), "widget_id");
  expect_same(refused(account_options().client_tag(bad)), "client_tag");
  expect_same(refused(account_options().proxy_url(bad)), "proxy_url");
  expect_same(refused(account_options().add_ca_pem(bad)), "ca_pem");
  expect_same(refused(account_options().add_pin_spki_sha256(bad)), "pin_spki_sha256");
  kaltura::provider provider(account_options());
  kaltura::session session = provider.load();
  std::string ks(session.ks());
  EXPECT_EQ(provider.report_error(ks + '\0', "INVALID_KS"), KALTURA_ADVICE_NOT_A_SESSION_PROBLEM);
  provider.invalidate(ks + '\0');
  EXPECT_TRUE(provider.peek().has_value());
}

static void numbers_and_durations_go_to_their_options() {
  expect_same(refused(account_options().expiry(-1s)), "expiry_seconds");
  expect_same(refused(account_options().widget_expiry(-1s)), "widget_expiry_seconds");
  expect_same(refused(account_options().total_timeout(0ms)), "total_timeout_ms");
  expect_same(refused(account_options().connect_timeout(0ms)), "connect_timeout_ms");
  expect_same(refused(account_options().max_attempts(0)), "max_attempts");
  expect_same(refused(account_options().refresh_windows(1s, -1s)), "refresh_windows_seconds");
  expect_same(refused(account_options().service_url("http://example.com").allow_http(false)), "service_url");
  expect_same(refused(account_options().trust(kaltura_trust{99})), "trust");
  expect_same(refused(account_options().token_hash({})), "token_hash");
  expect_same(refused(account_options().store({})), "store");
}

static void handles_move_and_leave_a_null_handle() {
  static_assert(!std::is_copy_constructible_v<kaltura::session> && std::is_nothrow_move_constructible_v<kaltura::session>);
  static_assert(!std::is_copy_constructible_v<kaltura::options> && !std::is_copy_assignable_v<kaltura::provider>);
  static_assert(std::is_nothrow_copy_constructible_v<kaltura::error>);
  kaltura::session first = kaltura::start_session(account_options());
  kaltura::session same = first.retain(), moved = std::move(first);
  expect_same(first.ks(), "");
  expect_same(same.ks(), moved.ks());
  kaltura::options options = account_options(), taken = std::move(options);
  options.user_id("nobody");
  EXPECT_EQ(kaltura::try_start_session(options).error().status(), KALTURA_STATUS_INVALID_ARGUMENT);
  kaltura::session adopted(kaltura_start_session(taken.get(), nullptr, nullptr));
  EXPECT_AT_LEAST(adopted.ks().size(), 100);
}

static void a_token_hash_function_is_asked_and_let_go() {
  auto token = std::make_shared<int>();
  std::string widget_ks;
  {
    kaltura::options options(FAKE_PARTNER_ID, FAKE_APP_TOKEN_ID);
    options.service_url(fake_server_http_url(server)).token_hash([&, token](kaltura::hashing hashing) {
      widget_ks = hashing.widget_ks();
      EXPECT_TRUE(hashing.timeout() > 0ms);
      hashing.on_cancel([token] {});
      hashing.fail("the backend is asleep");
    });
    kaltura::error error = kaltura::try_start_session(options).error();
    EXPECT_EQ(error.status(), KALTURA_STATUS_CALLBACK_FAILED);
    EXPECT_CONTAINS(error.what(), "the backend is asleep");
    options.token_hash([token](kaltura::hashing hashing) { hashing.reply(std::string(64, '0')); });
    EXPECT_EQ(kaltura::try_start_session(options).error().status(), KALTURA_STATUS_APP_TOKEN_MISMATCH);
    options.token_hash([token](kaltura::hashing) {});
    EXPECT_EQ(kaltura::try_start_session(options).error().status(), KALTURA_STATUS_CALLBACK_FAILED);
  }
  EXPECT_AT_LEAST(widget_ks.size(), 100);
  expect_let_go(token);
}

static void log_lines_come_and_a_store_keeps_the_session() {
  std::mutex lock;
  std::vector<std::string> lines;
  std::map<std::string, std::string, std::less<>> kept;
  auto options = [&] {
    kaltura::options made = account_options();
    made.log(KALTURA_LOG_LEVEL_DEBUG, [&](kaltura_log_level, std::string_view line) {
      std::lock_guard<std::mutex> guard(lock);
      lines.emplace_back(line);
    });
    made.store({[&](std::string_view key) { return kept.count(key) != 0 ? kept.find(key)->second : std::string(); },
                [&](std::string_view key, std::string_view bytes) { return kept[std::string(key)] = bytes, true; },
                [&](std::string_view key) { return kept.erase(std::string(key)) == 1; }});
    return made;
  };
  std::string ks;
  for (int run = 0; run < 2; run++) {
    kaltura::provider provider(options());
    kaltura::session session = provider.load();
    if (run == 0) {
      ks = session.ks();
      fake_server_reset(server);
    } else {
      expect_same(session.ks(), ks);
      EXPECT_EQ(fake_server_counter(server, "requests"), 0);
      provider.invalidate();
    }
    provider.shutdown();
    EXPECT_TRUE(provider.drain(10s));
  }
  EXPECT_TRUE(kept.empty());
  EXPECT_TRUE(!lines.empty());
}

static void the_host_carries_requests_and_says_what_became_of_them() {
  auto token = std::make_shared<int>();
  {
    kaltura::options options = account_options();
    options.max_attempts(1);
    kaltura::set_transport(options, [token](kaltura::exchange exchange) {
      EXPECT_CONTAINS(exchange.url().data(), "/startWidgetSession");
      EXPECT_TRUE(exchange.body().front() == '{' && exchange.timeout() > 0ms && !exchange.is_cancelled());
      exchange.on_cancel([token] {});
      exchange.add_header("X-Me", "a host");
      exchange.reply(200, R"({"objectType":"KalturaAPIException","code":"SOMETHING","message":"m","args":[]})");
    });
    kaltura::error error = kaltura::try_start_session(options).error();
    expect_same(error.api_code(), "SOMETHING");
    expect_same(error.server_host(), "a host");
    EXPECT_EQ(error.http_status(), 200);
    kaltura::set_transport(options, [](kaltura::exchange exchange) { exchange.fail(KALTURA_STATUS_DNS, "no such host"); });
    EXPECT_EQ(kaltura::try_start_session(options).error().status(), KALTURA_STATUS_DNS);
  }
  expect_let_go(token);
}

static void a_flow_goes_in_steps() {
  kaltura::options options(FAKE_PARTNER_ID, FAKE_APP_TOKEN_ID);
  kaltura::flow flow(options);
  EXPECT_EQ(flow.step(), KALTURA_FLOW_ACTION_SEND);
  EXPECT_CONTAINS(flow.url().data(), "/startWidgetSession");
  EXPECT_TRUE(flow.body().front() == '{' && flow.timeout() > 0ms && flow.wait() == 0ms);
  flow.add_header("Date", "Tue, 01 Jan 2030 00:00:00 GMT");
  EXPECT_TRUE(flow.reply(200, R"({"objectType":"KalturaStartWidgetSessionResponse","ks":"aKS","partnerId":101})"));
  EXPECT_EQ(flow.step(), KALTURA_FLOW_ACTION_HASH);
  expect_same(flow.widget_ks(), "aKS");
  EXPECT_TRUE(flow.set_token_hash(std::string(64, '0')));
  EXPECT_EQ(flow.step(), KALTURA_FLOW_ACTION_SEND);
  kaltura::flow next(options);
  EXPECT_TRUE(!next.set_memory("foreign"));
  EXPECT_TRUE(next.set_memory(flow.memory()));
  expect_same(next.memory(), flow.memory());
  EXPECT_TRUE(flow.fail(KALTURA_STATUS_CANCELLED, "enough"));
  EXPECT_EQ(flow.step(), KALTURA_FLOW_ACTION_FAILED);
  EXPECT_EQ(flow.take().error().status(), KALTURA_STATUS_CANCELLED);
  EXPECT_EQ(kaltura::flow::make(kaltura::options(0, "")).error().status(), KALTURA_STATUS_INVALID_ARGUMENT);
}

#if defined(__cpp_impl_coroutine)
// A coroutine that nobody waits for.
struct detached {
  struct promise_type {
    detached get_return_object() { return {}; }
    std::suspend_never initial_suspend() noexcept { return {}; }
    std::suspend_never final_suspend() noexcept { return {}; }
    void return_void() {}
    void unhandled_exception() { std::terminate(); }
  };
};

static detached load_twice(const kaltura::provider &provider, box<std::string> &both) {
  auto first = co_await provider.loaded();
  auto second = co_await provider.loaded();
  both.put(first && second ? std::string(first->ks()) + '\n' + std::string(second->ks()) : "");
}

static detached load_once(const kaltura::provider &provider, box<kaltura_status> &status) {
  auto session = co_await provider.loaded();
  status.put(session ? KALTURA_STATUS_OK : session.error().status());
}

static void a_coroutine_waits_for_a_session() {
  kaltura::provider provider(account_options());
  box<std::string> both;
  load_twice(provider, both);
  std::string pair = both.take(), first = pair.substr(0, pair.find('\n'));
  EXPECT_AT_LEAST(first.size(), 100);
  expect_same(pair, first + '\n' + first);
  box<kaltura_status> status;
  provider.shutdown();
  load_once(provider, status);
  EXPECT_EQ(status.take(), KALTURA_STATUS_SHUT_DOWN);
  EXPECT_TRUE(provider.drain(10s));
}
#endif

// SESSIONS says how many: a leak checker is given 10,000.
static void whatever_was_taken_is_freed() {
  long count = std::getenv("SESSIONS") != nullptr ? std::atol(std::getenv("SESSIONS")) : 100;
  kaltura::provider provider(account_options());
  for (long index = 0; index < count; index++) {
    EXPECT_TRUE(kaltura::try_start_session(account_options()).has_value());
    kaltura::session loaded = provider.load();
    if (index % 100 == 0) {
      box<kaltura::result<kaltura::session>> later;
      provider.load_async([&](kaltura::result<kaltura::session> result) { later.put(std::move(result)); }).value();
      later.take().value();
      EXPECT_TRUE(!kaltura::try_start_session(account_options("0_disabled")));
      provider.invalidate(loaded.ks());
    }
  }
  provider.shutdown();
  EXPECT_TRUE(provider.drain(10s));
}

static const test_case tests[] = {
    TEST(a_session_says_what_was_granted),
    TEST(every_story_ends_as_in_every_language),
    TEST(one_call_gives_a_ks),
    TEST(an_error_of_the_api_is_a_result_and_an_exception),
    TEST(a_cancelled_call_ends_at_once),
    TEST(a_refused_ks_is_refreshed),
    TEST(a_load_completes_on_another_thread_and_lets_go_of_its_function),
    TEST(a_cancelled_load_completes_with_its_error),
    TEST(a_switch_of_user_and_an_end_of_sessions_have_outcomes),
    TEST(text_with_a_nul_inside_is_refused_by_its_name),
    TEST(numbers_and_durations_go_to_their_options),
    TEST(handles_move_and_leave_a_null_handle),
    TEST(a_token_hash_function_is_asked_and_let_go),
    TEST(log_lines_come_and_a_store_keeps_the_session),
    TEST(the_host_carries_requests_and_says_what_became_of_them),
    TEST(a_flow_goes_in_steps),
#if defined(__cpp_impl_coroutine)
    TEST(a_coroutine_waits_for_a_session),
#endif
    TEST(whatever_was_taken_is_freed),
};

int main() {
  server = fake_server_start(nullptr);
  int result = RUN_TESTS(tests);
  fake_server_stop(server);
  return result;
}

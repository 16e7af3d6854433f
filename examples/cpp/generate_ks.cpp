// A KS from an app token, and a provider that keeps a valid one.
#include <iostream>
#include <kaltura_session.hpp>

int main() try {
  kaltura::options options(101, "0_ab12cd34", "00112233445566778899aabbccddeeff");
  std::cout << kaltura::start_session(options.user_id("joe")).ks() << '\n';
  kaltura::provider provider(options);
  std::cout << provider.load().ks() << '\n';
} catch (const kaltura::error &error) {
  std::cerr << error.message() << '\n' << error.hint() << '\n';
  return 1;
}

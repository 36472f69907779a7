#pragma once

#include <algorithm>
#include <chrono>

#include <doctest/doctest.h>

#include "daemon/http/connections.h"
#include "tests/support/http_client.h"

namespace rdpwatch::test {

/// Limits that a test can wait for.
inline daemon::http::Limits short_limits() {
  using std::chrono::milliseconds;
  return {.request_time = milliseconds{200},
          .write_time = milliseconds{300},
          .response_time = milliseconds{2'000},
          .check_period = milliseconds{20}};
}

/// Of a scrape while others misbehave. The sanitizers make everything slower; the limit itself is checked
/// without them.
inline constexpr std::chrono::milliseconds kScrapeLimit {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  1'000
#else
  50
#endif
};

/// Of `scrape()`, which returns the answer: the best of five, since a busy machine may hold up one.
template <class Scrape>
std::chrono::steady_clock::duration scrape_time(Scrape scrape) {
  auto best = std::chrono::steady_clock::duration::max();
  for (int i = 0; i < 5; ++i) {
    const auto begin = std::chrono::steady_clock::now();
    const HttpAnswer answer = scrape();
    best = std::min(best, std::chrono::steady_clock::now() - begin);
    REQUIRE(answer.status == 200);
    REQUIRE(answer.whole);
  }
  return best;
}

}  // namespace rdpwatch::test

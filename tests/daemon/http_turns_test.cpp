#include <algorithm>
#include <chrono>
#include <ctime>

#include <doctest/doctest.h>

#include "config/load.h"
#include "tests/daemon/http_fixture.h"
#include "tests/support/http_client.h"

using namespace rdpwatch;
using test::http_get;
using test::ServedFleet;

namespace {

/// Of this thread: what others do on a busy machine does not count.
std::chrono::nanoseconds cpu_time() {
  timespec now{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return std::chrono::seconds{now.tv_sec} + std::chrono::nanoseconds{now.tv_nsec};
}

/// Takes a turn on the loop after every other one and keeps the longest time between two of them.
class Turns {
 public:
  explicit Turns(ServedFleet& fleet) : fleet_{fleet} {
    fleet_.on_loop([this] {
      last_ = cpu_time();
      take();
    });
  }
  /// Ends the watch.
  std::chrono::nanoseconds longest() {
    fleet_.on_loop([this] { over_ = true; });
    fleet_.on_loop([] {});  // the last turn, which was posted before
    return longest_;
  }

 private:
  void take() {
    const auto now = cpu_time();
    longest_ = std::max(longest_, now - last_);
    last_ = now;
    if (!over_) asio::post(fleet_.io, [this] { take(); });
  }

  ServedFleet& fleet_;
  std::chrono::nanoseconds last_{};
  std::chrono::nanoseconds longest_{};
  bool over_ = false;
};

}  // namespace

TEST_CASE("doors: the configuration is served whole, in turns") {
  ServedFleet fleet{3000};
  const auto answer = http_get(fleet.port(), "/config");
  CHECK(answer.headers.at("content-type") == "application/yaml");
  CHECK(answer.body == config::to_yaml(*fleet.config));
  fleet.on_loop([&] { fleet.config = std::make_shared<config::Config>(); });
  CHECK(http_get(fleet.port(), "/config").body == config::to_yaml(config::Config{}));
}

TEST_CASE("doors: no answer about 10,000 targets holds the loop for as long as a list in one piece would") {
  ServedFleet fleet{10'000};
  std::chrono::nanoseconds whole{};
  fleet.on_loop([&] {
    const auto begin = cpu_time();
    CHECK(100'000 < config::to_yaml(*fleet.config).size());
    whole = cpu_time() - begin;
  });
  for (const char* path :
       {"/config", "/api/v1/targets?limit=10000", "/api/v1/targets", "/sd", "/metrics", "/", "/?page=50"})
    for (const char* headers : {"", "Accept-Encoding: gzip\r\n"}) {
      CAPTURE(std::string{path});
      CAPTURE(std::string{headers});
      Turns turns{fleet};
      CHECK(http_get(fleet.port(), path, headers).status == 200);
      const auto longest = turns.longest();
      CAPTURE(longest.count());
      CAPTURE(whole.count());
      CHECK(longest < whole / 4);  // 35 ms in a release build, where nothing holds the loop for 5
    }
}

// Clients that do not read what they asked for, or read it slowly: what they cost, and that others do not
// notice.
#include <algorithm>
#include <atomic>
#include <chrono>
#include <list>
#include <memory>
#include <string>
#include <thread>

#include <doctest/doctest.h>

#include "tests/daemon/http_fixture.h"
#include "tests/daemon/http_timing.h"
#include "tests/support/http_client.h"

using namespace rdpwatch;
using namespace std::chrono_literals;
using test::http_get;
using test::HttpClient;
using test::scrape_time;
using test::ServedFleet;
using Clock = std::chrono::steady_clock;

namespace {

constexpr const char* kScrape = "GET /metrics HTTP/1.1\r\nHost: t\r\n\r\n";

/// Never ends, and counts what is asked of it.
struct Endless final : daemon::http::BodySource {
  explicit Endless(std::atomic<std::size_t>& count) : made{count} {}
  bool next(daemon::metrics::TextBuffer& out) override {
    constexpr std::size_t kSlice = 32 * 1024;
    out.append(std::string(kSlice, 'x'));
    made += kSlice;
    return true;
  }
  std::atomic<std::size_t>& made;
};

HttpClient client_of(const daemon::http::HttpServer& server, int receive_buffer) {
  const std::string address = server.addresses().at(0);
  const int port = std::stoi(address.substr(address.rfind(':') + 1));
  return HttpClient{static_cast<std::uint16_t>(port), receive_buffer};
}

/// Takes some kilobytes a second from each client until only `enough` are served on, or it takes too long.
/// Returns how many there are.
std::size_t read_slowly(const std::list<HttpClient>& clients, std::size_t enough, Clock::duration limit) {
  for (const auto begin = Clock::now();;) {
    const auto served =
        std::ranges::count_if(clients, [](const auto& client) { return client.take_some(256); });
    if (static_cast<std::size_t>(served) <= enough || limit <= Clock::now() - begin)
      return static_cast<std::size_t>(served);
    std::this_thread::sleep_for(20ms);
  }
}

}  // namespace

TEST_CASE("slow readers: of hundreds few are served on, and who reads does not notice") {
  ServedFleet fleet{2'000};
  const auto scrape = [&] { return http_get(fleet.port(), "/metrics"); };
  const auto alone = scrape_time(scrape);
  std::list<HttpClient> slow;
  for (int i = 0; i < 400; ++i) {
    slow.emplace_back(fleet.port(), 4096);
    slow.back().send(kScrape);
  }
  CHECK(read_slowly(slow, 16, 20s) <= 16);
  const auto beside = scrape_time(scrape);
  CAPTURE(alone.count());
  CAPTURE(beside.count());
  // A few milliseconds are no measure on a busy machine.
  CHECK(beside < std::max<Clock::duration>(3 * alone, 100ms));
}

TEST_CASE("slow readers: some at a time have time enough") {
  const ServedFleet fleet{20'000, {.write_time = 5min, .shared_write_time = 5min}};  // more than this takes
  std::list<HttpClient> slow;
  for (int i = 0; i < 4; ++i) {
    slow.emplace_back(fleet.port(), 4096);
    slow.back().send(kScrape);
  }
  CHECK(read_slowly(slow, 0, 1s) == 4);
}

TEST_CASE("slow readers: little is made for a client that does not read") {
  std::atomic<std::size_t> made = 0;
  asio::io_context io{1};
  daemon::http::HttpServer server{io, [&](const daemon::http::Request&, const daemon::http::Reply& reply) {
                                    daemon::http::Response response;
                                    response.stream = std::make_unique<Endless>(made);
                                    reply(std::move(response));
                                  }};
  REQUIRE(server.start({"127.0.0.1:0"}));
  const HttpClient client = client_of(server, 4096);
  client.send(kScrape);
  io.run_for(300ms);
  CHECK(64 * 1024 < made);
  CHECK(made < 512 * 1024);
  server.stop();
  io.run_for(100ms);
}

TEST_CASE("slow readers: a steady one gets a page that takes longer than a slice may") {
  constexpr std::size_t kBody = 3'000'000;
  asio::io_context io{1};
  daemon::http::HttpServer server{io,
                                  [](const daemon::http::Request&, const daemon::http::Reply& reply) {
                                    reply(daemon::http::text_response(200, std::string(kBody, 'x')));
                                  },
                                  {.shared_write_time = 1s}};
  REQUIRE(server.start({"127.0.0.1:0"}));
  HttpClient client = client_of(server, 16 * 1024);
  client.send(kScrape);
  std::size_t got = 0;
  for (std::size_t more = 1; got < kBody && more != 0; got += more) {
    io.run_for(25ms);
    more = client.receive().size();
  }
  CHECK(kBody < got);
  server.stop();
  io.run_for(100ms);
}

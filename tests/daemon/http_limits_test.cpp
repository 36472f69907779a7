// Clients that misbehave: what they may take, and that others do not notice.
#include <chrono>
#include <list>
#include <string>
#include <thread>

#include <doctest/doctest.h>
#include <sys/resource.h>

#include "tests/daemon/http_fixture.h"
#include "tests/daemon/http_timing.h"
#include "tests/support/exposition.h"
#include "tests/support/http_client.h"

using namespace rdpwatch;
using namespace std::chrono_literals;
using rdpwatch::daemon::http::Limits;
using rdpwatch::test::http_get;
using rdpwatch::test::HttpClient;
using rdpwatch::test::kScrapeLimit;
using rdpwatch::test::scrape_time;
using rdpwatch::test::ServedFleet;
using rdpwatch::test::short_limits;
using Clock = std::chrono::steady_clock;

TEST_CASE("limits: what is no HTTP is answered with 400 and the end") {
  const ServedFleet fleet{1};
  for (const char* bytes :
       {"NONSENSE\r\n\r\n", "GET\r\n\r\n", "\x16\x03\x01\x02\x00\x01\xfc",
        "GET / HTTP/1.1\r\nBad Header\r\n\r\n", "GET / HTTP/1.1\r\nContent-Length: x\r\n\r\n"}) {
    CAPTURE(bytes);
    HttpClient client{fleet.port()};
    client.send(bytes);
    CHECK(client.read_answer().status == 400);
    CHECK(client.ends());
  }
  CHECK(http_get(fleet.port(), "/-/healthy").status == 200);
}

TEST_CASE("limits: a header of more than 8 KiB is refused, however it is made") {
  const ServedFleet fleet{1};
  std::string many;
  for (int i = 0; i < 90; ++i)
    many += "X-Filler-" + std::to_string(i) + ": " + std::string(200, 'x') + "\r\n";
  for (const std::string& header : {"X-Long: " + std::string(20'000, 'x') + "\r\n", many}) {
    HttpClient client{fleet.port()};
    client.send("GET /-/healthy HTTP/1.1\r\nHost: t\r\n" + header + "\r\n");
    CHECK(client.read_answer().status == 431);
    CHECK(client.ends());
  }
  const auto fits = http_get(fleet.port(), "/-/healthy", "X-Long: " + std::string(7'000, 'x') + "\r\n");
  CHECK(fits.status == 200);
}

TEST_CASE("limits: a body is read only up to its cap, which the refusal says") {
  const ServedFleet fleet{1};
  CHECK(http_get(fleet.port(), "/-/healthy", "Content-Length: 0\r\n").status == 200);
  const auto ask = [&](const std::string& line, const std::string& headers, const std::string& body) {
    HttpClient client{fleet.port()};
    client.send(line + " HTTP/1.1\r\nHost: t\r\n" + headers + "\r\n" + body);
    const auto answer = client.read_answer();
    if (answer.status == 413) CHECK(client.ends());
    return std::to_string(answer.status) + " " + answer.body;
  };
  const std::string post = "413 the body of this request may have 65536 bytes\n";
  CHECK(ask("POST /-/reload", "Content-Length: 65537\r\n", {}) == post);
  CHECK(ask("POST /-/reload", "Content-Length: 500000\r\n", std::string(500'000, 'x')) == post);
  CHECK(ask("POST /-/reload", "Transfer-Encoding: chunked\r\n", "ffffff\r\n") == post);
  std::string chunks;
  for (int i = 0; i < 20; ++i) chunks += "fff\r\n" + std::string(0xfff, 'x') + "\r\n";
  CHECK(ask("POST /-/reload", "Transfer-Encoding: chunked\r\n", chunks) == post);
  CHECK(ask("POST /-/reload", "Content-Length: 65536\r\n", std::string(65'536, 'x')).starts_with("403 "));
  CHECK(ask("GET /-/healthy", "Content-Length: 1025\r\n", {}) ==
        "413 the body of this request may have 1024 bytes\n");
}

TEST_CASE("limits: a request that trickles in is cut off in time") {
  const ServedFleet fleet{1, short_limits()};
  HttpClient client{fleet.port()};
  const auto begin = Clock::now();
  client.send("GET /metrics HT");
  CHECK(client.read_answer().status == 408);
  CHECK(client.ends());
  CHECK(Clock::now() - begin < 2s);
}

TEST_CASE("limits: a connection without a request is closed without a word") {
  const ServedFleet fleet{1, short_limits()};
  HttpClient client{fleet.port()};
  CHECK(client.read_answer().status == 0);
  HttpClient empty_line{fleet.port()};
  empty_line.send("\r\n");
  CHECK(empty_line.read_answer().status == 0);
}

TEST_CASE("limits: nothing comes after an answer that says close, whatever stood behind its request") {
  const ServedFleet fleet{1};
  for (const char* behind : {"\r\n", "\n", "x", "GET /", "GET\r\n\r\n"}) {
    CAPTURE(std::string{behind});
    HttpClient client{fleet.port()};
    client.send("GET /-/healthy HTTP/1.1\r\nHost: t\r\nConnection: close\r\n\r\n" + std::string{behind});
    CHECK(client.read_answer().status == 200);
    CHECK(client.read_answer().status == 0);
  }
}

TEST_CASE("limits: an empty line behind a request does not hurt the next") {
  const ServedFleet fleet{1};
  HttpClient client{fleet.port()};
  for (int i = 0; i < 2; ++i) {
    client.send("GET /-/healthy HTTP/1.1\r\nHost: t\r\n\r\n\r\n");
    CHECK(client.read_answer().status == 200);
  }
}

TEST_CASE("limits: a client that does not read its page loses it, and delays nobody") {
  ServedFleet fleet{20'000, short_limits()};
  std::list<HttpClient> stuck;
  for (int i = 0; i < 8; ++i) {
    stuck.emplace_back(fleet.port(), 2048);
    stuck.back().send("GET /metrics HTTP/1.1\r\nHost: t\r\n\r\n");
  }
  const auto begin = Clock::now();
  for (int i = 0; i < 20; ++i) CHECK(http_get(fleet.port(), "/-/healthy").status == 200);
  CHECK(Clock::now() - begin < 5s);
  while (fleet.open_connections() != 0 && Clock::now() - begin < 20s) std::this_thread::yield();
  CHECK(fleet.open_connections() == 0);
  for (HttpClient& client : stuck) CHECK_FALSE(client.read_answer().whole);
}

TEST_CASE("limits: a reader within the write limit gets the whole page") {
  const ServedFleet fleet{500};
  HttpClient client{fleet.port(), 2048};
  client.send("GET /metrics HTTP/1.1\r\nHost: t\r\n\r\n");
  const auto answer = client.read_answer();
  CHECK(answer.whole);
  CHECK(test::page_defects(answer.body).empty());
}

TEST_CASE("limits: 400 half-open clients do not delay a scrape") {
  const ServedFleet fleet{100};
  std::list<HttpClient> clients;
  for (int i = 0; i < 400; ++i) {
    clients.emplace_back(fleet.port());
    if (i % 2 == 0) clients.back().send("GET /metrics HTTP/1.1\r\nHost");
  }
  CHECK(scrape_time([&] { return http_get(fleet.port(), "/metrics"); }) < kScrapeLimit);
}

TEST_CASE("limits: beyond the cap the connection that kept us waiting longest goes") {
  Limits limits;
  limits.connections = 16;
  const ServedFleet fleet{1, limits};
  std::list<HttpClient> idle;
  for (int i = 0; i < 100; ++i) {
    idle.emplace_back(fleet.port());
    idle.back().send("GET /metrics HTTP/1.1\r\n");
  }
  CHECK(http_get(fleet.port(), "/-/healthy").status == 200);
  CHECK(idle.front().ends());
  HttpClient& last = idle.back();
  last.send("Host: t\r\n\r\n");
  CHECK(last.read_answer().status == 200);
}

TEST_CASE("limits: a request to speak another protocol is refused") {
  const ServedFleet fleet{1};
  HttpClient client{fleet.port()};
  client.send("GET / HTTP/1.1\r\nHost: t\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n");
  CHECK(client.read_answer().status == 400);
  CHECK(client.ends());
}

TEST_CASE("limits: the server is there again after descriptors ran out") {
  ServedFleet fleet{1};
  rlimit before{};
  REQUIRE(::getrlimit(RLIMIT_NOFILE, &before) == 0);
  std::list<HttpClient> waiting;
  fleet.on_loop([&] {  // the connection waits to be accepted while the last descriptor goes
    waiting.emplace_back(fleet.port());
    rlimit none = before;
    none.rlim_cur = 3;
    ::setrlimit(RLIMIT_NOFILE, &none);
  });
  fleet.on_loop([] {});  // the loop has gone round since
  fleet.on_loop([] {});
  waiting.back().send("GET /-/healthy HTTP/1.1\r\nHost: t\r\n\r\n");
  REQUIRE(::setrlimit(RLIMIT_NOFILE, &before) == 0);
  CHECK(waiting.back().read_answer().status == 200);
  CHECK(http_get(fleet.port(), "/-/healthy").status == 200);
}

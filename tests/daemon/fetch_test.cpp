#include "daemon/fetch.h"

#include <chrono>
#include <string>

#include <doctest/doctest.h>

#include "tests/support/web_peer.h"

using namespace rdpwatch::daemon;
using rdpwatch::test::web_answer;
using rdpwatch::test::WebPeer;
using namespace std::chrono_literals;

namespace {

std::string place(const WebPeer& peer) { return peer.url() + ": "; }

}  // namespace

TEST_CASE("fetch: the body of a 200 answer is given") {
  WebPeer peer{web_answer("200 OK", R"([{"targets":["rds01:3389"]}])")};
  const auto body = fetch(peer.url());
  REQUIRE(body.has_value());
  CHECK(*body == R"([{"targets":["rds01:3389"]}])");
  REQUIRE(peer.requests().size() == 1);
  CHECK(peer.requests()[0].starts_with("GET /targets HTTP/1.1\r\n"));
}

TEST_CASE("fetch: any other status is an error") {
  for (const auto* status : {"204 No Content", "404 Not Found", "500 Oops"}) {
    WebPeer peer{web_answer(status, "")};
    CHECK(fetch(peer.url()).error() ==
          place(peer) + "HTTP status " + std::string{status, 3} + ", expected 200");
  }
}

TEST_CASE("fetch: redirects are followed, but not for ever and not to files") {
  WebPeer last{web_answer("200 OK", "[]")};
  WebPeer first{web_answer("302 Found", "", "Location: " + last.url() + "\r\n")};
  CHECK(fetch(first.url()) == "[]");
  WebPeer loop{web_answer("302 Found", "", "Location: /targets\r\n")};
  CHECK(fetch(loop.url()).error() == place(loop) + "maximum (5) redirects followed");
  WebPeer file{web_answer("302 Found", "", "Location: file:///etc/hostname\r\n")};
  CHECK_FALSE(fetch(file.url()).has_value());
  CHECK_FALSE(fetch("file:///etc/hostname").has_value());
}

TEST_CASE("fetch: a body over the limit is an error, with and without a stated length") {
  WebPeer stated{web_answer("200 OK", std::string(1000, 'x'))};
  CHECK(fetch(stated.url(), {.max_bytes = 999}).error() == place(stated) + "body over 999 bytes");
  CHECK(fetch(stated.url(), {.max_bytes = 1000}).has_value());
  WebPeer unstated{"HTTP/1.0 200 OK\r\n\r\n" + std::string(1000, 'x')};
  CHECK(fetch(unstated.url(), {.max_bytes = 999}).error() == place(unstated) + "body over 999 bytes");
}

TEST_CASE("fetch: a body that ends early is an error") {
  WebPeer peer{"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n[]"};
  CHECK_FALSE(fetch(peer.url()).has_value());
}

TEST_CASE("fetch: a mute server is given up on at the time limit") {
  WebPeer peer{""};
  const auto begin = std::chrono::steady_clock::now();
  const auto body = fetch(peer.url(), {.timeout = 200ms});
  CHECK(std::chrono::steady_clock::now() - begin < 5s);
  REQUIRE_FALSE(body.has_value());
  CHECK(body.error().find("timed out") != std::string::npos);
}

TEST_CASE("fetch: a stop request ends it") {
  WebPeer peer{""};
  std::stop_source stop;
  stop.request_stop();
  CHECK(fetch(peer.url(), {}, stop.get_token()).error() == place(peer) + "stopped");
}

TEST_CASE("fetch: a refused connection is said, and the password is not") {
  WebPeer peer{web_answer("200 OK", "")};
  peer.stop();
  const auto error = fetch(peer.url("user:secret@")).error();
  CHECK(error.starts_with(place(peer) + "failed to connect"));
  CHECK(error.find("secret") == std::string::npos);
  CHECK(fetch("http://user:secret@[bad/").error().find("secret") == std::string::npos);
}

TEST_CASE("fetch: the last good body stays when the list server goes away") {
  WebPeer peer{web_answer("200 OK", "[]")};
  CachedFetcher fetcher;
  CHECK(fetcher(peer.url()) == "[]");
  CHECK(fetcher.errors().empty());
  peer.stop();
  CHECK(fetcher(peer.url()) == "[]");
  REQUIRE(fetcher.errors().contains(peer.url()));
  fetcher.keep_only({});
  CHECK(fetcher.errors().empty());
  CHECK_FALSE(fetcher(peer.url()).has_value());
}

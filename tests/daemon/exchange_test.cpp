#include "daemon/exchange.h"

#include <cstring>
#include <future>

#include <dlfcn.h>
#include <doctest/doctest.h>
#include <netdb.h>

#include "tests/support/web_peer.h"

using namespace rdpwatch::daemon;
using namespace rdpwatch::test;
using namespace std::chrono_literals;

namespace {

std::promise<void> name_servers_answer;

}  // namespace

/// Takes the place of the system's, for libcurl too: of one name it hears nothing for a long time.
extern "C" int getaddrinfo(const char* name, const char* service, const addrinfo* hints, addrinfo** found) {
  if (name != nullptr && std::strcmp(name, "mute.invalid") == 0) {
    name_servers_answer.get_future().wait();
    return EAI_AGAIN;
  }
  static const auto real = reinterpret_cast<decltype(&getaddrinfo)>(::dlsym(RTLD_NEXT, "getaddrinfo"));
  return real(name, service, hints, found);
}

TEST_CASE("exchange: neither its limit nor a stop waits for name servers that do not answer") {
  std::stop_source stop;
  auto answer = std::async(std::launch::async, [token = stop.get_token()] {
    return make_exchange()({.url = "http://mute.invalid", .connect_timeout = 1h, .timeout = 1h}, token);
  });
  stop.request_stop();
  const bool in_time = answer.wait_for(15s) == std::future_status::ready;
  name_servers_answer.set_value();
  CHECK(in_time);
  CHECK(answer.get().error() == "stopped");
}

TEST_CASE("exchange: a body is posted as JSON, with who asks") {
  WebPeer peer{web_answer("200 OK", "")};
  const auto exchange = make_exchange();
  const std::string body(5000, '1');
  CHECK(exchange({.url = peer.url(), .body = body, .username = "u", .password = "p"}, {})->status == 200);
  CHECK(exchange({.url = peer.url(), .body = "[]", .bearer_token = "t0ken"}, {})->status == 200);
  CHECK(exchange({.url = peer.url()}, {})->content_type.empty());
  const auto requests = peer.requests();
  REQUIRE(requests.size() == 3);
  CHECK(requests[0].starts_with("POST /targets HTTP/1.1\r\n"));
  CHECK(requests[0].ends_with("\r\n\r\n" + body));
  CHECK(requests[0].find("\r\nContent-Type: application/json\r\n") != std::string::npos);
  CHECK(requests[0].find("\r\nAuthorization: Basic dTpw\r\n") != std::string::npos);
  CHECK(requests[0].find("Expect:") == std::string::npos);
  CHECK(requests[1].find("\r\nAuthorization: Bearer t0ken\r\n") != std::string::npos);
  CHECK(requests[2].starts_with("GET /targets HTTP/1.1\r\n"));
  CHECK(requests[2].find("Authorization") == std::string::npos);  // nothing stays from one to the next
}

TEST_CASE("exchange: a redirect is an answer, not followed") {
  WebPeer elsewhere{web_answer("200 OK", "")};
  WebPeer peer{web_answer("307 Temporary Redirect", "",
                          "Location: " + elsewhere.url() + "\r\nContent-Type: text/html\r\n")};
  const auto answer = make_exchange()({.url = peer.url(), .body = "[]", .bearer_token = "t0ken"}, {});
  REQUIRE(answer.has_value());
  CHECK(answer->status == 307);
  CHECK(answer->content_type == "text/html");
  CHECK(elsewhere.requests().empty());
}

TEST_CASE("exchange: a proxy is asked when there is one") {
  WebPeer proxy{web_answer("200 OK", "")};
  const auto answer =
      make_exchange()({.url = "http://am.invalid:9093/api", .body = "[]", .proxy_url = proxy.url()}, {});
  REQUIRE(answer.has_value());
  REQUIRE(proxy.requests().size() == 1);
  CHECK(proxy.requests()[0].starts_with("POST http://am.invalid:9093/api HTTP/1.1\r\n"));
}

TEST_CASE("exchange: hostile answers are errors within the limits, in one clean line") {
  for (const auto& hostile :
       {std::string{"\x01\x02\x03garbage\r\n\r\n"},
        std::string{"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\nx"},
        web_answer("200 OK", std::string(100'000, 'x')), std::string{"HTTP/1.1 2\r\n\r\n"}}) {
    WebPeer peer{hostile};
    const auto answer = make_exchange()({.url = peer.url(), .body = "[]", .timeout = 2s}, {});
    CAPTURE(hostile.substr(0, 30));
    REQUIRE_FALSE(answer.has_value());
    CHECK(answer.error().size() < 300);
    CHECK(answer.error().find_first_of("\r\n\x01") == std::string::npos);
  }
}

TEST_CASE("exchange: files that cannot be read, and a certificate nobody knows, are errors") {
  WebPeer peer{web_answer("200 OK", "")};
  auto url = peer.url();
  url.replace(0, 4, "https");
  CHECK_FALSE(make_exchange()({.url = url, .ca_file = "/nowhere.pem"}, {}).has_value());
  CHECK_FALSE(make_exchange()({.url = url, .cert_file = "/nowhere.pem"}, {}).has_value());
  CHECK_FALSE(make_exchange()({.url = url, .timeout = 2s}, {}).has_value());
}

TEST_CASE("exchange: what is shown of a URL holds no secret") {
  CHECK(shown_url("http://user:secret@am:9093/x?token=secret#secret") == "http://am:9093/x");
  CHECK(shown_url("http://am:9093") == "http://am:9093/");
  CHECK(shown_url("http://[") == "invalid URL");
}

#include "daemon/fetch.h"

#include <atomic>
#include <chrono>
#include <string>
#include <thread>
#include <utility>

#include <arpa/inet.h>
#include <doctest/doctest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

using namespace rdpwatch::daemon;
using namespace std::chrono_literals;

namespace {

/// Answers each connection on 127.0.0.1 with fixed bytes, then closes it; mute when there are none.
class WebPeer {
 public:
  explicit WebPeer(std::string answer)
      : answer_{std::move(answer)}, listener_{::socket(AF_INET, SOCK_STREAM, 0)} {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    REQUIRE(::bind(listener_, reinterpret_cast<sockaddr*>(&address), size) == 0);
    REQUIRE(::listen(listener_, 16) == 0);
    REQUIRE(::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size) == 0);
    port_ = ntohs(address.sin_port);
    thread_ = std::thread{&WebPeer::serve, this};
  }
  ~WebPeer() { stop(); }

  /// From now on connections are refused.
  void stop() {
    if (!thread_.joinable()) return;
    ::shutdown(listener_, SHUT_RDWR);
    thread_.join();
    ::close(listener_);
  }

  std::string url(const std::string& user = "") const {
    return "http://" + user + "127.0.0.1:" + std::to_string(port_) + "/targets";
  }
  std::string place() const { return url() + ": "; }
  const std::string& request() const { return request_; }

 private:
  void serve() {
    for (;;) {
      const int connection = ::accept(listener_, nullptr, nullptr);
      if (connection < 0) return;
      std::string received;
      char buffer[2048];
      while (received.find("\r\n\r\n") == std::string::npos) {
        const auto got = ::recv(connection, buffer, sizeof buffer, 0);
        if (got <= 0) break;
        received.append(buffer, static_cast<std::size_t>(got));
      }
      request_ = received;
      ::send(connection, answer_.data(), answer_.size(), MSG_NOSIGNAL);
      if (answer_.empty()) ::recv(connection, buffer, 1, 0);  // until the client gives up
      ::close(connection);
    }
  }

  std::string answer_;
  std::string request_{};
  int listener_;
  int port_ = 0;
  std::thread thread_{};
};

std::string page(const std::string& status, const std::string& body, const std::string& headers = "") {
  return "HTTP/1.1 " + status + "\r\nConnection: close\r\n" + headers +
         "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

}  // namespace

TEST_CASE("fetch: the body of a 200 answer is given") {
  WebPeer peer{page("200 OK", R"([{"targets":["rds01:3389"]}])")};
  const auto body = fetch(peer.url());
  REQUIRE(body.has_value());
  CHECK(*body == R"([{"targets":["rds01:3389"]}])");
  peer.stop();
  CHECK(peer.request().starts_with("GET /targets HTTP/1.1\r\n"));
}

TEST_CASE("fetch: any other status is an error") {
  for (const auto* status : {"204 No Content", "404 Not Found", "500 Oops"}) {
    WebPeer peer{page(status, "")};
    CHECK(fetch(peer.url()).error() ==
          peer.place() + "HTTP status " + std::string{status, 3} + ", expected 200");
  }
}

TEST_CASE("fetch: redirects are followed, but not for ever and not to files") {
  WebPeer last{page("200 OK", "[]")};
  WebPeer first{page("302 Found", "", "Location: " + last.url() + "\r\n")};
  CHECK(fetch(first.url()) == "[]");
  WebPeer loop{page("302 Found", "", "Location: /targets\r\n")};
  CHECK(fetch(loop.url()).error() == loop.place() + "maximum (5) redirects followed");
  WebPeer file{page("302 Found", "", "Location: file:///etc/hostname\r\n")};
  CHECK_FALSE(fetch(file.url()).has_value());
  CHECK_FALSE(fetch("file:///etc/hostname").has_value());
}

TEST_CASE("fetch: a body over the limit is an error, with and without a stated length") {
  WebPeer stated{page("200 OK", std::string(1000, 'x'))};
  CHECK(fetch(stated.url(), {.max_bytes = 999}).error() == stated.place() + "body over 999 bytes");
  CHECK(fetch(stated.url(), {.max_bytes = 1000}).has_value());
  WebPeer unstated{"HTTP/1.0 200 OK\r\n\r\n" + std::string(1000, 'x')};
  CHECK(fetch(unstated.url(), {.max_bytes = 999}).error() == unstated.place() + "body over 999 bytes");
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
  CHECK(fetch(peer.url(), {}, stop.get_token()).error() == peer.place() + "stopped");
}

TEST_CASE("fetch: a refused connection is said, and the password is not") {
  WebPeer peer{page("200 OK", "")};
  peer.stop();
  const auto error = fetch(peer.url("user:secret@")).error();
  CHECK(error.starts_with(peer.place() + "failed to connect"));
  CHECK(error.find("secret") == std::string::npos);
  CHECK(fetch("http://user:secret@[bad/").error().find("secret") == std::string::npos);
}

TEST_CASE("fetch: the last good body stays when the list server goes away") {
  WebPeer peer{page("200 OK", "[]")};
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

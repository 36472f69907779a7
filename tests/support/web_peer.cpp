#include "tests/support/web_peer.h"

#include <algorithm>
#include <cstdlib>

#include <arpa/inet.h>
#include <doctest/doctest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

namespace rdpwatch::test {
namespace {

/// Whether the request with its body has come.
bool complete(const std::string& request) {
  const auto head = request.find("\r\n\r\n");
  if (head == std::string::npos) return false;
  const auto length = request.find("Content-Length: ");
  if (length == std::string::npos || head < length) return true;
  return head + 4 + std::strtoul(request.c_str() + length + 16, nullptr, 10) <= request.size();
}

}  // namespace

WebPeer::WebPeer(std::vector<std::string> answers)
    : answers_{std::move(answers)}, listener_{::socket(AF_INET, SOCK_STREAM, 0)} {
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

WebPeer::~WebPeer() { stop(); }

void WebPeer::stop() {
  if (!thread_.joinable()) return;
  ::shutdown(listener_, SHUT_RDWR);
  thread_.join();
  ::close(listener_);
}

std::string WebPeer::url(const std::string& user) const {
  return "http://" + user + "127.0.0.1:" + std::to_string(port_) + "/targets";
}

std::vector<std::string> WebPeer::requests() const {
  const std::lock_guard lock{mutex_};
  return requests_;
}

void WebPeer::serve() {
  for (std::size_t number = 0;; ++number) {
    const int connection = ::accept(listener_, nullptr, nullptr);
    if (connection < 0) return;
    std::string received;
    char buffer[2048];
    while (!complete(received)) {
      const auto got = ::recv(connection, buffer, sizeof buffer, 0);
      if (got <= 0) break;
      received.append(buffer, static_cast<std::size_t>(got));
    }
    {
      const std::lock_guard lock{mutex_};
      requests_.push_back(received);
    }
    const std::string& answer = answers_[std::min(number, answers_.size() - 1)];
    ::send(connection, answer.data(), answer.size(), MSG_NOSIGNAL);
    if (answer.empty()) ::recv(connection, buffer, 1, 0);  // until the client gives up
    ::close(connection);
  }
}

std::string web_answer(const std::string& status, const std::string& body, const std::string& headers) {
  return "HTTP/1.1 " + status + "\r\nConnection: close\r\n" + headers +
         "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

}  // namespace rdpwatch::test

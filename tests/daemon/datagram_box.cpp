#include "tests/daemon/datagram_box.h"

#include <algorithm>

#include <doctest/doctest.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

namespace rdpwatch::test {

DatagramBox::DatagramBox() : socket_{::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)} {
  sockaddr_un name{};
  name.sun_family = AF_UNIX;
  const auto where = path();
  REQUIRE(where.size() < sizeof name.sun_path);
  std::ranges::copy(where, name.sun_path);
  REQUIRE(::bind(socket_, reinterpret_cast<const sockaddr*>(&name), sizeof name) == 0);
}

DatagramBox::~DatagramBox() { ::close(socket_); }

std::string DatagramBox::next(std::chrono::milliseconds patience) const {
  pollfd readable{socket_, POLLIN, 0};
  if (::poll(&readable, 1, static_cast<int>(patience.count())) != 1) return {};
  std::string message(65536, '\0');
  const auto size = ::recv(socket_, message.data(), message.size(), 0);
  message.resize(size < 0 ? 0 : static_cast<std::size_t>(size));
  return message;
}

std::string DatagramBox::next_with(const std::string& words) const {
  for (;;) {
    auto message = next();
    if (message.empty() || message.starts_with(words)) return message;
  }
}

}  // namespace rdpwatch::test

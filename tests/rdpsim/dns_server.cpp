#include "tests/rdpsim/dns_server.h"

#include <array>
#include <cerrno>
#include <cstring>
#include <deque>
#include <stdexcept>

#include <netinet/in.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include "tests/rdpsim/dns.h"

namespace rdpwatch::rdpsim {
namespace {

class UdpServer : public Watcher {
 public:
  UdpServer(Shared& shared, Fd fd) : shared_{shared}, fd_{std::move(fd)} {}
  int descriptor() const override { return fd_.get(); }

  void on_event(std::uint32_t) override {
    constexpr int kAtOnce = 256;
    std::array<std::uint8_t, 1500> chunk;
    for (int i = 0; i < kAtOnce; ++i) {
      Late late;
      socklen_t size = sizeof late.client;
      const ssize_t got = ::recvfrom(fd_.get(), chunk.data(), chunk.size(), 0,
                                     reinterpret_cast<sockaddr*>(&late.client), &size);
      if (got < 0) return;
      ++shared_.stats.dns_questions;
      const auto answer = answer_dns(shared_.fleet.dns, {chunk.begin(), chunk.begin() + got});
      if (!answer) continue;
      late.message = answer->message;
      if (answer->delay.count() == 0) {
        send(late);
      } else if (late_.size() < kMostLate) {
        late.when = Clock::now() + answer->delay;
        shared_.loop.wake(id, late.when);
        late_.push_back(std::move(late));
      }
    }
  }

  void on_timer() override {
    const auto now = Clock::now();
    std::erase_if(late_, [&](const Late& late) {
      if (now < late.when) return false;
      send(late);
      return true;
    });
  }

 private:
  static constexpr std::size_t kMostLate = 4096;
  struct Late {
    Clock::time_point when{};
    sockaddr_in client{};
    Bytes message{};
  };

  void send(const Late& late) {
    ::sendto(fd_.get(), late.message.data(), late.message.size(), 0,
             reinterpret_cast<const sockaddr*>(&late.client), sizeof late.client);
  }

  Shared& shared_;
  Fd fd_;
  std::deque<Late> late_{};
};

/// One question at a time over TCP (RFC 7766 section 8); answers are small enough for one send.
class TcpClient : public Watcher {
 public:
  TcpClient(Shared& shared, Fd fd) : shared_{shared}, fd_{std::move(fd)} {}
  int descriptor() const override { return fd_.get(); }

  void on_event(std::uint32_t) override {
    std::array<std::uint8_t, 2048> chunk;
    const ssize_t got = ::recv(fd_.get(), chunk.data(), chunk.size(), 0);
    if (got < 0 && errno == EAGAIN) return;
    if (got <= 0 || kMostInput < inbox_.size()) return shared_.loop.remove(id);
    inbox_.insert(inbox_.end(), chunk.begin(), chunk.begin() + got);
    while (2 <= inbox_.size()) {
      const std::size_t length = std::size_t{inbox_[0]} << 8 | inbox_[1];
      if (inbox_.size() < 2 + length) return;
      const auto end = inbox_.begin() + static_cast<std::ptrdiff_t>(2 + length);
      ++shared_.stats.dns_questions;
      if (const auto answer = answer_dns(shared_.fleet.dns, {inbox_.begin() + 2, end})) send(answer->message);
      inbox_.erase(inbox_.begin(), end);
    }
  }

 private:
  static constexpr std::size_t kMostInput = 65'537;

  void send(const Bytes& message) {
    Bytes framed{static_cast<std::uint8_t>(message.size() >> 8), static_cast<std::uint8_t>(message.size())};
    framed.insert(framed.end(), message.begin(), message.end());
    ::send(fd_.get(), framed.data(), framed.size(), MSG_NOSIGNAL);
  }

  Shared& shared_;
  Fd fd_;
  Bytes inbox_{};
};

class TcpListener : public Watcher {
 public:
  TcpListener(Shared& shared, Fd fd) : shared_{shared}, fd_{std::move(fd)} {}
  int descriptor() const override { return fd_.get(); }
  void on_event(std::uint32_t) override {
    Fd client{::accept4(fd_.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC)};
    if (0 <= client.get()) shared_.loop.add(std::make_unique<TcpClient>(shared_, std::move(client)), EPOLLIN);
  }

 private:
  Shared& shared_;
  Fd fd_;
};

Fd bound(const DnsZone& zone, int type) {
  Fd fd{::socket(AF_INET, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)};
  const int on = 1;
  if (type == SOCK_STREAM) ::setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  const int buffer = 4 << 20;
  ::setsockopt(fd.get(), SOL_SOCKET, SO_RCVBUF, &buffer, sizeof buffer);
  sockaddr_in where{};
  where.sin_family = AF_INET;
  where.sin_addr.s_addr = htonl(*zone.address);
  where.sin_port = htons(zone.port);
  if (::bind(fd.get(), reinterpret_cast<const sockaddr*>(&where), sizeof where) != 0 ||
      (type == SOCK_STREAM && ::listen(fd.get(), 256) != 0))
    throw std::runtime_error{"cannot answer DNS on " + to_string(*zone.address) + ":" +
                             std::to_string(zone.port) + ": " + std::strerror(errno)};
  return fd;
}

}  // namespace

void serve_dns(Shared& shared) {
  const DnsZone& zone = shared.fleet.dns;
  if (!zone.address) return;
  shared.loop.add(std::make_unique<UdpServer>(shared, bound(zone, SOCK_DGRAM)), EPOLLIN);
  shared.loop.add(std::make_unique<TcpListener>(shared, bound(zone, SOCK_STREAM)), EPOLLIN);
}

}  // namespace rdpwatch::rdpsim

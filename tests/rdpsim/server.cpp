#include "tests/rdpsim/server.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <set>
#include <stdexcept>
#include <utility>

#include <linux/filter.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>

namespace rdpwatch::rdpsim {
namespace {

constexpr int kBacklog = 4096;
constexpr std::size_t kSpareDescriptors = 64;
constexpr milliseconds kTick{50};

sockaddr_in endpoint(Address address, std::uint16_t port) {
  sockaddr_in out{};
  out.sin_family = AF_INET;
  out.sin_addr.s_addr = htonl(address);
  out.sin_port = htons(port);
  return out;
}

[[noreturn]] void fail(Address address, std::uint16_t port, const char* what) {
  throw std::runtime_error{"cannot " + std::string{what} + " " + to_string(address) + ":" +
                           std::to_string(port) + ": " + std::strerror(errno)};
}

bool bind_to(int fd, Address address, std::uint16_t port) {
  const sockaddr_in where = endpoint(address, port);
  return ::bind(fd, reinterpret_cast<const sockaddr*>(&where), sizeof where) == 0;
}

Fd open_socket(Address address, std::uint16_t port) {
  Fd fd{::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)};
  if (fd.get() < 0) fail(address, port, "open a socket for");
  const int on = 1;
  ::setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  ::setsockopt(fd.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);  // inherited by what is accepted
  return fd;
}

/// A filter that lets no packet through: the kernel drops the SYN without an answer.
void drop_everything(int fd) {
  sock_filter nothing{BPF_RET | BPF_K, 0, 0, 0};
  const sock_fprog program{1, &nothing};
  ::setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program);
}

std::size_t descriptor_limit() {
  rlimit limit{};
  getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
  getrlimit(RLIMIT_NOFILE, &limit);
  return limit.rlim_cur;
}

class Listener : public Watcher {
 public:
  /// `index` is empty for the listener of all addresses.
  Listener(Server& server, Fd fd, std::uint16_t port, std::optional<std::size_t> index)
      : server_{server}, fd_{std::move(fd)}, port_{port}, index_{index} {}

  int descriptor() const override { return fd_.get(); }

  void on_event(std::uint32_t) override {
    constexpr int kAtOnce = 64;
    for (int i = 0; i < kAtOnce; ++i) {
      Fd client{::accept4(fd_.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC)};
      if (client.get() < 0) return;
      if (index_) {
        server_.accepted(std::move(client), *index_);
        continue;
      }
      sockaddr_in local{};
      socklen_t size = sizeof local;
      ::getsockname(client.get(), reinterpret_cast<sockaddr*>(&local), &size);
      server_.accepted_for(std::move(client), ntohl(local.sin_addr.s_addr), port_);
    }
  }

 private:
  Server& server_;
  Fd fd_;
  std::uint16_t port_;
  std::optional<std::size_t> index_;
};

/// Calls Server::follow_time every tick. Its descriptor is an epoll that never has news.
class Ticker : public Watcher {
 public:
  Ticker(Server& server, Loop& loop) : server_{server}, loop_{loop} {}
  int descriptor() const override { return fd_.get(); }
  void on_event(std::uint32_t) override {}
  void on_timer() override {
    server_.follow_time();
    loop_.wake(id, Clock::now() + kTick);
  }

 private:
  Server& server_;
  Loop& loop_;
  Fd fd_{epoll_create1(EPOLL_CLOEXEC)};
};

bool follows_time(const Script& script) {
  return std::ranges::any_of(script.overlays, [&](const Overlay& overlay) {
    return overlay.behaviour->connect.listen != script.base->connect.listen;
  });
}

bool ever(const Script& script, Listen listen) {
  return script.base->connect.listen == listen ||
         std::ranges::any_of(script.overlays, [&](const Overlay& overlay) {
           return overlay.behaviour->connect.listen == listen;
         });
}

}  // namespace

Server::Server(Shared& shared)
    : shared_{shared},
      own_listeners_{shared.fleet.hosts.size() <= kMostOwnListeners},
      most_connections_{descriptor_limit()} {
  const auto& hosts = shared_.fleet.hosts;
  const std::size_t reserved = kSpareDescriptors + (own_listeners_ ? hosts.size() : 0);
  if (most_connections_ < 2 * reserved) throw std::runtime_error{"the limit of open files is too low"};
  most_connections_ = std::min<std::size_t>(most_connections_ - reserved, 50'000);
  current_.resize(hosts.size());
  shared_.stats.hosts.resize(hosts.size());
  if (!own_listeners_) {
    std::set<std::uint16_t> ports;
    for (const Host& host : hosts) {
      ports.insert(host.port);
      if (ever(*host.script, Listen::Refused))
        throw std::runtime_error{to_string(host.address) + ": 'refused' needs a fleet of at most " +
                                 std::to_string(kMostOwnListeners) + " addresses"};
    }
    for (const std::uint16_t port : ports) open_wildcard(port);
  }
  follow_time();
  if (std::ranges::any_of(hosts, [](const Host& host) { return follows_time(*host.script); })) {
    const Watcher& ticker = shared_.loop.add(std::make_unique<Ticker>(*this, shared_.loop), 0);
    shared_.loop.wake(ticker.id, Clock::now() + kTick);
  }
}

milliseconds Server::elapsed() const {
  return std::chrono::duration_cast<milliseconds>(Clock::now() - started_);
}

void Server::follow_time() {
  const milliseconds now = elapsed();
  for (std::size_t i = 0; i < current_.size(); ++i) {
    const Listen wanted = shared_.fleet.hosts[i].script->listen(now);
    if (wanted != current_[i].listen) set_listener(i, wanted);
  }
}

/// One listener for all addresses, which may hear the loopback device only.
void Server::open_wildcard(std::uint16_t port) {
  Fd fd = open_socket(INADDR_ANY, port);
  if (::setsockopt(fd.get(), SOL_SOCKET, SO_BINDTODEVICE, "lo", 3) != 0) {
    const std::string why = std::strerror(errno);
    throw std::runtime_error{"cannot tie one listener to the device lo: " + why + "; a fleet of more than " +
                             std::to_string(kMostOwnListeners) +
                             " addresses needs that (CAP_NET_RAW on older kernels), because a listener of "
                             "each would need as many open files"};
  }
  if (!bind_to(fd.get(), INADDR_ANY, port)) fail(INADDR_ANY, port, "listen on");
  if (::listen(fd.get(), kBacklog) != 0) fail(INADDR_ANY, port, "listen on");
  shared_.loop.add(std::make_unique<Listener>(*this, std::move(fd), port, std::nullopt), EPOLLIN);
}

void Server::set_listener(std::size_t index, Listen listen) {
  Current& current = current_[index];
  if (current.watcher != 0) shared_.loop.remove(std::exchange(current.watcher, 0));
  current.listen = listen;
  if (listen == Listen::Refused || (!own_listeners_ && listen == Listen::Accept)) return;
  const Host& host = shared_.fleet.hosts[index];
  Fd fd = open_socket(host.address, host.port);
  if (listen == Listen::Drop) drop_everything(fd.get());
  if (!bind_to(fd.get(), host.address, host.port)) fail(host.address, host.port, "listen on");
  if (::listen(fd.get(), own_listeners_ ? 512 : kBacklog) != 0) fail(host.address, host.port, "listen on");
  current.watcher =
      shared_.loop.add(std::make_unique<Listener>(*this, std::move(fd), host.port, index), EPOLLIN).id;
}

void Server::accepted_for(Fd fd, Address address, std::uint16_t port) {
  const auto found = shared_.fleet.by_endpoint.find(Fleet::key(address, port));
  if (found == shared_.fleet.by_endpoint.end()) {
    const linger at_once{1, 0};
    ::setsockopt(fd.get(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    return;
  }
  accepted(std::move(fd), found->second);
}

void Server::accepted(Fd fd, std::size_t index) {
  if (full()) {
    ++shared_.stats.turned_away;
    return;
  }
  const Host& host = shared_.fleet.hosts[index];
  const std::uint64_t number = shared_.stats.connected(index, Clock::now());
  const auto& behaviour = host.script->select(elapsed(), number, host.address);
  auto connection = std::make_unique<Connection>(shared_, std::move(fd), host, behaviour);
  Connection& added = *connection;
  shared_.loop.add(std::move(connection), EPOLLIN);
  added.begin();
}

}  // namespace rdpwatch::rdpsim

#include "probes/net/lingering.h"

#include <array>
#include <chrono>
#include <deque>

#include <asio/basic_waitable_timer.hpp>
#include <sys/socket.h>
#include <unistd.h>

namespace rdpwatch::net {
namespace {

using Clock = std::chrono::steady_clock;
constexpr std::chrono::milliseconds kPatience{250};
constexpr std::chrono::milliseconds kTick{50};
constexpr int kLastReads = 32;  // 64 KiB: a peer that sends without end is cut off

void drain_and_close(int fd) {
  std::array<char, 2048> sink;
  for (int reads = 0; reads < kLastReads; ++reads)
    if (::recv(fd, sink.data(), sink.size(), MSG_DONTWAIT) <= 0) break;
  ::close(fd);
}

}  // namespace

struct Lingering::State : std::enable_shared_from_this<Lingering::State> {
  explicit State(asio::io_context& io) : timer{io} {}
  ~State() { close_until(Clock::time_point::max()); }

  void close_until(Clock::time_point now) {
    for (; !ended.empty() && ended.front().until <= now; ended.pop_front()) drain_and_close(ended.front().fd);
  }

  void arm() {
    armed = true;
    timer.expires_at(ended.front().until + kTick);
    timer.async_wait([self = shared_from_this()](asio::error_code ec) {
      self->armed = false;
      if (ec) return;
      self->close_until(Clock::now());
      if (!self->ended.empty()) self->arm();
    });
  }

  struct Ended {
    int fd;
    Clock::time_point until;
  };
  asio::basic_waitable_timer<Clock, asio::wait_traits<Clock>, asio::io_context::executor_type> timer;
  std::deque<Ended> ended;
  bool armed = false;
};

Lingering::Lingering(asio::io_context& io) : state_{std::make_shared<State>(io)} {}

Lingering::~Lingering() { close_all(); }

void Lingering::end(int fd) {
  if (fd < 0) return;
  ::shutdown(fd, SHUT_WR);
  state_->ended.push_back({fd, Clock::now() + kPatience});
  if (!state_->armed) state_->arm();
}

void Lingering::close_all() {
  state_->close_until(Clock::time_point::max());
  state_->timer.cancel();
}

}  // namespace rdpwatch::net

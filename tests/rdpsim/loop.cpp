#include "tests/rdpsim/loop.h"

#include <algorithm>
#include <array>
#include <stdexcept>
#include <utility>

#include <sys/epoll.h>
#include <unistd.h>

namespace rdpwatch::rdpsim {

Fd& Fd::operator=(Fd&& other) noexcept {
  std::swap(fd_, other.fd_);
  return *this;
}

Fd::~Fd() {
  if (0 <= fd_) ::close(fd_);
}

Loop::Loop() : epoll_{epoll_create1(EPOLL_CLOEXEC)} {
  if (epoll_.get() < 0) throw std::runtime_error{"cannot create an epoll"};
}

Watcher& Loop::add(std::unique_ptr<Watcher> watcher, std::uint32_t epoll_events) {
  watcher->id = ++last_id_;
  epoll_event event{};
  event.events = epoll_events;
  event.data.u64 = watcher->id;
  if (epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, watcher->descriptor(), &event) != 0)
    throw std::runtime_error{"cannot watch a descriptor"};
  return *(watchers_[watcher->id] = std::move(watcher));
}

void Loop::change(const Watcher& watcher, std::uint32_t epoll_events) {
  epoll_event event{};
  event.events = epoll_events;
  event.data.u64 = watcher.id;
  epoll_ctl(epoll_.get(), EPOLL_CTL_MOD, watcher.descriptor(), &event);
}

void Loop::remove(std::uint64_t id) {
  const auto found = watchers_.find(id);
  if (found == watchers_.end()) return;
  epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, found->second->descriptor(), nullptr);
  removed_.push_back(std::move(found->second));
  watchers_.erase(found);
}

void Loop::wake(std::uint64_t id, Clock::time_point when) { timers_.push({when, id}); }

int Loop::milliseconds_to_next_timer() const {
  if (timers_.empty()) return -1;
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(timers_.top().when - Clock::now()).count();
  return static_cast<int>(std::clamp<std::int64_t>(left, 0, 60'000));
}

void Loop::run_timers() {
  while (!timers_.empty() && timers_.top().when <= Clock::now()) {
    const std::uint64_t id = timers_.top().id;
    timers_.pop();
    if (const auto found = watchers_.find(id); found != watchers_.end()) found->second->on_timer();
  }
}

int Loop::run_events(int timeout_milliseconds) {
  std::array<epoll_event, 256> events{};
  const int count =
      epoll_wait(epoll_.get(), events.data(), static_cast<int>(events.size()), timeout_milliseconds);
  for (int i = 0; i < count; ++i) {
    const epoll_event& event = events[static_cast<std::size_t>(i)];
    if (const auto found = watchers_.find(event.data.u64); found != watchers_.end())
      found->second->on_event(event.events);
  }
  return count;
}

void Loop::run() {
  while (running_) {
    run_events(milliseconds_to_next_timer());
    run_timers();
    removed_.clear();
  }
  // What has arrived before the stop still counts.
  constexpr int kLastRounds = 20;
  for (int i = 0; i < kLastRounds && 0 < run_events(0); ++i) removed_.clear();
}

}  // namespace rdpwatch::rdpsim

#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <queue>
#include <unordered_map>
#include <utility>
#include <vector>

namespace rdpwatch::rdpsim {

using Clock = std::chrono::steady_clock;

/// Closes a descriptor.
class Fd {
 public:
  explicit Fd(int fd = -1) : fd_{fd} {}
  Fd(Fd&& other) noexcept : fd_{std::exchange(other.fd_, -1)} {}
  Fd& operator=(Fd&& other) noexcept;
  ~Fd();
  int get() const { return fd_; }

 private:
  int fd_;
};

/// Something with a descriptor that the loop looks after.
class Watcher {
 public:
  virtual ~Watcher() = default;
  virtual int descriptor() const = 0;
  virtual void on_event(std::uint32_t epoll_events) = 0;
  /// May come at any time; whoever asked for a time looks at the clock.
  virtual void on_timer() {}

  std::uint64_t id = 0;  ///< given by Loop::add
};

/// One epoll, one queue of timers, and the watchers that it owns. Single-threaded.
class Loop {
 public:
  Loop();

  Watcher& add(std::unique_ptr<Watcher> watcher, std::uint32_t epoll_events);
  void change(const Watcher& watcher, std::uint32_t epoll_events);
  /// Destroys the watcher once the current round of events is over; it gets no more events.
  void remove(std::uint64_t id);
  /// on_timer of the watcher at `when`, if it still exists then.
  void wake(std::uint64_t id, Clock::time_point when);

  void run();
  void stop() { running_ = false; }
  std::size_t size() const { return watchers_.size(); }

 private:
  struct Timer {
    Clock::time_point when;
    std::uint64_t id;
    bool operator>(const Timer& other) const { return when > other.when; }
  };

  int milliseconds_to_next_timer() const;
  int run_events(int timeout_milliseconds);
  void run_timers();

  Fd epoll_;
  bool running_ = true;
  std::uint64_t last_id_ = 0;
  std::unordered_map<std::uint64_t, std::unique_ptr<Watcher>> watchers_{};
  std::vector<std::unique_ptr<Watcher>> removed_{};
  std::priority_queue<Timer, std::vector<Timer>, std::greater<>> timers_{};
};

}  // namespace rdpwatch::rdpsim

#pragma once

#include <chrono>
#include <cstdint>
#include <memory>

#include <asio/basic_waitable_timer.hpp>
#include <asio/io_context.hpp>

namespace rdpwatch::net {

using SteadyTime = std::chrono::steady_clock::time_point;

/// Why waiting must end. Timeout can be cleared by a later deadline; Cancelled stays.
enum class Interrupt : std::uint8_t { None, Timeout, Cancelled };

/// Something that waits and can be told to stop waiting.
class Interruptible {
 public:
  virtual void interrupt() = 0;

 protected:
  ~Interruptible() = default;
};

/// The one timer of a climb. It is armed once and moved only when a deadline comes earlier than the armed
/// time: a healthy climb costs one timer, whatever the number of its phases.
/// Whoever waits registers itself, and is interrupted when the time is up or the climb is cancelled.
class Deadline {
 public:
  explicit Deadline(asio::io_context& io);
  ~Deadline();
  Deadline(const Deadline&) = delete;
  Deadline& operator=(const Deadline&) = delete;

  /// From now on time is up at `at`; forgets an earlier timeout, but not a cancellation.
  void set(SteadyTime at);
  /// Nothing times out until the next set().
  void clear();
  void cancel();

  SteadyTime at() const;
  /// Timeout as soon as the time has passed, even before the timer could say so.
  Interrupt state() const;

  void attach(Interruptible& waiting);
  void detach();

 private:
  struct State;
  std::shared_ptr<State> state_;  ///< shared with the timer's handler, which may run after we are gone
};

}  // namespace rdpwatch::net

#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <vector>

#include <asio/io_context.hpp>

#include "daemon/liveness.h"

namespace rdpwatch::daemon {

/// Whether the daemon really works: asks every probe thread for a sign of life, from the main loop. Whoever
/// tells others of it, a service manager or a heartbeat, has a check of its own.
class LifeCheck {
 public:
  struct Parts {
    using Answer = std::function<void(Pulse)>;
    /// One for each probe thread: asks it; the answer may come on any thread.
    std::vector<std::function<void(Answer)>> threads{};
    std::function<std::chrono::milliseconds()> longest_probe{};
    std::function<void(std::size_t thread)> not_moving{};  ///< told once until it moves again; may be empty
  };

  explicit LifeCheck(asio::io_context& io) : io_{io} {}

  void start(Parts parts);

  /// Begins a round of questions; `all_moved` is called when every thread has answered and its schedule
  /// moved. While a round lacks answers, no other begins.
  void ask(std::function<void()> all_moved);

 private:
  void answered(std::size_t thread, const Pulse& pulse);
  void tell_still(std::size_t thread, bool still);

  asio::io_context& io_;
  Parts parts_{};
  Liveness liveness_{0};
  std::function<void()> all_moved_{};
  std::vector<bool> told_still_{};  ///< by thread: not_moving was called
  std::vector<bool> unanswered_{};  ///< by thread: of the round that is under way
  bool moved_ = true;               ///< of the answers of that round
};

}  // namespace rdpwatch::daemon

#pragma once

#include <chrono>
#include <optional>

namespace rdpwatch::daemon::notify {

/// What is worth a line in the log about whoever is asked again and again: that it begins to fail, that it
/// fails in another way, and that it works again. Of faults, at most one a minute. Pure.
class FaultNews {
 public:
  using Time = std::chrono::steady_clock::time_point;
  static constexpr std::chrono::minutes kQuiet{1};

  /// To be told of each answer: `fault` is the status that it failed with, 0 without any, nothing for
  /// success.
  bool is_news(std::optional<long> fault, Time now) {
    const bool soon = last_ && now < *last_ + kQuiet;
    if (fault == told_ || (fault && soon)) return false;
    told_ = fault;
    if (fault) last_ = now;
    return true;
  }

 private:
  std::optional<long> told_{};
  std::optional<Time> last_{};  ///< when a fault was told last
};

}  // namespace rdpwatch::daemon::notify

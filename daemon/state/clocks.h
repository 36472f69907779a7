#pragma once

#include <algorithm>
#include <chrono>

namespace rdpwatch::daemon::state {

/// One moment on both clocks: what is on disk is wall time, what the daemon counts with is monotonic.
struct Clocks {
  std::chrono::system_clock::time_point wall{};
  std::chrono::steady_clock::time_point steady{};

  static Clocks now() { return {std::chrono::system_clock::now(), std::chrono::steady_clock::now()}; }

  std::chrono::system_clock::time_point to_wall(std::chrono::steady_clock::time_point time) const {
    return wall + std::chrono::duration_cast<std::chrono::system_clock::duration>(time - steady);
  }
  /// A wall time of the future is not believed: it counts as now.
  std::chrono::steady_clock::time_point to_steady(std::chrono::system_clock::time_point time) const {
    return steady - (wall - past(time));
  }
  std::chrono::system_clock::time_point past(std::chrono::system_clock::time_point time) const {
    return std::min(time, wall);
  }
};

}  // namespace rdpwatch::daemon::state

#pragma once

#include <chrono>
#include <optional>

#include "daemon/vantage/check.h"

namespace rdpwatch::daemon::vantage {

/// What the kernel says of its clock.
struct ClockReading {
  int error = 0;  ///< errno; not 0: it may not be asked
  bool synchronised = false;
  std::chrono::microseconds may_be_off{};  ///< while synchronised
  TimePoint wall{};
  std::chrono::nanoseconds since_boot{};  ///< goes on while the machine sleeps, and is never set
};

/// adjtimex() and the clocks. Needs no right to set anything.
ClockReading read_clock();

/// A clock that was synchronised and is not any more, or that was set by more than kStep within kStepCounts,
/// is disturbed. One that nothing synchronises is not known to be right: unknown, not sound.
class ClockJudge {
 public:
  static constexpr std::chrono::seconds kStep{30};
  static constexpr std::chrono::seconds kStepCounts{60};

  Look judge(const ClockReading& reading);

 private:
  struct Step {
    std::chrono::nanoseconds at{};  ///< since boot
    std::chrono::seconds by{};
  };
  void look_for_step(const ClockReading& reading);

  bool was_synchronised_ = false;
  std::optional<std::chrono::nanoseconds> offset_{};  ///< wall clock minus time since boot
  std::optional<Step> step_{};
};

}  // namespace rdpwatch::daemon::vantage

#pragma once

#include <chrono>
#include <optional>
#include <vector>

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

/// How far the clocks of hosts are ahead of ours, as their last probes saw it; in no order.
using HostClocks = std::vector<std::chrono::nanoseconds>;

/// A clock that was set by more than kStep within kStepCounts is disturbed. Where the kernel does not know,
/// or nothing synchronises it any more, the hosts are asked: when most of them agree with one another, but
/// not with us, it is our clock that is off. Without them it is not known to be right: unknown, not sound,
/// but no reason either to doubt what is said of hosts.
class ClockJudge {
 public:
  static constexpr std::chrono::seconds kStep{30};
  static constexpr std::chrono::seconds kStepCounts{60};
  static constexpr std::size_t kFewestHosts = 3;
  static constexpr std::chrono::seconds kAgree{15};  ///< hosts, with their median
  static constexpr std::chrono::seconds kOff{60};    ///< their median, from us

  Look judge(const ClockReading& reading, HostClocks hosts = {});

 private:
  struct Step {
    std::chrono::nanoseconds at{};  ///< since boot
    std::chrono::seconds by{};
  };
  void look_for_step(const ClockReading& reading);
  static std::optional<Look> ask_hosts(HostClocks hosts);

  std::optional<std::chrono::nanoseconds> offset_{};  ///< wall clock minus time since boot
  std::optional<Step> step_{};
};

}  // namespace rdpwatch::daemon::vantage

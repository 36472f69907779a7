#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

#include "probes/path/look.h"
#include "probes/report.h"

namespace rdpwatch::daemon {

/// When the way to a target is looked at. Pure; the time is passed in.
///
/// After a probe that failed to connect, at once while the evidence is fresh: when the failure is new, when
/// its reason is another one, and again after kRepeat while it lasts. Of a host that works once a day, so
/// that there is something to compare with; the first time within kSpread, each target at its own moment. How
/// many there may be at once, and how often to one address, is the connection budget's business.
class LookPlan {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;
  static constexpr std::chrono::hours kRepeat{1};
  static constexpr std::chrono::hours kHealthyRepeat{24};
  static constexpr std::chrono::hours kSpread{1};

  /// `hash`: of the target's id.
  LookPlan(std::uint64_t hash, TimePoint now);

  /// Takes a finished probe, and says how to look now, if at all.
  std::optional<path::Method> consider(const ProbeReport& report, TimePoint now);
  /// The look that consider() asked for has begun. Without this it asks again after the next probe.
  void begun(const ProbeReport& report, TimePoint now);

 private:
  const Row* looked_ = nullptr;  ///< reason that the last look followed; nullptr: the host has worked since
  TimePoint looked_at_{};
  TimePoint healthy_due_;
};

}  // namespace rdpwatch::daemon

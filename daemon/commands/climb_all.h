#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <vector>

#include "config/config.h"
#include "probes/report.h"

namespace rdpwatch::daemon {

/// What became of one target of a climb_all().
struct ClimbedTarget {
  enum class End : std::uint8_t {
    Reported,
    Budget,       ///< the connections that this process may make to its address were used up
    Interrupted,  ///< SIGINT or SIGTERM came first
  };
  std::shared_ptr<const config::Target> target{};
  End end = End::Interrupted;
  std::shared_ptr<const ProbeReport> report{};  ///< set if and only if Reported
};

struct ClimbAllOptions {
  std::size_t parallel = 64;
  config::ConnectionBudget budget{};  ///< of this process; the daemon has its own
  /// Called for every target, in the order of the list, as soon as it and all before it are finished.
  std::function<void(const ClimbedTarget&)> on_target{};
  std::function<void(std::size_t done, std::size_t all)> on_progress{};  ///< may be empty
};

/// Climbs every target once on an event loop of its own and returns when all are finished. SIGINT and SIGTERM
/// end it politely: no further climb begins, those on their way are closed; a second signal kills. Returns
/// whether it was interrupted.
bool climb_all(const std::vector<std::shared_ptr<const config::Target>>& targets, ClimbAllOptions options);

}  // namespace rdpwatch::daemon

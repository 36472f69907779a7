#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "config/config.h"
#include "daemon/incidents/attribute.h"
#include "daemon/incidents/cause_group.h"

namespace rdpwatch::daemon::incidents {

using TimePoint = std::chrono::system_clock::time_point;

/// One common cause behind several failing targets.
struct Incident {
  std::string id{};  ///< id_of() its cause and attribute
  CauseGroup cause{};
  std::string_view reason{};  ///< that most of the targets have now; static storage
  Attribute attribute{};      ///< what they share
  TimePoint since{};
  std::size_t failing = 0;
  std::size_t members = 0;  ///< targets that have the attribute and are not paused
  std::vector<std::shared_ptr<const config::Target>> targets{};  ///< that fail, by id; at most kTargetsListed
};

/// Eight hex digits, the same in every run and release.
std::string id_of(const CauseGroup& cause, const Attribute& attribute);

inline constexpr std::size_t kTargetsListed = 200;

/// Those that are open, the largest first.
using Incidents = std::vector<Incident>;

}  // namespace rdpwatch::daemon::incidents

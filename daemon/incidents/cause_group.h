#pragma once

#include <compare>
#include <optional>
#include <string_view>

#include "probes/taxonomy/taxonomy.h"

namespace rdpwatch::daemon::incidents {

/// Reasons that may be one cause seen in several ways: those of a scenario and a family. A site whose line is
/// cut shows timeouts from some hosts and ICMP errors from others.
struct CauseGroup {
  Scenario scenario = Scenario::None;
  std::string_view family{};  ///< static storage
  auto operator<=>(const CauseGroup&) const = default;
};

CauseGroup group_of(const Row& row);

/// The inverse of the words of a group; nothing when no reason of this release belongs to it.
std::optional<CauseGroup> group_from(std::string_view scenario, std::string_view family);

}  // namespace rdpwatch::daemon::incidents

#pragma once

#include <cstddef>
#include <vector>

#include "daemon/incidents/grouping.h"

namespace rdpwatch::daemon::incidents {

/// Of groups of one cause, the places of those that explain its failures with the least: see find_groups().
std::vector<std::size_t> choose(const std::vector<Group>& groups, const Verdicts& verdicts,
                                const Thresholds& to_open);

}  // namespace rdpwatch::daemon::incidents

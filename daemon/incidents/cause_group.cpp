#include "daemon/incidents/cause_group.h"

namespace rdpwatch::daemon::incidents {

CauseGroup group_of(const Row& row) {
  if (row.scenario == Scenario::NetworkBlockade && row.phase == Phase::Connect)
    return {row.scenario, "network"};
  if (row.family == "any") return {row.scenario, row.reason};  // unclassified: by its phase
  return {row.scenario, row.family};
}

std::optional<CauseGroup> group_from(std::string_view scenario, std::string_view family) {
  for (const Row& row : taxonomy()) {
    const CauseGroup group = group_of(row);
    if (to_string(group.scenario) == scenario && group.family == family) return group;
  }
  return std::nullopt;
}

}  // namespace rdpwatch::daemon::incidents

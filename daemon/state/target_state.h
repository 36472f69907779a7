#pragma once

#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "daemon/history.h"
#include "daemon/state/clocks.h"
#include "daemon/store.h"
#include "probes/target_memory.h"

namespace rdpwatch::daemon::state {

/// What is kept of one target.
struct TargetState {
  std::string id{};
  TargetRecord record{};            ///< without `target` and `samples`
  std::vector<PastProbe> probes{};  ///< oldest first
  TargetMemory memory{};
};

nlohmann::json to_json(const TargetState& state, const Clocks& now);

/// Throws for what is not the state of a target. Reports and past probes with a reason that this release does
/// not know are left out.
TargetState target_from(const nlohmann::json& json, const Clocks& now);

}  // namespace rdpwatch::daemon::state

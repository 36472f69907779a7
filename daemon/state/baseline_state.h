#pragma once

#include <nlohmann/json_fwd.hpp>

#include "probes/baseline.h"
#include "probes/report.h"

namespace rdpwatch::daemon::state {

/// What is usual for a target. Readers throw for what is not such.
nlohmann::json baseline_to_json(const Baseline& baseline);
Baseline baseline_from(const nlohmann::json& json);

/// How a report compared with it.
nlohmann::json comparison_to_json(const BaselineEvidence& evidence);
BaselineEvidence comparison_from(const nlohmann::json& json);

}  // namespace rdpwatch::daemon::state

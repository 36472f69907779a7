#pragma once

#include <nlohmann/json_fwd.hpp>

#include "daemon/path_look.h"
#include "daemon/state/clocks.h"

namespace rdpwatch::daemon::state {

/// `look` as it stands in the state on disk.
nlohmann::json path_to_json(const PathLook& look);

/// Throws for what path_to_json() did not make.
PathLook path_from(const nlohmann::json& json, const Clocks& now);

}  // namespace rdpwatch::daemon::state

#pragma once

#include <nlohmann/json_fwd.hpp>

#include "daemon/path_look.h"

/// The way to a host as JSON. What is not known is absent.
namespace rdpwatch::daemon {

nlohmann::ordered_json to_json(const path::PingResult& ping);
nlohmann::ordered_json to_json(const path::PathTrace& trace);

/// The trace, with when, how and why it was made, ping, and where the way differs from `before`, which may be
/// nullptr.
nlohmann::ordered_json to_json(const PathLook& look, const PathLook* before);

}  // namespace rdpwatch::daemon

#pragma once

#include <chrono>
#include <string>

#include "probes/path/look.h"
#include "probes/report.h"

namespace rdpwatch::daemon {

/// A look at the way to a target, as it is kept.
struct PathLook {
  std::chrono::system_clock::time_point time{};  ///< its end
  std::string address{};                         ///< where to
  path::Method method = path::Method::Syn;
  const Row* row = nullptr;  ///< what the probe before it failed with; nullptr: it passed
  path::Look seen{};
};

}  // namespace rdpwatch::daemon

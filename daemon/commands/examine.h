#pragma once

#include <memory>

#include "config/config.h"
#include "daemon/diagnosis/diagnosis.h"

namespace rdpwatch::daemon {

struct Examined {
  Diagnosis diagnosis{};
  bool interrupted = false;  ///< by SIGINT or SIGTERM: later steps were not run
};

/// Runs the four steps of the checklist against one target on an event loop of its own, one after the other,
/// and returns what they saw. Connections are counted against `budget`; nothing is tried again. The path is
/// traced once, and only when TCP did not connect.
Examined examine(std::shared_ptr<const config::Target> target, config::ConnectionBudget budget);

}  // namespace rdpwatch::daemon

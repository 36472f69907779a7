#pragma once

#include "config/config.h"
#include "daemon/budget.h"
#include "probes/probe.h"

namespace rdpwatch::daemon {

/// The connection budget of a command. It is counted in this process only; the daemon has its own.
class ProcessBudget {
 public:
  explicit ProcessBudget(config::ConnectionBudget budget) : limits_{budget}, budget_{budget} {}
  ProcessBudget(const ProcessBudget&) = delete;
  ProcessBudget& operator=(const ProcessBudget&) = delete;

  /// To be given to probes, which this must outlive.
  ConnectionPermit permit();
  /// Connections that were permitted.
  int granted() const { return granted_; }

 private:
  config::ConnectionBudget limits_;
  Budget budget_;
  int granted_ = 0;
};

}  // namespace rdpwatch::daemon

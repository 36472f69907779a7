#pragma once

#include <functional>
#include <map>
#include <string>

#include <prometheus/gauge.h>
#include <prometheus/registry.h>

#include "daemon/incidents/incident.h"

namespace rdpwatch::daemon::metrics {

/// rdpwatch_incidents, once there is a verdict, and for each open one rdp_incident_info and
/// rdp_incident_targets.
class IncidentMetrics {
 public:
  explicit IncidentMetrics(prometheus::Registry& registry);

  /// Exactly these have series from now on. While no verdict is `known` the number of incidents has none: 0
  /// would say that all is well.
  void set(const incidents::Incidents& open, bool known);

 private:
  struct Series {
    prometheus::Gauge* info = nullptr;
    prometheus::Gauge* targets = nullptr;
    std::string reason{};  ///< label of `info`, the only one that may change
  };

  prometheus::Family<prometheus::Gauge>& counts_;
  prometheus::Family<prometheus::Gauge>& info_;
  prometheus::Family<prometheus::Gauge>& targets_;
  std::map<std::string, Series, std::less<>> series_{};  ///< by id
};

}  // namespace rdpwatch::daemon::metrics

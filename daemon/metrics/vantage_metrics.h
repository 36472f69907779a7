#pragma once

#include <map>

#include <prometheus/gauge.h>
#include <prometheus/registry.h>

#include "daemon/vantage/health.h"

namespace rdpwatch::daemon::metrics {

/// rdpwatch_vantage_healthy, for each check that can tell; one that cannot has no series.
class VantageMetrics {
 public:
  explicit VantageMetrics(prometheus::Registry& registry);

  void set(const vantage::Health& health);

 private:
  prometheus::Family<prometheus::Gauge>& healthy_;
  std::map<vantage::Check, prometheus::Gauge*> series_{};
};

}  // namespace rdpwatch::daemon::metrics

#include "daemon/metrics/vantage_metrics.h"

#include <string>

namespace rdpwatch::daemon::metrics {

VantageMetrics::VantageMetrics(prometheus::Registry& registry)
    : healthy_{prometheus::BuildGauge()
                   .Name("rdpwatch_vantage_healthy")
                   .Help("Whether a check of our own place passes; absent: it cannot tell.")
                   .Register(registry)} {}

void VantageMetrics::set(const vantage::Health& health) {
  for (const auto check : vantage::kChecks) {
    const auto state = health.of(check).state;
    auto& gauge = series_[check];
    if (state == vantage::State::Unknown) {
      if (gauge != nullptr) healthy_.Remove(gauge);
      gauge = nullptr;
      continue;
    }
    if (gauge == nullptr) gauge = &healthy_.Add({{"check", std::string{to_string(check)}}});
    gauge->Set(state == vantage::State::Sound ? 1 : 0);
  }
}

}  // namespace rdpwatch::daemon::metrics

#include "daemon/metrics/incident_metrics.h"

#include <algorithm>

namespace rdpwatch::daemon::metrics {
namespace {

prometheus::Labels labels_of(const incidents::Incident& incident) {
  return {{"incident", incident.id},
          {"reason", std::string{incident.reason}},
          {"scenario", std::string{to_string(incident.cause.scenario)}},
          {"attribute", incident.attribute.name},
          {"value", incident.attribute.value}};
}

}  // namespace

IncidentMetrics::IncidentMetrics(prometheus::Registry& registry)
    : counts_{prometheus::BuildGauge()
                  .Name("rdpwatch_incidents")
                  .Help("Open incidents: common causes behind several failing targets.")
                  .Register(registry)},
      info_{prometheus::BuildGauge()
                .Name("rdp_incident_info")
                .Help("An open incident: the reason, and what its targets share.")
                .Register(registry)},
      targets_{prometheus::BuildGauge()
                   .Name("rdp_incident_targets")
                   .Help("Targets that fail by an open incident.")
                   .Register(registry)} {}

void IncidentMetrics::set(const incidents::Incidents& open, bool known) {
  if (known) counts_.Add({}).Set(static_cast<double>(open.size()));
  std::erase_if(series_, [&](const auto& shown) {
    const auto still = std::ranges::find(open, shown.first, &incidents::Incident::id);
    if (still != open.end() && still->reason == shown.second.reason) return false;
    info_.Remove(shown.second.info);
    targets_.Remove(shown.second.targets);
    return true;
  });
  for (const auto& incident : open) {
    auto& [info, targets, reason] = series_[incident.id];
    if (info == nullptr) {
      info = &info_.Add(labels_of(incident));
      targets = &targets_.Add({{"incident", incident.id}});
      reason = incident.reason;
    }
    info->Set(1);
    targets->Set(static_cast<double>(incident.failing));
  }
}

}  // namespace rdpwatch::daemon::metrics

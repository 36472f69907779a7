#include "daemon/metrics/notification_metrics.h"

#include <algorithm>

#include "probes/taxonomy/taxonomy.h"

namespace rdpwatch::daemon::metrics {

NotificationMetrics::NotificationMetrics(prometheus::Registry& registry)
    : sent_{prometheus::BuildCounter()
                .Name("rdpwatch_notifications_sent_total")
                .Help("Alerts that an Alertmanager has taken, repetitions included.")
                .Register(registry)},
      errors_{prometheus::BuildCounter()
                  .Name("rdpwatch_notifications_errors_total")
                  .Help("Requests to an Alertmanager without an answer, or with one other than success.")
                  .Register(registry)},
      dropped_{prometheus::BuildCounter()
                   .Name("rdpwatch_notifications_dropped_total")
                   .Help("Alerts for which a queue had no room.")
                   .Register(registry)
                   .Add({})},
      length_{prometheus::BuildGauge()
                  .Name("rdpwatch_notifications_queue_length")
                  .Help("Alerts that wait in the fullest queue to be delivered.")
                  .Register(registry)
                  .Add({})},
      capacity_{prometheus::BuildGauge()
                    .Name("rdpwatch_notifications_queue_capacity")
                    .Help("Alerts that a queue holds.")
                    .Register(registry)
                    .Add({})} {
  auto& alerts = prometheus::BuildGauge()
                     .Name("rdpwatch_alerts")
                     .Help("Alerts that the daemon pushes by itself.")
                     .Register(registry);
  for (const Severity severity : {Severity::Info, Severity::Warning, Severity::Critical}) {
    const std::string word{to_string(severity)};
    const auto index = static_cast<std::size_t>(severity);
    pending_[index] = &alerts.Add({{"state", "pending"}, {"severity", word}});
    firing_[index] = &alerts.Add({{"state", "firing"}, {"severity", word}});
  }
}

void NotificationMetrics::set_alerts(const std::array<std::size_t, 3>& pending,
                                     const std::array<std::size_t, 3>& firing) {
  for (std::size_t i = 0; i < pending.size(); ++i) {
    pending_[i]->Set(static_cast<double>(pending[i]));
    firing_[i]->Set(static_cast<double>(firing[i]));
  }
}

void NotificationMetrics::set_alertmanagers(const std::vector<std::string>& names) {
  std::erase_if(counters_, [&](const auto& known) {
    if (std::ranges::find(names, known.first) != names.end()) return false;
    sent_.Remove(known.second.sent);
    errors_.Remove(known.second.errors);
    return true;
  });
  for (const auto& name : names)
    if (!counters_.contains(name))
      counters_[name] = {&sent_.Add({{"alertmanager", name}}), &errors_.Add({{"alertmanager", name}})};
}

void NotificationMetrics::add(const std::string& alertmanager, std::uint64_t sent, std::uint64_t errors,
                              std::uint64_t dropped) {
  dropped_.Increment(static_cast<double>(dropped));
  const auto found = counters_.find(alertmanager);
  if (found == counters_.end()) return;
  found->second.sent->Increment(static_cast<double>(sent));
  found->second.errors->Increment(static_cast<double>(errors));
}

void NotificationMetrics::set_queue(std::size_t length, std::size_t capacity) {
  length_.Set(static_cast<double>(length));
  capacity_.Set(static_cast<double>(capacity));
}

}  // namespace rdpwatch::daemon::metrics

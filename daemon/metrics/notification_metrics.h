#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/registry.h>

namespace rdpwatch::daemon::metrics {

/// Alerts that the daemon pushes by itself: rdpwatch_alerts and rdpwatch_notifications_*.
class NotificationMetrics {
 public:
  explicit NotificationMetrics(prometheus::Registry& registry);

  /// By Severity.
  void set_alerts(const std::array<std::size_t, 3>& pending, const std::array<std::size_t, 3>& firing);

  /// Exactly these have series from now on, by the name that may be shown; those that stay count on.
  void set_alertmanagers(const std::vector<std::string>& names);
  void add(const std::string& alertmanager, std::uint64_t sent, std::uint64_t errors, std::uint64_t dropped);
  /// Of the fullest queue.
  void set_queue(std::size_t length, std::size_t capacity);

 private:
  struct Counters {
    prometheus::Counter* sent = nullptr;
    prometheus::Counter* errors = nullptr;
  };
  prometheus::Family<prometheus::Counter>& sent_;
  prometheus::Family<prometheus::Counter>& errors_;
  prometheus::Counter& dropped_;
  prometheus::Gauge& length_;
  prometheus::Gauge& capacity_;
  std::array<prometheus::Gauge*, 3> pending_{};
  std::array<prometheus::Gauge*, 3> firing_{};
  std::map<std::string, Counters, std::less<>> counters_{};
};

}  // namespace rdpwatch::daemon::metrics

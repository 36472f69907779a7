#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "daemon/metrics/format.h"
#include "daemon/metrics/incident_metrics.h"
#include "daemon/metrics/notification_metrics.h"
#include "daemon/metrics/vantage_metrics.h"
#include "daemon/store.h"

namespace rdpwatch::daemon::metrics {

struct BuildInfo {
  std::string version{};
  std::string revision{};
  std::string compiler{};
  std::string openssl{};
};

enum class LogLevel : std::uint8_t { Debug, Info, Warning, Error, Critical };
std::string_view to_string(LogLevel level);

/// The daemon's own series: rdpwatch_* and process_*. Called on the main loop, except logged(), which any
/// thread may call.
class SelfMetrics {
 public:
  explicit SelfMetrics(const BuildInfo& build);
  ~SelfMetrics();
  SelfMetrics(const SelfMetrics&) = delete;
  SelfMetrics& operator=(const SelfMetrics&) = delete;

  /// A finished probe of the schedule. `lag`: how late it started.
  void observe(const ProbeReport& report, std::chrono::nanoseconds lag);
  /// A finished probe that the schedule did not start: no lag.
  void observe(const ProbeReport& report);
  void skipped(SkipReason reason, std::uint64_t count = 1);
  /// A look at the way to a target has ended.
  void looked(path::Method method);
  void set_in_flight(std::size_t probes);
  void set_in_flight_limit(std::size_t probes);

  /// A load of the configuration that became active, the first one included.
  void reload_succeeded(const config::Config& active, std::chrono::system_clock::time_point time);
  void reload_failed();
  /// An attempt to save the state; without any, there is no series about it.
  void state_saved(bool successful, std::chrono::system_clock::time_point time);
  void logged(LogLevel level);
  NotificationMetrics& notifications();
  IncidentMetrics& incidents();
  VantageMetrics& vantage();

  /// All families as they are now; rdpwatch_targets is counted from `store`.
  std::vector<Block> render(Format format, const Store& store) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace rdpwatch::daemon::metrics

#include "daemon/metrics/self_metrics.h"

#include <algorithm>
#include <array>
#include <map>

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>

#include "daemon/metrics/exemplars.h"
#include "daemon/metrics/process_stats.h"
#include "daemon/metrics/text_buffer.h"
#include "probes/path/trace_text.h"

namespace rdpwatch::daemon::metrics {
namespace {

using prometheus::MetricFamily;
using prometheus::MetricType;

constexpr std::string_view kPhaseDuration = "rdpwatch_probe_phase_duration_seconds";

const std::vector<double> kPhaseBounds{0.005, 0.01, 0.02, 0.04, 0.08, 0.16,
                                       0.32,  0.64, 1.28, 2.56, 5.12, 10.24};
const std::vector<double> kLagBounds{0.001, 0.005, 0.02, 0.05, 0.1, 0.25, 1, 5};

constexpr std::array kScenarios{
    Scenario::None,         Scenario::NetworkBlockade,    Scenario::SecurityMismatch,
    Scenario::HostRefusing, Scenario::NameOrPortMismatch, Scenario::ClientSide,
    Scenario::Account};
constexpr std::array kSkipReasons{SkipReason::Overrun, SkipReason::Budget, SkipReason::Paused,
                                  SkipReason::Shutdown};
constexpr std::array kLogLevels{LogLevel::Debug, LogLevel::Info, LogLevel::Warning, LogLevel::Error,
                                LogLevel::Critical};

double as_seconds(std::chrono::nanoseconds duration) {
  return std::chrono::duration<double>(duration).count();
}

/// The phase whose failure made the probe try again.
std::optional<Phase> retried_phase(const ProbeReport& report) {
  if (report.attempts < 2) return std::nullopt;
  if (report.failure) return report.failure->phase;
  for (const Finding& finding : report.findings)
    if (finding.row != nullptr && finding.row->cause == Cause::PassedOnRetry) return finding.phase;
  return report.phase;
}

/// A bound as both formats have it: "0.005", "1.0", "+Inf".
std::string bound_text(double bound) {
  std::string text = real_text(bound);
  if (text.find_first_not_of("0123456789") == std::string::npos) text += ".0";
  return text;
}

std::string labels_text(const std::vector<prometheus::ClientMetric::Label>& labels) {
  std::string text;
  for (const auto& label : labels) text += (text.empty() ? "" : ",") + label_text(label.name, label.value);
  return text;
}

std::string braced(const std::string& labels) { return labels.empty() ? "" : "{" + labels + "}"; }

}  // namespace

std::string_view to_string(LogLevel level) {
  switch (level) {
    case LogLevel::Debug: return "debug";
    case LogLevel::Info: return "info";
    case LogLevel::Warning: return "warning";
    case LogLevel::Error: return "error";
    case LogLevel::Critical: return "critical";
  }
  return "";
}

struct SelfMetrics::Impl {
  explicit Impl(const BuildInfo& build);

  prometheus::Gauge& gauge(const std::string& name, const std::string& help,
                           const prometheus::Labels& labels = {}) {
    return prometheus::BuildGauge().Name(name).Help(help).Register(registry).Add(labels);
  }

  prometheus::Counter& counter(const std::string& name, const std::string& help, const std::string& label,
                               std::string_view value) {
    return prometheus::BuildCounter().Name(name).Help(help).Register(registry).Add(
        {{label, std::string{value}}});
  }

  void observe(const ProbeReport& report);
  void count_targets(const Store& store) const;
  void set_process(const ProcessStats& stats) const;
  std::string samples(Format format, const MetricFamily& family) const;
  std::string histogram(Format format, const std::string& name, const prometheus::ClientMetric& metric) const;

  prometheus::Registry registry{};
  prometheus::Family<prometheus::Gauge>& config_info;
  prometheus::Gauge* active_config = nullptr;
  prometheus::Gauge& reload_successful;
  prometheus::Gauge& reload_time;
  std::map<std::string_view, prometheus::Gauge*> targets{};
  prometheus::Gauge& in_flight;
  prometheus::Gauge& in_flight_limit;
  std::map<SkipReason, prometheus::Counter*> skipped{};
  std::map<path::Method, prometheus::Counter*> looks{};
  std::map<Phase, prometheus::Counter*> retries{};
  std::map<Scenario, prometheus::Counter*> failures{};
  std::map<Phase, prometheus::Histogram*> phase_duration{};
  std::map<std::string, Exemplars, std::less<>> exemplars{};  ///< by phase
  prometheus::Histogram& lag;
  std::map<LogLevel, prometheus::Counter*> logged{};
  prometheus::Gauge& start_time;
  prometheus::Gauge& resident;
  prometheus::Gauge& open_fds;
  prometheus::Gauge& max_fds;
  NotificationMetrics notifications{registry};
  IncidentMetrics incidents{registry};
  VantageMetrics vantage{registry};
};

SelfMetrics::Impl::Impl(const BuildInfo& build)
    : config_info{prometheus::BuildGauge()
                      .Name("rdpwatch_config_info")
                      .Help("SHA-256 over the files of the active configuration.")
                      .Register(registry)},
      reload_successful{gauge("rdpwatch_config_last_reload_successful",
                              "Whether the last load of the configuration was accepted.")},
      reload_time{gauge("rdpwatch_config_last_reload_success_timestamp_seconds",
                        "When the active configuration was loaded, as Unix time.")},
      in_flight{gauge("rdpwatch_probes_in_flight", "Probes that run now.")},
      in_flight_limit{gauge("rdpwatch_probes_in_flight_limit", "Probes that may run at once.")},
      lag{prometheus::BuildHistogram()
              .Name("rdpwatch_schedule_lag_seconds")
              .Help("How late scheduled probes started.")
              .Register(registry)
              .Add({}, kLagBounds)},
      start_time{gauge("process_start_time_seconds", "Start of the process, as Unix time.")},
      resident{gauge("process_resident_memory_bytes", "Resident memory.")},
      open_fds{gauge("process_open_fds", "Open file descriptors.")},
      max_fds{gauge("process_max_fds", "File descriptors that may be open.")} {
  gauge("rdpwatch_build_info", "What this binary was built from.",
        {{"version", build.version},
         {"revision", build.revision},
         {"compiler", build.compiler},
         {"openssl", build.openssl}})
      .Set(1);
  for (const std::string_view state : {"ok", "degraded", "failed", "pending", "paused"})
    targets[state] = &gauge("rdpwatch_targets", "Configured targets by the state they are in.",
                            {{"state", std::string{state}}});
  for (const SkipReason reason : kSkipReasons)
    skipped[reason] = &counter("rdpwatch_probes_skipped_total", "Due probes that did not run.", "reason",
                               daemon::to_string(reason));
  for (const path::Method method : {path::Method::Syn, path::Method::Echo})
    looks[method] = &counter("rdpwatch_path_looks_total",
                             "Looks at the way to a target: by SYNs after a failure, by echo requests of a "
                             "host that works.",
                             "method", path::to_string(method));
  for (const Scenario scenario : kScenarios)
    failures[scenario] = &counter("rdpwatch_failures_total", "Failed probes by the scenario of the reason.",
                                  "scenario", to_string(scenario));
  for (const LogLevel level : kLogLevels)
    logged[level] = &counter("rdpwatch_log_messages_total", "Messages written to the log.", "level",
                             metrics::to_string(level));
  for (const Phase phase : kPhases) {
    if (kDeepestPhase < phase) continue;
    const std::string word{to_string(phase)};
    retries[phase] = &counter("rdpwatch_probe_retries_total",
                              "Probes that were tried again, by the phase that failed.", "phase", word);
    phase_duration[phase] = &prometheus::BuildHistogram()
                                 .Name(std::string{kPhaseDuration})
                                 .Help("Time that phases took, over all targets.")
                                 .Register(registry)
                                 .Add({{"phase", word}}, kPhaseBounds);
    exemplars.emplace(word, Exemplars{kPhaseBounds});
  }
}

void SelfMetrics::Impl::observe(const ProbeReport& report) {
  if (report.failure && report.failure->row != nullptr)
    failures.at(report.failure->row->scenario)->Increment();
  if (const auto phase = retried_phase(report); phase && retries.contains(*phase))
    retries.at(*phase)->Increment();
  for (const PhaseResult& phase : report.phases) {
    const auto histogram = phase_duration.find(phase.phase);
    if (phase.outcome == Outcome::Skipped || histogram == phase_duration.end()) continue;
    const double seconds = as_seconds(phase.duration);
    histogram->second->Observe(seconds);
    exemplars.find(to_string(phase.phase))->second.observe(report.target, seconds, report.time);
  }
}

void SelfMetrics::Impl::count_targets(const Store& store) const {
  std::map<std::string_view, double> counts;
  for (const TargetRecord& record : store.records()) ++counts[state_of(record)];
  for (const auto& [state, gauge] : targets) gauge->Set(counts[state]);
}

void SelfMetrics::Impl::set_process(const ProcessStats& stats) const {
  start_time.Set(stats.start_time_seconds);
  resident.Set(static_cast<double>(stats.resident_bytes));
  open_fds.Set(static_cast<double>(stats.open_fds));
  max_fds.Set(static_cast<double>(stats.max_fds));
}

std::string SelfMetrics::Impl::histogram(Format format, const std::string& name,
                                         const prometheus::ClientMetric& metric) const {
  const std::string labels = labels_text(metric.label);
  const auto known = format == Format::OpenMetrics && name == kPhaseDuration && !metric.label.empty()
                         ? exemplars.find(metric.label.front().value)
                         : exemplars.end();
  std::string text;
  std::size_t index = 0;
  for (const auto& bucket : metric.histogram.bucket) {
    const std::string le = label_text("le", bound_text(bucket.upper_bound));
    text += name + "_bucket" + braced(labels.empty() ? le : labels + "," + le) + " " +
            real_text(static_cast<double>(bucket.cumulative_count));
    if (known != exemplars.end()) text += known->second.text(index);
    text += "\n";
    ++index;
  }
  text += name + "_sum" + braced(labels) + " " + real_text(metric.histogram.sample_sum) + "\n";
  text += name + "_count" + braced(labels) + " " +
          real_text(static_cast<double>(metric.histogram.sample_count)) + "\n";
  return text;
}

std::string SelfMetrics::Impl::samples(Format format, const MetricFamily& family) const {
  auto sorted = family.metric;
  std::ranges::sort(sorted, {}, [](const auto& metric) { return labels_text(metric.label); });
  std::string text;
  for (const auto& metric : sorted) {
    if (family.type == MetricType::Histogram) {
      text += histogram(format, family.name, metric);
      continue;
    }
    const double value = family.type == MetricType::Counter ? metric.counter.value : metric.gauge.value;
    text += family.name + braced(labels_text(metric.label)) + " " + real_text(value) + "\n";
  }
  return text;
}

SelfMetrics::SelfMetrics(const BuildInfo& build) : impl_{std::make_unique<Impl>(build)} {}
SelfMetrics::~SelfMetrics() = default;

void SelfMetrics::observe(const ProbeReport& report, std::chrono::nanoseconds lag) {
  impl_->lag.Observe(as_seconds(lag));
  impl_->observe(report);
}

void SelfMetrics::observe(const ProbeReport& report) { impl_->observe(report); }
void SelfMetrics::skipped(SkipReason reason, std::uint64_t count) {
  impl_->skipped.at(reason)->Increment(static_cast<double>(count));
}
void SelfMetrics::looked(path::Method method) { impl_->looks.at(method)->Increment(); }
void SelfMetrics::set_in_flight(std::size_t probes) { impl_->in_flight.Set(static_cast<double>(probes)); }

void SelfMetrics::set_in_flight_limit(std::size_t probes) {
  impl_->in_flight_limit.Set(static_cast<double>(probes));
}

namespace {

double unix_seconds(std::chrono::system_clock::time_point time) {
  const auto milliseconds = std::chrono::floor<std::chrono::milliseconds>(time.time_since_epoch());
  return static_cast<double>(milliseconds.count()) / 1e3;
}

}  // namespace

void SelfMetrics::reload_succeeded(const config::Config& active, std::chrono::system_clock::time_point time) {
  if (impl_->active_config != nullptr) impl_->config_info.Remove(impl_->active_config);
  impl_->active_config = &impl_->config_info.Add({{"sha256", active.sha256}});
  impl_->active_config->Set(1);
  impl_->reload_successful.Set(1);
  impl_->reload_time.Set(unix_seconds(time));
}

void SelfMetrics::state_saved(bool successful, std::chrono::system_clock::time_point time) {
  impl_->gauge("rdpwatch_state_last_save_successful", "Whether the last attempt to save the state succeeded.")
      .Set(successful ? 1 : 0);
  auto& last = impl_->gauge("rdpwatch_state_last_save_success_timestamp_seconds",
                            "When the state was last saved, as Unix time; 0: never since the start.");
  if (successful) last.Set(unix_seconds(time));
}

void SelfMetrics::reload_failed() { impl_->reload_successful.Set(0); }
void SelfMetrics::logged(LogLevel level) { impl_->logged.at(level)->Increment(); }
NotificationMetrics& SelfMetrics::notifications() { return impl_->notifications; }
IncidentMetrics& SelfMetrics::incidents() { return impl_->incidents; }
VantageMetrics& SelfMetrics::vantage() { return impl_->vantage; }

std::vector<Block> SelfMetrics::render(Format format, const Store& store) const {
  impl_->count_targets(store);
  const ProcessStats process = read_process_stats();
  impl_->set_process(process);
  std::vector<Block> blocks;
  for (const MetricFamily& family : impl_->registry.Collect()) {
    if (family.metric.empty()) continue;
    const bool info = family.name.ends_with("_info");
    const Type type = info                                   ? Type::Info
                      : family.type == MetricType::Counter   ? Type::Counter
                      : family.type == MetricType::Histogram ? Type::Histogram
                                                             : Type::Gauge;
    blocks.push_back({family.name, family_header(format, family.name, type, family.help) +
                                       impl_->samples(format, family)});
  }
  constexpr std::string_view kCpu = "process_cpu_seconds_total";
  blocks.push_back(
      {std::string{kCpu}, family_header(format, kCpu, Type::Counter, "User and system CPU time.") +
                              std::string{kCpu} + " " + real_text(process.cpu_seconds) + "\n"});
  return blocks;
}

}  // namespace rdpwatch::daemon::metrics

#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "daemon/notify/alerts.h"
#include "tests/support/fake_records.h"

namespace rdpwatch::test {

/// A book of alerts over `count` targets, with a clock that the test moves.
struct Watched {
  explicit Watched(std::size_t count = 1) : config{fake_config(count)} { configure(); }

  void configure() {
    store.replace(*config);
    book.configure(*config, now);
  }
  const config::Target& target(std::size_t i = 0) const { return *config->targets[i]; }

  /// A probe that ends now.
  void report(const std::shared_ptr<ProbeReport>& probe) {
    probe->duration = std::chrono::nanoseconds{0};
    probe->time = now;
    store.record(probe);
    book.observe(*store.find(probe->target), now);
    book.advance(store.records(), now, true);
  }
  void fails(std::size_t i = 0, Cause cause = Cause::Timeout) {
    report(failed_report(target(i), i, Phase::Connect, cause));
  }
  void passes(std::size_t i = 0) { report(healthy_report(target(i), i)); }
  void passes_with(Cause cause, Severity severity, std::size_t i = 0) {
    auto probe = healthy_report(target(i), i);
    probe->verdict = Verdict::Degraded;
    const Phase phase = cause == Cause::ClockSkew ? Phase::Nla : Phase::Tls;
    probe->findings.push_back({&classify(phase, cause), phase, severity, ""});
    report(probe);
  }

  void pass_time(std::chrono::seconds time, bool all_delivered = true) {
    now += time;
    book.advance(store.records(), now, all_delivered);
  }

  /// What changed, as "RdpHostDown" or "-RdpHostDown" for an end.
  std::vector<std::string> news() {
    std::vector<std::string> names;
    changes = book.take_changes();
    for (const auto& alert : changes)
      names.push_back((alert.ended ? "-" : "") +
                      nlohmann::json::parse(alert.text->labels)["alertname"].get<std::string>());
    return names;
  }

  std::shared_ptr<config::Config> config;
  daemon::Store store{};
  daemon::notify::TimePoint now{std::chrono::seconds{1'795'000'000}};
  daemon::notify::AlertBook book{};
  std::vector<daemon::notify::Alert> changes{};
};

using Names = std::vector<std::string>;

inline std::string annotation(const daemon::notify::Alert& alert, const char* name) {
  return nlohmann::json::parse(alert.text->annotations)[name];
}
inline std::string label(const daemon::notify::Alert& alert, const char* name) {
  return nlohmann::json::parse(alert.text->labels).value(name, "");
}

}  // namespace rdpwatch::test

#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <asio/awaitable.hpp>

#include "config/config.h"
#include "config/diagnostic.h"
#include "daemon/audit.h"
#include "daemon/incidents/incident.h"
#include "daemon/no_probe.h"
#include "daemon/pause.h"
#include "daemon/pause_json.h"
#include "daemon/vantage/health.h"
#include "probes/report.h"

namespace rdpwatch::daemon {

struct OnDemandResult {
  std::shared_ptr<const ProbeReport> report{};  ///< nullptr: no fresh one, and no earlier one
  std::optional<NoProbe> none{};     ///< why `report` is not fresh. INVARIANT: one of both is there
  std::vector<std::string> trace{};  ///< lines, when asked for
};

struct ReloadResult {
  bool ok = false;
  std::vector<config::Diagnostic> diagnostics{};
  bool changed = false;  ///< another configuration is active now
};

/// The line of the audit for a reload.
inline AuditEntry audit_of(const ReloadResult& result, std::string who, std::string from) {
  const std::string what = result.changed ? "done"
                           : result.ok    ? "done, nothing changed"
                                          : refused("it has errors");
  return {AuditAction::Reload, std::move(who), std::move(from), "configuration", what};
}

/// What the HTTP doors ask of the daemon. All run on the main loop.
struct Actions {
  std::function<std::shared_ptr<const config::Config>()>
      config{};  ///< nullptr before the first one is active
  std::function<asio::awaitable<ReloadResult>()> reload{};
  /// Joins a probe in flight, makes a fresh try within the budget (no retry, at most `timeout`), or answers
  /// with the last result. `module` empty: the target's own.
  std::function<asio::awaitable<OnDemandResult>(std::string target, std::string module,
                                                std::chrono::milliseconds timeout, bool trace)>
      probe{};
  /// `done` is called at once or later. Writes its line of the audit.
  std::function<void(const PauseRequest& request, PauseOrdered done)> pause{};
  /// False when there is no pause of this id. Writes its line of the audit.
  std::function<bool(const std::string& id, const std::string& who, const std::string& from)> end_pause{};
  std::function<std::vector<Pauses::Listed>()> pauses{};
  std::function<const incidents::Incidents&()> incidents{};  ///< open ones; valid until the door returns
  std::function<const vantage::Health&()> vantage{};
  std::function<void(const AuditEntry& entry)> audit{};
};

}  // namespace rdpwatch::daemon

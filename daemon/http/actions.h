#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <asio/awaitable.hpp>

#include "config/config.h"
#include "config/diagnostic.h"
#include "probes/report.h"

namespace rdpwatch::daemon {

struct OnDemandResult {
  std::shared_ptr<const ProbeReport> report{};  ///< nullptr: none yet, and the budget allows no try now
  bool cached = false;               ///< the last result, because the budget did not allow a fresh try
  std::vector<std::string> trace{};  ///< lines, when asked for
};

struct ReloadResult {
  bool ok = false;
  std::vector<config::Diagnostic> diagnostics{};
};

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
};

}  // namespace rdpwatch::daemon

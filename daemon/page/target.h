#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/history.h"
#include "daemon/no_probe.h"
#include "daemon/store.h"

namespace rdpwatch::daemon::page {

/// What came of "probe now".
struct ProbedNow {
  std::shared_ptr<const ProbeReport> report{};  ///< nullptr: no fresh one, and no earlier one
  std::optional<NoProbe> none{};  ///< why `report` is not fresh. INVARIANT: one of both is there
  std::vector<std::string> trace{};
};

/// What is shown of one target.
struct TargetView {
  const TargetRecord& record;
  std::vector<PastProbe> past{};  ///< newest first
  std::string form_token{};       ///< empty: probes on demand are not enabled
  std::optional<ProbedNow> probed{};
  std::string pause_token{};  ///< empty: pauses by the page are not enabled
};

/// One target: its state, the ladder of its last probe, what the user would see, what to do, evidence, and
/// what was seen before. A report of `probed` takes the place of the last one.
std::string target_html(const TargetView& view, std::string_view version,
                        std::chrono::system_clock::time_point now);

}  // namespace rdpwatch::daemon::page

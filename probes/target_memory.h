#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "probes/baseline.h"
#include "probes/report.h"

namespace rdpwatch {

/// What a target showed before, for findings that compare. Owned by whoever schedules the target; probe()
/// reads it at the start and updates it at the end. Small: it is kept for every target.
struct TargetMemory {
  std::shared_ptr<const Certificate> certificate{};  ///< last leaf seen
  std::optional<std::uint8_t> negotiation_flags{};
  std::optional<bool> nla_required{};
  std::optional<std::chrono::steady_clock::time_point> nla_required_asked{};
  std::string os_build{};
  std::string good_address{};                  ///< of the last climb that passed at the right host
  std::shared_ptr<const Baseline> baseline{};  ///< replaced whole: copies of the memory share it
  /// The last probe ended without an answer to our request: the next one listens before it speaks, so that
  /// "closed on accept" and "closed after the request" stay apart without a second try.
  bool ended_unheard = false;
};

}  // namespace rdpwatch

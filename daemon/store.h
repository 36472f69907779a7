#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "config/config.h"
#include "probes/report.h"

namespace rdpwatch::daemon {

/// Why a due probe did not run; label values of rdpwatch_probes_skipped_total.
enum class SkipReason : std::uint8_t { Overrun, Budget, Paused, Shutdown };
std::string_view to_string(SkipReason reason);

/// What the daemon knows about one target: the last report and the counters since the target was first seen.
struct TargetRecord {
  std::shared_ptr<const config::Target> target{};
  std::shared_ptr<const ProbeReport> last{};  ///< nullptr: pending
  std::uint64_t runs = 0;
  std::uint64_t failures = 0;
  std::uint64_t state_changes = 0;
  std::uint32_t consecutive_failures = 0;
  std::uint64_t dns_changes = 0;
  std::chrono::system_clock::time_point verdict_since{};
  std::chrono::system_clock::time_point last_success{};  ///< epoch: never
};

/// The result store behind both doors. Lives on the main loop: every call comes from that thread, no locks.
/// Records are sorted by target id, so that pages come out sorted.
class Store {
 public:
  /// All or nothing: records of targets that stay keep everything, new ones are pending, others are dropped.
  void replace(const config::Config& config);

  /// Takes the report of a finished probe; a report of a target that is gone is ignored. Returns the record
  /// when the verdict or the reason changed (for the log line), else nullptr.
  const TargetRecord* record(std::shared_ptr<const ProbeReport> report);

  const std::vector<TargetRecord>& records() const { return records_; }
  const TargetRecord* find(std::string_view id) const;

  /// Grows by one whenever replace() may have moved records: a page that is streamed in slices starts over or
  /// keeps its own shared copy when it changes.
  std::uint64_t generation() const { return generation_; }

 private:
  std::vector<TargetRecord> records_{};
  std::uint64_t generation_ = 0;
};

}  // namespace rdpwatch::daemon

#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "config/config.h"
#include "daemon/path_look.h"
#include "probes/report.h"

namespace rdpwatch::daemon {

namespace metrics {
class SampleText;
}

/// Why a due probe did not run; label values of rdpwatch_probes_skipped_total.
enum class SkipReason : std::uint8_t { Overrun, Budget, Paused, Shutdown };
std::string_view to_string(SkipReason reason);

/// Why a target is left alone, and until when.
struct Pause {
  std::chrono::system_clock::time_point until{};
  std::string reason{};
  std::string who{};  ///< "configuration", or who ordered it
  /// It has ended, at `until`, and no probe has finished since: what is known of the target is older.
  bool over = false;
  bool operator==(const Pause&) const = default;
};

/// What the daemon knows about one target: the last report and the counters since the target was first seen.
struct TargetRecord {
  std::shared_ptr<const config::Target> target{};
  std::shared_ptr<const ProbeReport> last{};       ///< nullptr: pending
  std::shared_ptr<const ProbeReport> last_good{};  ///< the last that did not fail; nullptr: none yet
  std::uint64_t runs = 0;
  std::uint64_t failures = 0;
  std::uint64_t state_changes = 0;
  std::uint32_t consecutive_failures = 0;
  std::uint64_t dns_changes = 0;
  std::uint64_t dns_answer =
      0;  ///< fingerprint of the last answer's addresses, whatever their order; 0: none
  std::chrono::system_clock::time_point verdict_since{};
  std::chrono::system_clock::time_point last_success{};  ///< epoch: never
  /// nullptr: not paused. While paused, the schedule starts no probe, the last report is kept, and nobody is
  /// alerted.
  std::shared_ptr<const Pause> pause{};
  /// The checks of the vantage that were disturbed when `last` was made, "resolver, route": what it says may
  /// be our own fault. nullptr: none was. Not kept over restarts.
  std::shared_ptr<const std::string> suspect{};
  std::shared_ptr<const PathLook> path{};            ///< the last look at the way there; nullptr: none yet
  std::shared_ptr<const PathLook> path_when_well{};  ///< the last one of the host when it worked
  std::shared_ptr<const metrics::SampleText> samples{};  ///< of all the above; never nullptr in the store
};

using Records = std::vector<TargetRecord>;

/// The look at the way that followed the failure which lasts; nullptr: there is none.
const PathLook* look_at_failure(const TargetRecord& record);

/// Label value of rdpwatch_targets: "paused", "pending", or the verdict.
std::string_view state_of(const TargetRecord& record);

/// The result store behind both doors. Lives on the main loop: every call comes from that thread, no locks.
/// Records are sorted by target id, so that pages come out sorted.
class Store {
 public:
  Store();

  /// All or nothing: records of targets that stay keep everything, new ones are pending, others are dropped.
  /// Linear in old and new targets.
  void replace(const config::Config& config);

  /// Takes the report of a finished probe; a report of a target that is gone is ignored. Returns the record
  /// when the verdict or the reason changed (for the log line), else nullptr.
  const TargetRecord* record(std::shared_ptr<const ProbeReport> report,
                             std::shared_ptr<const std::string> suspect = nullptr);

  /// Marks what probes that ended at `from` or later say.
  void suspect_since(std::chrono::system_clock::time_point from,
                     const std::shared_ptr<const std::string>& suspect);

  /// Takes a look at the way to a target; nullptr when the target is gone, else its record.
  const TargetRecord* set_path(std::string_view id, std::shared_ptr<const PathLook> look);

  /// Pauses the target at `index` of records(), or resumes it (nullptr). A pause that is over is none for a
  /// target that was probed since.
  void set_pause(std::size_t index, std::shared_ptr<const Pause> pause);

  /// After replace(): takes over what `saved` says of the target `id`; ignored when there is none. A pause is
  /// not taken over: it stays as it is.
  void restore(std::string_view id, TargetRecord saved);

  const Records& records() const { return *records_; }
  const TargetRecord* find(std::string_view id) const;

  /// "3 targets: 2 ok, 0 degraded, 1 failed, 0 pending", and ", 5 paused" when there are.
  std::string summary() const;

  /// The records as they are now, for a page that is streamed in slices: replace() leaves them as they were,
  /// record() still updates them while they are current.
  std::shared_ptr<const Records> snapshot() const { return records_; }

  /// Grows by one at every replace().
  std::uint64_t generation() const { return generation_; }

 private:
  std::shared_ptr<Records> records_;  ///< never nullptr
  std::uint64_t generation_ = 0;
};

}  // namespace rdpwatch::daemon

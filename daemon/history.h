#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "config/config.h"
#include "probes/report.h"
#include "probes/target_memory.h"

namespace rdpwatch::daemon {

/// What is left to read of a probe that failed. Text is sanitised.
struct FailureText {
  std::string address{};  ///< of the last connection; empty when none was made
  std::string detail{};   ///< what was seen
  std::string trace{};    ///< each line ends with \n; cut after kTraceBytes
  bool operator==(const FailureText&) const = default;
};

/// A finished probe as it is remembered: 64 bytes, since every target has several of them.
struct PastProbe {
  using Microseconds = std::chrono::duration<std::uint32_t, std::micro>;
  static constexpr auto kPhasesKept = static_cast<std::size_t>(kDeepestPhase);

  std::chrono::system_clock::time_point time{};          ///< start
  const Row* row = nullptr;                              ///< ProbeReport::decisive_row()
  std::shared_ptr<const FailureText> failure{};          ///< nullptr unless the verdict is Failed
  std::array<Microseconds, kPhasesKept> took{};          ///< by ordinal - 1; of the last try
  Microseconds duration{};                               ///< all tries and the delay between them
  std::array<Outcome, kPhasesKept> outcomes{skipped()};  ///< by ordinal - 1
  std::uint8_t attempts = 1;
  Verdict verdict = Verdict::Ok;
  Phase phase = Phase::Resolve;  ///< where it failed, or the last phase passed

 private:
  static constexpr std::array<Outcome, kPhasesKept> skipped() {
    std::array<Outcome, kPhasesKept> all{};
    all.fill(Outcome::Skipped);
    return all;
  }
};

/// The last probes of every target: the last kAnyKept of any verdict, and of those before them the failed
/// ones as long as there are no more than kFailedKept of these in all. Also what each target showed before,
/// as its probe thread had it after the last probe.
///
/// Lives on the main loop beside the Store: every call comes from that thread. A healthy target costs about
/// 0.8 KB. A failing one costs 1.5 KB more: failures in a row that read the same share their text.
class History {
 public:
  static constexpr std::size_t kAnyKept = 10;
  static constexpr std::size_t kFailedKept = 20;
  static constexpr std::size_t kTraceBytes = 1'500;

  /// What is known of one target; for the state on disk.
  struct Past {
    std::shared_ptr<const config::Target> target{};
    std::vector<PastProbe> probes{};  ///< oldest first
    TargetMemory memory{};
  };

  /// Targets that stay keep their past, others lose it. Linear in old and new targets.
  void replace(const config::Config& config);

  /// Takes a finished probe; one of a target that is gone is ignored. `trace`: as in FailureText; kept only
  /// when the probe failed.
  void record(const ProbeReport& report, std::string_view trace, TargetMemory memory);

  /// After replace(): takes over what was kept of a target, probes oldest first; ignored when there is none.
  void restore(std::string_view id, std::vector<PastProbe> probes, TargetMemory memory);

  /// nullptr: no such target.
  const Past* find(std::string_view id) const;

  /// Newest first; empty when there is none, or no such target.
  std::vector<PastProbe> of(std::string_view id) const;

 private:
  Past* find_to_change(std::string_view id);

  std::vector<Past> pasts_{};  ///< sorted by id
};

}  // namespace rdpwatch::daemon

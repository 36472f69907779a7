#include "probes/net/judge_network.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <utility>

namespace rdpwatch::net {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;

/// Growth that users begin to notice: in each echo of a key, and in a connect.
constexpr milliseconds kSlowRoundTrip{25};
constexpr milliseconds kSlowClimb{250};

/// Of the last Baseline::kProbes that passed. A probe has about ten packets that are sent again when they are
/// lost: at one lost in a hundred this is reached by few sets of twenty probes, at one in twenty by nearly
/// all.
constexpr int kLossy = 5;
constexpr int kRecurring = 3;

/// "84.0 ms, usually 12.0 ms (7.0 times)".
std::string text_of(const Comparison& comparison) {
  std::array<char, 96> text{};
  const auto ms = [](microseconds time) { return static_cast<double>(time.count()) / 1000; };
  const int size = std::snprintf(text.data(), text.size(), "%.1f ms, usually %.1f ms (%.1f times)",
                                 ms(comparison.recent), ms(comparison.usual), comparison.ratio());
  return {text.data(), static_cast<std::size_t>(size)};
}

std::string of_the_last(int count, int probes) {
  return std::to_string(count) + " of the last " + std::to_string(probes) + " probes";
}

/// Adds to the finding of `cause` in the connect phase, or makes it.
void add(Judgements& findings, Cause cause, std::string detail) {
  const auto known = std::ranges::find(findings, cause, &Judgement::cause);
  if (known != findings.end()) known->detail += "; " + detail;
  else findings.push_back({Phase::Connect, cause, std::nullopt, std::move(detail)});
}

/// A name is no part of the climb.
std::chrono::nanoseconds time_of_climb(const PhaseResult& phase) {
  return phase.phase == Phase::Resolve ? std::chrono::nanoseconds{0} : phase.duration;
}

void judge_times(const BaselineEvidence& evidence, const std::vector<PhaseResult>& phases,
                 Judgements& findings) {
  std::string detail;
  if (evidence.round_trip && slower_than_usual(*evidence.round_trip, kSlowRoundTrip))
    detail = "round trip " + text_of(*evidence.round_trip);
  if (evidence.climb && slower_than_usual(*evidence.climb, kSlowClimb)) {
    const auto longest = std::ranges::max_element(phases, {}, time_of_climb);
    detail += (detail.empty() ? "" : "; ") + ("climb " + text_of(*evidence.climb));
    if (longest != phases.end() && longest->phase != Phase::Resolve)
      detail += ", most of it in " + std::string{to_string(longest->phase)};
  }
  if (!detail.empty()) add(findings, Cause::ConnectSlow, std::move(detail));
}

}  // namespace

BaselineSample baseline_sample(const ClimbResult& climb, bool on_retry) {
  BaselineSample sample;
  sample.round_trip = climb.handshake_rtt;
  sample.on_retry = on_retry;
  for (const PhaseResult& phase : climb.phases) {
    if (phase.phase == Phase::Resolve) continue;
    sample.climb += std::chrono::duration_cast<microseconds>(phase.duration);
    if (phase.retransmits != 0)
      (phase.phase == Phase::Connect ? sample.syn_resent : sample.data_resent) = true;
  }
  return sample;
}

void judge_network(const BaselineEvidence& evidence, const std::vector<PhaseResult>& phases,
                   Judgements& findings) {
  judge_times(evidence, phases, findings);
  const Repeats& repeats = evidence.repeats;
  if (kLossy <= repeats.resent)
    add(findings, Cause::PacketLoss,
        "packets had to be sent again in " + of_the_last(repeats.resent, repeats.probes) + " (the SYN in " +
            std::to_string(repeats.syn) + ", data in " + std::to_string(repeats.data) + ")");
  const auto retried = std::ranges::find(findings, Cause::PassedOnRetry, &Judgement::cause);
  if (retried == findings.end() || repeats.retry < kRecurring) return;
  retried->severity = Severity::Warning;
  retried->detail += "; it passed only on retry in " + of_the_last(repeats.retry, repeats.probes);
}

}  // namespace rdpwatch::net

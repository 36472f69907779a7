#include "daemon/history.h"

#include <algorithm>
#include <limits>
#include <utility>

namespace rdpwatch::daemon {
namespace {

static_assert(sizeof(PastProbe) == 64);

std::string_view id_of(const History::Past& past) { return past.target->id; }

/// Longer than an hour is an hour and some minutes.
PastProbe::Microseconds short_duration(std::chrono::nanoseconds duration) {
  constexpr std::chrono::microseconds kMost{std::numeric_limits<std::uint32_t>::max()};
  const auto whole = std::chrono::floor<std::chrono::microseconds>(duration);
  return PastProbe::Microseconds{std::clamp(whole, std::chrono::microseconds{0}, kMost)};
}

/// The whole lines of `trace` that fit.
std::string cut(std::string_view trace) {
  if (trace.size() <= History::kTraceBytes) return std::string{trace};
  trace = trace.substr(0, History::kTraceBytes);
  return std::string{trace.substr(0, trace.rfind('\n') + 1)};
}

/// The text of a failure, shared with the failure before when that reads the same.
std::shared_ptr<const FailureText> text_of(const ProbeReport& report, std::string_view trace,
                                           const std::vector<PastProbe>& before) {
  if (!report.failure) return nullptr;
  FailureText text{report.address, report.failure->detail, cut(trace)};
  const auto last =
      std::find_if(before.rbegin(), before.rend(), [](const PastProbe& past) { return past.failure; });
  if (last != before.rend() && *last->failure == text) return last->failure;
  return std::make_shared<const FailureText>(std::move(text));
}

PastProbe summary_of(const ProbeReport& report) {
  PastProbe past;
  past.time = report.time;
  past.row = report.decisive_row();
  for (const PhaseResult& result : report.phases) {
    const auto at = ordinal(result.phase) - 1;
    if (past.took.size() <= at) continue;
    past.took[at] = short_duration(result.duration);
    past.outcomes[at] = result.outcome;
  }
  past.duration = short_duration(report.duration);
  past.attempts = static_cast<std::uint8_t>(std::clamp(report.attempts, 1, 255));
  past.verdict = report.verdict;
  past.phase = report.phase;
  return past;
}

/// Appends; what is one too many then goes.
/// INVARIANT: all but the last kAnyKept have failed.
void append(std::vector<PastProbe>& probes, PastProbe next) {
  const auto failed = [](const PastProbe& past) { return past.failure != nullptr; };
  if (History::kAnyKept <= probes.size()) {
    const auto leaving = probes.end() - static_cast<std::ptrdiff_t>(History::kAnyKept);
    if (!failed(*leaving)) probes.erase(leaving);
  }
  if (probes.size() == probes.capacity()) probes.reserve(probes.size() + 1);
  probes.push_back(std::move(next));
  if (History::kFailedKept < static_cast<std::size_t>(std::ranges::count_if(probes, failed)))
    probes.erase(std::ranges::find_if(probes, failed));
}

}  // namespace

void History::replace(const config::Config& config) {
  std::vector<Past> next;
  next.reserve(config.targets.size());
  auto old = pasts_.begin();
  for (const auto& target : config.targets) {
    while (old != pasts_.end() && id_of(*old) < target->id) ++old;
    const bool stays = old != pasts_.end() && id_of(*old) == target->id;
    next.push_back(stays ? std::move(*old++) : Past{});
    next.back().target = target;
  }
  pasts_ = std::move(next);
}

void History::record(const ProbeReport& report, std::string_view trace, TargetMemory memory) {
  Past* const past = find_to_change(report.target);
  if (past == nullptr) return;
  auto summary = summary_of(report);
  summary.failure = text_of(report, trace, past->probes);
  append(past->probes, std::move(summary));
  past->memory = std::move(memory);
}

void History::restore(std::string_view id, std::vector<PastProbe> probes, TargetMemory memory) {
  Past* const past = find_to_change(id);
  if (past == nullptr) return;
  past->probes.clear();
  for (PastProbe& probe : probes) append(past->probes, std::move(probe));
  past->memory = std::move(memory);
}

std::vector<PastProbe> History::of(std::string_view id) const {
  const Past* const past = find(id);
  if (past == nullptr) return {};
  return {past->probes.rbegin(), past->probes.rend()};
}

const History::Past* History::find(std::string_view id) const {
  const auto it = std::ranges::lower_bound(pasts_, id, {}, id_of);
  return it != pasts_.end() && id_of(*it) == id ? &*it : nullptr;
}

History::Past* History::find_to_change(std::string_view id) {
  return const_cast<Past*>(std::as_const(*this).find(id));
}

}  // namespace rdpwatch::daemon

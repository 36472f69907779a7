#include "daemon/store.h"

#include <algorithm>
#include <functional>
#include <map>
#include <utility>

#include "daemon/metrics/sample_text.h"

namespace rdpwatch::daemon {
namespace {

std::string_view id_of(const TargetRecord& record) { return record.target->id; }

void write_samples(TargetRecord& record) {
  record.samples = std::make_shared<const metrics::SampleText>(record);
}

TargetRecord make_record(std::shared_ptr<const config::Target> target) {
  TargetRecord record;
  record.target = std::move(target);
  write_samples(record);
  return record;
}

TargetRecord keep_record(const TargetRecord& old, std::shared_ptr<const config::Target> target) {
  TargetRecord record = old;
  record.target = std::move(target);
  if (!(*old.target == *record.target)) write_samples(record);
  return record;
}

/// A sum over the addresses: the order of an answer says nothing.
std::uint64_t fingerprint(const std::vector<std::string>& addresses) {
  std::uint64_t sum = 0;
  for (const std::string& address : addresses)
    sum += std::hash<std::string>{}(address)*0x9E3779B97F4A7C15U | 1U;
  return sum;
}

void count_dns_change(TargetRecord& record, const ProbeReport& report) {
  if (!report.resolve || report.resolve->from_literal || report.resolve->addresses.empty()) return;
  const std::uint64_t answer = fingerprint(report.resolve->addresses);
  if (record.dns_answer != 0 && record.dns_answer != answer) ++record.dns_changes;
  record.dns_answer = answer;
}

std::chrono::system_clock::time_point end_of(const ProbeReport& report) {
  return report.time + std::chrono::duration_cast<std::chrono::system_clock::duration>(report.duration);
}

bool tells_the_same(const ProbeReport& before, const ProbeReport& after) {
  return before.verdict == after.verdict && before.decisive_row() == after.decisive_row();
}

}  // namespace

std::string_view to_string(SkipReason reason) {
  switch (reason) {
    case SkipReason::Overrun: return "overrun";
    case SkipReason::Budget: return "budget";
    case SkipReason::Paused: return "paused";
    case SkipReason::Shutdown: return "shutdown";
  }
  return "";
}

std::string_view state_of(const TargetRecord& record) {
  if (record.pause) return "paused";
  return record.last ? to_string(record.last->verdict) : std::string_view{"pending"};
}

const PathLook* look_at_failure(const TargetRecord& record) {
  const bool failed = record.last && record.last->failure && record.path;
  const bool of_it =
      failed && record.path->row == record.last->failure->row && record.verdict_since <= record.path->time;
  return of_it ? record.path.get() : nullptr;
}

Store::Store() : records_{std::make_shared<Records>()} {}

void Store::replace(const config::Config& config) {
  auto next = std::make_shared<Records>();
  next->reserve(config.targets.size());
  auto old = records_->cbegin();
  for (const auto& target : config.targets) {
    while (old != records_->cend() && id_of(*old) < target->id) ++old;
    const bool stays = old != records_->cend() && id_of(*old) == target->id;
    next->push_back(stays ? keep_record(*old, target) : make_record(target));
  }
  records_ = std::move(next);
  ++generation_;
}

const TargetRecord* Store::record(std::shared_ptr<const ProbeReport> report,
                                  std::shared_ptr<const std::string> suspect) {
  const auto it = std::ranges::lower_bound(*records_, std::string_view{report->target}, {}, id_of);
  if (it == records_->end() || id_of(*it) != report->target) return nullptr;
  TargetRecord& record = *it;
  const bool failed = report->verdict == Verdict::Failed;
  const bool first = record.last == nullptr;
  const bool changed = first || !tells_the_same(*record.last, *report);
  const auto ended = end_of(*report);

  ++record.runs;
  if (!first && failed != (record.last->verdict == Verdict::Failed)) ++record.state_changes;
  if (first || record.last->verdict != report->verdict) record.verdict_since = ended;
  if (failed) {
    ++record.failures;
    ++record.consecutive_failures;
  } else {
    record.consecutive_failures = 0;
    record.last_success = ended;
  }
  count_dns_change(record, *report);
  record.last = std::move(report);
  if (!failed) record.last_good = record.last;
  record.suspect = std::move(suspect);
  if (record.pause && record.pause->over) record.pause = nullptr;
  write_samples(record);
  return changed ? &record : nullptr;
}

void Store::suspect_since(std::chrono::system_clock::time_point from,
                          const std::shared_ptr<const std::string>& suspect) {
  for (TargetRecord& record : *records_)
    if (record.last && from <= end_of(*record.last)) record.suspect = suspect;
}

const TargetRecord* Store::set_path(std::string_view id, std::shared_ptr<const PathLook> look) {
  const auto it = std::ranges::lower_bound(*records_, id, {}, id_of);
  if (it == records_->end() || id_of(*it) != id) return nullptr;
  if (look->row == nullptr) it->path_when_well = look;
  it->path = std::move(look);
  write_samples(*it);
  return &*it;
}

void Store::set_pause(std::size_t index, std::shared_ptr<const Pause> pause) {
  TargetRecord& record = (*records_)[index];
  const bool too_late = pause && pause->over && record.last && pause->until <= record.last->time;
  if (too_late) pause = nullptr;
  if (record.pause == pause) return;
  const bool written_already = bool{record.pause} == bool{pause};
  record.pause = std::move(pause);
  if (!written_already) write_samples(record);
}

void Store::restore(std::string_view id, TargetRecord saved) {
  const auto it = std::ranges::lower_bound(*records_, id, {}, id_of);
  if (it == records_->end() || id_of(*it) != id) return;
  saved.target = it->target;
  saved.pause = it->pause;
  *it = std::move(saved);
  write_samples(*it);
}

const TargetRecord* Store::find(std::string_view id) const {
  const auto it = std::ranges::lower_bound(*records_, id, {}, id_of);
  return it != records_->end() && id_of(*it) == id ? &*it : nullptr;
}

std::string Store::summary() const {
  std::map<std::string_view, std::size_t> counts;
  for (const TargetRecord& record : *records_) ++counts[state_of(record)];
  std::string text = std::to_string(records_->size()) + " targets";
  std::string_view before = ": ";
  for (const std::string_view state : {"ok", "degraded", "failed", "pending"}) {
    text.append(std::exchange(before, ", ")).append(std::to_string(counts[state])).append(" ").append(state);
  }
  if (counts["paused"] != 0) text.append(", ").append(std::to_string(counts["paused"])).append(" paused");
  return text;
}

}  // namespace rdpwatch::daemon

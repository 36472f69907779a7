#include "daemon/page/fleet_select.h"

#include <algorithm>
#include <limits>
#include <unordered_map>

namespace rdpwatch::daemon::page {
namespace {

constexpr auto kLast = std::numeric_limits<std::uint64_t>::max();

using Counter = std::unordered_map<std::string_view, std::size_t>;

std::map<std::string_view, std::size_t> sorted(const Counter& counter) {
  return {counter.begin(), counter.end()};
}

/// A reason, its scenario and the phase are those of what decides, whatever the verdict.
const Row* row_of(const TargetRecord& record) { return record.last ? record.last->decisive_row() : nullptr; }

struct Counters {
  Counter states{}, sites{}, phases{}, reasons{}, scenarios{};

  void count(const TargetRecord& record) {
    ++states[state_of(record)];
    if (const auto site = site_of(*record.target); !site.empty()) ++sites[site];
    if (record.last && record.last->failure) ++phases[to_string(record.last->failure->phase)];
    if (const Row* row = row_of(record)) {
      ++reasons[row->reason];
      ++scenarios[to_string(row->scenario)];
    }
  }
  Facets facets() const {
    return {sorted(states), sorted(sites), sorted(phases), sorted(reasons), sorted(scenarios)};
  }
};

bool passes(const TargetRecord& record, const FleetQuery& query) {
  if (!query.verdict.empty() && state_of(record) != query.verdict) return false;
  if (!query.site.empty() && site_of(*record.target) != query.site) return false;
  const Row* row = row_of(record);
  if (!query.reason.empty() && (row == nullptr || row->reason != query.reason)) return false;
  if (!query.scenario.empty() && (row == nullptr || to_string(row->scenario) != query.scenario)) return false;
  if (query.phase.empty()) return true;
  return record.last && record.last->failure && to_string(record.last->failure->phase) == query.phase;
}

/// What needs a person first, then what may soon, then what nobody knows, then what is well.
std::uint64_t urgency(const TargetRecord& record) {
  if (record.pause) return 4;
  if (!record.last) return 3;
  switch (record.last->verdict) {
    case Verdict::Failed: return 0;
    case Verdict::Degraded: return record.last->findings.front().severity == Severity::Critical ? 1 : 2;
    case Verdict::Ok: return 5;
  }
  return 5;
}

std::uint64_t seconds(std::chrono::system_clock::time_point time) {
  return static_cast<std::uint64_t>(
      std::chrono::duration_cast<std::chrono::seconds>(time.time_since_epoch()).count());
}

std::uint64_t code_key(const TargetRecord& record) {
  const Row* row = row_of(record);
  if (row == nullptr || row->client.basis == Basis::None) return kLast;
  return std::uint64_t{row->client.code.value_or(0)} << 32 | row->client.extended.value_or(0);
}

/// Texts to their places in the alphabet, so that sorting compares numbers.
using Alphabet = std::unordered_map<std::string_view, std::uint64_t>;

Alphabet alphabet_of(const std::map<std::string_view, std::size_t>& facet) {
  Alphabet alphabet;
  for (const auto& [text, count] : facet) alphabet.emplace(text, alphabet.size());
  return alphabet;
}

std::uint64_t sort_key(const Records& records, std::size_t index, SortBy by, const Alphabet& alphabet) {
  const TargetRecord& record = records[index];
  const bool known = record.last != nullptr;
  const auto place = [&alphabet](std::string_view text) {
    const auto it = alphabet.find(text);
    return it == alphabet.end() ? kLast : it->second;
  };
  switch (by) {
    case SortBy::Verdict:  // and the latest change first
      return urgency(record) << 56 | ((std::uint64_t{1} << 56) - 1 - seconds(record.verdict_since));
    case SortBy::Host: return index;  // records are in the order of their ids
    case SortBy::Since: return known ? seconds(record.verdict_since) : kLast;
    case SortBy::Phase: return known ? ordinal(record.last->phase) : kLast;
    case SortBy::Reason: return row_of(record) != nullptr ? place(row_of(record)->reason) : kLast;
    case SortBy::Code: return code_key(record);
    case SortBy::Site: return place(site_of(*record.target));
    case SortBy::Probed: return known ? seconds(record.last->time) : kLast;
  }
  return kLast;
}

struct Entry {
  std::uint64_t key;
  std::size_t index;
  auto operator<=>(const Entry&) const = default;
};

void keep_page(std::vector<Entry>& entries, FleetView& view, bool descending) {
  if (descending)
    for (Entry& entry : entries) {  // those without a value stay last
      if (entry.key != kLast) entry.key = kLast - 1 - entry.key;
    }
  const auto begin = entries.begin() + static_cast<std::ptrdiff_t>((view.page - 1) * kTargetsPerPage);
  const auto end =
      entries.begin() + static_cast<std::ptrdiff_t>(std::min(entries.size(), view.page * kTargetsPerPage));
  std::ranges::nth_element(entries, begin);
  if (end != entries.end()) std::nth_element(begin, end, entries.end());
  std::sort(begin, end);
  entries = {begin, end};
}

}  // namespace

std::string_view site_of(const config::Target& target) {
  const auto it = std::ranges::find(target.labels, "site", &std::pair<std::string, std::string>::first);
  return it == target.labels.end() ? std::string_view{} : it->second;
}

FleetView select(const Records& records, const FleetQuery& query, const Search& search) {
  Counters counters;
  std::vector<std::size_t> matching;
  for (std::size_t i = 0; i < records.size(); ++i) {
    counters.count(records[i]);
    if (passes(records[i], query) && search.matches(records[i])) matching.push_back(i);
  }
  FleetView view{.facets = counters.facets(), .total = records.size(), .matching = matching.size()};
  view.pages = std::max<std::size_t>(1, (matching.size() + kTargetsPerPage - 1) / kTargetsPerPage);
  view.page = std::min(query.page, view.pages);

  const Alphabet alphabet = alphabet_of(query.sort == SortBy::Site ? view.facets.sites : view.facets.reasons);
  std::vector<Entry> entries;
  entries.reserve(matching.size());
  for (const std::size_t index : matching)
    entries.push_back({sort_key(records, index, query.sort, alphabet), index});
  keep_page(entries, view, query.descending);
  for (const Entry& entry : entries) view.rows.push_back(&records[entry.index]);
  return view;
}

}  // namespace rdpwatch::daemon::page

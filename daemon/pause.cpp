#include "daemon/pause.h"

#include <algorithm>
#include <charconv>
#include <functional>
#include <utility>

namespace rdpwatch::daemon {
namespace {

using std::chrono::days;
using std::chrono::weeks;
using TimePoint = Pauses::TimePoint;

constexpr std::string_view kConfiguration = "configuration";

/// Monday 00:00 UTC at or before.
TimePoint week_of(TimePoint time) {
  constexpr days kMonday{4};  // 1970-01-01 was a Thursday
  return TimePoint{std::chrono::floor<weeks>(time.time_since_epoch() - kMonday)} + kMonday;
}

/// Where `now` stands in the times of a window.
struct Standing {
  std::optional<TimePoint> until{};  ///< end of the time that holds now
  std::optional<TimePoint> next{};   ///< start of the next one
};

void consider(Standing& standing, TimePoint start, std::chrono::seconds duration, TimePoint now) {
  const TimePoint end = start + duration;
  if (start <= now && now < end) standing.until = std::max(standing.until.value_or(end), end);
  if (now < start) standing.next = std::min(standing.next.value_or(start), start);
}

Standing standing_of(const config::Maintenance& window, TimePoint now) {
  Standing standing;
  if (window.weekly.empty()) consider(standing, window.start, window.duration, now);
  const TimePoint week = week_of(now);
  for (const TimePoint monday : {week - weeks{1}, week, week + weeks{1}})
    for (const auto start : window.weekly) consider(standing, monday + start, window.duration, now);
  return standing;
}

/// In which the first probe after a pause comes, if nothing is wrong with us.
std::chrono::milliseconds patience(const config::Target& target) {
  const config::Module& module = *target.module;
  const auto rhythm = std::max(module.interval, module.failing_interval.value_or(module.interval));
  return rhythm + module.timeout * (module.retries + 1) + module.retry_delay * module.retries;
}

bool is_order(std::string_view id) { return !id.empty(); }

}  // namespace

void Pauses::configure(const std::vector<config::Maintenance>& windows, Targets targets, TimePoint now) {
  std::vector<Entry> entries;
  entries.reserve(windows.size() + entries_.size());
  for (const auto& window : windows) entries.push_back(entry_for(window));
  for (auto& entry : entries_) {
    if (is_order(entry.id)) entries.push_back(std::move(entry));
    else if (entry.pause) events_.push_back({false, {{}, entry.window, entry.who}});
  }
  for (auto& entry : entries) entry.selection = {};
  entries_ = std::move(entries);
  adopt(std::move(targets));
  evaluate(now);
}

/// Takes a new list; of targets that stay, what is known.
void Pauses::adopt(Targets targets) {
  std::vector<std::shared_ptr<const Pause>> by_target(targets.size());
  std::vector<TimePoint> over_until(targets.size());
  std::vector<bool> unknown(targets.size(), true);
  std::size_t old = 0;
  for (std::size_t index = 0; index < targets.size(); ++index) {
    while (old < targets_.size() && targets_[old]->id < targets[index]->id) ++old;
    if (old == targets_.size() || targets_[old]->id != targets[index]->id) continue;
    by_target[index] = by_target_[old];
    over_until[index] = over_until_[old];
    unknown[index] = unknown_[old];
  }
  targets_ = std::move(targets);
  by_target_ = std::move(by_target);
  over_until_ = std::move(over_until);
  unknown_ = std::move(unknown);
}

/// The entry that the window had before, or a new one.
Pauses::Entry Pauses::entry_for(const config::Maintenance& window) {
  const auto before = std::ranges::find_if(
      entries_, [&](const Entry& entry) { return !is_order(entry.id) && entry.window == window; });
  if (before == entries_.end()) return {window, {}, std::string{kConfiguration}, {}, {}};
  return std::exchange(*before, Entry{});
}

bool Pauses::pending() const {
  return !std::ranges::all_of(entries_, [](const Entry& entry) { return entry.selection.whole(); });
}

void Pauses::look_up(std::size_t comparisons, TimePoint now) {
  for (Entry& entry : entries_) look_up(entry, comparisons);
  evaluate(now);
}

void Pauses::look_up(Entry& entry, std::size_t& left) {
  if (entry.selection.whole() || left == 0) return;
  const std::size_t before = left;
  entry.selection.look_up(entry.window.selector, targets_, left);
  work_ += before - left;
}

std::expected<std::string, std::string> Pauses::add(PauseOrder order, Selection selection, TimePoint now) {
  const auto count = std::ranges::count_if(entries_, &is_order, &Entry::id);
  if (kMaxOrders <= static_cast<std::size_t>(count))
    return std::unexpected{"there are too many pauses: end some first"};
  if (selection.targets().count() == 0) return std::unexpected{"no target has these ids and labels"};
  auto id = std::to_string(++last_id_);
  entries_.push_back({std::move(order.window), id, std::move(order.who), std::move(selection), {}});
  evaluate(now);
  return id;
}

bool Pauses::end(std::string_view id, TimePoint now) {
  const auto found = std::ranges::find(entries_, id, &Entry::id);
  if (!is_order(id) || found == entries_.end()) return false;
  entries_.erase(found);
  evaluate(now);
  return true;
}

void Pauses::restore(std::vector<PauseOrder> orders, TimePoint now) {
  std::erase_if(entries_, [](const Entry& entry) { return is_order(entry.id); });
  for (auto& order : orders) {
    std::uint64_t number = 0;
    std::from_chars(order.id.data(), order.id.data() + order.id.size(), number);
    last_id_ = std::max(last_id_, number);
    entries_.push_back({std::move(order.window), std::move(order.id), std::move(order.who), {}, {}});
  }
  unknown_.assign(targets_.size(), true);
  evaluate(now);
}

bool Pauses::advance(TimePoint now) {
  const bool jumped_back = now < looked_;
  const bool due = next_change_ && *next_change_ <= now;
  if (!jumped_back && !due) {
    looked_ = now;
    return false;
  }
  return evaluate(now);
}

/// Gives each target the pause that ends last, unless something is pending. True when by_target() changed.
bool Pauses::evaluate(TimePoint now) {
  looked_ = now;
  next_change_.reset();
  if (pending()) return false;
  drop_ended(now);
  for (Entry& entry : entries_) judge(entry, now);
  std::vector<std::shared_ptr<const Pause>> next(targets_.size());
  TargetSet rest{targets_.size(), true};
  for (const Entry* const entry : in_force())
    rest.take(entry->selection.targets(), [&](std::size_t index) {
      next[index] = entry->pause;
      ++work_;
    });
  Ended ended;
  for (std::size_t index = 0; index < next.size(); ++index)
    if (!next[index] && by_target_[index]) next[index] = after(index, ended, now);
  const bool changed = next != by_target_;
  by_target_ = std::move(next);
  unknown_.assign(targets_.size(), false);
  return changed;
}

/// The one that ends last first.
std::vector<const Pauses::Entry*> Pauses::in_force() const {
  std::vector<const Entry*> found;
  for (const Entry& entry : entries_)
    if (entry.pause) found.push_back(&entry);
  std::ranges::stable_sort(found, std::greater{}, [](const Entry* entry) { return entry->pause->until; });
  return found;
}

/// Targets of an order that ended while nobody looked, between two lives, count as paused up to now.
void Pauses::drop_ended(TimePoint now) {
  std::erase_if(entries_, [&](Entry& entry) {
    const TimePoint end = entry.window.start + entry.window.duration;
    if (!is_order(entry.id) || now < end) return false;
    events_.push_back({false, {entry.id, entry.window, entry.who}});
    if (entry.pause) return true;
    const auto pause = std::make_shared<const Pause>(Pause{end, entry.window.reason, entry.who, false});
    TargetSet{targets_.size(), true}.take(entry.selection.targets(), [&](std::size_t index) {
      if (!by_target_[index]) by_target_[index] = pause;
    });
    return true;
  });
}

/// Sets the pause of an entry that is in force; one that goes on stays the same object.
void Pauses::judge(Entry& entry, TimePoint now) {
  const Standing standing = standing_of(entry.window, now);
  if (standing.next) change_at(*standing.next);
  const bool is_window = !is_order(entry.id);
  if (is_window && bool{entry.pause} != standing.until.has_value())
    events_.push_back({standing.until.has_value(), {{}, entry.window, entry.who}});
  if (!standing.until) {
    entry.pause = nullptr;
    return;
  }
  change_at(*standing.until);
  if (!entry.pause || entry.pause->until != *standing.until)
    entry.pause =
        std::make_shared<const Pause>(Pause{*standing.until, entry.window.reason, entry.who, false});
}

/// What is left of the pause of a target that no entry holds any more.
std::shared_ptr<const Pause> Pauses::after(std::size_t target, Ended& ended, TimePoint now) {
  std::shared_ptr<const Pause> pause = by_target_[target];
  const auto longest = patience(*targets_[target]);
  if (!pause->over) {
    auto& rest = ended[pause.get()];
    if (!rest)
      rest =
          std::make_shared<const Pause>(Pause{std::min(pause->until, now), pause->reason, pause->who, true});
    pause = rest;
    over_until_[target] = now + longest;
  }
  // A clock that jumped back must not hold a target for long.
  over_until_[target] = std::min<TimePoint>(over_until_[target], now + longest);
  if (over_until_[target] <= now) return nullptr;
  change_at(over_until_[target]);
  return pause;
}

void Pauses::change_at(TimePoint time) { next_change_ = std::min(next_change_.value_or(time), time); }

std::vector<std::uint32_t> Pauses::left_alone() const {
  std::vector<std::uint32_t> places;
  for (std::size_t index = 0; index < by_target_.size(); ++index)
    if (const auto& pause = by_target_[index]; pause ? !pause->over : unknown_[index])
      places.push_back(static_cast<std::uint32_t>(index));
  return places;
}

std::vector<PauseOrder> Pauses::orders() const {
  std::vector<PauseOrder> orders;
  for (const Entry& entry : entries_)
    if (is_order(entry.id)) orders.push_back({entry.id, entry.window, entry.who});
  return orders;
}

std::vector<Pauses::Listed> Pauses::list(TimePoint now) const {
  std::vector<Listed> list;
  list.reserve(entries_.size());
  for (const Entry& entry : entries_)
    list.push_back({entry.id, &entry.window, entry.who, standing_of(entry.window, now).until,
                    entry.selection.targets().count()});
  return list;
}

}  // namespace rdpwatch::daemon

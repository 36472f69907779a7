#include "daemon/pause.h"

#include <algorithm>
#include <charconv>
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

std::vector<std::uint32_t> select(const config::Selector& selector, const Pauses::Targets& targets) {
  std::vector<std::uint32_t> found;
  const auto add = [&](std::size_t index) {
    if (selector.matches(*targets[index])) found.push_back(static_cast<std::uint32_t>(index));
  };
  const bool has_star = std::ranges::any_of(
      selector.targets, [](const auto& pattern) { return pattern.find('*') != std::string::npos; });
  if (selector.targets.empty() || has_star) {
    for (std::size_t index = 0; index < targets.size(); ++index) add(index);
    return found;
  }
  for (const auto& id : selector.targets) {
    const auto at = std::ranges::lower_bound(targets, id, {}, [](const auto& target) { return target->id; });
    if (at != targets.end() && (*at)->id == id) add(static_cast<std::size_t>(at - targets.begin()));
  }
  return found;
}

bool is_order(std::string_view id) { return !id.empty(); }

}  // namespace

void Pauses::configure(const std::vector<config::Maintenance>& windows, Targets targets, TimePoint now) {
  std::vector<Entry> entries;
  for (const auto& window : windows) entries.push_back(entry_for(window));
  for (auto& entry : entries_) {
    if (is_order(entry.id)) entries.push_back(std::move(entry));
    else if (entry.pause) events_.push_back({false, {{}, entry.window, entry.who}});
  }
  for (auto& entry : entries) entry.selected.reset();
  entries_ = std::move(entries);

  std::vector<std::shared_ptr<const Pause>> by_target(targets.size());
  std::vector<TimePoint> over_until(targets.size());
  std::size_t old = 0;
  for (std::size_t index = 0; index < targets.size(); ++index) {
    while (old < targets_.size() && targets_[old]->id < targets[index]->id) ++old;
    if (old == targets_.size() || targets_[old]->id != targets[index]->id) continue;
    by_target[index] = by_target_[old];
    over_until[index] = over_until_[old];
  }
  targets_ = std::move(targets);
  by_target_ = std::move(by_target);
  over_until_ = std::move(over_until);
  evaluate(now);
}

/// The entry that the window had before, or a new one.
Pauses::Entry Pauses::entry_for(const config::Maintenance& window) {
  const auto before = std::ranges::find_if(
      entries_, [&](const Entry& entry) { return !is_order(entry.id) && entry.window == window; });
  if (before == entries_.end()) return {window, {}, std::string{kConfiguration}, {}, {}};
  Entry entry = std::move(*before);
  entries_.erase(before);
  return entry;
}

std::optional<std::string> Pauses::add(PauseOrder order, TimePoint now) {
  const auto count = std::ranges::count_if(entries_, &is_order, &Entry::id);
  if (kMaxOrders <= static_cast<std::size_t>(count)) return std::nullopt;
  order.id = std::to_string(++last_id_);
  entries_.push_back({std::move(order.window), order.id, std::move(order.who), {}, {}});
  evaluate(now);
  return order.id;
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

bool Pauses::evaluate(TimePoint now) {
  looked_ = now;
  next_change_.reset();
  drop_ended(now);
  std::vector<std::shared_ptr<const Pause>> next(targets_.size());
  for (Entry& entry : entries_) {
    judge(entry, now);
    if (!entry.pause) continue;
    for (const auto index : selected(entry))
      if (!next[index] || next[index]->until < entry.pause->until) next[index] = entry.pause;
  }
  for (std::size_t index = 0; index < next.size(); ++index)
    if (!next[index] && by_target_[index]) next[index] = after(index, now);
  const bool changed = next != by_target_;
  by_target_ = std::move(next);
  return changed;
}

void Pauses::drop_ended(TimePoint now) {
  std::erase_if(entries_, [&](Entry& entry) {
    const bool ended = is_order(entry.id) && entry.window.start + entry.window.duration <= now;
    if (ended) events_.push_back({false, {entry.id, entry.window, entry.who}});
    return ended;
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
std::shared_ptr<const Pause> Pauses::after(std::size_t target, TimePoint now) {
  std::shared_ptr<const Pause> pause = by_target_[target];
  const auto longest = patience(*targets_[target]);
  if (!pause->over) {
    Pause ended = *pause;
    ended.over = true;
    pause = std::make_shared<const Pause>(std::move(ended));
    over_until_[target] = now + longest;
  }
  // A clock that jumped back must not hold a target for long.
  over_until_[target] = std::min<TimePoint>(over_until_[target], now + longest);
  if (over_until_[target] <= now) return nullptr;
  change_at(over_until_[target]);
  return pause;
}

void Pauses::change_at(TimePoint time) { next_change_ = std::min(next_change_.value_or(time), time); }

const std::vector<std::uint32_t>& Pauses::selected(Entry& entry) const {
  if (!entry.selected) entry.selected = select(entry.window.selector, targets_);
  return *entry.selected;
}

std::vector<PauseOrder> Pauses::orders() const {
  std::vector<PauseOrder> orders;
  for (const Entry& entry : entries_)
    if (is_order(entry.id)) orders.push_back({entry.id, entry.window, entry.who});
  return orders;
}

std::vector<Pauses::Listed> Pauses::list(TimePoint now) {
  std::vector<Listed> list;
  for (Entry& entry : entries_)
    list.push_back(
        {entry.id, &entry.window, entry.who, standing_of(entry.window, now).until, selected(entry).size()});
  return list;
}

}  // namespace rdpwatch::daemon

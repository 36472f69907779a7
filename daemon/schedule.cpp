#include "daemon/schedule.h"

#include <algorithm>
#include <utility>

namespace rdpwatch::daemon {
namespace {

using Tick = Schedule::Tick;

Tick tick_of(Schedule::TimePoint time) { return std::chrono::floor<Tick>(time.time_since_epoch()); }

Schedule::TimePoint time_of(Tick tick) { return Schedule::TimePoint{tick}; }

Tick at_least_a_second(std::chrono::seconds interval) { return std::max<Tick>(interval, Tick{10}); }

Tick failing_interval_of(const Schedule::Item& item) {
  return at_least_a_second(item.failing_interval.value_or(item.interval));
}

}  // namespace

std::uint64_t stable_hash(std::string_view text) {
  std::uint64_t hash = 0xcbf29ce484222325;  // FNV-1a
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  // FNV leaves neighbours ("rds01", "rds02") near each other modulo round numbers: mix all bits.
  hash = (hash ^ (hash >> 33)) * 0xff51afd7ed558ccd;
  hash = (hash ^ (hash >> 33)) * 0xc4ceb9fe1a85ec53;
  return hash ^ (hash >> 33);
}

std::vector<Schedule::Key> Schedule::replace(std::span<const Item> items, TimePoint now) {
  if (!tick_) tick_ = tick_of(now);
  std::vector<Key> keys;
  keys.reserve(items.size());
  entries_.reserve(items.size());
  for (const Item& item : items) {
    const auto known = by_id_.find(item.id);
    const Key key = known == by_id_.end() ? admit(item) : known->second;
    Entry& entry = entries_[key];
    if (known != by_id_.end()) update(entry, key, item);
    entry.listed = true;
    keys.push_back(key);
  }
  size_ = items.size();
  retire_unlisted();
  return keys;
}

Schedule::Key Schedule::admit(const Item& item) {
  Key key = static_cast<Key>(entries_.size());
  if (free_.empty()) {
    entries_.emplace_back();
  } else {
    key = free_.back();
    free_.pop_back();
  }
  Entry& entry = entries_[key];
  entry = Entry{};
  entry.id = item.id;
  entry.hash = stable_hash(item.id);
  entry.interval = at_least_a_second(item.interval);
  entry.failing_interval = failing_interval_of(item);
  entry.state = State::Idle;
  by_id_.emplace(entry.id, key);
  link(key, first_slot_after(entry, *tick_));
  return key;
}

void Schedule::update(Entry& entry, Key key, const Item& item) {
  const Tick rhythm = entry.rhythm();
  entry.interval = at_least_a_second(item.interval);
  entry.failing_interval = failing_interval_of(item);
  if (!entry.removed && entry.rhythm() == rhythm) return;
  if (!entry.removed) unlink(key);
  entry.removed = false;
  link(key, first_slot_after(entry, *tick_));
}

void Schedule::retire_unlisted() {
  std::erase_if(queue_, [this](const Queued& queued) { return !entries_[queued.key].listed; });
  for (Key key = 0; key < entries_.size(); ++key) {
    Entry& entry = entries_[key];
    if (std::exchange(entry.listed, false) || entry.state == State::Free || entry.removed) continue;
    unlink(key);
    if (entry.state == State::Running || entry.state == State::Extra) {
      entry.removed = true;
      entry.due_after_extra = false;
    } else {
      forget(key);
    }
  }
}

void Schedule::forget(Key key) {
  by_id_.erase(entries_[key].id);
  entries_[key] = Entry{};
  free_.push_back(key);
}

Schedule::Skipped Schedule::advance(TimePoint now, std::vector<Start>& starts) {
  const Tick tick = tick_of(now);
  const Skipped skipped = tick_ && *tick_ < tick ? turn(tick) : Skipped{};
  while (in_flight_ < limit_ && !queue_.empty()) {
    const Queued first = queue_.front();
    queue_.pop_front();
    Entry& entry = entries_[first.key];
    entry.state = State::Running;
    entry.started = first.due;
    ++in_flight_;
    starts.push_back({first.key, time_of(first.due)});
  }
  return skipped;
}

Schedule::Skipped Schedule::turn(Tick now) {
  Skipped skipped;
  const auto queued_before = static_cast<std::ptrdiff_t>(queue_.size());
  const auto pass_bucket = [&](const Bucket& due) {
    for (Key key = due.head; key != kNone;) {
      const Key next = entries_[key].next;  // passing a slot moves the entry to the end of another bucket
      if (entries_[key].due <= now) pass_slots(key, now, skipped);
      key = next;
    }
  };
  const Tick first = std::max(*tick_ + Tick{1}, now - Tick{static_cast<std::int64_t>(kBuckets) - 1});
  for (Tick tick = first; tick <= now; ++tick) pass_bucket(bucket(tick));
  if (first < now)
    std::stable_sort(queue_.begin() + queued_before, queue_.end(),
                     [](const Queued& a, const Queued& b) { return a.due < b.due; });
  tick_ = now;
  return skipped;
}

void Schedule::pass_slots(Key key, Tick now, Skipped& skipped) {
  Entry& entry = entries_[key];
  const Tick rhythm = entry.rhythm();
  const auto missed = (now - entry.due) / rhythm;  // slots before the latest one
  const Tick slot = entry.due + missed * rhythm;
  std::uint64_t& dropped = entry.paused ? skipped.paused : skipped.overruns;
  dropped += static_cast<std::uint64_t>(missed);
  const bool lost = entry.paused || kLateLimit < now - slot;
  if (!lost && entry.state == State::Idle) {
    entry.state = State::Waiting;
    queue_.push_back({key, slot});
  } else if (!lost && entry.state == State::Extra && !entry.due_after_extra) {
    entry.due_after_extra = true;
    entry.due_meanwhile = slot;
  } else {
    ++dropped;
  }
  unlink(key);
  link(key, slot + rhythm);
}

std::uint64_t Schedule::pause(std::span<const Key> keys) {
  for (Entry& entry : entries_) entry.paused = false;
  std::uint64_t lost = 0;
  for (const Key key : keys) {
    Entry& entry = entries_[key];
    entry.paused = true;
    if (std::exchange(entry.due_after_extra, false)) ++lost;
    if (entry.state == State::Waiting) entry.state = State::Idle;
  }
  return lost + std::erase_if(queue_, [this](const Queued& queued) { return entries_[queued.key].paused; });
}

bool Schedule::finish(Key key, Outcome outcome, TimePoint now) {
  Entry& entry = entries_[key];
  --in_flight_;
  const State was = std::exchange(entry.state, State::Idle);
  if (entry.removed) {
    forget(key);
    return true;
  }
  if (was == State::Extra) {
    if (std::exchange(entry.due_after_extra, false)) {
      entry.state = State::Waiting;
      const auto later = [](Tick due, const Queued& queued) { return due < queued.due; };
      queue_.insert(std::upper_bound(queue_.begin(), queue_.end(), entry.due_meanwhile, later),
                    {key, entry.due_meanwhile});
    }
  } else if (outcome != Outcome::Unknown) {
    adopt_rhythm(key, outcome == Outcome::Failed, std::max(tick_of(now), *tick_));
  }
  return false;
}

void Schedule::resume_failing(Key key, TimePoint start) {
  entries_[key].started = std::min(tick_of(start), *tick_);
  adopt_rhythm(key, true, *tick_);
}

void Schedule::adopt_rhythm(Key key, bool failing, Tick now) {
  Entry& entry = entries_[key];
  if (entry.failing == failing) return;
  entry.failing = failing;
  if (entry.failing_interval == entry.interval) return;
  unlink(key);
  if (failing) {
    // The faster rhythm is counted from the probe that failed, so that it is spread as the failures are.
    const Tick rhythm = entry.failing_interval;
    link(key, entry.started + ((now - entry.started) / rhythm + 1) * rhythm);
  } else {
    const Tick apart = std::min(entry.failing_interval, entry.interval);
    link(key, first_slot_after(entry, std::max(now, entry.started + apart - Tick{1})));
  }
}

bool Schedule::begin_extra(Key key) {
  Entry& entry = entries_[key];
  if (entry.state != State::Idle || limit_ <= in_flight_) return false;
  entry.state = State::Extra;
  ++in_flight_;
  return true;
}

std::optional<Schedule::Key> Schedule::find(std::string_view id) const {
  const auto found = by_id_.find(id);
  if (found == by_id_.end() || entries_[found->second].removed) return std::nullopt;
  return found->second;
}

std::chrono::seconds Schedule::interval(Key key) const {
  return std::chrono::duration_cast<std::chrono::seconds>(entries_[key].rhythm());
}

Schedule::TimePoint Schedule::next_slot(Key key) const { return time_of(entries_[key].due); }

bool Schedule::busy(Key key) const {
  return entries_[key].state == State::Running || entries_[key].state == State::Extra;
}

Schedule::TimePoint Schedule::tick_after(TimePoint now) { return time_of(tick_of(now) + Tick{1}); }

Schedule::Tick Schedule::first_slot_after(const Entry& entry, Tick tick) {
  const Tick rhythm = entry.rhythm();
  const Tick phase{static_cast<std::int64_t>(entry.hash % static_cast<std::uint64_t>(rhythm.count()))};
  return phase + ((tick - phase) / rhythm + (phase <= tick ? 1 : 0)) * rhythm;
}

void Schedule::link(Key key, Tick due) {
  Entry& entry = entries_[key];
  Bucket& list = bucket(due);
  entry.due = due;
  entry.previous = list.tail;
  entry.next = kNone;
  (list.tail == kNone ? list.head : entries_[list.tail].next) = key;
  list.tail = key;
}

void Schedule::unlink(Key key) {
  Entry& entry = entries_[key];
  Bucket& list = bucket(entry.due);
  (entry.previous == kNone ? list.head : entries_[entry.previous].next) = entry.next;
  (entry.next == kNone ? list.tail : entries_[entry.next].previous) = entry.previous;
}

}  // namespace rdpwatch::daemon

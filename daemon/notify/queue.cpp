#include "daemon/notify/queue.h"

#include <algorithm>

namespace rdpwatch::daemon::notify {

void Queue::schedule(Entry& entry, Time due) {
  by_due_.erase({entry.due, &entry});
  entry.due = due;
  by_due_.emplace(due, &entry);
}

void Queue::set_delivered(Entry& entry, bool delivered) {
  if (entry.delivered && !delivered) ++waiting_;
  if (!entry.delivered && delivered) --waiting_;
  entry.delivered = delivered;
}

void Queue::put(const Alert& alert, Time now) {
  const auto found = entries_.find(alert.text->labels);
  if (found != entries_.end()) {
    Entry& entry = found->second;
    if (entry.alert.same_as(alert)) return;
    // The key is a view into the words that are replaced.
    auto node = entries_.extract(found);
    entry.alert = alert;
    node.key() = entry.alert.text->labels;
    entries_.insert(std::move(node));
    entry.expires.reset();
    set_delivered(entry, false);
    return schedule(entry, now);
  }
  if (options_.capacity <= entries_.size()) {
    ++dropped_;
    return;
  }
  Entry& entry = entries_[alert.text->labels];
  entry.alert = alert;
  ++waiting_;
  schedule(entry, now);
}

std::vector<Alert> Queue::due(Time now) {
  in_flight_.clear();
  if (now < not_before_) return {};
  for (const auto& [due, entry] : by_due_) {
    if (now < due || in_flight_.size() == options_.batch) break;
    if (entry->alone && !in_flight_.empty()) break;
    in_flight_.push_back(entry->alert);
    if (entry->alone) break;
  }
  return in_flight_;
}

void Queue::delivered(Time now) {
  backoff_ = std::chrono::seconds{0};
  not_before_ = {};
  for (const Alert& sent : in_flight_) settle(sent, now);
}

/// What changed while it was under way stays due.
void Queue::settle(const Alert& sent, Time now) {
  const auto found = entries_.find(sent.text->labels);
  if (found == entries_.end() || !found->second.alert.same_as(sent)) return;
  Entry& entry = found->second;
  set_delivered(entry, true);
  entry.alone = false;
  if (entry.alert.ended && !entry.expires) entry.expires = now + options_.resolved_for;
  if (!entry.expires || now < *entry.expires) return schedule(entry, now + options_.resend);
  by_due_.erase({entry.due, &entry});
  entries_.erase(found);
}

void Queue::refused(Time now) {
  if (in_flight_.size() == 1) delivered(now);
  for (const Alert& sent : in_flight_) {
    const auto found = entries_.find(sent.text->labels);
    if (found != entries_.end()) found->second.alone = true;
  }
}

void Queue::failed(Time now) {
  backoff_ = std::clamp(backoff_ * 2, options_.first_backoff, options_.longest_backoff);
  not_before_ = now + backoff_;
}

std::optional<Queue::Time> Queue::next() const {
  if (by_due_.empty()) return std::nullopt;
  return std::max(by_due_.begin()->first, not_before_);
}

}  // namespace rdpwatch::daemon::notify

#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <set>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "daemon/notify/alert.h"

namespace rdpwatch::daemon::notify {

/// What one Alertmanager still has to be told: a pure core. It holds states, not events: of each alert the
/// newest one, however long nobody can be reached. What fires is due again and again; an end is kept until it
/// was delivered, and then repeated for a while.
class Queue {
 public:
  using Clock = std::chrono::steady_clock;
  using Time = Clock::time_point;

  struct Options {
    std::chrono::seconds resend{60};
    std::chrono::seconds resolved_for{15 * 60};
    std::size_t capacity = 50'000;  ///< alerts; further ones are dropped, and counted
    std::size_t batch = 256;        ///< alerts in one request
    std::chrono::seconds first_backoff{1};
    std::chrono::seconds longest_backoff{60};
  };

  explicit Queue(const Options& options) : options_{options} {}

  /// Takes the state of an alert; one that is known already changes nothing.
  void put(const Alert& alert, Time now);

  /// The next request: what has waited longest. Empty: nothing is due, or nobody could be reached a moment
  /// ago. One of the next three tells what became of it.
  std::vector<Alert> due(Time now);
  /// It was taken, or will never be in this form.
  void delivered(Time now);
  /// Nothing of it was taken because of what is in it: the alerts will be sent one by one.
  void refused(Time now);
  /// Nobody was reached, or could say nothing useful: all is kept, and tried again later and later.
  void failed(Time now);

  /// When due() has something; nothing: not before put().
  std::optional<Time> next() const;

  std::size_t waiting() const { return waiting_; }  ///< alerts whose newest state was not delivered
  std::uint64_t dropped() const { return dropped_; }
  std::size_t size() const { return entries_.size(); }
  /// Requests that it takes to send each alert once, none of them alone.
  std::size_t requests() const { return (entries_.size() + options_.batch - 1) / options_.batch; }

 private:
  struct Entry {
    Alert alert{};
    Time due{};
    bool delivered = false;  ///< the state that it is in
    bool alone = false;      ///< to be sent without others
    std::optional<Time> expires{};
  };
  using Entries = std::unordered_map<std::string_view, Entry>;  ///< by labels, which the alert holds

  void schedule(Entry& entry, Time due);
  void set_delivered(Entry& entry, bool delivered);
  void settle(const Alert& sent, Time now);

  Options options_;
  Entries entries_{};
  std::set<std::pair<Time, Entry*>> by_due_{};
  std::vector<Alert> in_flight_{};
  std::size_t waiting_ = 0;
  std::uint64_t dropped_ = 0;
  std::chrono::seconds backoff_{0};
  Time not_before_{};
};

}  // namespace rdpwatch::daemon::notify

#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "daemon/schedule.h"

namespace rdpwatch::test {

/// Drives a Schedule over simulated time: probes take some ticks, and everything that the schedule promises
/// is counted on the way.
class Fleet {
 public:
  using Schedule = daemon::Schedule;
  using TimePoint = Schedule::TimePoint;
  using Tick = Schedule::Tick;

  struct Target {
    std::string id;
    std::chrono::seconds interval{60};
    std::optional<std::chrono::seconds> failing_interval{};
  };
  struct Seen {
    std::uint64_t starts = 0;
    TimePoint last_due{};
    bool in_flight = false;
  };

  explicit Fleet(std::size_t limit, TimePoint start = TimePoint{std::chrono::hours{1000}})
      : schedule{limit}, now{start} {}

  void load(std::vector<Target> list) {
    std::vector<Schedule::Item> items;
    for (const Target& target : list) items.push_back({target.id, target.interval, target.failing_interval});
    keys = schedule.replace(items, now);
    targets = std::move(list);
    std::size_t highest = seen.size();
    for (const auto key : keys) highest = std::max<std::size_t>(highest, key + 1);
    seen.resize(highest);
  }

  /// Passes `ticks` ticks; each probe takes `duration` of them.
  void run(std::int64_t ticks, Tick duration = Tick{3}) {
    for (; 0 < ticks; --ticks) {
      now += Tick{1};
      step(duration);
    }
  }

  void step(Tick duration) {
    while (!running.empty() && running.begin()->first <= now) {
      const auto key = running.begin()->second;
      running.erase(running.begin());
      seen[key].in_flight = false;
      if (schedule.finish(key, failing ? Schedule::Outcome::Failed : Schedule::Outcome::Passed, now))
        seen[key] = {};
    }
    started.clear();
    const auto skipped = schedule.advance(now, started);
    overruns += skipped.overruns;
    paused += skipped.paused;
    for (const auto& start : started) {
      Seen& target = seen[start.key];
      broken = broken || target.in_flight || now < start.due || start.due <= target.last_due;
      target.in_flight = true;
      target.last_due = start.due;
      ++target.starts;
      ++starts;
      running.emplace(now + duration, start.key);
    }
    broken = broken || schedule.limit() < schedule.in_flight() || running.size() != schedule.in_flight();
  }

  Schedule schedule;
  TimePoint now;
  bool failing = false;  ///< outcome of the probes that end
  bool broken = false;  ///< a promise did not hold: twice in flight, too early, too many, the same slot twice
  std::uint64_t starts = 0;
  std::uint64_t overruns = 0;
  std::uint64_t paused = 0;  ///< slots of paused targets
  std::vector<Target> targets{};
  std::vector<Schedule::Key> keys{};
  std::vector<Seen> seen{};  ///< by key
  std::vector<Schedule::Start> started{};
  std::multimap<TimePoint, Schedule::Key> running{};
};

inline std::vector<Fleet::Target> fleet_of(std::size_t count, std::chrono::seconds interval) {
  std::vector<Fleet::Target> list;
  for (std::size_t i = 0; i < count; ++i)
    list.push_back({"rds" + std::to_string(i) + ".corp.example:3389", interval, {}});
  return list;
}

}  // namespace rdpwatch::test

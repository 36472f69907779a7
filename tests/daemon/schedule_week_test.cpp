#include <algorithm>
#include <random>

#include <doctest/doctest.h>

#include "tests/daemon/fleet.h"

using namespace std::chrono_literals;
using rdpwatch::daemon::Schedule;
using rdpwatch::test::Fleet;
using rdpwatch::test::fleet_of;
using Tick = Schedule::Tick;

TEST_CASE("schedule: 10,000 targets over a simulated week start exactly on their slots") {
  constexpr auto kWeek = std::chrono::weeks{1};
  // Without Fleet's bookkeeping, which would cost more than the schedule itself.
  constexpr std::array kIntervals{300s, 600s, 900s, 3600s};
  auto list = fleet_of(10'000, 0s);
  std::vector<Schedule::Item> items;
  for (std::size_t i = 0; i < list.size(); ++i) items.push_back({list[i].id, kIntervals[i % 4], {}});
  Schedule schedule{200};
  const Schedule::TimePoint begin{1000h};
  const auto keys = schedule.replace(items, begin);
  std::vector<Schedule::TimePoint> first(keys.size());
  for (const auto key : keys) first[key] = schedule.next_slot(key);
  std::vector<std::uint32_t> count(keys.size());
  std::vector<Schedule::Start> starts;
  std::vector<std::vector<Schedule::Start>> running(8);  // by the tick of their end
  std::uint64_t overruns = 0;
  std::size_t most = 0;
  std::size_t off_grid = 0;
  std::size_t tick = 0;
  for (auto now = begin + Tick{1}; now <= begin + kWeek; now += Tick{1}, ++tick) {
    auto& ending = running[tick % running.size()];
    for (const auto& start : ending) schedule.finish(start.key, Schedule::Outcome::Passed, now);
    ending.clear();
    overruns += schedule.advance(now, ending).overruns;
    for (const auto& start : ending) {
      const auto& item = items[start.key];
      if (start.due != first[start.key] + count[start.key] * item.interval || start.due != now) ++off_grid;
      ++count[start.key];
    }
    most = std::max(most, ending.size());
  }
  CHECK(overruns == 0);
  CHECK(off_grid == 0);  // no drift in a week: the n-th start is n intervals after the first
  CHECK(most < 20);      // 1.6 a tick on average
  std::size_t wrong = 0;
  for (const auto key : keys)
    if (count[key] != kWeek / items[key].interval) ++wrong;
  CHECK(wrong == 0);
}

TEST_CASE("schedule: 100,000 targets are comfortable") {
  Fleet fleet{10'000};
  fleet.load(fleet_of(100'000, 60s));
  fleet.run(600);
  CHECK(fleet.starts == 100'000);
  fleet.load(fleet_of(50'000, 60s));
  fleet.run(600);
  CHECK(fleet.starts == 150'000);
  CHECK_FALSE(fleet.broken);
}

TEST_CASE("schedule: whatever happens, each slot is started once or counted once") {
  // One interval for all and no removal of busy targets: then slots can be counted from outside.
  for (unsigned seed = 1; seed <= 20; ++seed) {
    CAPTURE(seed);
    std::mt19937 random{seed};
    const auto below = [&](unsigned bound) { return static_cast<std::int64_t>(random() % bound); };
    Fleet fleet{static_cast<std::size_t>(1 + below(40))};
    fleet.load(fleet_of(static_cast<std::size_t>(1 + below(300)), 10s));
    std::vector<Schedule::TimePoint> first;
    for (const auto key : fleet.keys) first.push_back(fleet.schedule.next_slot(key));
    for (int round = 0; round < 60; ++round) {
      if (below(4) == 0) fleet.now += Tick{below(30) == 0 ? below(100'000) : below(50)};
      if (below(10) == 0) fleet.schedule.set_limit(static_cast<std::size_t>(1 + below(40)));
      if (below(5) == 0) fleet.load(fleet.targets);
      for (std::int64_t tick = below(200); 0 < tick; --tick) {
        fleet.now += Tick{1};
        fleet.step(Tick{1 + below(below(10) == 0 ? 400 : 20)});
      }
    }
    fleet.run(1);
    std::uint64_t slots = 0;
    for (const auto slot : first)
      if (slot <= fleet.now) slots += static_cast<std::uint64_t>((fleet.now - slot) / 10s + 1);
    CHECK(fleet.starts + fleet.overruns + fleet.schedule.waiting() == slots);
  }
}

TEST_CASE("schedule: random lists, rhythms, stalls and extra probes never break a promise") {
  for (unsigned seed = 1; seed <= 20; ++seed) {
    CAPTURE(seed);
    std::mt19937 random{seed};
    const auto below = [&](unsigned bound) { return static_cast<std::int64_t>(random() % bound); };
    Fleet fleet{20};
    for (int round = 0; round < 200; ++round) {
      std::vector<Fleet::Target> list;
      for (int i = 0; i < 60; ++i) {
        Fleet::Target target{"t" + std::to_string(i), std::chrono::seconds{1 + below(600)}, {}};
        if (below(2) == 0) target.failing_interval = std::chrono::seconds{1 + below(600)};
        if (below(3) != 0) list.push_back(target);
      }
      if (below(3) == 0) fleet.load(list);
      if (below(20) == 0) fleet.now += std::chrono::seconds{below(2000)};
      fleet.failing = below(2) == 0;
      if (!fleet.keys.empty()) {
        const auto key =
            fleet.keys[static_cast<std::size_t>(below(static_cast<unsigned>(fleet.keys.size())))];
        if (fleet.schedule.begin_extra(key)) {
          fleet.running.emplace(fleet.now + Tick{1 + below(40)}, key);
          fleet.seen[key].in_flight = true;
        }
      }
      fleet.run(below(300), Tick{1 + below(100)});
    }
    // The running ones end, the list empties: nothing is left behind.
    fleet.load({});
    fleet.run(200);
    CHECK(fleet.schedule.in_flight() == 0);
    CHECK(fleet.schedule.waiting() == 0);
    CHECK(fleet.schedule.size() == 0);
    CHECK_FALSE(fleet.broken);
  }
}

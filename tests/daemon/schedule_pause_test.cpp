#include <algorithm>

#include <doctest/doctest.h>

#include "tests/daemon/fleet.h"

using namespace std::chrono_literals;
using rdpwatch::daemon::Schedule;
using rdpwatch::test::Fleet;
using rdpwatch::test::fleet_of;
using Tick = Schedule::Tick;

namespace {

constexpr std::int64_t kMinute = 600;  // ticks

}  // namespace

TEST_CASE("pause: a paused target starts nothing, and each of its slots is counted") {
  Fleet fleet{10};
  fleet.load(fleet_of(2, 60s));
  CHECK(fleet.schedule.pause(std::span{fleet.keys}.first(1)) == 0);
  fleet.run(10 * kMinute);
  CHECK(fleet.seen[fleet.keys[0]].starts == 0);
  CHECK(fleet.seen[fleet.keys[1]].starts == 10);
  CHECK(fleet.paused == 10);
  CHECK(fleet.overruns == 0);
  CHECK_FALSE(fleet.broken);
}

TEST_CASE("pause: 2,000 targets whose pause ends at once start on their slots, within one interval") {
  Fleet fleet{1000};
  fleet.load(fleet_of(2'000, 60s));
  fleet.run(kMinute);
  const auto slots_before = fleet.starts;
  fleet.schedule.pause(fleet.keys);
  fleet.run(120 * kMinute);
  CHECK(fleet.starts == slots_before);
  CHECK(fleet.paused == 2'000 * 120);
  fleet.schedule.pause({});
  std::size_t most = 0;
  for (int tick = 0; tick < kMinute; ++tick) {
    fleet.run(1);
    most = std::max(most, fleet.started.size());
  }
  CHECK(fleet.starts == slots_before + 2'000);
  CHECK(most < 20);  // 3.3 on average
  CHECK(std::ranges::all_of(fleet.keys, [&](auto key) { return fleet.seen[key].starts == 2; }));
  CHECK_FALSE(fleet.broken);
}

TEST_CASE("pause: those that wait for their turn lose it, what is in flight ends as usual") {
  Fleet fleet{1};
  fleet.load(fleet_of(20, 1s));
  fleet.run(10, Tick{1000});
  REQUIRE(fleet.schedule.in_flight() == 1);
  const auto waiting = fleet.schedule.waiting();
  REQUIRE(0 < waiting);
  CHECK(fleet.schedule.pause(fleet.keys) == waiting);
  CHECK(fleet.schedule.waiting() == 0);
  fleet.run(1000, Tick{1000});
  CHECK(fleet.starts == 1);
  CHECK(fleet.schedule.in_flight() == 0);
  CHECK(fleet.overruns == 0);
  CHECK_FALSE(fleet.broken);
}

TEST_CASE(
    "pause: a probe beside the schedule is started, the slot that passes meanwhile is not made up for") {
  Schedule schedule{1};
  const Schedule::Item item{"a:3389", 60s, {}};
  const auto keys = schedule.replace(std::span{&item, 1}, Schedule::TimePoint{1000h});
  const auto slot = schedule.next_slot(keys[0]);
  REQUIRE(schedule.begin_extra(keys[0]));
  std::vector<Schedule::Start> starts;
  SUBCASE("paused before the slot") {
    CHECK(schedule.pause(keys) == 0);
    CHECK(schedule.advance(slot, starts) == Schedule::Skipped{0, 1});
  }
  SUBCASE("paused after the slot") {
    CHECK(schedule.advance(slot, starts) == Schedule::Skipped{});
    CHECK(schedule.pause(keys) == 1);
  }
  schedule.finish(keys[0], Schedule::Outcome::Passed, slot + 100ms);
  CHECK(schedule.advance(slot + 200ms, starts) == Schedule::Skipped{});
  CHECK(starts.empty());
  CHECK(schedule.begin_extra(keys[0]));
}

TEST_CASE("pause: it outlasts a reload of the target, and is gone with it") {
  Fleet fleet{10};
  fleet.load(fleet_of(2, 60s));
  fleet.schedule.pause(fleet.keys);
  fleet.load(fleet_of(2, 30s));
  fleet.run(kMinute);
  CHECK(fleet.starts == 0);
  fleet.load({});
  fleet.load(fleet_of(2, 30s));
  fleet.run(kMinute);
  CHECK(fleet.starts == 4);
}

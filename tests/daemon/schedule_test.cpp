#include "daemon/schedule.h"

#include <algorithm>

#include <doctest/doctest.h>

#include "tests/daemon/fleet.h"

using namespace std::chrono_literals;
using rdpwatch::daemon::Schedule;
using rdpwatch::daemon::stable_hash;
using rdpwatch::test::Fleet;
using rdpwatch::test::fleet_of;
using Tick = Schedule::Tick;

namespace {

constexpr std::int64_t kMinute = 600;  // ticks

std::vector<Schedule::TimePoint> next_slots(const Fleet& fleet) {
  std::vector<Schedule::TimePoint> slots;
  for (const auto key : fleet.keys) slots.push_back(fleet.schedule.next_slot(key));
  return slots;
}

}  // namespace

TEST_CASE("schedule: the hash is the same on every machine") {
  CHECK(stable_hash("") == 0xefd01f60ba992926);
  CHECK(stable_hash("rds01.corp.example:3389") == stable_hash(std::string{"rds01.corp.example:"} + "3389"));
  CHECK(stable_hash("rds01.corp.example:3389") != stable_hash("rds02.corp.example:3389"));
}

TEST_CASE("schedule: starts are spread evenly over the interval") {
  Fleet fleet{10'000};
  fleet.load(fleet_of(10'000, 60s));
  std::vector<double> seconds(60);
  for (const auto slot : next_slots(fleet)) {
    CHECK(fleet.now < slot);
    CHECK(slot <= fleet.now + 60s);
    ++seconds[static_cast<std::size_t>((slot - fleet.now - 1ns) / 1s)];
  }
  double chi_square = 0;
  for (const double count : seconds) chi_square += (count - 10'000.0 / 60) * (count - 10'000.0 / 60);
  chi_square /= 10'000.0 / 60;
  CHECK(chi_square < 99.6);  // 59 degrees of freedom, p = 0.0007
}

TEST_CASE("schedule: a restart changes no slot and starts no storm") {
  Fleet before{1000};
  before.load(fleet_of(1000, 60s));
  before.run(10 * kMinute);
  Fleet after{1000, before.now};
  after.load(fleet_of(1000, 60s));
  CHECK(next_slots(after) == next_slots(before));
  std::size_t most = 0;
  for (int tick = 0; tick < kMinute; ++tick) {
    after.run(1);
    most = std::max(most, after.started.size());
  }
  CHECK(after.starts == 1000);
  CHECK(most < 12);  // 1.7 on average
}

TEST_CASE("schedule: a target that is still in flight at its slot is skipped and counted") {
  Fleet fleet{10};
  fleet.load(fleet_of(1, 60s));
  fleet.run(60 * kMinute, Tick{2 * kMinute + 5});
  CHECK(fleet.starts == 20);
  CHECK(fleet.overruns == 40);
  CHECK_FALSE(fleet.broken);
}

TEST_CASE("schedule: the limit holds and those that wait go in the order of their slots") {
  Fleet fleet{3};
  fleet.load(fleet_of(100, 60s));
  std::vector<Schedule::TimePoint> order;
  for (int tick = 0; tick < 30 * kMinute; ++tick) {
    fleet.run(1, Tick{25});
    for (const auto& start : fleet.started) order.push_back(start.due);
  }
  CHECK(std::ranges::is_sorted(order));
  CHECK_FALSE(fleet.broken);
  const auto [fewest, most] = std::ranges::minmax_element(fleet.seen, {}, &Fleet::Seen::starts);
  CHECK(most->starts - fewest->starts <= 1);  // nobody starves: 3 in 2.5 s serve 72 of 100 a minute
  CHECK(fleet.starts + fleet.overruns + fleet.schedule.waiting() == 3000);
}

TEST_CASE("schedule: after a suspend nothing is caught up and every lost slot is counted") {
  Fleet fleet{10'000};
  fleet.load(fleet_of(10'000, 60s));
  fleet.run(5 * kMinute);
  CHECK(fleet.starts == 50'000);
  const auto slots = next_slots(fleet);
  fleet.now += 8h;
  std::size_t most = 0;
  for (int tick = 0; tick < kMinute; ++tick) {
    fleet.run(1);
    most = std::max(most, fleet.started.size());
  }
  CHECK(most < 450);  // those of the last 2 s, 333 on average, and then 17 a tick
  CHECK(fleet.starts + fleet.overruns == 10'000 * (5 + 8 * 60 + 1));
  CHECK(fleet.starts <= 10'000 * 5 + 10'000 + 450);
  for (std::size_t i = 0; i < slots.size(); ++i)
    CHECK((fleet.schedule.next_slot(fleet.keys[i]) - slots[i]) % 60s == 0s);
  CHECK_FALSE(fleet.broken);
}

TEST_CASE("schedule: a short stall delays, it loses nothing") {
  Fleet fleet{10'000};
  fleet.load(fleet_of(1000, 60s));
  for (int round = 0; round < 60; ++round) {
    fleet.run(81);
    fleet.now += 1800ms;
    fleet.run(1);
  }
  CHECK(fleet.starts == 10'000);
  CHECK(fleet.overruns == 0);
}

TEST_CASE("schedule: a reload keeps slots, adds at their phase, and lets removed ones finish") {
  Fleet fleet{1000};
  fleet.load(fleet_of(300, 60s));
  fleet.run(kMinute + 77, Tick{50});
  auto list = fleet_of(300, 60s);
  const auto slots = next_slots(fleet);
  const auto busy = fleet.schedule.in_flight();
  REQUIRE(10 < busy);
  list.erase(list.begin(), list.begin() + 100);
  list.push_back({"new:3389", 60s, {}});
  fleet.load(list);
  const auto kept = next_slots(fleet);
  CHECK(std::equal(kept.begin(), kept.end() - 1, slots.begin() + 100));
  CHECK(fleet.now < kept.back());
  CHECK(fleet.schedule.in_flight() == busy);
  CHECK(fleet.schedule.size() == 201);
  CHECK_FALSE(fleet.schedule.find("rds0.corp.example:3389"));
  const auto before = fleet.starts;
  fleet.run(kMinute, Tick{50});
  CHECK(fleet.starts == before + 201);
  CHECK_FALSE(fleet.broken);
}

TEST_CASE("schedule: a target that is removed in flight and comes back is still in flight once") {
  Fleet fleet{10};
  fleet.load(fleet_of(1, 60s));
  fleet.run(kMinute, Tick{3000});
  REQUIRE(fleet.schedule.in_flight() == 1);
  fleet.load({});
  CHECK(fleet.schedule.in_flight() == 1);
  fleet.load(fleet_of(1, 60s));
  fleet.run(3 * kMinute, Tick{3000});
  CHECK(fleet.starts == 1);
  CHECK(fleet.overruns == 3);
  CHECK_FALSE(fleet.broken);
}

TEST_CASE("schedule: a changed interval takes its own phase, without a start in between") {
  Fleet fleet{1000};
  fleet.load(fleet_of(500, 60s));
  fleet.run(90);
  fleet.load(fleet_of(500, 300s));
  const auto before = fleet.starts;
  fleet.run(5 * kMinute);
  CHECK(fleet.starts == before + 500);
  CHECK_FALSE(fleet.broken);
}

TEST_CASE("schedule: the rhythm quickens while failing and returns to its phase") {
  Fleet fleet{10};
  fleet.load({{"a:3389", 300s, 30s}});
  const auto key = fleet.keys[0];
  const auto home = fleet.schedule.next_slot(key);
  fleet.failing = true;
  fleet.now = home - Tick{1};
  fleet.run(1);
  REQUIRE(fleet.starts == 1);
  fleet.run(100);
  CHECK(fleet.schedule.interval(key) == 30s);
  CHECK(fleet.schedule.next_slot(key) == home + 30s);
  fleet.run(10 * kMinute);
  CHECK(fleet.starts == 21);
  fleet.failing = false;
  fleet.run(kMinute);
  CHECK(fleet.schedule.interval(key) == 300s);
  CHECK((fleet.schedule.next_slot(key) - home) % 300s == 0s);
  CHECK_FALSE(fleet.broken);
}

TEST_CASE("schedule: after a restart a target that fails goes on in the rhythm that it had") {
  Fleet before{10};
  before.load({{"a:3389", 300s, 30s}});
  before.failing = true;
  before.run(10 * kMinute);
  REQUIRE(before.schedule.interval(before.keys[0]) == 30s);
  const auto next = before.schedule.next_slot(before.keys[0]);
  Fleet after{10};
  after.now = before.now;
  after.load({{"a:3389", 300s, 30s}});
  after.schedule.resume_failing(after.keys[0], next - 60s);
  CHECK(after.schedule.interval(after.keys[0]) == 30s);
  CHECK(after.schedule.next_slot(after.keys[0]) == next);
  after.run(kMinute);  // it passes now
  CHECK(after.schedule.interval(after.keys[0]) == 300s);
  CHECK_FALSE(after.broken);
}

TEST_CASE("schedule: with one rhythm for all, or a failure long ago, a restart changes no slot") {
  Fleet fleet{10};
  fleet.load({{"a:3389", 60s}, {"b:3389", 300s, 30s}});
  const auto home = fleet.schedule.next_slot(fleet.keys[0]);
  fleet.schedule.resume_failing(fleet.keys[0], fleet.now - 10s);
  CHECK(fleet.schedule.next_slot(fleet.keys[0]) == home);
  fleet.schedule.resume_failing(fleet.keys[1], Schedule::TimePoint{-1000h});
  CHECK(fleet.now < fleet.schedule.next_slot(fleet.keys[1]));
  CHECK(fleet.schedule.next_slot(fleet.keys[1]) <= fleet.now + 30s);
}

TEST_CASE("schedule: a probe that tells nothing keeps the rhythm") {
  Schedule schedule{1};
  const auto start = Schedule::TimePoint{1000h};
  const Schedule::Item item{"a:3389", 300s, 30s};
  const auto key = schedule.replace(std::span{&item, 1}, start).front();
  std::vector<Schedule::Start> starts;
  schedule.advance(schedule.next_slot(key), starts);
  REQUIRE(starts.size() == 1);
  CHECK_FALSE(schedule.finish(key, Schedule::Outcome::Unknown, starts[0].due + 1s));
  CHECK(schedule.interval(key) == 300s);
}

TEST_CASE("schedule: a probe beside the schedule takes the target's place, and its slot is made up for") {
  Schedule schedule{1};
  const Schedule::Item item{"a:3389", 60s, {}};
  const auto key = schedule.replace(std::span{&item, 1}, Schedule::TimePoint{1000h}).front();
  const auto slot = schedule.next_slot(key);
  REQUIRE(schedule.begin_extra(key));
  CHECK(schedule.busy(key));
  CHECK_FALSE(schedule.begin_extra(key));
  std::vector<Schedule::Start> starts;
  CHECK(schedule.advance(slot + 200ms, starts) == Schedule::Skipped{});
  CHECK(starts.empty());
  schedule.finish(key, Schedule::Outcome::Passed, slot + 300ms);
  CHECK(schedule.advance(slot + 300ms, starts) == Schedule::Skipped{});
  REQUIRE(starts.size() == 1);
  CHECK(starts[0].due == slot);
}

TEST_CASE("schedule: nobody on the list is a list too") {
  Fleet fleet{10};
  fleet.load({});
  fleet.run(100);
  CHECK(fleet.starts == 0);
  CHECK(Schedule::tick_after(Schedule::TimePoint{1234ms}) == Schedule::TimePoint{1300ms});
  CHECK(Schedule::tick_after(Schedule::TimePoint{1300ms}) == Schedule::TimePoint{1400ms});
}

#include "daemon/pause.h"

#include <algorithm>

#include <doctest/doctest.h>

#include "tests/support/fake_records.h"
#include "tests/support/pause_order.h"

using namespace std::chrono_literals;
using namespace rdpwatch;
using daemon::Pauses;
using daemon::Targets;
using rdpwatch::test::add_pause;
using std::chrono::days;
using std::chrono::sys_days;
using TimePoint = Pauses::TimePoint;

namespace {

const TimePoint kEvening = sys_days{2026y / 12 / 5} + 22h;  // a Saturday

config::Maintenance once(config::Selector selector, TimePoint start, std::chrono::seconds duration,
                         std::string reason = "patch night") {
  return {
      std::move(selector), std::move(reason), std::chrono::floor<std::chrono::seconds>(start), {}, duration};
}

const config::Selector kAll{{"*"}, {}};

/// Ids of the paused targets, those of an ended pause in brackets.
std::string paused(const Pauses& pauses) {
  std::string text;
  for (std::size_t i = 0; i < pauses.targets().size(); ++i) {
    const auto& pause = pauses.by_target()[i];
    if (!pause) continue;
    const auto& id = pauses.targets()[i]->id;
    text += (text.empty() ? "" : " ") + (pause->over ? "(" + id + ")" : id);
  }
  return text;
}

constexpr std::size_t kAtOnce = 1'000'000;

struct Bench {
  /// Targets a, b and c with the sites ams, ams and fra; a probe a minute, with at most 22 s for it.
  Bench() {
    const auto module = std::make_shared<const config::Module>();
    for (const auto& [id, site] : {std::pair{"a", "ams"}, std::pair{"b", "ams"}, std::pair{"c", "fra"}}) {
      auto target = std::make_shared<config::Target>();
      target->id = id;
      target->labels = {{"site", site}};
      target->module = module;
      targets.push_back(std::move(target));
    }
  }
  void load(std::vector<config::Maintenance> windows, TimePoint now) {
    pauses.configure(windows, targets, now);
    pauses.look_up(kAtOnce, now);
  }
  std::string at(TimePoint now) {
    pauses.advance(now);
    return paused(pauses);
  }

  Targets targets{};
  Pauses pauses{};
};

}  // namespace

TEST_CASE("pauses: a window holds from its start up to its end") {
  Bench bench;
  bench.load({once({{}, {{"site", "ams"}}}, kEvening, 4h)}, kEvening - 1h);
  CHECK(paused(bench.pauses) == "");
  CHECK(bench.pauses.next_change() == kEvening);
  CHECK(bench.at(kEvening - 1ns) == "");
  CHECK(bench.at(kEvening) == "a b");
  CHECK(bench.pauses.by_target()[0]->until == kEvening + 4h);
  CHECK(bench.pauses.by_target()[0]->reason == "patch night");
  CHECK(bench.pauses.by_target()[0]->who == "configuration");
  CHECK(bench.pauses.by_target()[0] == bench.pauses.by_target()[1]);
  CHECK(bench.pauses.next_change() == kEvening + 4h);
  CHECK(bench.at(kEvening + 4h - 1ns) == "a b");
  CHECK(bench.at(kEvening + 4h) == "(a) (b)");
}

TEST_CASE("pauses: one that has ended lingers until the first probe after it must have come") {
  Bench bench;
  bench.load({once(kAll, kEvening, 4h)}, kEvening);
  const auto end = kEvening + 4h;
  CHECK(bench.at(end) == "(a) (b) (c)");
  CHECK(bench.pauses.next_change() == end + 82s);  // an interval, two tries of 10 s, 2 s between them
  CHECK(bench.at(end + 82s - 1ns) == "(a) (b) (c)");
  CHECK(bench.at(end + 82s) == "");
  CHECK_FALSE(bench.pauses.next_change());
}

TEST_CASE("pauses: of several the one that ends last counts, and each end is looked at") {
  Bench bench;
  bench.load({once(kAll, kEvening, 4h, "first"), once({{"b"}, {}}, kEvening + 1h, 5h, "second"),
              once({{"b"}, {}}, kEvening + 2h, 1h, "within")},
             kEvening);
  CHECK(paused(bench.pauses) == "a b c");
  CHECK(bench.pauses.by_target()[1]->reason == "first");
  bench.at(kEvening + 1h);
  CHECK(bench.pauses.by_target()[1]->reason == "second");
  CHECK(bench.pauses.by_target()[1]->until == kEvening + 6h);
  bench.at(kEvening + 2h);
  CHECK(bench.pauses.by_target()[1]->reason == "second");
  CHECK(bench.at(kEvening + 4h) == "(a) b (c)");
  CHECK(bench.at(kEvening + 5h) == "b");
  CHECK(bench.at(kEvening + 6h) == "(b)");
}

TEST_CASE("pauses: windows that touch are one pause without a gap") {
  Bench bench;
  bench.load({once(kAll, kEvening, 1h, "first"), once(kAll, kEvening + 1h, 1h, "second")}, kEvening);
  CHECK(bench.at(kEvening + 1h) == "a b c");
  CHECK(bench.pauses.by_target()[0]->reason == "second");
}

TEST_CASE("pauses: weekly windows come again, over the turn of the week as well") {
  Bench bench;
  config::Maintenance window{kAll, "restarts", {}, {days{5} + 22h, days{6} + 22h}, 4h};  // Saturday, Sunday
  bench.load({window}, kEvening - days{1});
  for (const int week : {0, 1, 52}) {
    CAPTURE(week);
    const auto saturday = kEvening + std::chrono::weeks{week};
    CHECK(bench.at(saturday - 1s) == "");
    CHECK(bench.at(saturday) == "a b c");
    CHECK(bench.at(saturday + 4h) == "(a) (b) (c)");
    CHECK(bench.at(saturday + 5h) == "");
    CHECK(bench.pauses.next_change() == saturday + days{1});
    CHECK(bench.at(saturday + days{1} + 3h) == "a b c");  // Monday 01:00
    CHECK(bench.pauses.next_change() == saturday + days{1} + 4h);
    CHECK(bench.at(saturday + days{1} + 4h) == "(a) (b) (c)");
    CHECK(bench.at(saturday + days{2}) == "");
    CHECK(bench.pauses.next_change() == saturday + days{7});
  }
  window.weekly = {0s, 24h, 48h, 72h, 96h, 120h, 144h};
  window.duration = 24h;
  bench.load({window}, kEvening);
  CHECK(bench.at(kEvening + days{100}) == "a b c");
}

TEST_CASE("pauses: a clock that jumps is right at the next look") {
  Bench bench;
  bench.load({once(kAll, kEvening, 4h)}, kEvening - 1h);
  CHECK(bench.at(kEvening + 100h) == "");  // over the whole window
  CHECK(bench.at(kEvening + 1h) == "a b c");
  CHECK(bench.at(kEvening - 10h) == "(a) (b) (c)");  // what was seen is still old
  CHECK(bench.pauses.next_change() == kEvening - 10h + 82s);
  CHECK(bench.at(kEvening - 9h) == "");
  CHECK(bench.pauses.next_change() == kEvening);
  CHECK(bench.at(kEvening) == "a b c");
  CHECK(bench.at(kEvening + 4h) == "(a) (b) (c)");
  CHECK(bench.at(kEvening - 100h) == "(a) (b) (c)");
  CHECK(bench.at(kEvening - 100h + 82s) == "");
}

TEST_CASE("pauses: a reload that drops a window in force ends it, targets come and go") {
  Bench bench;
  bench.load({once({{"a", "b"}, {}}, kEvening, 4h), once({{"c"}, {}}, kEvening, 4h)}, kEvening);
  CHECK(paused(bench.pauses) == "a b c");
  bench.targets.erase(bench.targets.begin());
  bench.load({once({{"c"}, {}}, kEvening, 4h)}, kEvening + 1h);
  CHECK(paused(bench.pauses) == "(b) c");
  Bench other;
  bench.targets = other.targets;
  bench.load({once({{"a"}, {}}, kEvening, 4h)}, kEvening + 1h + 1s);
  CHECK(paused(bench.pauses) == "a (b) (c)");
}

TEST_CASE("pauses: an order is added, survives a reload and ends by itself or before its time") {
  Bench bench;
  bench.load({}, kEvening);
  const auto first = add_pause(bench.pauses, {"", once({{"a"}, {}}, kEvening, 2h, "disk"), "ann"}, kEvening);
  const auto second = add_pause(bench.pauses, {"", once({{"b"}, {}}, kEvening, 2h, "fan"), "bob"}, kEvening);
  REQUIRE((first && second));
  CHECK(*first != *second);
  CHECK(paused(bench.pauses) == "a b");
  CHECK(bench.pauses.by_target()[0]->who == "ann");
  bench.load({}, kEvening + 1min);
  CHECK(paused(bench.pauses) == "a b");
  CHECK(bench.pauses.end(*second, kEvening + 1h));
  CHECK_FALSE(bench.pauses.end(*second, kEvening + 1h));
  CHECK_FALSE(bench.pauses.end("", kEvening + 1h));
  CHECK(paused(bench.pauses) == "a (b)");
  CHECK(bench.pauses.by_target()[1]->until == kEvening + 1h);
  CHECK(bench.at(kEvening + 2h) == "(a)");
  CHECK(bench.pauses.orders().empty());
}

TEST_CASE("pauses: orders are restored with their ids, and those that have ended meanwhile end now") {
  Bench bench;
  bench.load({}, kEvening);
  add_pause(bench.pauses, {"", once(kAll, kEvening, 1h), "ann"}, kEvening);
  add_pause(bench.pauses, {"", once({{"b"}, {}}, kEvening, 3h), "bob"}, kEvening);
  const auto saved = bench.pauses.orders();
  Bench next;
  next.pauses.restore(saved, kEvening + 2h);
  next.load({}, kEvening + 2h);
  CHECK(paused(next.pauses) == "(a) b (c)");
  CHECK(next.pauses.by_target()[0]->until == kEvening + 1h);
  CHECK(next.pauses.next_change() == kEvening + 2h + 82s);
  const auto events = next.pauses.take_events();
  REQUIRE(events.size() == 1);
  CHECK_FALSE(events[0].began);
  CHECK(events[0].what == saved[0]);
  REQUIRE(next.pauses.orders().size() == 1);
  CHECK(next.pauses.orders()[0] == saved[1]);
  CHECK(add_pause(next.pauses, {"", once(kAll, kEvening, 9h), "eve"}, kEvening + 2h) == "3");
}

TEST_CASE("pauses: there is an end to their number") {
  Bench bench;
  bench.load({}, kEvening);
  for (std::size_t i = 0; i < Pauses::kMaxOrders; ++i)
    REQUIRE(add_pause(bench.pauses, {"", once({{"a"}, {}}, kEvening, 1h), "eve"}, kEvening));
  CHECK_FALSE(add_pause(bench.pauses, {"", once(kAll, kEvening, 1h), "eve"}, kEvening));
  CHECK(bench.at(kEvening + 1h) == "(a)");
  CHECK(add_pause(bench.pauses, {"", once(kAll, kEvening, 2h), "eve"}, kEvening + 1h));
}

TEST_CASE("pauses: the list tells what is in force and how many targets it is about") {
  Bench bench;
  bench.load({once({{}, {{"site", "ams"}}}, kEvening, 4h), once(kAll, kEvening + 1h, 1h)}, kEvening);
  add_pause(bench.pauses, {"", once({{"c"}, {}}, kEvening, 2h), "ann"}, kEvening);
  const auto list = bench.pauses.list(kEvening);
  REQUIRE(list.size() == 3);
  CHECK(list[0].id == "");
  CHECK(list[0].targets == 2);
  CHECK(list[0].until == kEvening + 4h);
  CHECK(list[1].targets == 3);
  CHECK_FALSE(list[1].until);
  CHECK(list[2].id == "1");
  CHECK(list[2].who == "ann");
}

TEST_CASE("pauses: while targets are looked up, all stays as it is, and new ones are left alone") {
  Bench bench;
  const auto d = std::make_shared<config::Target>(*bench.targets.back());
  d->id = "d";
  bench.load({once({{"a"}, {}}, kEvening, 4h)}, kEvening);
  bench.targets.push_back(d);
  const std::vector<config::Maintenance> windows{once({{}, {{"site", "fra"}}}, kEvening, 4h)};
  bench.pauses.configure(windows, bench.targets, kEvening + 1h);
  REQUIRE(bench.pauses.pending());
  for (int part = 0; part < 3; ++part) {
    CHECK(bench.at(kEvening + 1h + 1s) == "a");
    CHECK(bench.pauses.left_alone() == std::vector<std::uint32_t>{0, 3});
    CHECK_FALSE(bench.pauses.next_change());
    bench.pauses.look_up(1, kEvening + 1h + 1s);
  }
  CHECK(add_pause(bench.pauses, {"", once({{"b"}, {}}, kEvening, 2h), "ann"}, kEvening + 1h + 1s));
  CHECK(bench.at(kEvening + 1h + 1s) == "a");
  bench.pauses.look_up(1, kEvening + 1h + 1s);
  CHECK_FALSE(bench.pauses.pending());
  CHECK(paused(bench.pauses) == "(a) b c d");
  CHECK(bench.pauses.left_alone() == std::vector<std::uint32_t>{1, 2, 3});
  CHECK(bench.pauses.next_change());
}

TEST_CASE("pauses: what orders mean after a restart is not known before it is looked up") {
  Bench bench;
  bench.load({}, kEvening);
  CHECK(bench.pauses.left_alone().empty());
  bench.pauses.restore({{"1", once({{"b"}, {}}, kEvening, 1h), "ann"}}, kEvening);
  CHECK(bench.pauses.left_alone().size() == 3);
  bench.pauses.look_up(kAtOnce, kEvening);
  CHECK(bench.pauses.left_alone() == std::vector<std::uint32_t>{1});
}

TEST_CASE("pauses: with 10,000 targets and 400 pauses each target is compared once, and no part is long") {
  constexpr std::size_t kTargets = 10'000;
  constexpr std::size_t kPauses = 400;
  constexpr std::size_t kPart = 20'000;
  const auto config = test::fake_config(kTargets);
  std::vector<config::Maintenance> windows;
  for (std::size_t i = 0; i < kPauses; ++i)
    windows.push_back(once({{}, {{"pool", "finance"}}}, kEvening, 4h + std::chrono::minutes{i}));
  Pauses pauses;
  std::uint64_t before = 0;
  const auto done = [&] { return pauses.work() - std::exchange(before, pauses.work()); };
  pauses.configure(windows, config->targets, kEvening - 1h);
  CHECK(done() == 0);
  std::size_t parts = 0;
  for (; pauses.pending(); ++parts) {
    pauses.look_up(kPart, kEvening - 1h);
    REQUIRE(done() <= kPart);
  }
  CHECK(parts == kTargets * kPauses / kPart);
  for (int i = 0; i < 100'000; ++i) pauses.advance(kEvening - 1s);
  CHECK(done() == 0);
  CHECK(pauses.advance(kEvening));  // all 400 begin at once
  CHECK(done() == kTargets);
  CHECK(pauses.by_target()[0]->until == kEvening + 4h + std::chrono::minutes{kPauses - 1});
  const auto id = add_pause(pauses, {"", once({{"*"}, {}}, kEvening, 24h), "ann"}, kEvening);
  CHECK(done() == kTargets);
  REQUIRE(id);
  CHECK(pauses.end(*id, kEvening));
  CHECK(done() == kTargets);
  CHECK(pauses.advance(kEvening + 12h));
  CHECK(done() == 0);
  CHECK(pauses.by_target().front() == pauses.by_target().back());  // what is left of one, not a copy each
}

#include "daemon/budget.h"

#include <algorithm>
#include <array>
#include <deque>
#include <map>
#include <random>

#include <doctest/doctest.h>

using namespace std::chrono_literals;
using rdpwatch::ConnectionKind;
using rdpwatch::daemon::Budget;

namespace {

using TimePoint = Budget::TimePoint;
const TimePoint kStart{1000h};

Budget::Request asks(ConnectionKind kind, std::chrono::seconds interval = 60s, std::uint64_t target = 1,
                     std::string_view address = "192.0.2.1") {
  return {address, 3389, kind, target, interval};
}

/// Grants of a schedule of several targets on one endpoint for `duration`, each probed once per interval at
/// an even distance from the others; by target. A start that is told to wait for less than a second does.
std::vector<std::vector<TimePoint>> grants(Budget& budget, int targets, std::chrono::seconds interval,
                                           std::chrono::seconds duration) {
  std::vector<std::vector<TimePoint>> granted(static_cast<std::size_t>(targets));
  const auto distance = std::chrono::duration_cast<std::chrono::milliseconds>(interval) / targets;
  for (auto at = 0ms; at < duration; at += distance) {
    const auto target = static_cast<std::size_t>(at / distance) % granted.size();
    const auto request = asks(ConnectionKind::Scheduled, interval, target);
    auto time = kStart + at;
    auto answer = budget.ask(request, time);
    if (0s < answer.retry_after && answer.retry_after < 1s) {
      time += answer.retry_after;
      answer = budget.ask(request, time);
    }
    if (answer.granted) granted[target].push_back(time);
  }
  return granted;
}

}  // namespace

TEST_CASE("budget: the schedule and one retry of each probe fit the default") {
  Budget budget{{}};
  int refused = 0;
  for (int probe = 0; probe < 100; ++probe) {
    const auto slot = kStart + probe * 60s + probe * 6ms;
    if (!budget.ask(asks(ConnectionKind::Scheduled), slot).granted) ++refused;
    if (!budget.ask(asks(ConnectionKind::Retry), slot + 2s).granted) ++refused;
  }
  CHECK(refused == 0);
}

TEST_CASE("budget: what the schedule needs is kept for it") {
  Budget budget{{}};
  CHECK(budget.ask(asks(ConnectionKind::AdHoc), kStart).granted);
  CHECK(budget.ask(asks(ConnectionKind::AdHoc), kStart).granted);
  CHECK_FALSE(budget.ask(asks(ConnectionKind::AdHoc), kStart).granted);
  CHECK_FALSE(budget.ask(asks(ConnectionKind::Retry), kStart).granted);
  CHECK(budget.ask(asks(ConnectionKind::Scheduled), kStart + 1s).granted);
  CHECK(budget.ask(asks(ConnectionKind::Scheduled), kStart + 61s).granted);
  CHECK_FALSE(budget.ask(asks(ConnectionKind::Scheduled), kStart + 62s).granted);
  CHECK(budget.counts(ConnectionKind::AdHoc).granted == 2);
  CHECK(budget.counts(ConnectionKind::AdHoc).refused == 1);
  CHECK(budget.counts(ConnectionKind::Scheduled).granted == 2);
  CHECK(budget.counts(ConnectionKind::Scheduled).refused == 1);
}

TEST_CASE("budget: a twin's schedule counts too") {
  Budget budget{{}};
  CHECK(budget.ask(asks(ConnectionKind::Scheduled, 60s, 1), kStart).granted);
  CHECK(budget.ask(asks(ConnectionKind::Scheduled, 60s, 2), kStart + 30s).granted);
  CHECK_FALSE(budget.ask(asks(ConnectionKind::Retry, 60s, 2), kStart + 32s).granted);
}

TEST_CASE("budget: a start that is a little early is told when to come again") {
  Budget budget{{}};
  for (int probe = 0; probe < 4; ++probe)
    REQUIRE(budget.ask(asks(ConnectionKind::Scheduled, 30s), kStart + 50ms + probe * 30s).granted);
  const auto answer = budget.ask(asks(ConnectionKind::Scheduled, 30s), kStart + 120s);
  CHECK_FALSE(answer.granted);
  CHECK(answer.retry_after == 50ms + Budget::kGuard);
  CHECK(budget.ask(asks(ConnectionKind::Scheduled, 30s), kStart + 120s + answer.retry_after).granted);
}

TEST_CASE("budget: a schedule that asks for too much is thinned evenly") {
  Budget budget{{}};
  const auto granted = grants(budget, 1, 15s, 3600s)[0];
  CHECK(granted.size() >= 118);
  CHECK(granted.size() <= 120);
  for (std::size_t i = 1; i < granted.size(); ++i) {
    CHECK(granted[i] - granted[i - 1] >= 29s);
    CHECK(granted[i] - granted[i - 1] <= 46s);
  }
}

TEST_CASE("budget: many targets of one endpoint share evenly") {
  Budget budget{{}};
  const auto granted = grants(budget, 10, 60s, std::chrono::hours{4});
  std::vector<TimePoint> all;
  for (const auto& each : granted) {
    CHECK(each.size() >= 36);  // 48 is the fair share
    CHECK(each.size() <= 56);
    all.insert(all.end(), each.begin(), each.end());
  }
  CHECK(all.size() >= 420);
  CHECK(all.size() <= 480);
}

TEST_CASE("budget: endpoints are told apart by address and port, not by spelling") {
  Budget budget{{1, 120s}};
  CHECK(budget.ask(asks(ConnectionKind::Scheduled, 600s), kStart).granted);
  CHECK_FALSE(budget.ask(asks(ConnectionKind::Scheduled, 600s, 1, "::ffff:192.0.2.1"), kStart).granted);
  CHECK(budget.ask(asks(ConnectionKind::Scheduled, 600s, 1, "192.0.2.2"), kStart).granted);
  CHECK(budget.ask(asks(ConnectionKind::Scheduled, 600s, 1, "::1"), kStart).granted);
  CHECK(budget.ask({"192.0.2.1", 3390, ConnectionKind::Scheduled, 1, 600s}, kStart).granted);
}

TEST_CASE("budget: a changed limit keeps what was counted") {
  Budget budget{{4, 120s}};
  for (int i = 0; i < 4; ++i) REQUIRE(budget.ask(asks(ConnectionKind::Scheduled), kStart + i * 10s).granted);
  budget.configure({2, 120s});
  const auto answer = budget.ask(asks(ConnectionKind::Scheduled), kStart + 60s);
  CHECK_FALSE(answer.granted);
  CHECK(answer.retry_after == 80s + Budget::kGuard);  // when only the last one is left
  CHECK(budget.ask(asks(ConnectionKind::Scheduled), kStart + 60s + answer.retry_after).granted);
  budget.configure({0, 120s});
  CHECK_FALSE(budget.ask(asks(ConnectionKind::Scheduled), kStart + 1h).granted);
}

TEST_CASE("budget: one trace of a path in ten minutes, beside the connections") {
  Budget budget{{1, 120s}};
  CHECK(budget.begin_trace("192.0.2.1", 3389, kStart));
  budget.end_trace();
  CHECK(budget.ask(asks(ConnectionKind::Scheduled), kStart).granted);
  CHECK_FALSE(budget.begin_trace("192.0.2.1", 3389, kStart + Budget::kTraceApart - 1ns));
  CHECK_FALSE(budget.begin_trace("::ffff:192.0.2.1", 3389, kStart + 1s));
  CHECK(budget.begin_trace("192.0.2.1", 3390, kStart));
  CHECK(budget.begin_trace("192.0.2.1", 3389, kStart + Budget::kTraceApart));
  CHECK(budget.counts(ConnectionKind::PathTrace).granted == 3);
  CHECK(budget.counts(ConnectionKind::PathTrace).refused == 2);
}

TEST_CASE("budget: twenty traces at once over all") {
  Budget budget{{}};
  const auto address = [](int i) { return "192.0.2." + std::to_string(i); };
  for (int i = 0; i < Budget::kTracesAtOnce; ++i) CHECK(budget.begin_trace(address(i), 3389, kStart));
  CHECK_FALSE(budget.begin_trace(address(99), 3389, kStart));
  budget.end_trace();
  CHECK(budget.begin_trace(address(99), 3389, kStart));
}

TEST_CASE("budget: a trace before a restart counts, and one that nobody saw may have been") {
  Budget before{{}};
  REQUIRE(before.begin_trace("192.0.2.1", 3389, kStart));
  Budget stopped{{}};
  stopped.restore(before.remembered(), std::nullopt);
  CHECK_FALSE(stopped.begin_trace("192.0.2.1", 3389, kStart + 9min));
  CHECK(stopped.begin_trace("192.0.2.1", 3389, kStart + 10min));
  CHECK(stopped.begin_trace("192.0.2.2", 3389, kStart + 1s));
  Budget killed{{}};
  killed.restore(before.remembered(), Budget::Gap{kStart, kStart + 5min});
  for (const auto* const address : {"192.0.2.1", "192.0.2.2"}) {
    CHECK_FALSE(killed.begin_trace(address, 3389, kStart + 14min));
    CHECK(killed.begin_trace(address, 3389, kStart + 15min));
  }
}

TEST_CASE("budget: endpoints that nobody names any more are forgotten") {
  Budget budget{{}};
  for (int i = 0; i < 5000; ++i) {
    const auto address = "198.51." + std::to_string(i / 250) + "." + std::to_string(i % 250);
    CHECK(budget.ask(asks(ConnectionKind::Scheduled, 60s, 1, address), kStart).granted);
  }
  CHECK(budget.endpoints() == 5000);
  for (int i = 0; i < 200; ++i) {  // a few of each lock
    const auto address = "203.0.113." + std::to_string(i);
    budget.ask(asks(ConnectionKind::Scheduled, 60s, 1, address), kStart + 1h);
  }
  CHECK(budget.endpoints() == 200);
}

TEST_CASE("budget: never more than the limit in any window, whatever is asked") {
  for (unsigned seed = 1; seed <= 30; ++seed) {
    CAPTURE(seed);
    std::mt19937 random{seed};
    const std::size_t limit = 1 + random() % 8;
    const std::chrono::seconds window{1 + random() % 200};
    Budget budget{{static_cast<int>(limit), window}};
    std::array<std::deque<TimePoint>, 3> model;  // what was granted, by endpoint
    std::uint64_t granted = 0;
    std::uint64_t wrong = 0;
    auto now = kStart;
    for (int step = 0; step < 20'000; ++step) {
      now += std::chrono::milliseconds{random() % (random() % 50 == 0 ? 100'000 : 3'000)};
      const auto place = random() % model.size();
      const std::string address = "192.0.2." + std::to_string(place);
      const auto kind = static_cast<ConnectionKind>(random() % 3);
      const std::chrono::seconds interval{1 + random() % 300};
      const auto answer = budget.ask(asks(kind, interval, random() % 4, address), now);
      auto& in_window = model[place];
      while (!in_window.empty() && in_window.front() + window <= now) in_window.pop_front();
      if (answer.granted) in_window.push_back(now);
      granted += answer.granted ? 1 : 0;
      if (limit < in_window.size()) ++wrong;
      if (answer.granted && answer.retry_after != 0ns) ++wrong;
    }
    CHECK(wrong == 0);
    CHECK(0 < granted);
  }
}

namespace {

/// A host that fails each time, so that every probe is tried again, and that somebody else asks about, too.
struct Neighbourhood {
  std::vector<std::chrono::seconds> intervals{};
  std::mt19937 random{};
  std::vector<TimePoint> granted{};
  int scheduled = 0;
  int refused = 0;  ///< of the schedule

  /// What is asked for in [from, to); starts are up to 40 ms late.
  void live(Budget& budget, TimePoint from, TimePoint to) {
    std::multimap<TimePoint, Budget::Request> requests;
    for (std::uint64_t target = 0; target < intervals.size(); ++target) {
      const auto interval = intervals[target];
      TimePoint slot = kStart + 7s * static_cast<int>(target + 1);
      slot += std::chrono::ceil<std::chrono::seconds>(from - slot) / interval * interval;
      for (slot -= interval; slot < to; slot += interval)
        if (from <= slot) {
          const auto start = slot + std::chrono::milliseconds{random() % 40};
          requests.emplace(start, asks(ConnectionKind::Scheduled, interval, target));
          requests.emplace(start + 2s, asks(ConnectionKind::Retry, interval, target));
          requests.emplace(start + std::chrono::seconds{random() % 60},
                           asks(ConnectionKind::AdHoc, interval, target));
        }
    }
    for (const auto& [time, request] : requests)
      if (time < to) ask(budget, request, time, to);
  }

  void ask(Budget& budget, const Budget::Request& request, TimePoint time, TimePoint to) {
    auto answer = budget.ask(request, time);
    if (request.kind == ConnectionKind::Scheduled && 0s < answer.retry_after && answer.retry_after <= 1s) {
      time += answer.retry_after;
      if (to <= time) return;  // killed while it waited
      answer = budget.ask(request, time);
    }
    if (answer.granted) granted.push_back(time);
    if (request.kind != ConnectionKind::Scheduled) return;
    ++(answer.granted ? scheduled : refused);
  }

  std::size_t most_in_a_window() {
    std::ranges::sort(granted);
    std::size_t most = 0;
    std::deque<TimePoint> window;
    for (const auto time : granted) {
      window.push_back(time);
      while (window.front() + 120s <= time) window.pop_front();
      most = std::max(most, window.size());
    }
    return most;
  }
};

}  // namespace

TEST_CASE("budget: the limit holds over a restart, whenever the program was killed and saved before") {
  for (const auto& intervals : {std::vector{60s}, {30s}, {60s, 60s}, {300s}, {60s, 120s}})
    for (unsigned seed = 0; seed < 200; ++seed) {
      CAPTURE(intervals.size());
      CAPTURE(intervals.front().count());
      CAPTURE(seed);
      Neighbourhood hosts{intervals, std::mt19937{seed}};
      const auto killed = kStart + 400s + std::chrono::milliseconds{hosts.random() % 120'000};
      const auto saved = killed - std::chrono::milliseconds{hosts.random() % 60'000};
      const auto restarted = killed + std::chrono::milliseconds{hosts.random() % 90'000};
      std::vector<Budget::Remembered> remembered;
      {
        Budget before{{}};
        hosts.live(before, kStart, saved);
        remembered = before.remembered();
        hosts.live(before, saved, killed);
      }
      hosts.scheduled = hosts.refused = 0;
      Budget after{{}};
      after.restore(remembered, Budget::Gap{saved, restarted});
      hosts.live(after, restarted, restarted + 600s);
      CHECK(hosts.most_in_a_window() <= 4);
      CHECK(hosts.refused <= 2);  // and the schedule goes on
    }
}

TEST_CASE("budget: after an orderly stop nothing is made up") {
  Budget before{{}};
  before.ask(asks(ConnectionKind::Scheduled), kStart);
  Budget after{{}};
  after.restore(before.remembered(), std::nullopt);
  CHECK(after.ask(asks(ConnectionKind::Retry), kStart + 2s).granted);
  CHECK(after.ask(asks(ConnectionKind::AdHoc), kStart + 3s).granted);
  CHECK_FALSE(after.ask(asks(ConnectionKind::AdHoc), kStart + 4s).granted);
}

TEST_CASE("budget: an endpoint that nothing is known of is in doubt after an abrupt end, too") {
  Budget budget{{}};
  budget.restore({}, Budget::Gap{kStart - 24h, kStart});
  CHECK_FALSE(budget.ask(asks(ConnectionKind::AdHoc), kStart + 1s).granted);
  // Another target may have had all of it, at the last moment.
  CHECK_FALSE(budget.ask(asks(ConnectionKind::Scheduled), kStart + 30s).granted);
  CHECK_FALSE(budget.ask(asks(ConnectionKind::Retry), kStart + 32s).granted);
  CHECK_FALSE(budget.ask(asks(ConnectionKind::Scheduled), kStart + 90s).granted);
  CHECK(budget.ask(asks(ConnectionKind::Scheduled), kStart + 121s).granted);
  CHECK(budget.ask(asks(ConnectionKind::AdHoc, 60s, 1, "192.0.2.9"), kStart + 121s).granted);
}

TEST_CASE("budget: after a long gap the schedule that was goes on, beside the worst it may have done") {
  Budget before{{}};
  before.ask(asks(ConnectionKind::Scheduled), kStart);
  Budget after{{}};
  after.restore(before.remembered(), Budget::Gap{kStart + 1s, kStart + 600s});
  CHECK_FALSE(after.ask(asks(ConnectionKind::Scheduled), kStart + 601s).granted);
  CHECK(after.ask(asks(ConnectionKind::Scheduled), kStart + 661s).granted);
  CHECK_FALSE(after.ask(asks(ConnectionKind::Retry), kStart + 662s).granted);
}

#include <doctest/doctest.h>

#include "tests/notify/book_fixture.h"

using namespace rdpwatch;
using namespace rdpwatch::test;
using namespace std::chrono_literals;

namespace {

/// As after a restart `later`, with what `before` saved.
Watched restarted(const Watched& before, std::chrono::seconds later, std::size_t count = 1) {
  const auto saved = nlohmann::json::parse(before.book.save(before.now)().dump());
  Watched after{count};
  after.now = before.now + later;
  after.configure();
  after.book.load(saved, after.now);
  return after;
}

}  // namespace

TEST_CASE("state: a firing alert goes on with its beginning, and is sent before any probe") {
  Watched before;
  const auto first_failure = before.now;
  before.fails();
  before.pass_time(3min);
  auto after = restarted(before, 30s);
  CHECK(after.news().empty());
  REQUIRE(after.book.all().size() == 1);
  CHECK(after.book.all()[0].starts_at == first_failure);
  CHECK(after.book.all()[0].text->annotations == before.book.all()[0].text->annotations);
  after.fails();
  after.pass_time(10min);
  CHECK(after.news().empty());
  after.passes();
  after.pass_time(5min);
  CHECK(after.news() == Names{"-RdpHostDown"});
  CHECK(after.changes[0].starts_at == first_failure);
}

TEST_CASE("state: a host that was over its fault when the daemon was killed is not told as failing") {
  Watched before;
  before.fails();
  before.pass_time(3min);
  before.passes();
  const auto recovery = before.now;
  before.pass_time(4min);
  const auto after = restarted(before, 2min);
  CHECK(after.book.firing().empty());
  REQUIRE(after.book.all().size() == 1);
  CHECK(after.book.all()[0].ended == recovery);
}

TEST_CASE("state: after a long stop nothing fires before a probe has shown it") {
  Watched before;
  const auto first_failure = before.now;
  before.fails();
  before.pass_time(3min);
  auto after = restarted(before, 1h);
  after.pass_time(10min);
  CHECK(after.news().empty());
  CHECK(after.book.all().empty());
  SUBCASE("it still holds: the same alert") {
    after.fails();
    CHECK(after.news() == Names{"RdpHostDown"});
    CHECK(after.changes[0].starts_at == first_failure);
  }
  SUBCASE("it does not: it ends") {
    after.passes();
    CHECK(after.news() == Names{"-RdpHostDown"});
  }
}

TEST_CASE("state: a pending alert keeps its clock, and fires only after a probe") {
  Watched before;
  const auto first_failure = before.now;
  before.fails();
  before.pass_time(2min);
  auto after = restarted(before, 10s);
  after.pass_time(2min);
  CHECK(after.news().empty());
  after.fails();
  CHECK(after.news() == Names{"RdpHostDown"});
  CHECK(after.changes[0].starts_at == first_failure);
}

TEST_CASE("state: an alert of a target that is gone ends; an end is told on") {
  Watched before{2};
  before.fails(1);
  before.pass_time(3min);
  auto after = restarted(before, 10s, 1);
  CHECK(after.news() == Names{"-RdpHostDown"});

  Watched ending;
  ending.fails();
  ending.pass_time(3min);
  ending.passes();
  ending.pass_time(5min);
  const auto end = ending.book.all()[0].ended;
  for (const auto down : {1min, 10min, 23 * 60min}) {
    auto again = restarted(ending, down);
    again.pass_time(1s);
    REQUIRE(again.book.all().size() == 1);
    CHECK(again.book.all()[0].ended == end);
    again.passes();
    again.pass_time(1s);
    CHECK(again.news().empty());
    again.pass_time(15min);
    CHECK(again.book.all().empty());
  }
  auto much_later = restarted(ending, 24h);
  much_later.pass_time(1s);
  CHECK(much_later.book.all().empty());
}

TEST_CASE("state: alerts of sites and of the fleet are kept, and wait for most hosts to be known") {
  Watched before{37 * 6};
  for (std::size_t i = 0; i < 37 * 6; ++i) before.fails(i);
  before.pass_time(2min);
  const auto count = before.book.all().size();
  CHECK(count == 38);  // hosts are still pending
  auto after = restarted(before, 10s, 37 * 6);
  after.pass_time(1min);
  CHECK(after.book.all().size() == count);
  CHECK(after.news().empty());
  for (std::size_t i = 0; i < 37 * 6; ++i) after.passes(i);
  after.pass_time(5min);
  CHECK(after.news().size() == count);
}

TEST_CASE("state: of 10,000 failing targets the copy costs little, and each of them comes back") {
  Watched before{10'000};
  for (std::size_t i = 0; i < 10'000; ++i) {
    const auto probe = failed_report(before.target(i), i, Phase::Connect, Cause::Timeout);
    probe->time = before.now;
    before.store.record(probe);
    before.book.observe(before.store.records()[i], before.now);
  }
  before.pass_time(4min);
  const auto begin = std::chrono::steady_clock::now();
  const auto make = before.book.save(before.now);
  const auto copied = std::chrono::steady_clock::now();
  const auto saved = make();
  const auto made = std::chrono::steady_clock::now();
  const auto micros = [](auto time) {
    return std::chrono::duration_cast<std::chrono::microseconds>(time).count();
  };
  MESSAGE("copy: " << micros(copied - begin) << " us, JSON: " << micros(made - copied) << " us");
  CHECK(copied - begin < 100ms);  // whatever the build and the machine; the figures are in the message
  Watched after{10'000};
  after.now = before.now;
  after.book.load(saved, after.now);
  CHECK(after.book.firing().size() == before.book.firing().size());
  CHECK(10'000 <= after.book.firing().size());
}

TEST_CASE("state: what cannot be read changes nothing; what is unknown is left out") {
  Watched before;
  before.fails();
  before.pass_time(3min);
  const auto good = before.book.save(before.now)();
  Watched after;
  after.now = before.now;
  for (const char* key : {"firing", "starts_at", "labels", "annotations", "generator_url", "alert"}) {
    CAPTURE(key);
    auto bad = good;
    bad["alerts"].push_back(bad["alerts"][0]);
    bad["alerts"][1][key] = nlohmann::json::array();
    CHECK_THROWS(after.book.load(bad, after.now));
    bad["alerts"][1].erase(key);
    CHECK_THROWS(after.book.load(bad, after.now));
  }
  auto bad = good;
  bad["alerts"][0]["labels"] = "{} ], [";
  CHECK_THROWS(after.book.load(bad, after.now));
  CHECK_THROWS(after.book.load({}, after.now));
  CHECK(after.book.all().empty());

  auto newer = good;
  newer["alerts"][0]["alert"] = "RdpSomethingNew";
  newer["more"] = 1;
  after.book.load(newer, after.now);
  CHECK(after.book.all().empty());
  auto future = good;
  future["alerts"][0]["starts_at"] = 4'000'000'000'000;
  after.book.load(future, after.now);
  REQUIRE(after.book.all().size() == 1);
  CHECK(after.book.all()[0].starts_at == after.now);
}

TEST_CASE("state: a disturbed vantage that is sound after the restart ends") {
  Watched before;
  before.book.set_vantage("route: none", before.now);
  before.pass_time(1s);
  CHECK(before.news() == Names{"RdpwatchVantageUnhealthy"});
  auto after = restarted(before, 30s);
  REQUIRE(after.book.firing().size() == 1);
  after.book.set_vantage("", after.now);
  after.pass_time(7min);
  CHECK(after.news() == Names{"-RdpwatchVantageUnhealthy"});
}

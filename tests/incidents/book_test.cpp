#include "daemon/incidents/book.h"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "tests/incidents/fleet.h"

using namespace std::chrono_literals;
using namespace rdpwatch;
using namespace rdpwatch::daemon::incidents;
using rdpwatch::test::first;
using rdpwatch::test::Fleet;
using rdpwatch::test::rest;

namespace {

/// A book over a fleet of three sites, with a clock that the test moves.
struct Watched {
  /// Lets time pass by looks of 5 s each; what changed, as "+site fra 10/10" and "-site fra 0/10".
  std::string pass_time(std::chrono::seconds time) {
    std::string news;
    for (const auto end = now + time; now < end;) {
      now += 5s;
      fleet.now = now;
      fleet.look();
      for (const auto& [opened, incident] : test::advance(book, fleet, now))
        news += (opened ? "+" : "-") + text_of(incident) + "\n";
    }
    return news;
  }
  static std::string text_of(const Incident& incident) {
    return incident.attribute.name + " " + incident.attribute.value + " " + std::to_string(incident.failing) +
           "/" + std::to_string(incident.members);
  }
  std::string open() const {
    std::string lines;
    for (const Incident& incident : book.open()) lines += text_of(incident) + "\n";
    return lines;
  }
  void restart() {
    const auto state = book.save()();
    book = {};
    book.load(nlohmann::json::parse(state.dump()), now);
    fleet.verdicts = {};
  }

  Fleet fleet{};
  Fleet::Hosts ams = fleet.site("ams", 10, "10.1.1.");
  Fleet::Hosts fra = fleet.site("fra", 10, "10.2.1.");
  Fleet::Hosts lon = fleet.site("lon", 10, "10.3.1.");
  TimePoint now{std::chrono::seconds{1'795'000'000}};
  Book book{};
};

}  // namespace

TEST_CASE("book: an incident opens when it has settled, and closes some time after the repair") {
  Watched watched;
  watched.fleet.time_out(watched.fra);
  CHECK(watched.pass_time(60s).empty());
  CHECK(watched.pass_time(5s) == "+site fra 10/10\n");
  REQUIRE(watched.book.open().size() == 1);
  const Incident& incident = watched.book.open()[0];
  CHECK(incident.id == id_of(incident.cause, incident.attribute));
  CHECK(incident.reason == "tcp_timeout");
  CHECK(incident.since == watched.now);
  CHECK(incident.targets.size() == 10);
  watched.fleet.pass(watched.fra);
  CHECK(watched.pass_time(60s).empty());
  CHECK(watched.open() == "site fra 0/10\n");
  CHECK(watched.pass_time(5s) == "-site fra 0/10\n");
  CHECK(watched.open().empty());
}

TEST_CASE("book: a blink opens nothing, and closes nothing") {
  Watched watched;
  for (int i = 0; i < 5; ++i) {
    watched.fleet.time_out(watched.fra);
    CHECK(watched.pass_time(50s).empty());
    watched.fleet.pass(watched.fra);
    CHECK(watched.pass_time(50s).empty());
  }
  watched.fleet.time_out(watched.fra);
  CHECK(watched.pass_time(65s) == "+site fra 10/10\n");
  for (int i = 0; i < 5; ++i) {
    watched.fleet.pass(watched.fra);
    CHECK(watched.pass_time(50s).empty());
    watched.fleet.time_out(watched.fra);
    CHECK(watched.pass_time(50s).empty());
  }
}

TEST_CASE("book: it stays open until less than half holds of what opens it") {
  Watched watched;
  watched.fleet.time_out(watched.fra);
  watched.pass_time(65s);
  watched.fleet.pass(first(watched.fra, 7));
  CHECK(watched.pass_time(10min).empty());
  CHECK(watched.open() == "site fra 3/10\n");
  watched.fleet.pass(first(watched.fra, 8));
  CHECK(watched.pass_time(2min) == "-site fra 2/10\n");
  watched.fleet.time_out(first(watched.fra, 2));
  CHECK(watched.pass_time(10min).empty());  // 4 of 10 did not open it either
}

TEST_CASE("book: another reason of the same cause is the same incident") {
  Watched watched;
  watched.fleet.time_out(watched.fra);
  watched.pass_time(65s);
  const auto id = watched.book.open()[0].id;
  watched.fleet.fail(watched.fra, Phase::Connect, Cause::AdminProhibited);
  CHECK(watched.pass_time(10min).empty());
  CHECK(watched.book.open()[0].id == id);
  CHECK(watched.book.open()[0].reason == "net_admin_prohibited");
}

TEST_CASE("book: the reason changes when another one leads clearly") {
  Watched watched;
  watched.fleet.time_out(watched.fra);
  watched.pass_time(65s);
  for (const std::size_t others : {4u, 5u, 6u, 5u, 4u}) {
    watched.fleet.time_out(watched.fra);
    watched.fleet.fail(first(watched.fra, others), Phase::Connect, Cause::AdminProhibited);
    watched.pass_time(5s);
    CHECK(watched.book.open().at(0).reason == "tcp_timeout");
  }
  watched.fleet.fail(first(watched.fra, 7), Phase::Connect, Cause::AdminProhibited);
  watched.pass_time(5s);
  CHECK(watched.book.open().at(0).reason == "net_admin_prohibited");
  watched.fleet.pass(watched.fra);
  watched.pass_time(5s);
  CHECK(watched.book.open().at(0).reason == "net_admin_prohibited");  // of those that failed last
}

TEST_CASE("book: an incident that grows gives way when the larger one opens, not before") {
  Watched watched;
  watched.fleet.time_out(watched.fra);
  watched.pass_time(65s);
  watched.fleet.time_out(watched.ams);
  watched.fleet.time_out(watched.lon);
  CHECK(watched.pass_time(60s).empty());
  CHECK(watched.open() == "site fra 10/10\n");
  CHECK(watched.pass_time(5s) ==
        "+vantage all targets 30/30\n"
        "-site fra 10/10\n");
}

TEST_CASE("book: an incident of all gives way to sites when the others recover") {
  Watched watched;
  for (const auto site : {watched.ams, watched.fra, watched.lon}) watched.fleet.time_out(site);
  CHECK(watched.pass_time(65s) == "+vantage all targets 30/30\n");
  watched.fleet.pass(first(watched.ams, 4));
  CHECK(watched.pass_time(5min).empty());  // 26 of 30 are still best told in one
  watched.fleet.pass(watched.ams);
  CHECK(watched.pass_time(60s).empty());
  CHECK(watched.pass_time(5s) ==
        "+site fra 10/10\n"
        "+site lon 10/10\n"
        "-vantage all targets 20/30\n");
}

TEST_CASE("book: one that explains nothing new for a moment stays open") {
  Watched watched;
  const auto kiosk = [&](const char* site, const char* network) {
    return watched.fleet.add(4, {.labels = {{"pool", "kiosk"}, {"site", site}}, .network = network});
  };
  watched.fleet.time_out(kiosk("osl", "10.4.1."));
  const auto elsewhere = kiosk("ams", "10.1.1.");
  watched.fleet.time_out(elsewhere);
  watched.fleet.time_out(watched.fleet.site("osl", 6, "10.4.1."));
  CHECK(watched.pass_time(65s) == "+site osl 10/10\n+pool kiosk 8/8\n");
  watched.fleet.pass(first(elsewhere, 2));
  CHECK(watched.pass_time(5min).empty());
  watched.fleet.pass(first(elsewhere, 3));
  CHECK(watched.pass_time(30s).empty());
  watched.fleet.time_out(elsewhere);
  CHECK(watched.pass_time(5min).empty());
  watched.fleet.time_out(watched.fra);
  CHECK(watched.pass_time(60s).empty());
  watched.fleet.pass(first(elsewhere, 3));
  CHECK(watched.pass_time(5s) == "+site fra 10/10\n");  // of the same cause, but no heir
  CHECK(watched.pass_time(60s) == "-pool kiosk 5/8\n");
}

TEST_CASE("book: hosts that are probed one after the other open one incident") {
  Watched watched;
  const auto osl = watched.fleet.site("osl", 12, "10.4.1.");
  for (const char* network : {"10.4.2.", "10.4.3."}) watched.fleet.site("osl", 12, network);
  std::string news;
  for (std::size_t i = 0; i < 36; ++i) {
    watched.fleet.time_out({osl.first + i, 1});
    if (i % 3 == 2) news += watched.pass_time(5s);
  }
  news += watched.pass_time(3min);
  CHECK(news == "+site osl 36/36\n");
}

TEST_CASE("book: hosts that are probed rarely, each for the first time, open one incident") {
  Watched watched;
  Fleet::Hosts osl[3];
  for (std::size_t i = 0; i < 3; ++i)
    osl[i] = watched.fleet.add(
        10, {.labels = {{"site", "osl"}}, .network = "10.4." + std::to_string(i) + ".", .interval = 15min});
  for (const auto network : osl) watched.fleet.forget(network);
  std::string news;
  for (std::size_t i = 0; i < 10; ++i) {
    for (const auto network : osl) {
      watched.fleet.time_out({network.first + i, 1});
      news += watched.pass_time(30s);
    }
  }
  CHECK(news.empty());
  CHECK(watched.pass_time(15min) == "+site osl 30/30\n");
}

TEST_CASE("book: a few that are probed rarely do not delay what many show") {
  Watched watched;
  watched.fleet.add(1, {.labels = {{"site", "fra"}}, .network = "10.2.1.", .interval = 1h});
  watched.fleet.time_out(watched.fra);
  CHECK(watched.pass_time(65s) == "+site fra 10/11\n");
}

TEST_CASE("book: it goes on over a restart and a reload") {
  Watched watched;
  watched.fleet.time_out(watched.fra);
  watched.pass_time(65s);
  const auto before = watched.book.open()[0];
  watched.restart();
  REQUIRE(watched.book.open().size() == 1);
  CHECK(watched.pass_time(10min).empty());
  REQUIRE(watched.open() == "site fra 10/10\n");
  CHECK(watched.book.open()[0].id == before.id);
  CHECK(watched.book.open()[0].since == before.since);
  CHECK(watched.book.open()[0].reason == "tcp_timeout");

  SUBCASE("hosts that come with a reload, or whose state was lost, may be failing, too") {
    watched.fleet.site("fra", 90, "10.2.2.");
    watched.fleet.forget({30, 90});
    watched.fleet.forget(first(watched.fra, 9));
    CHECK(watched.pass_time(10min).empty());
    watched.fleet.pass({30, 90});
    watched.fleet.pass(watched.fra);
    CHECK(watched.pass_time(2min) == "-site fra 0/100\n");
  }
  SUBCASE("hosts that were not probed yet keep nothing open that is repaired") {
    watched.fleet.pass(watched.fra);
    watched.fleet.forget(watched.fleet.site("fra", 4, "10.2.2."));
    CHECK(watched.pass_time(2min) == "-site fra 0/14\n");
  }
  SUBCASE("a site that leaves the list ends its incident") {
    watched.fleet.records.erase(watched.fleet.records.begin() + 10, watched.fleet.records.begin() + 20);
    ++watched.fleet.generation;
    CHECK(watched.pass_time(5s) == "-site fra 10/10\n");
  }
  SUBCASE("a pause of all its hosts ends it") {
    watched.fleet.pause(watched.fra);
    CHECK(watched.pass_time(65s) == "-site fra 0/0\n");
  }
}

TEST_CASE("book: what was seen before a weekend opens and closes nothing") {
  Watched watched;
  watched.fleet.time_out(watched.fra);
  watched.pass_time(65s);
  const auto since = watched.book.open()[0].since;
  watched.fleet.time_out(watched.lon);
  watched.now += std::chrono::days{2};
  watched.fleet.probing = false;
  watched.restart();
  CHECK(watched.pass_time(10min).empty());
  CHECK(watched.open() == "site fra 0/10\n");
  SUBCASE("it goes on when it is seen again") {
    watched.fleet.time_out(watched.fra);
    watched.fleet.pass(watched.lon);
    CHECK(watched.pass_time(60s).empty());
    CHECK(watched.open() == "site fra 10/10\n");
    CHECK(watched.book.open()[0].since == since);
  }
  SUBCASE("it is over when enough of its hosts pass") {
    watched.fleet.pass(first(watched.fra, 2));
    CHECK(watched.pass_time(65s).empty());
    watched.fleet.pass(first(watched.fra, 3));
    CHECK(watched.pass_time(65s) == "-site fra 0/10\n");
  }
}

TEST_CASE("book: what cannot be read of a state changes nothing, what is unknown is left out") {
  Watched watched;
  watched.fleet.time_out(watched.fra);
  watched.pass_time(65s);
  const auto good = watched.book.save()();
  for (const char* key : {"scenario", "family", "reason", "kind", "name", "value", "since"}) {
    CAPTURE(key);
    auto bad = good;
    bad[0].erase(key);
    CHECK_THROWS(watched.book.load(bad, watched.now));
    bad[0][key] = nlohmann::json::array();
    CHECK_THROWS(watched.book.load(bad, watched.now));
    CHECK(watched.open() == "site fra 10/10\n");
  }
  for (const char* key : {"scenario", "family", "reason", "kind"}) {
    CAPTURE(key);
    auto newer = good;
    newer[0][key] = "of_a_later_release";
    Book book;
    book.load(newer, watched.now);
    CHECK(book.open().empty());
  }
  auto twice = good;
  twice.push_back(good[0]);
  twice[0]["since"] = good[0]["since"].get<std::int64_t>() + 3'600'000'000;
  Book book;
  book.load(twice, watched.now);
  REQUIRE(book.open().size() == 1);
  CHECK(book.open()[0].since == watched.now);  // nothing began in the future
}

TEST_CASE("book: a clock that is set back delays nothing") {
  Watched watched;
  watched.fleet.time_out(watched.fra);
  watched.pass_time(5s);
  watched.now -= 1h;
  CHECK(watched.pass_time(65s) == "+site fra 10/10\n");
  watched.fleet.pass(watched.fra);
  watched.pass_time(5s);
  watched.now -= 1h;
  CHECK(watched.pass_time(65s) == "-site fra 0/10\n");
}

TEST_CASE("book: there are never more than twenty, and the one that replaces them finds room") {
  Fleet fleet;
  std::vector<Fleet::Hosts> sites;
  sites.reserve(300);
  for (std::size_t i = 0; i < 300; ++i)
    sites.push_back(
        fleet.site("s" + std::to_string(i), i < 20 ? 4 : 5, "10.1." + std::to_string(i % 250) + "."));
  for (std::size_t i = 0; i < 120; ++i) fleet.time_out(sites[i]);
  Book book;
  TimePoint now{1'795'000'000s};
  const auto settle = [&] {
    fleet.look();
    CHECK(test::advance(book, fleet, now).empty());
    now += Book::kSettle;
    return test::advance(book, fleet, now);
  };
  CHECK(settle().size() == Book::kMostOpen);
  REQUIRE(book.open().size() == Book::kMostOpen);
  CHECK(book.open().back().members == 5);  // the smaller ones found no room
  CHECK(test::advance(book, fleet, now + 30s).empty());
  for (const auto site : sites) fleet.time_out(site);
  CHECK(settle().size() == 1 + Book::kMostOpen);
  REQUIRE(book.open().size() == 1);
  CHECK(book.open()[0].attribute == vantage());
}

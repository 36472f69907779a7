#include "daemon/incidents/verdicts.h"

#include <type_traits>

#include <doctest/doctest.h>

#include "tests/incidents/situations.h"

using namespace rdpwatch;
using namespace rdpwatch::test;
using daemon::incidents::Verdicts;

static_assert(!std::is_copy_constructible_v<daemon::incidents::AttributeIndex>);

TEST_CASE("verdicts: what a host showed last counts while it does not show it") {
  Fleet fleet;
  const auto few = fleet.add(4, {.network = "10.1.1.", .issuer = "CN=Old CA"});
  fleet.add(4, {.network = "10.1.1.", .issuer = "CN=Corp CA"});
  fleet.add(8, {.network = "10.1.2.", .issuer = "CN=Corp CA"});
  fleet.look();
  fleet.fail(few, Phase::Resolve, Cause::Timeout);
  fleet.look();  // no address, no certificate
  fleet.fail(few, Phase::Tls, Cause::Reset);
  for (std::size_t i = 0; i < few.count; ++i) {
    auto report = std::make_shared<ProbeReport>(*fleet.records[i].last);
    report->address.clear();
    report->tls.reset();
    fleet.records[i].last = report;
  }
  CHECK(fleet.incidents() == "security_mismatch/tls: issuer CN=Old CA 4/4\n");
  fleet.time_out(few);
  CHECK(fleet.incidents() == cut({"subnet 10.1.1.0/24 4/8"}));
}

TEST_CASE("verdicts: a host that is an address is in its network before it is probed") {
  Fleet fleet;
  const auto hosts = fleet.add(4, {.network = "10.1.1."});
  auto literal = std::make_shared<config::Target>(*fleet.records[3].target);
  literal->host = "10.1.1.99";
  fleet.records[3].target = literal;
  fleet.add(4, {.network = "10.1.2."});
  fleet.time_out(hosts);
  fleet.forget(rest(hosts, 3));
  CHECK(fleet.incidents() == cut({"subnet 10.1.1.0/24 3/4"}));
}

TEST_CASE("verdicts: a host that passes elsewhere is in the network where it passes") {
  Fleet fleet;
  const auto hosts = fleet.add(6, {.network = "10.1.1."});
  fleet.look();
  const auto move = [&](const std::string& network) {
    for (std::size_t i = 0; i < 3; ++i) {
      auto report = std::make_shared<ProbeReport>(*fleet.records[i].last);
      report->address = network + std::to_string(i);
      fleet.records[i].last = report;
    }
    fleet.look();
  };
  const auto network_of = [&](std::size_t i) {
    return fleet.verdicts.attributes().at(fleet.verdicts.members()[i].subnet).value;
  };
  fleet.time_out(first(hosts, 3));
  move("10.9.9.");
  CHECK(network_of(0) == "10.1.1.0/24");
  fleet.pass(first(hosts, 3));
  move("10.9.9.");
  CHECK(network_of(0) == "10.9.9.0/24");
  CHECK(network_of(3) == "10.1.1.0/24");
}

TEST_CASE("verdicts: a list that changes takes its attributes along") {
  Fleet fleet;
  const ThreeSites sites{fleet};
  fleet.time_out(sites.fra);
  fleet.look();
  const auto size = fleet.verdicts.attributes().size();
  for (int round = 0; round < 3; ++round) {
    auto all = std::exchange(fleet.records, {});
    ++fleet.generation;
    CHECK(fleet.incidents().empty());
    fleet.records.assign(all.begin() + 10, all.begin() + 20);  // fra alone
    ++fleet.generation;
    CHECK(fleet.incidents() == cut({"vantage all targets 10/10"}));
    fleet.records = std::move(all);
    ++fleet.generation;
    CHECK(fleet.incidents() == cut({"site fra 10/10"}));
    CHECK(fleet.verdicts.attributes().size() == size);  // what is gone is used again
  }
  auto moved = std::make_shared<config::Target>(*fleet.records[10].target);
  moved->labels = {{"site", "lon"}};
  fleet.records[10].target = moved;
  ++fleet.generation;
  CHECK(fleet.incidents() == cut({"subnet 10.2.1.0/24 10/10"}));  // one is of another site now
}

TEST_CASE("verdicts: a list that is taken in parts may change between them") {
  Fleet fleet;
  for (int i = 0; i < 20; ++i) fleet.site("s" + std::to_string(i), 100, "10.1." + std::to_string(i) + ".");
  const auto look_at_some = [&fleet] {
    ++fleet.generation;
    return fleet.verdicts.take(fleet.known());
  };
  CHECK_FALSE(look_at_some());
  const auto all = fleet.records;
  fleet.records.erase(fleet.records.begin() + 100, fleet.records.begin() + 300);  // some were taken, some not
  fleet.records.erase(fleet.records.begin() + 700, fleet.records.begin() + 800);
  CHECK_FALSE(look_at_some());
  fleet.records = all;
  ++fleet.generation;
  fleet.time_out({1'500, 100});
  CHECK(fleet.incidents() == cut({"site s15 100/100"}));
}

TEST_CASE("verdicts: parts of a look go on where the last one ended, and the next look begins anew") {
  Fleet fleet;
  fleet.site("s", 100, "10.1.1.");
  const auto parts = [&fleet](std::size_t work) {
    int count = 1;
    while (!fleet.verdicts.take(fleet.known(), work)) ++count;
    return count;
  };
  CHECK(parts(10 * Verdicts::kWorkOfChange) == 10);
  CHECK(parts(10) == 10);  // to look costs, too
  CHECK(parts(100) == 1);
  CHECK_FALSE(fleet.verdicts.take(fleet.known(), 50));
  fleet.time_out({0, 100});
  CHECK(fleet.verdicts.take(fleet.known(), 50 * Verdicts::kWorkOfChange));
  CHECK(fleet.verdicts.members()[49].state == Verdicts::State::Passing);  // of the half that was taken before
  CHECK(parts(100 * Verdicts::kWorkOfChange) == 1);
  CHECK(fleet.verdicts.members()[49].state == Verdicts::State::Failing);
}

#include <algorithm>
#include <chrono>
#include <functional>
#include <string>

#include <doctest/doctest.h>

#include "tests/incidents/fleet.h"

using namespace rdpwatch;
using rdpwatch::daemon::incidents::Verdicts;
using rdpwatch::test::Fleet;
using Milliseconds = std::chrono::duration<double, std::milli>;

namespace {

#ifdef __OPTIMIZE__
constexpr Milliseconds kLimit{20};
#else
constexpr Milliseconds kLimit{200};  // what nobody ships
#endif

/// The best of a few runs: what else the machine does is not ours.
Milliseconds best_of(const std::function<void()>& work) {
  constexpr int kRuns = 7;
  Milliseconds best{1e9};
  for (int i = 0; i < kRuns; ++i) {
    const auto begin = std::chrono::steady_clock::now();
    work();
    best = std::min<Milliseconds>(best, std::chrono::steady_clock::now() - begin);
  }
  return best;
}

/// 10,000 hosts in 400 subnets of 40 sites with five labels, one of them their own.
void build(Fleet& fleet) {
  for (std::size_t net = 0; net < 400; ++net) {
    const std::string number = std::to_string(net);
    const auto hosts = fleet.add(25, {.labels = {{"asset", ""},
                                                 {"owner", "team-" + std::to_string(net % 90)},
                                                 {"pool", "pool-" + std::to_string(net % 7)},
                                                 {"site", "site-" + std::to_string(net / 10)},
                                                 {"tier", std::to_string(net % 3)}},
                                      .network = "10.1." + number + ".",
                                      .issuer = "CN=CA " + std::to_string(net % 5)});
    for (std::size_t i = hosts.first; i < hosts.first + hosts.count; ++i) {
      auto target = std::make_shared<config::Target>(*fleet.records[i].target);
      target->labels[0].second = "a" + std::to_string(i);
      fleet.records[i].target = target;
    }
  }
}

}  // namespace

TEST_CASE("speed: 10,000 targets are grouped in less than 20 ms, whatever fails") {
  Fleet fleet;
  build(fleet);
  REQUIRE(fleet.records.size() == 10'000);
  fleet.look();
  const auto grouped = [&](const char* what) {
    std::size_t found = 0;
    const auto took = best_of([&] { found = find_groups(fleet.verdicts, {}, {}).size(); });
    MESSAGE(std::string{what} << ": " << found << " incidents, " << took.count() << " ms");
    CHECK(took < kLimit);
    return found;
  };
  CHECK(grouped("nothing fails") == 0);
  for (std::size_t i = 0; i < 10'000; i += 40) fleet.time_out({i, 1});
  fleet.look();
  CHECK(grouped("2.5 % fail, each alone") == 0);
  for (std::size_t net = 0; net < 400; ++net)
    if ((net + net / 10) % 3 == 0) fleet.time_out({net * 25, 25});
  fleet.look();
  CHECK(10 < grouped("every third subnet fails"));
  for (std::size_t i = 0; i < 10'000; ++i)
    fleet.fail({i, 1}, i % 2 == 0 ? Phase::Connect : Phase::Nla, i % 2 == 0 ? Cause::Timeout : Cause::Closed);
  fleet.look();
  CHECK(grouped("all fail, for two causes") == 2);
  fleet.time_out({0, 10'000});
  fleet.look();
  CHECK(grouped("all fail, for one cause") == 1);
}

TEST_CASE("speed: a look at 10,000 records comes in short parts, and costs little while few of them change") {
  Fleet fleet;
  build(fleet);
  bool done = false;
  Milliseconds longest{0};
  int parts = 0;
  for (; !done; ++parts) {
    const auto begin = std::chrono::steady_clock::now();
    done = fleet.verdicts.take(fleet.known());
    longest = std::max<Milliseconds>(longest, std::chrono::steady_clock::now() - begin);
  }
  CHECK(parts == 10'000 * Verdicts::kWorkOfChange / Verdicts::kWork);
  std::size_t round = 0;
  const auto later = best_of([&] {
    ++round;
    for (std::size_t i = 0; i < 400; ++i)
      fleet.records[i * 25].last = fleet.records[i * 25 + round % 25].last;
    fleet.look();
  });
  MESSAGE("first look: " << parts << " parts of at most " << longest.count() << " ms; with 400 new reports "
                         << later.count() << " ms");
  CHECK(later < kLimit);
}

#include "daemon/vantage/survey.h"

#include <doctest/doctest.h>

#include "daemon/vantage/evidence.h"
#include "tests/support/fake_records.h"

using namespace std::chrono_literals;
using namespace rdpwatch;
using namespace rdpwatch::daemon;
using namespace rdpwatch::daemon::vantage;

namespace {

/// `count` targets of which the first `denied` are denied by this machine.
struct Fleet {
  Fleet(std::size_t count, std::size_t denied) : config{test::fake_config(count)} {
    store.replace(*config);
    for (std::size_t i = 0; i < count; ++i) {
      const auto& target = *config->targets[i];
      store.record(i < denied ? test::failed_report(target, i, Phase::Connect, Cause::SocketDenied)
                              : test::healthy_report(target, i));
    }
  }
  State denials() const { return judge_denials(survey(store.records(), {})).state; }

  std::shared_ptr<config::Config> config;
  Store store{};
};

}  // namespace

TEST_CASE("firewall: disturbed when most of the targets, and not only two, are denied") {
  struct Row {
    std::size_t targets, denied;
    State state;
  };
  for (const auto& [targets, denied, state] : {Row{1, 0, State::Sound},
                                               {1, 1, State::Disturbed},
                                               {2, 1, State::Sound},
                                               {2, 2, State::Disturbed},
                                               {3, 2, State::Sound},
                                               {3, 3, State::Disturbed},
                                               {10, 5, State::Sound},
                                               {10, 6, State::Disturbed},
                                               {100, 30, State::Sound},
                                               {100, 51, State::Disturbed}}) {
    CAPTURE(targets);
    CAPTURE(denied);
    CHECK(Fleet(targets, denied).denials() == state);
  }
  Store empty;
  CHECK(judge_denials(survey(empty.records(), {})).state == State::Unknown);
}

TEST_CASE("survey: paused targets and old certificates do not count") {
  Fleet fleet{4, 1};
  CHECK(survey(fleet.store.records(), {}).known == 4);
  CHECK(survey(fleet.store.records(), {}).certificates == 3);
  CHECK(survey(fleet.store.records(), TimePoint::max()).certificates == 0);
  fleet.store.set_pause(0, std::make_shared<const Pause>());
  fleet.store.set_pause(1, std::make_shared<const Pause>());
  const auto result = survey(fleet.store.records(), {});
  CHECK(result.known == 2);
  CHECK(result.denied == 0);
  CHECK(result.certificates == 2);
}

TEST_CASE("survey: what probes just used is there, whatever a look says") {
  Fleet fleet{4, 1};
  const auto lately = passing(fleet.store.records(), {});
  CHECK(lately.probed == 4);
  CHECK(lately.connected == 3);
  CHECK(lately.connected_out == 3);
  CHECK(passing(fleet.store.records(), TimePoint::max()).probed == 0);
  const Look bad{State::Disturbed, "no route"};
  CHECK(unless_connected_out(bad, lately).state == State::Sound);
  CHECK(unless_connected_out(bad, lately).detail == "3 of 4 probes connected lately, though no route");
  CHECK(unless_connected(bad, lately).state == State::Unknown);
  CHECK(unless_connected(bad, {.probed = 4, .connected = 2}) == bad);
  CHECK(unless_connected(bad, {}) == bad);
  CHECK(unless_resolved(bad, {}) == bad);
  CHECK(unless_resolved(bad, {.resolved = 1}).state == State::Sound);
  CHECK(unless_resolved({State::Unknown, "x"}, {.resolved = 1}) == Look{State::Unknown, "x"});
}

TEST_CASE("survey: names to ask for differ, begin anywhere and are answered elsewhere") {
  const auto config = test::fake_config(6);
  const auto set_host = [&](std::size_t place, const char* host) {
    auto target = *config->targets[place];
    target.host = host;
    config->targets[place] = std::make_shared<const config::Target>(std::move(target));
  };
  set_host(0, "192.0.2.7");
  set_host(1, "2001:db8::7");
  set_host(2, "localhost");
  set_host(3, "a.example");
  set_host(4, "a.example");
  set_host(5, "b.example");
  Store store;
  store.replace(*config);
  const auto hosts = [&](std::size_t from, std::size_t count) {
    std::string text;
    for (const auto* target : named_targets(store.records(), from, count)) text += target->host + " ";
    return text;
  };
  CHECK(hosts(0, 3) == "a.example b.example ");
  CHECK(hosts(5, 3) == "b.example a.example ");
  CHECK(hosts(11, 1) == "b.example ");
  CHECK(target_addresses(store.records(), 16) == std::vector<std::string>{"192.0.2.7", "2001:db8::7"});
  CHECK(named_targets(Store{}.records(), 0, 3).empty());
}

TEST_CASE("survey: addresses are spread over the list, and loopback is none") {
  Fleet fleet{100, 0};
  const auto addresses = target_addresses(fleet.store.records(), 4);
  CHECK(addresses.size() == 4);
  CHECK(addresses.back() == fleet.store.records()[75].last->address);
  CHECK(target_addresses(Store{}.records(), 4).empty());
}

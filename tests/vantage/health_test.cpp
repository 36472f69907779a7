#include "daemon/vantage/health.h"

#include <doctest/doctest.h>

using namespace std::chrono_literals;
using namespace rdpwatch::daemon::vantage;

namespace {

const Look kGood{State::Sound, {}};
const Look kBad{State::Disturbed, {}};
const Look kNone{State::Unknown, {}};

/// Takes looks every 10 s, "s" sound, "d" disturbed, "u" unknown; the states after each, in the same letters.
std::string states_after(std::string_view looks) {
  Health health;
  TimePoint now{1'795'000'000s};
  std::string states;
  for (const char look : looks) {
    health.take(Check::Route, look == 's' ? kGood : look == 'd' ? kBad : kNone, now += 10s);
    const State state = health.of(Check::Route).state;
    states += state == State::Sound ? 's' : state == State::Disturbed ? 'd' : 'u';
  }
  return states;
}

}  // namespace

TEST_CASE(
    "vantage: two bad looks in a row disturb, three others in a row end it, and unknown is never sound") {
  struct Row {
    std::string_view looks, states;
  };
  for (const auto& [looks, states] : {Row{"u", "u"},
                                      {"s", "s"},
                                      {"d", "u"},
                                      {"dd", "ud"},
                                      {"sdsd", "ssss"},
                                      {"sdd", "ssd"},
                                      {"sddsss", "ssddds"},
                                      {"sddssdsss", "ssdddddds"},
                                      {"sdduuu", "ssdddu"},
                                      {"sddusss", "ssdddss"},
                                      {"sddsusu", "ssdddsu"},
                                      {"sdduus", "ssddds"},
                                      {"sdduudsss", "ssdddddds"},
                                      {"su", "su"},
                                      {"sudd", "suud"},
                                      {"sdud", "ssuu"}}) {
    CAPTURE(looks);
    CHECK(states_after(looks) == states);
  }
}

TEST_CASE("vantage: a disturbance counts from its first bad look, with the words of the last") {
  Health health;
  const TimePoint start{1'795'000'000s};
  CHECK(health.healthy());
  CHECK(health.of(Check::Clock).state == State::Unknown);
  CHECK_FALSE(health.take(Check::Resolver, {State::Disturbed, "first"}, start));
  CHECK(health.healthy());
  CHECK(health.take(Check::Resolver, {State::Disturbed, "second"}, start + 10s));
  CHECK_FALSE(health.healthy());
  CHECK(health.of(Check::Resolver).since == start);
  health.take(Check::Resolver, {State::Disturbed, "third"}, start + 20s);
  health.take(Check::Route, {State::Disturbed, "no way"}, start + 20s);
  health.take(Check::Route, {State::Disturbed, "no way"}, start + 30s);
  CHECK(health.disturbed() == "resolver, route");
  CHECK(health.details() == "resolver: third; route: no way");
  CHECK(health.of(Check::Resolver).since == start);
}

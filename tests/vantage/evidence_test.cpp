#include "daemon/vantage/evidence.h"

#include <cerrno>

#include <doctest/doctest.h>

#include "tests/support/fake_records.h"

using namespace rdpwatch;
using namespace rdpwatch::daemon::vantage;

namespace {

State of_names(std::initializer_list<std::optional<Cause>> failures) {
  std::vector<NameAsked> names;
  for (const auto& failure : failures) names.push_back({"rds01.corp.example", failure});
  return judge_names(names).state;
}

Climbed climbed(bool failing) {
  const auto config = test::fake_config(1);
  const auto& target = *config->targets.front();
  if (failing) return {"gw:443", test::failed_report(target, 1, Phase::Connect, Cause::Timeout), {}};
  return {"gw:443", test::healthy_report(target, 1), {}};
}

}  // namespace

TEST_CASE("resolver: any answer is one, and only silence to all names disturbs") {
  using enum Cause;
  CHECK(of_names({}) == State::Unknown);
  CHECK(of_names({std::nullopt}) == State::Sound);
  CHECK(of_names({Timeout, Timeout, std::nullopt}) == State::Sound);
  for (const Cause answer : {NameNotFound, NoAddress, InvalidAddress, DnsCnameLoop})
    CHECK(of_names({Timeout, answer}) == State::Sound);
  for (const Cause silence : {Timeout, DnsRefused, Malformed, SocketDenied, ResourcesExhausted}) {
    CHECK(of_names({silence}) == State::Disturbed);
    CHECK(of_names({silence, silence, silence}) == State::Disturbed);
  }
  // One name may be broken by itself.
  CHECK(of_names({DnsServerFailure}) == State::Unknown);
  CHECK(of_names({DnsServerFailure, DnsServerFailure}) == State::Disturbed);
  CHECK(of_names({DnsServerFailure, Timeout}) == State::Disturbed);
  CHECK(of_names({NameInvalid, Unclassified}) == State::Unknown);  // nobody was asked
}

TEST_CASE("route: disturbed without a way to more than half of what is watched") {
  const RouteAsked way{"192.0.2.1", 0};
  const RouteAsked none{"192.0.2.2", ENETUNREACH};
  CHECK(judge_routes({}, false).state == State::Unknown);
  CHECK(judge_routes({way}, true).state == State::Sound);
  CHECK(judge_routes({way, none}, true).state == State::Sound);
  CHECK(judge_routes({way, none, none}, true).state == State::Disturbed);
  CHECK(judge_routes({none}, true).detail ==
        "no route to 1 of 1 addresses of targets, such as 192.0.2.2: Network is unreachable");
  // Networks that are reached without a default route need none.
  CHECK(judge_routes({way}, false).state == State::Sound);
  CHECK(judge_routes({none}, false).detail.ends_with("; there is no default route"));
}

TEST_CASE("self-probe: disturbed when it fails, unknown when it cannot be made") {
  CHECK(judge_self_probe(climbed(false)).state == State::Sound);
  const auto look = judge_self_probe(climbed(true));
  CHECK(look.state == State::Disturbed);
  CHECK(look.detail.find("tcp_timeout") != std::string::npos);
  CHECK(judge_self_probe({"self", nullptr, "cannot listen"}) == Look{State::Unknown, "cannot listen"});
}

TEST_CASE("control: one that answers is enough, none that could be asked says nothing") {
  const Climbed good = climbed(false);
  const Climbed bad = climbed(true);
  const Climbed refused{"gw:443", nullptr, "the connection budget has nothing left"};
  CHECK(judge_controls({}).state == State::Unknown);
  CHECK(judge_controls({good, bad}).state == State::Sound);
  CHECK(judge_controls({good, bad}).detail == "the control target gw:443 answers");
  CHECK(judge_controls({bad, bad}).state == State::Disturbed);
  CHECK(judge_controls({refused, bad}).state == State::Disturbed);
  CHECK(judge_controls({refused, refused}) == Look{State::Unknown, refused.none});
}

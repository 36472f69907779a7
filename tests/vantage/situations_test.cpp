#include <map>

#include <doctest/doctest.h>

#include "daemon/vantage/evidence.h"
#include "daemon/vantage/health.h"
#include "daemon/vantage/interception.h"
#include "daemon/vantage/survey.h"
#include "tests/incidents/fleet.h"

using namespace std::chrono_literals;
using namespace rdpwatch;
using namespace rdpwatch::daemon::vantage;
using rdpwatch::test::first;
using rdpwatch::test::Fleet;

namespace {

/// A vantage in a made-up world: what its senses would meet.
class Vantage {
 public:
  std::optional<Cause> names{};  ///< what name servers give; nothing: addresses
  int route = 0;                 ///< errno
  bool self = true;
  bool control = true;
  ClockReading clock{.synchronised = true, .wall = TimePoint{1'795'000'000s}, .since_boot = 5'000s};

  void look(const Fleet& fleet) {
    clock.wall += 10s;
    clock.since_boot += 10s;
    auto seen = survey(fleet.records, {});
    health_.take(Check::Firewall, judge_denials(seen), clock.wall);
    health_.take(Check::Interception, interception_.look(seen.certificates, clock.wall), clock.wall);
    health_.take(Check::Clock, clock_.judge(clock, std::move(seen.clocks)), clock.wall);
    std::vector<RouteAsked> routes;
    for (const auto& address : target_addresses(fleet.records, 16)) routes.push_back({address, route});
    health_.take(Check::Route, judge_routes(routes, route == 0), clock.wall);
    std::vector<NameAsked> asked;
    for (const auto* target : named_targets(fleet.records, turn_ += 7919, 3))
      asked.push_back({target->host, names});
    health_.take(Check::Resolver, judge_names(asked), clock.wall);
    health_.take(Check::SelfProbe, judge_self_probe(climbed(fleet, self)), clock.wall);
    health_.take(Check::Control, judge_controls({climbed(fleet, control)}), clock.wall);
  }
  /// The hosts show other certificates than before.
  void exchange_certificates(const Fleet& fleet, Fleet::Hosts hosts) {
    Certificate before;
    before.fingerprint_sha256 = "another";
    for (std::size_t i = hosts.first; i < hosts.first + hosts.count; ++i)
      interception_.observe(*fleet.records[i].last, &before, clock.wall);
  }
  std::string disturbed() const { return health_.disturbed(); }

 private:
  static Climbed climbed(const Fleet& fleet, bool passes) {
    const auto& target = *fleet.records.front().target;
    return {"gw:443",
            passes ? test::healthy_report(target, 1)
                   : test::failed_report(target, 1, Phase::Connect, Cause::Timeout),
            {}};
  }

  Health health_{};
  Interception interception_{};
  ClockJudge clock_{};
  std::size_t turn_ = 0;
};

struct Situation {
  const char* what;
  void (*happen)(Fleet& fleet, Vantage& vantage);
  const char* disturbed;  ///< which checks
  const char* incidents;  ///< as Fleet::incidents()
};

/// Thirty hosts: those of ams stand first, fra and lon follow.
constexpr Fleet::Hosts kAll{0, 30}, kFra{10, 10};

const Situation kSituations[] = {
    {"all is well", [](Fleet&, Vantage&) {}, "", ""},
    {"one host is down",
     [](Fleet& fleet, Vantage&) {
       fleet.time_out({3, 1});
     },
     "", ""},
    {"a site is cut off: not our own place", [](Fleet& fleet, Vantage&) { fleet.time_out(kFra); }, "",
     "network_blockade/network: site fra 10/10\n"},
    {"all hosts are cut off behind us, the control target too",
     [](Fleet& fleet, Vantage& vantage) {
       fleet.time_out(kAll);
       vantage.control = false;
     },
     "control", "network_blockade/network: vantage all targets 30/30\n"},
    {"all hosts are cut off, the control target answers: the way is bad, not the place",
     [](Fleet& fleet, Vantage&) { fleet.time_out(kAll); }, "",
     "network_blockade/network: vantage all targets 30/30\n"},
    {"the control target alone is down: it says so, and no host fails",
     [](Fleet&, Vantage& vantage) { vantage.control = false; }, "control", ""},
    {"the name servers are silent",
     [](Fleet& fleet, Vantage& vantage) {
       fleet.fail(kAll, Phase::Resolve, Cause::Timeout);
       vantage.names = Cause::Timeout;
     },
     "resolver", "name_or_port_mismatch/dns: resolver system 30/30\n"},
    {"the name servers are silent, and answers are still kept: before any host fails",
     [](Fleet&, Vantage& vantage) { vantage.names = Cause::Timeout; }, "resolver", ""},
    {"a zone is gone: the name servers say so",
     [](Fleet& fleet, Vantage& vantage) {
       fleet.fail(kAll, Phase::Resolve, Cause::NameNotFound);
       vantage.names = Cause::NameNotFound;
     },
     "", "name_or_port_mismatch/dns: resolver system 30/30\n"},
    {"the default route is gone",
     [](Fleet& fleet, Vantage& vantage) {
       fleet.fail(kAll, Phase::Connect, Cause::NetworkUnreachable);
       vantage.route = ENETUNREACH;
       vantage.control = false;
     },
     "route, control", "network_blockade/network: vantage all targets 30/30\n"},
    {"a local firewall denies all",
     [](Fleet& fleet, Vantage& vantage) {
       fleet.fail(kAll, Phase::Connect, Cause::SocketDenied);
       vantage.self = vantage.control = false;
     },
     "self_probe, control, firewall", "client_side/local: vantage all targets 30/30\n"},
    {"a local rule denies one host",
     [](Fleet& fleet, Vantage&) {
       fleet.fail({0, 1}, Phase::Connect, Cause::SocketDenied);
     },
     "", ""},
    {"descriptors are used up: even ourselves we do not reach",
     [](Fleet& fleet, Vantage& vantage) {
       fleet.fail(kAll, Phase::Connect, Cause::ResourcesExhausted);
       vantage.self = vantage.control = false;
     },
     "self_probe, control", "client_side/local: vantage all targets 30/30\n"},
    {"a virus scanner gets between",
     [](Fleet& fleet, Vantage& vantage) { vantage.exchange_certificates(fleet, kAll); }, "interception", ""},
    {"two hosts get new certificates",
     [](Fleet& fleet, Vantage& vantage) {
       vantage.exchange_certificates(fleet, {0, 2});
     },
     "", ""},
    {"a site gets certificates of a new authority",
     [](Fleet& fleet, Vantage& vantage) { vantage.exchange_certificates(fleet, kFra); }, "", ""},
    {"the clock is not synchronised any more, and agrees with the hosts",
     [](Fleet& fleet, Vantage& vantage) {
       vantage.look(fleet);
       vantage.clock.synchronised = false;
     },
     "", ""},
    {"the clock is set by an hour",
     [](Fleet& fleet, Vantage& vantage) {
       vantage.look(fleet);
       vantage.clock.wall += 1h;
     },
     "clock", ""},
    {"the machine slept for a night",
     [](Fleet& fleet, Vantage& vantage) {
       vantage.look(fleet);
       vantage.clock.wall += 8h;
       vantage.clock.since_boot += 8h;
     },
     "", ""},
    {"all targets are paused: nothing to judge by",
     [](Fleet& fleet, Vantage& vantage) {
       fleet.pause(kAll);
       vantage.names = Cause::Timeout;
       vantage.route = ENETUNREACH;
     },
     "", ""},
};

}  // namespace

TEST_CASE("situations: which checks of the vantage are disturbed, and which incidents there are beside") {
  for (const Situation& situation : kSituations) {
    const std::string what = situation.what;
    CAPTURE(what);
    Fleet fleet;
    fleet.site("ams", 10, "10.1.1.");
    fleet.site("fra", 10, "10.2.1.");
    fleet.site("lon", 10, "10.3.1.");
    Vantage vantage;
    situation.happen(fleet, vantage);
    for (int i = 0; i < Health::kToDisturb; ++i) vantage.look(fleet);
    CHECK(vantage.disturbed() == situation.disturbed);
    CHECK(fleet.incidents() == situation.incidents);
  }
}

TEST_CASE("situations: a bad moment, once each minute for a day, disturbs nothing") {
  Fleet fleet;
  fleet.site("ams", 30, "10.1.1.");
  Vantage vantage;
  std::string disturbed;
  for (int look = 0; look < 24 * 360; ++look) {
    const bool bad = look % 6 == 0;
    vantage.names = bad ? std::optional{Cause::Timeout} : std::nullopt;
    vantage.route = bad ? ENETUNREACH : 0;
    vantage.self = vantage.control = !bad;
    if (look % 360 == 0) vantage.exchange_certificates(fleet, {static_cast<std::size_t>(look / 360), 1});
    vantage.look(fleet);
    disturbed += vantage.disturbed();
  }
  CHECK(disturbed.empty());
}

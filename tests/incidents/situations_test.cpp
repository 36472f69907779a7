#include <initializer_list>
#include <random>

#include <doctest/doctest.h>

#include "tests/incidents/fleet.h"

using namespace rdpwatch;
using rdpwatch::daemon::incidents::Verdicts;
using rdpwatch::test::first;
using rdpwatch::test::Fleet;
using rdpwatch::test::rest;

namespace {

struct Situation {
  const char* what;
  /// Hosts pass when they are added; returns what is expected, as Fleet::incidents().
  std::string (*happen)(Fleet& fleet);
};

/// Three sites of ten hosts, each in a subnet of its own.
struct ThreeSites {
  explicit ThreeSites(Fleet& fleet)
      : ams{fleet.site("ams", 10, "10.1.1.")},
        fra{fleet.site("fra", 10, "10.2.1.")},
        lon{fleet.site("lon", 10, "10.3.1.")} {}
  Fleet::Hosts ams, fra, lon;
};

/// Lines about a blocked network.
std::string cut(std::initializer_list<const char*> whom) {
  std::string text;
  for (const char* one : whom) text += std::string{"network_blockade/network: "} + one + "\n";
  return text;
}

/// The line of an incident by what is observed.
std::string group_line(Phase phase, Cause cause, const char* whom) {
  const auto group = daemon::incidents::group_of(classify(phase, cause));
  return std::string{to_string(group.scenario)} + "/" + std::string{group.family} + ": " + whom + "\n";
}

const Situation kAlike[] = {
    {"all pass",
     [](Fleet& fleet) {
       ThreeSites{fleet};
       return cut({});
     }},
    {"one host fails",
     [](Fleet& fleet) {
       fleet.time_out(first(ThreeSites{fleet}.fra, 1));
       return cut({});
     }},
    {"a site of two fails as a whole: too few",
     [](Fleet& fleet) {
       ThreeSites{fleet};
       fleet.time_out(fleet.site("osl", 2, "10.4.1."));
       return cut({});
     }},
    {"four of ten of a site fail: too small a share",
     [](Fleet& fleet) {
       fleet.time_out(first(ThreeSites{fleet}.fra, 4));
       return cut({});
     }},
    {"single failures everywhere",
     [](Fleet& fleet) {
       const ThreeSites sites{fleet};
       for (const auto site : {sites.ams, sites.fra, sites.lon}) fleet.time_out(first(site, 2));
       return cut({});
     }},
    {"most of a site fails, each few for a cause of their own",
     [](Fleet& fleet) {
       const auto fra = ThreeSites{fleet}.fra;
       fleet.time_out(first(fra, 3));
       fleet.fail({fra.first + 3, 3}, Phase::Tls, Cause::Closed);
       fleet.fail({fra.first + 6, 3}, Phase::Negotiate, Cause::Timeout);
       return cut({});
     }},
    {"those that fail are paused",
     [](Fleet& fleet) {
       const auto fra = ThreeSites{fleet}.fra;
       fleet.time_out(fra);
       fleet.pause(first(fra, 8));
       return cut({});
     }},
    {"the first three of a site were probed after a start, and fail",
     [](Fleet& fleet) {
       ThreeSites{fleet};
       for (int i = 1; i <= 10; ++i) {
         const auto host = fleet.site("osl", 1, "10.4." + std::to_string(i) + ".");
         if (i <= 3) fleet.time_out(host);
         else fleet.forget(host);
       }
       return cut({});
     }},
    {"many fail at random, so half of a site here and there",
     [](Fleet& fleet) {
       std::mt19937 random{11};
       for (int i = 0; i < 60; ++i) {
         const auto site = fleet.site("s" + std::to_string(i), 10, "10.1." + std::to_string(i) + ".");
         for (std::size_t host = 0; host < site.count; ++host)
           if (std::bernoulli_distribution{0.42}(random)) fleet.time_out({site.first + host, 1});
       }
       return cut({});
     }},
    {"we have too few descriptors while a site is probed: not its fault",
     [](Fleet& fleet) {
       fleet.fail(first(ThreeSites{fleet}.fra, 8), Phase::Connect, Cause::ResourcesExhausted);
       return cut({});
     }},
    {"one host that is probed in three ways is down",
     [](Fleet& fleet) {
       ThreeSites{fleet};
       const auto three = fleet.add(3, {.labels = {{"asset", "srv17"}}, .network = "10.4.1."});
       for (const std::size_t i : {1u, 2u}) {
         auto same = std::make_shared<config::Target>(*fleet.records[three.first + i].target);
         same->host = fleet.records[three.first].target->host;
         fleet.records[three.first + i].target = same;
       }
       fleet.time_out(three);
       return cut({});
     }},
    {"hosts of two protocols fail by the one that they do not pass by",
     [](Fleet& fleet) {
       const auto hosts = fleet.add(12, {.network = "10.1.1."});
       fleet.add(12, {.network = "10.1.2."});
       fleet.look();
       fleet.time_out(first(hosts, 3));
       for (std::size_t i = 0; i < 3; ++i) {
         auto report = std::make_shared<ProbeReport>(*fleet.records[i].last);
         report->address = "2001:db8::" + std::to_string(i + 1);
         fleet.records[i].last = report;
       }
       return cut({});
     }},
    {"names of one subnet fail: a subnet breaks no names",
     [](Fleet& fleet) {
       const auto few = fleet.add(5, {.network = "10.1.1."});
       fleet.add(15, {.network = "10.1.2."});
       fleet.look();
       fleet.fail(few, Phase::Resolve, Cause::NameNotFound);
       return cut({});
     }},
    {"hosts of one issuer time out: certificates cut no line",
     [](Fleet& fleet) {
       const ThreeSites sites{fleet};
       fleet.look();
       const auto issued =
           fleet.add(4, {.labels = {{"site", "ams"}}, .network = "10.1.1.", .issuer = "CN=CA"});
       fleet.look();
       fleet.time_out(issued);
       return cut({});
     }},
    {"certificates that sign themselves have no issuer in common",
     [](Fleet& fleet) {
       const ThreeSites sites{fleet};
       for (const char* site : {"ams", "fra", "lon"}) {
         const auto own = fleet.add(3, {.labels = {{"site", site}},
                                        .network = "10.9.1.",
                                        .issuer = "CN=localhost",
                                        .self_signed = true});
         fleet.look();  // certificates are known
         fleet.fail(own, Phase::Tls, Cause::Closed);
       }
       fleet.add(10, {.network = "10.9.1."});
       return cut({});
     }},
    {"hosts that pass with findings do not fail",
     [](Fleet& fleet) {
       const auto fra = ThreeSites{fleet}.fra;
       for (std::size_t i = fra.first; i < fra.first + fra.count; ++i) {
         auto report = std::make_shared<ProbeReport>(*fleet.records[i].last);
         report->verdict = Verdict::Degraded;
         report->findings = {
             {.row = find_reason("cert_expired"), .phase = Phase::Tls, .severity = Severity::Critical}};
         fleet.records[i].last = report;
       }
       return cut({});
     }},
};

const Situation kTogether[] = {
    {"a site fails",
     [](Fleet& fleet) {
       fleet.time_out(ThreeSites{fleet}.fra);
       return cut({"site fra 10/10"});
     }},
    {"half of a small site fails",
     [](Fleet& fleet) {
       ThreeSites{fleet};
       fleet.add(3, {.labels = {{"site", "osl"}}, .network = "10.4.2."});
       fleet.time_out(fleet.add(3, {.labels = {{"site", "osl"}}, .network = "10.4.1."}));
       return cut({"subnet 10.4.1.0/24 3/3"});
     }},
    {"half of a site in one subnet fails",
     [](Fleet& fleet) {
       fleet.time_out(first(ThreeSites{fleet}.fra, 5));
       return cut({"site fra 5/10"});
     }},
    {"one host of a site lives on",
     [](Fleet& fleet) {
       fleet.time_out(first(ThreeSites{fleet}.fra, 9));
       return cut({"site fra 9/10"});
     }},
    {"a site fails, and one host elsewhere",
     [](Fleet& fleet) {
       const ThreeSites sites{fleet};
       fleet.time_out(sites.fra);
       fleet.time_out(first(sites.lon, 1));
       return cut({"site fra 10/10"});
     }},
    {"a site fails in part, and a small one as a whole",
     [](Fleet& fleet) {
       fleet.time_out(first(ThreeSites{fleet}.ams, 8));
       fleet.time_out(fleet.site("osl", 4, "10.4.1."));
       return cut({"site ams 8/10", "site osl 4/4"});
     }},
    {"a subnet of a site fails, the rest of the site passes",
     [](Fleet& fleet) {
       ThreeSites{fleet};
       fleet.site("osl", 6, "10.4.1.");
       fleet.time_out(fleet.site("osl", 8, "10.4.2."));
       return cut({"subnet 10.4.2.0/24 8/8"});
     }},
    {"a site of three subnets fails as a whole",
     [](Fleet& fleet) {
       ThreeSites{fleet};
       for (const char* network : {"10.4.1.", "10.4.2.", "10.4.3."})
         fleet.time_out(fleet.site("osl", 4, network));
       return cut({"site osl 12/12"});
     }},
    {"a site of three subnets fails, all but one host",
     [](Fleet& fleet) {
       ThreeSites{fleet};
       for (const char* network : {"10.4.1.", "10.4.2."}) fleet.time_out(fleet.site("osl", 4, network));
       fleet.time_out(first(fleet.site("osl", 4, "10.4.3."), 3));
       return cut({"site osl 11/12"});
     }},
    {"two of five subnets of a site fail",
     [](Fleet& fleet) {
       ThreeSites{fleet};
       for (const char* network : {"10.4.1.", "10.4.2.", "10.4.3."}) fleet.site("osl", 5, network);
       for (const char* network : {"10.4.4.", "10.4.5."}) fleet.time_out(fleet.site("osl", 5, network));
       return cut({"subnet 10.4.4.0/24 5/5", "subnet 10.4.5.0/24 5/5"});
     }},
    {"everything fails",
     [](Fleet& fleet) {
       const ThreeSites sites{fleet};
       for (const auto site : {sites.ams, sites.fra, sites.lon}) fleet.time_out(site);
       return cut({"vantage all targets 30/30"});
     }},
    {"everything fails but the site where we are",
     [](Fleet& fleet) {
       fleet.site("home", 3, "10.9.1.");
       for (int i = 1; i < 8; ++i)
         fleet.time_out(fleet.site("s" + std::to_string(i), 6, "10." + std::to_string(i) + ".1."));
       return cut({"vantage all targets 42/45"});
     }},
    {"more than half fail at random",
     [](Fleet& fleet) {
       for (int i = 0; i < 30; ++i) {
         const auto site = fleet.site("s" + std::to_string(i), 10, "10.1." + std::to_string(i) + ".");
         fleet.time_out(first(site, i % 2 == 0 ? 5 : 6));
       }
       return cut({"vantage all targets 165/300"});
     }},
    {"two of four sites fail",
     [](Fleet& fleet) {
       const ThreeSites sites{fleet};
       fleet.site("osl", 10, "10.4.1.");
       fleet.time_out(sites.ams);
       fleet.time_out(sites.lon);
       return cut({"site ams 10/10", "site lon 10/10"});
     }},
    {"three unlabelled hosts in three networks are all there is, and fail",
     [](Fleet& fleet) {
       for (const char* network : {"10.1.1.", "10.2.1.", "10.3.1."})
         fleet.time_out(fleet.add(1, {.network = network}));
       return cut({"vantage all targets 3/3"});
     }},
    {"a label that everyone has explains nothing",
     [](Fleet& fleet) {
       for (const char* site : {"ams", "fra"})
         fleet.time_out(fleet.add(5, {.labels = {{"owner", "it"}, {"site", site}}}));
       return cut({"vantage all targets 10/10"});
     }},
    {"a pool that spans sites fails",
     [](Fleet& fleet) {
       for (const char* site : {"ams", "fra", "lon"}) {
         fleet.add(8, {.labels = {{"pool", "desk"}, {"site", site}}, .network = "10.1.1."});
         fleet.fail(fleet.add(3, {.labels = {{"pool", "kiosk"}, {"site", site}}, .network = "10.1.2."}),
                    Phase::Nla, Cause::Closed);
       }
       return std::string{"security_mismatch/credssp: pool kiosk 9/9\n"};
     }},
    {"of words for the same hosts the site is named",
     [](Fleet& fleet) {
       fleet.add(10, {.labels = {{"building", "A"}, {"site", "ams"}}, .network = "10.1.1."});
       fleet.time_out(fleet.add(5, {.labels = {{"building", "B"}, {"site", "fra"}}, .network = "10.1.2."}));
       return cut({"site fra 5/5"});
     }},
    {"a site and a pool with hosts elsewhere fail at once",
     [](Fleet& fleet) {
       fleet.add(10, {.labels = {{"pool", "desk"}, {"site", "ams"}}, .network = "10.1.1."});
       fleet.time_out(fleet.add(4, {.labels = {{"pool", "kiosk"}, {"site", "ams"}}, .network = "10.1.1."}));
       fleet.time_out(fleet.add(6, {.labels = {{"pool", "desk"}, {"site", "fra"}}, .network = "10.2.1."}));
       fleet.time_out(fleet.add(4, {.labels = {{"pool", "kiosk"}, {"site", "fra"}}, .network = "10.2.1."}));
       return cut({"pool kiosk 8/8", "site fra 10/10"});
     }},
    {"the hosts of a site show several faces of a cut line",
     [](Fleet& fleet) {
       const auto fra = ThreeSites{fleet}.fra;
       fleet.time_out(first(fra, 4));
       fleet.fail({fra.first + 4, 3}, Phase::Connect, Cause::HostUnreachable);
       fleet.fail({fra.first + 7, 3}, Phase::Connect, Cause::AdminProhibited);
       return cut({"site fra 10/10"});
     }},
    {"one half of a site times out, the other refuses",
     [](Fleet& fleet) {
       const auto fra = ThreeSites{fleet}.fra;
       fleet.time_out(first(fra, 5));
       fleet.fail(rest(fra, 5), Phase::Connect, Cause::Refused);
       return "host_refusing/tcp: site fra 5/10\n" + cut({"site fra 5/10"});
     }},
    {"two sites fail for two causes",
     [](Fleet& fleet) {
       const ThreeSites sites{fleet};
       fleet.time_out(sites.ams);
       fleet.fail(sites.lon, Phase::Nla, Cause::Closed);
       return cut({"site ams 10/10"}) + "security_mismatch/credssp: site lon 10/10\n";
     }},
    {"paused hosts dilute nothing",
     [](Fleet& fleet) {
       const auto fra = ThreeSites{fleet}.fra;
       fleet.time_out(first(fra, 4));
       fleet.pause(rest(fra, 6));
       return cut({"site fra 4/6"});
     }},
    {"no name is resolved any more",
     [](Fleet& fleet) {
       const ThreeSites sites{fleet};
       fleet.look();
       for (const auto site : {sites.ams, sites.fra, sites.lon})
         fleet.fail(site, Phase::Resolve, Cause::Timeout);
       return std::string{"name_or_port_mismatch/dns: resolver system 30/30\n"};
     }},
    {"a name server answers in a way that nobody knows",
     [](Fleet& fleet) {
       const auto few = fleet.add(5, {.network = "10.1.1.", .servers = {"10.0.0.53"}});
       fleet.add(15, {.network = "10.1.2."});
       fleet.look();
       fleet.fail(few, Phase::Resolve, Cause::NoCommonCipher);
       return group_line(Phase::Resolve, Cause::NoCommonCipher, "resolver 10.0.0.53 5/5");
     }},
    {"one of two name servers fails, across sites",
     [](Fleet& fleet) {
       for (const char* site : {"ams", "fra"}) {
         fleet.add(6, {.labels = {{"site", site}}, .servers = {"10.0.0.54"}});
         fleet.fail(fleet.add(4, {.labels = {{"site", site}}, .servers = {"10.0.0.53"}}), Phase::Resolve,
                    Cause::DnsServerFailure);
       }
       return std::string{"name_or_port_mismatch/dns: resolver 10.0.0.53 8/8\n"};
     }},
    {"the names of a site are gone, by the name server of all",
     [](Fleet& fleet) {
       fleet.fail(ThreeSites{fleet}.fra, Phase::Resolve, Cause::NameNotFound);
       return std::string{"name_or_port_mismatch/dns: site fra 10/10\n"};
     }},
    {"certificates of one issuer are refused, across sites",
     [](Fleet& fleet) {
       for (const char* site : {"ams", "fra", "lon"}) {
         fleet.add(7, {.labels = {{"site", site}}, .network = "10.1.1.", .issuer = "CN=Corp CA"});
         const auto old =
             fleet.add(3, {.labels = {{"site", site}}, .network = "10.1.1.", .issuer = "CN=Old CA"});
         fleet.look();
         fleet.fail(old, Phase::Tls, Cause::NoCommonCipher);
       }
       return std::string{"security_mismatch/tls: issuer CN=Old CA 9/9\n"};
     }},
    {"a site with an issuer of its own gets no TLS through: the line is nearer than the certificate",
     [](Fleet& fleet) {
       const ThreeSites sites{fleet};
       const auto osl =
           fleet.add(6, {.labels = {{"site", "osl"}}, .network = "10.4.1.", .issuer = "CN=Osl CA"});
       fleet.look();
       fleet.fail(osl, Phase::Tls, Cause::Timeout);
       return group_line(Phase::Tls, Cause::Timeout, "site osl 6/6");
     }},
    {"nobody gets TLS through, and all have one issuer",
     [](Fleet& fleet) {
       const auto all = fleet.add(12, {.issuer = "CN=Corp CA"});
       fleet.look();
       fleet.fail(all, Phase::Tls, Cause::Timeout);
       return group_line(Phase::Tls, Cause::Timeout, "vantage all targets 12/12");
     }},
    {"an IPv6 network fails",
     [](Fleet& fleet) {
       fleet.add(6, {.network = "2001:db8:1:1::"});
       fleet.time_out(fleet.add(4, {.network = "2001:db8:1:2::"}));
       return cut({"subnet 2001:db8:1:2::/64 4/4"});
     }},
    {"we have no descriptors left: our own fault",
     [](Fleet& fleet) {
       const ThreeSites sites{fleet};
       for (const auto site : {sites.ams, sites.fra, sites.lon})
         fleet.fail(first(site, 8), Phase::Connect, Cause::ResourcesExhausted);
       return std::string{"client_side/local: vantage all targets 24/30\n"};
     }},
};

void judge(const Situation& situation) {
  const std::string what = situation.what;
  CAPTURE(what);
  Fleet fleet;
  const std::string expected = situation.happen(fleet);
  CHECK(fleet.incidents() == expected);
}

}  // namespace

static_assert(!std::is_copy_constructible_v<daemon::incidents::AttributeIndex>);

TEST_CASE("situations: failures that merely look alike are no incident") {
  for (const Situation& situation : kAlike) judge(situation);
}

TEST_CASE("situations: failures of one cause are one incident, by the smallest explanation") {
  CHECK(30 <= std::size(kAlike) + std::size(kTogether));
  for (const Situation& situation : kTogether) judge(situation);
}

TEST_CASE("situations: the thresholds are those of the configuration") {
  Fleet fleet;
  const ThreeSites sites{fleet};
  fleet.time_out(first(sites.fra, 4));
  CHECK(fleet.incidents({.targets = 4, .share = 0.4}) == cut({"site fra 4/10"}));
  CHECK(fleet.incidents({.targets = 5, .share = 0.4}).empty());
  CHECK(fleet.incidents({.targets = 4, .share = 0.41}).empty());
}

TEST_CASE("situations: what a host showed last counts while it does not show it") {
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

TEST_CASE("situations: a host that is an address is in its network before it is probed") {
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

TEST_CASE("situations: a host that passes elsewhere is in the network where it passes") {
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

TEST_CASE("situations: a list that changes takes its attributes along") {
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

TEST_CASE("situations: a list that is taken in parts may change between them") {
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

TEST_CASE("situations: parts of a look go on where the last one ended, and the next look begins anew") {
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

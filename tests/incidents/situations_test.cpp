#include "tests/incidents/situations.h"

#include <doctest/doctest.h>

using namespace rdpwatch;
using namespace rdpwatch::test;

namespace {

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

}  // namespace

TEST_CASE("situations: failures of one cause are one incident, by the smallest explanation") {
  judge(kTogether);
}

TEST_CASE("situations: the thresholds are those of the configuration") {
  Fleet fleet;
  const ThreeSites sites{fleet};
  fleet.time_out(first(sites.fra, 4));
  CHECK(fleet.incidents({.targets = 4, .share = 0.4}) == cut({"site fra 4/10"}));
  CHECK(fleet.incidents({.targets = 5, .share = 0.4}).empty());
  CHECK(fleet.incidents({.targets = 4, .share = 0.41}).empty());
}

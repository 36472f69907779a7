#include <random>

#include <doctest/doctest.h>

#include "tests/incidents/situations.h"

using namespace rdpwatch;
using namespace rdpwatch::test;

namespace {

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

}  // namespace

TEST_CASE("alike: failures that merely look alike are no incident") { judge(kAlike); }

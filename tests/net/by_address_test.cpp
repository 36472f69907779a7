#include "probes/net/by_address.h"

#include <doctest/doctest.h>

#include "tests/net/climb_fixture.h"
#include "tests/net/scripted_peer.h"
#include "tests/support/dns_server.h"

namespace rdpwatch::test {
namespace {

Script works() { return {read(), send(confirm(2)), tls(), read(), send(challenge()), hold()}; }

/// A host, a name server, and probes as the schedule makes them.
struct Bypassing {
  Bypassing() {
    fixture.module.timeout = std::chrono::milliseconds{600};
    fixture.module.resolver.servers = {dns.address()};
    fixture.bypass_name = true;
    fixture.remembers = true;
    fixture.memory.nla_required_asked = std::chrono::steady_clock::now();
  }
  std::shared_ptr<const ProbeReport> probe(const ScriptedPeer& peer, std::string host = "rds.test") {
    return fixture.probe(peer.port(), std::move(host)).report;
  }
  void lead_to(const std::string& address) {
    dns.script("rds.test", "A", {.records = {{"rds.test", "A", address, 0}}});
  }

  ClimbFixture fixture{};
  DnsServerPeer dns{fixture.io};
};

}  // namespace

TEST_CASE("bypass: every fault of DNS has its reason, and the host is found by its address") {
  struct Fault {
    const char* name;
    DnsScript script;
    const char* reason;
  };
  const std::vector<DnsRecord> loop{{"rds.test", "CNAME", "b.test"}, {"b.test", "CNAME", "rds.test"}};
  const std::vector<Fault> faults{
      {"no such name", {.code = 3}, "dns_name_not_found"},
      {"no address", {}, "dns_no_address"},
      {"SERVFAIL", {.code = 2}, "dns_server_failure"},
      {"REFUSED", {.code = 5}, "dns_refused"},
      {"mute", {.mute = true}, "dns_timeout"},
      {"alias loop", {.records = loop}, "dns_cname_loop"},
      {"cut short", {.records = {{"rds.test", "A", "127.0.0.1"}}, .cut_short = true}, "dns_malformed"},
      {"truncated, and no TCP", {.truncated = true, .close_tcp = true}, "dns_malformed"},
      {"nowhere", {.records = {{"rds.test", "A", "0.0.0.0", 0}}}, "dns_invalid_address"},
  };
  for (const bool expected : {true, false})
    for (const Fault& fault : faults) {
      CAPTURE(fault.name);
      CAPTURE(expected);
      Bypassing bench;
      bench.dns.script("rds.test", fault.script);
      if (expected) bench.fixture.expect.addresses = {"127.0.0.1"};
      else bench.fixture.memory.good_address = "127.0.0.1";
      ScriptedPeer peer{bench.fixture.io, {works()}};
      const auto report = bench.probe(peer);
      REQUIRE(report->failure);
      CHECK(report->failure->row->reason == fault.reason);
      CHECK(report->failure->phase == Phase::Resolve);
      REQUIRE(report->by_address);
      CHECK(report->by_address->address == "127.0.0.1");
      CHECK(report->by_address->by == (expected ? BypassBy::Expected : BypassBy::LastGood));
      CHECK(report->by_address->row == nullptr);
      CHECK(report->by_address->phase == Phase::Nla);
      CHECK(report->failure->detail.ends_with("127.0.0.1 the host works: only the name is broken"));
      CHECK(peer.connections() == 1);
    }
}

TEST_CASE("bypass: a host that fails by its address as well says so") {
  Bypassing bench;
  bench.dns.script("rds.test", {.code = 3});
  bench.fixture.expect.addresses = {"127.0.0.1"};
  ScriptedPeer peer{bench.fixture.io, {{read(), send(refusal(2)), hold()}}};
  const auto report = bench.probe(peer);
  CHECK(report->failure->row->reason == "dns_name_not_found");
  REQUIRE(report->by_address);
  CHECK(report->by_address->row->reason == "nego_tls_not_allowed");
  CHECK(report->failure->detail.ends_with("; not only the name is broken"));
}

TEST_CASE("bypass: a name that leads elsewhere, while the host is where it is expected") {
  Bypassing bench;
  ScriptedPeer other{bench.fixture.io, {works()}};
  ScriptedPeer host{bench.fixture.io, {works()}, {}, "127.0.0.2", other.port()};
  bench.lead_to("127.0.0.1");
  bench.fixture.expect.addresses = {"127.0.0.2"};
  const auto report = bench.probe(other);
  REQUIRE(find(*report, "dns_unexpected_address") != nullptr);
  CHECK(
      find(*report, "dns_unexpected_address")
          ->detail.ends_with("at the expected address 127.0.0.2 the host answers: the name leads elsewhere"));
  CHECK(report->address == "127.0.0.1");
  CHECK(report->by_address->address == "127.0.0.2");
  CHECK(host.connections() == 1);
}

TEST_CASE("bypass: another host where the name leads, and where it was last seen") {
  Bypassing bench;
  ScriptedPeer peer{bench.fixture.io, {works()}};
  ScriptedPeer moved{bench.fixture.io, {works()}, {}, "127.0.0.2", peer.port()};
  bench.lead_to("127.0.0.1");
  bench.fixture.expect.computer_name = "ANOTHER";
  bench.fixture.memory.good_address = "127.0.0.2";
  const auto report = bench.probe(peer);
  REQUIRE(find(*report, "host_identity_mismatch") != nullptr);
  REQUIRE(report->by_address);
  CHECK(report->by_address->row->reason == "host_identity_mismatch");
  CHECK(
      report->by_address->conclusion.starts_with("at the last good address 127.0.0.2 another host answers"));
  CHECK(bench.fixture.memory.good_address == "127.0.0.2");  // it passed, but at another host
}

TEST_CASE("bypass: an address where nobody answers any more, and the name that says where the host is now") {
  Bypassing bench;
  ScriptedPeer host{bench.fixture.io, {works()}, {}, "127.0.0.2"};
  bench.lead_to("127.0.0.2");
  bench.fixture.expect.dns_name = "rds.test";
  auto report = bench.probe(host, "127.0.0.3");
  CHECK(report->failure->row->reason == "tcp_refused");
  REQUIRE(report->by_address);
  CHECK(report->by_address->by == BypassBy::Name);
  CHECK(report->by_address->conclusion.starts_with("where rds.test leads, at 127.0.0.2, "));
  bench.lead_to("127.0.0.3");  // the name says the same: nothing to bypass
  report = bench.probe(host, "127.0.0.3");
  CHECK_FALSE(report->by_address);
  CHECK(host.connections() == 1);
}

TEST_CASE("bypass: nothing is connected to while the name is not in doubt, or nothing better is known") {
  Bypassing bench;
  ScriptedPeer peer{bench.fixture.io, {works()}};
  SUBCASE("the name works") {
    bench.fixture.expect.addresses = {"127.0.0.1"};
    bench.lead_to("127.0.0.1");
    const auto report = bench.probe(peer);
    CHECK_FALSE(report->by_address);
    CHECK_FALSE(report->failure);
    CHECK(bench.fixture.memory.good_address == "127.0.0.1");
  }
  SUBCASE("the host fails where its name leads") {
    bench.fixture.memory.good_address = "127.0.0.9";
    bench.lead_to("127.0.0.1");
    ScriptedPeer failing{bench.fixture.io, {{read(), send(refusal(2)), hold()}}};
    CHECK_FALSE(bench.probe(failing)->by_address);
  }
  SUBCASE("no address is known") {
    bench.dns.script("rds.test", {.code = 3});
    CHECK_FALSE(bench.probe(peer)->by_address);
    CHECK(peer.connections() == 0);
  }
  SUBCASE("a good address is not taken where others are expected") {
    bench.lead_to("127.0.0.1");
    bench.fixture.expect.addresses = {"127.0.0.1"};
    bench.fixture.expect.computer_name = "ANOTHER";
    bench.fixture.memory.good_address = "127.0.0.9";
    CHECK_FALSE(bench.probe(peer)->by_address);
  }
  SUBCASE("the budget forbids it, and the detail says so") {
    bench.dns.script("rds.test", {.code = 3});
    bench.fixture.expect.addresses = {"127.0.0.1"};
    bench.fixture.permit = [](const std::string& address, std::uint16_t, ConnectionKind kind) {
      CHECK(address == "127.0.0.1");
      CHECK(kind == ConnectionKind::ByAddress);
      return false;
    };
    const auto report = bench.probe(peer);
    CHECK_FALSE(report->by_address);
    CHECK(report->failure->detail.ends_with("; not climbed by address: connection budget"));
    CHECK(peer.connections() == 0);
  }
  SUBCASE("nobody asked for it") {
    bench.fixture.bypass_name = false;
    bench.dns.script("rds.test", {.code = 3});
    bench.fixture.expect.addresses = {"127.0.0.1"};
    CHECK_FALSE(bench.probe(peer)->by_address);
  }
}

TEST_CASE("bypass: a dead first name server, and one view of two, need no bypass") {
  Bypassing bench;
  DnsServerPeer inside{bench.fixture.io};
  inside.script("rds.test", "A", {.records = {{"rds.test", "A", "127.0.0.1", 0}}});
  bench.dns.otherwise = {.code = 2};
  bench.fixture.module.resolver.servers = {bench.dns.address(), inside.address()};
  bench.fixture.expect.addresses = {"127.0.0.1"};
  ScriptedPeer peer{bench.fixture.io, {works()}};
  const auto report = bench.probe(peer);
  CHECK_FALSE(report->failure);
  CHECK_FALSE(report->by_address);
}

}  // namespace rdpwatch::test

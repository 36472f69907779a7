#include <asio/steady_timer.hpp>
#include <doctest/doctest.h>

#include "tests/net/climb_fixture.h"
#include "tests/net/scripted_peer.h"

namespace rdpwatch::test {
namespace {

constexpr std::uint32_t kSsl = 1;
constexpr std::uint32_t kHybrid = 2;

/// A script that a fault is put into: what goes right before it.
Script up_to_request() { return {read()}; }
Script up_to_tls() { return {read(), send(confirm(kHybrid)), tls()}; }
Script healthy() { return {read(), send(confirm(kHybrid)), tls(), read(), send(challenge()), hold()}; }

Script with(Script script, std::initializer_list<Step> more) {
  script.insert(script.end(), more);
  return script;
}

struct Fault {
  const char* name;
  Script script;
  const char* phase;
  const char* reason;
};

}  // namespace

TEST_CASE("climb: a healthy host passes to nla, and is left politely") {
  ClimbFixture fixture;
  const auto made = make_certificate({.names = {"IP:127.0.0.1"}});
  ScriptedPeer peer{fixture.io, {healthy()}, made};
  const auto result = fixture.probe(peer.port());
  REQUIRE(result.end == ProbeEnd::Finished);
  const auto& report = *result.report;
  CHECK(report.verdict == Verdict::Ok);
  CHECK(report.phase == Phase::Nla);
  CHECK(report.phase_reached == 5);
  CHECK(outcomes(report) == "skipped ok ok ok ok");
  CHECK(report.attempts == 1);
  CHECK(report.address == "127.0.0.1");
  REQUIRE(report.connect);
  REQUIRE(report.negotiation);
  CHECK(report.negotiation->selected_protocol == kHybrid);
  CHECK(report.negotiation->flags == 0x1F);
  REQUIRE(report.tls);
  CHECK(report.tls->version == "TLS 1.3");
  CHECK(report.tls->cipher == "TLS_AES_256_GCM_SHA384");
  CHECK(report.tls->hostname_match);
  REQUIRE(report.nla);
  CHECK(report.nla->computer == "DESKTOP-KMDT420");
  CHECK(report.nla->os_build == "10.0.16299");
  REQUIRE(report.nla->clock_skew);
  CHECK(std::chrono::abs(*report.nla->clock_skew) < std::chrono::seconds{1});
  CHECK(find(report, "cert_self_signed") != nullptr);
  fixture.io.run_for(std::chrono::seconds{1});  // until the peer saw the end
  CHECK(peer.ended_politely() == 1);
  CHECK(peer.close_notifies() == 1);
  CHECK(peer.ended_by_reset() == 0);
}

TEST_CASE("climb: every step of the peer fails once, each with its own reason") {
  const Fault faults[] = {
      {"closed after the request", with(up_to_request(), {fin()}), "negotiate", "x224_closed"},
      {"reset after the request", with(up_to_request(), {rst()}), "negotiate", "x224_reset"},
      {"silent after the request", with(up_to_request(), {hold()}), "negotiate", "x224_timeout"},
      {"half a confirm, then FIN", with(up_to_request(), {send(hex("030000130ed0")), fin()}), "negotiate",
       "x224_closed"},
      {"failure code 2", with(up_to_request(), {send(refusal(2)), hold()}), "negotiate",
       "nego_tls_not_allowed"},
      {"failure code 5", with(up_to_request(), {send(refusal(5)), hold()}), "negotiate", "nego_nla_required"},
      {"failure code 99", with(up_to_request(), {send(refusal(99)), hold()}), "negotiate",
       "nego_failure_unknown"},
      {"RDSTLS selected", with(up_to_request(), {send(confirm(4)), hold()}), "negotiate",
       "nego_protocol_mismatch"},
      {"no negotiation data", with(up_to_request(), {send(hex("0300000b 06d00000123400")), hold()}),
       "negotiate", "nego_absent"},
      {"an HTTP answer",
       with(up_to_request(), {send(hex("485454502f312e3120343030204261640d0a0d0a")), hold()}), "negotiate",
       "x224_not_rdp"},
      {"closed in place of TLS", {read(), send(confirm(kHybrid)), read(), fin()}, "tls", "tls_eof"},
      {"reset in place of TLS", {read(), send(confirm(kHybrid)), read(), rst()}, "tls", "tls_reset"},
      {"silent in place of TLS", {read(), send(confirm(kHybrid)), read(), hold()}, "tls", "tls_timeout"},
      {"text in place of TLS",
       {read(), send(confirm(kHybrid)), read(), send(hex("48656c6c6f20776f726c64")), hold()},
       "tls",
       "tls_not_tls"},
      {"text behind the confirm",
       {read(), send([] {
          auto b = confirm(kHybrid);
          const auto t = hex("48656c6c6f20776f726c64");
          b.insert(b.end(), t.begin(), t.end());
          return b;
        }()),
        hold()},
       "tls",
       "tls_not_tls"},
      {"alert 40",
       {read(), send(confirm(kHybrid)), read(), send(hex("15030300020228")), fin()},
       "tls",
       "tls_no_common_cipher"},
      {"alert 70",
       {read(), send(confirm(kHybrid)), read(), send(hex("15030300020246")), fin()},
       "tls",
       "tls_version_mismatch"},
      {"alert 71",
       {read(), send(confirm(kHybrid)), read(), send(hex("15030300020247")), fin()},
       "tls",
       "tls_insufficient_security"},
      {"alert 80",
       {read(), send(confirm(kHybrid)), read(), send(hex("15030300020250")), fin()},
       "tls",
       "tls_server_internal"},
      {"alert 112",
       {read(), send(confirm(kHybrid)), read(), send(hex("15030300020270")), fin()},
       "tls",
       "tls_unclassified"},
      {"half a flight, then FIN", {read(), send(confirm(kHybrid)), half_tls(200), fin()}, "tls", "tls_eof"},
      {"half a flight, then silence",
       {read(), send(confirm(kHybrid)), half_tls(200), hold()},
       "tls",
       "tls_timeout"},
      {"closed after the TSRequest", with(up_to_tls(), {read(), fin()}), "nla", "credssp_closed"},
      {"close_notify after the TSRequest", with(up_to_tls(), {read(), close_notify()}), "nla",
       "credssp_closed"},
      {"reset after the TSRequest", with(up_to_tls(), {read(), rst()}), "nla", "credssp_closed"},
      {"silent after the TSRequest", with(up_to_tls(), {read(), hold()}), "nla", "credssp_timeout"},
      {"no TSRequest", with(up_to_tls(), {read(), send(hex("030000130ed0000012340002")), hold()}), "nla",
       "credssp_malformed"},
      {"errorCode 0xC00000BB",
       with(up_to_tls(), {read(), send(hex("300da003020106a4060204c00000bb")), hold()}), "nla",
       "credssp_not_supported"},
  };
  for (const auto& fault : faults) {
    CAPTURE(fault.name);
    ClimbFixture fixture;
    fixture.module.timeout = std::chrono::milliseconds{400};
    ScriptedPeer peer{fixture.io, {fault.script}};
    const auto result = fixture.probe(peer.port());
    REQUIRE(result.end == ProbeEnd::Finished);
    const auto& report = *result.report;
    CHECK(report.verdict == Verdict::Failed);
    REQUIRE(report.failure);
    CAPTURE(report.failure->detail);
    CHECK(to_string(report.phase) == fault.phase);
    CHECK(to_string(report.failure->phase) == fault.phase);
    CHECK(report.failure->row->reason == fault.reason);
    CHECK(report.phases.back().phase == report.phase);
    CHECK(report.phases.back().outcome == Outcome::Failed);
    CHECK(report.duration < std::chrono::milliseconds{900});
  }
}

TEST_CASE("climb: the detail says where the handshake stalled") {
  ClimbFixture fixture;
  fixture.module.timeout = std::chrono::milliseconds{200};
  SUBCASE("before the ServerHello") {
    ScriptedPeer peer{fixture.io, {{read(), send(confirm(kSsl)), read(), hold()}}};
    const auto report = fixture.probe(peer.port()).report;
    CHECK(report->failure->detail.find("before any ServerHello") != std::string::npos);
  }
  SUBCASE("before the certificate") {
    ScriptedPeer peer{fixture.io, {{read(), send(confirm(kSsl)), half_tls(100), hold()}}};
    peer.max_tls(TLS1_2_VERSION);
    const auto report = fixture.probe(peer.port()).report;
    CHECK(report->failure->detail.find("before the certificate") != std::string::npos);
  }
}

TEST_CASE("climb: answers that come byte by byte are read like any other") {
  ClimbFixture fixture;
  ScriptedPeer peer{fixture.io,
                    {{read(), trickle(confirm(kHybrid)), tls(), read(), trickle(challenge()), hold()}}};
  const auto report = fixture.probe(peer.port()).report;
  REQUIRE(report);
  CHECK_FALSE(report->failure);
  CHECK(report->phase == Phase::Nla);
}

TEST_CASE("climb: what a host does not have is skipped, never faked") {
  ClimbFixture fixture;
  SUBCASE("TLS without NLA") {
    ScriptedPeer peer{fixture.io, {{read(), send(confirm(kSsl)), tls(), hold()}}};
    const auto report = fixture.probe(peer.port()).report;
    CHECK(outcomes(*report) == "skipped ok ok ok skipped");
    CHECK(report->phase == Phase::Tls);
    CHECK(report->phase_reached == 4);
    CHECK_FALSE(report->failure);
  }
  SUBCASE("Standard RDP Security") {
    ScriptedPeer peer{fixture.io, {{read(), send(confirm(0)), hold()}}};
    const auto report = fixture.probe(peer.port()).report;
    CHECK(outcomes(*report) == "skipped ok ok skipped skipped");
    CHECK(report->phase == Phase::Negotiate);
    CHECK(report->verdict == Verdict::Ok);
  }
  SUBCASE("and policy may object") {
    fixture.module.policy.nla = config::NlaPolicy::Required;
    ScriptedPeer peer{fixture.io, {{read(), send(confirm(kSsl)), tls(), hold()}}};
    const auto report = fixture.probe(peer.port()).report;
    CHECK(report->verdict == Verdict::Degraded);
    CHECK(report->decisive_row()->reason == "nego_below_policy");
    CHECK(report->findings.front().severity == Severity::Critical);
  }
}

TEST_CASE("climb: no deeper than the module's depth") {
  ClimbFixture fixture;
  for (const Phase depth : {Phase::Resolve, Phase::Connect, Phase::Negotiate, Phase::Tls}) {
    CAPTURE(to_string(depth));
    fixture.module.depth = depth;
    ScriptedPeer peer{fixture.io, {healthy()}};
    const auto report = fixture.probe(peer.port()).report;
    CHECK(report->verdict != Verdict::Failed);
    CHECK(report->phases.size() == ordinal(depth));
  }
}

TEST_CASE("climb: old TLS is seen, and is a finding") {
  ClimbFixture fixture;
  ScriptedPeer peer{fixture.io, {healthy()}, make_certificate({.rsa_bits = 1024, .digest = "SHA1"})};
  peer.max_tls(TLS1_VERSION);
  peer.ciphers("ALL:@SECLEVEL=0");
  const auto report = fixture.probe(peer.port()).report;
  CHECK(report->phase_reached == 5);
  CHECK(report->tls->version == "TLS 1.0");
  CHECK(report->verdict == Verdict::Degraded);
  REQUIRE(find(*report, "tls_below_policy") != nullptr);
  REQUIRE(find(*report, "tls_weak_server_key") != nullptr);
  CHECK(find(*report, "tls_weak_server_key")->severity == Severity::Warning);
}

TEST_CASE("climb: a connect slower than the policy allows is a finding") {
  ClimbFixture fixture;
  fixture.module.policy.connect_slow = {};
  ScriptedPeer peer{fixture.io, {healthy()}};
  const auto report = fixture.probe(peer.port()).report;
  REQUIRE(find(*report, "tcp_slow") != nullptr);
  CHECK(find(*report, "tcp_slow")->severity == Severity::Warning);
  CHECK(find(*report, "tcp_slow")->detail.ends_with("the limit is 0 ms"));
  CHECK(report->verdict == Verdict::Degraded);
}

TEST_CASE("climb: what was sent again counts to the phase that it was lost in") {
  ClimbFixture fixture;
  SUBCASE("the SYN") {
    fixture.module.timeout = std::chrono::milliseconds{5'000};
    ScriptedPeer peer{fixture.io, {healthy()}};
    peer.lose_connects(true);
    asio::steady_timer found{fixture.io, std::chrono::milliseconds{300}};
    found.async_wait([&](asio::error_code) { peer.lose_connects(false); });
    const auto report = fixture.probe(peer.port()).report;
    CHECK(report->phase_reached == 5);
    CHECK(report->phases[1].retransmits == 1);
    CHECK(report->phases[2].retransmits == 0);
    CHECK(report->connect->retransmits == 1);
  }
  SUBCASE("SYNs that never found anybody") {
    fixture.module.timeout = std::chrono::milliseconds{1'300};
    ScriptedPeer peer{fixture.io, {healthy()}};
    peer.lose_connects(true);
    const auto report = fixture.probe(peer.port()).report;
    CHECK(report->failure->row->reason == "tcp_timeout");
    CHECK(report->phases[1].retransmits == 1);
  }
  SUBCASE("data") {
    ScriptedPeer peer{fixture.io,
                      {{read(), deaf(), send(confirm(kHybrid, 3)), pause(std::chrono::milliseconds{250}),
                        hear(), tls(), read(), send(challenge()), hold()}}};
    const auto report = fixture.probe(peer.port()).report;
    CHECK(report->phase_reached == 5);
    CHECK(report->phases[1].retransmits == 0);
    CHECK(report->phases[2].retransmits == 0);
    CHECK(0 < report->phases[3].retransmits);
  }
}

TEST_CASE("climb: a peer that sends without end is cut off") {
  ClimbFixture fixture;
  Bytes flood = hex("0300ffff02f080");
  flood.resize(200'000, 0x41);
  ScriptedPeer peer{fixture.io, {{read(), send(flood), hold()}}};
  const auto report = fixture.probe(peer.port()).report;
  REQUIRE(report->failure);
  CHECK(report->failure->row->reason == "x224_malformed");
}

TEST_CASE("climb: a greeting is read, and nothing is sent to it") {
  ClimbFixture fixture;
  fixture.module.retries = 1;
  // The first connection ends without a word, so that the second one listens first.
  ScriptedPeer peer{fixture.io, {{read(), fin()}, {send(hex("5353482d322e302d78 0d0a")), hold()}}};
  const auto report = fixture.probe(peer.port()).report;
  REQUIRE(report->failure);
  CHECK(report->failure->row->reason == "x224_not_rdp");
  CHECK(report->attempts == 2);
  CHECK(peer.connections() == 2);
}

TEST_CASE("climb: on a retry, leaving before the first byte is told from leaving after the request") {
  ClimbFixture fixture;
  fixture.module.retries = 1;
  SUBCASE("FIN on accept") {
    ScriptedPeer peer{fixture.io, {{fin()}}};
    const auto report = fixture.probe(peer.port()).report;
    CHECK(report->failure->row->reason == "tcp_closed_on_accept");
    CHECK(outcomes(*report) == "skipped failed");
  }
  SUBCASE("RST on accept") {
    ScriptedPeer peer{fixture.io, {{rst()}}};
    const auto report = fixture.probe(peer.port()).report;
    CHECK(report->failure->row->reason == "tcp_reset_on_accept");
  }
  SUBCASE("FIN after the request") {
    ScriptedPeer peer{fixture.io, {{read(), fin()}}};
    const auto report = fixture.probe(peer.port()).report;
    CHECK(report->failure->row->reason == "x224_closed");
    CHECK(report->attempts == 2);
  }
}

TEST_CASE("climb: a port where nobody listens is refused") {
  ClimbFixture fixture;
  std::uint16_t port = 0;
  { port = ScriptedPeer{fixture.io, {{}}}.port(); }
  const auto report = fixture.probe(port).report;
  REQUIRE(report->failure);
  CHECK(report->failure->row->reason == "tcp_refused");
  CHECK(report->phase == Phase::Connect);
  CHECK(report->phase_reached == 0);
}

}  // namespace rdpwatch::test

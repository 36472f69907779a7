#include "probes/net/judge_network.h"

#include <doctest/doctest.h>

using namespace std::chrono_literals;

namespace rdpwatch::net {
namespace {

constexpr Comparison kSteady{.recent = 13ms, .usual = 12ms, .spread = 1ms};
constexpr Comparison kSlow{.recent = 84ms, .usual = 12ms, .spread = 1ms};
constexpr Comparison kSlowClimb{.recent = 2s, .usual = 400ms, .spread = 20ms};

std::vector<PhaseResult> phases() {
  return {{Phase::Resolve, Outcome::Ok, 3s, 0},
          {Phase::Connect, Outcome::Ok, 84ms, 1},
          {Phase::Negotiate, Outcome::Ok, 90ms, 0},
          {Phase::Tls, Outcome::Ok, 1700ms, 2}};
}

Judgements judge(const BaselineEvidence& evidence, Judgements findings = {}) {
  judge_network(evidence, phases(), findings);
  return findings;
}

}  // namespace

TEST_CASE("network: a climb adds its times without those of the name, and where something was sent again") {
  ClimbResult climb;
  climb.connect = ConnectEvidence{.rtt = 95ms, .retransmits = 3};  // with the time in which the host thought
  climb.handshake_rtt = 80ms;
  climb.phases = phases();
  const auto sample = baseline_sample(climb, true);
  CHECK(sample.round_trip == 80ms);
  CHECK(sample.climb == 1874ms);
  CHECK(sample.syn_resent);
  CHECK(sample.data_resent);
  CHECK(sample.on_retry);
  for (auto& phase : climb.phases) phase.retransmits = 0;
  CHECK_FALSE(baseline_sample(climb, false).syn_resent);
  CHECK_FALSE(baseline_sample(climb, false).data_resent);
}

TEST_CASE("network: slower than its own past is tcp_slow, with both numbers") {
  CHECK(judge({}).empty());
  CHECK(judge({.round_trip = kSteady, .climb = kSteady}).empty());
  auto findings = judge({.round_trip = kSlow, .climb = kSteady});
  REQUIRE(findings.size() == 1);
  CHECK(classify(findings[0].phase, findings[0].cause).reason == "tcp_slow");
  CHECK(findings[0].detail == "round trip 84.0 ms, usually 12.0 ms (7.0 times)");
  findings = judge({.round_trip = kSteady, .climb = kSlowClimb});
  REQUIRE(findings.size() == 1);
  CHECK(findings[0].detail == "climb 2000.0 ms, usually 400.0 ms (5.0 times), most of it in tls");
}

TEST_CASE("network: a reason is named once, whoever found it first") {
  const auto findings =
      judge({.round_trip = kSlow, .climb = kSlowClimb},
            {{Phase::Connect, Cause::ConnectSlow, std::nullopt, "connected after 1200 ms"}});
  REQUIRE(findings.size() == 1);
  CHECK(findings[0].detail.starts_with("connected after 1200 ms; round trip 84.0 ms"));
  CHECK(findings[0].detail.find("; climb 2000.0 ms") != std::string::npos);
}

TEST_CASE("network: packets lost again and again are net_packet_loss") {
  CHECK(judge({.repeats = {.probes = 20, .resent = 4, .syn = 3}}).empty());
  const auto findings = judge({.repeats = {.probes = 20, .resent = 5, .syn = 3, .data = 2}});
  REQUIRE(findings.size() == 1);
  CHECK(classify(findings[0].phase, findings[0].cause).reason == "net_packet_loss");
  CHECK(findings[0].detail ==
        "packets had to be sent again in 5 of the last 20 probes (the SYN in 3, data in 2)");
}

TEST_CASE("network: passing only on retry is a warning when it recurs") {
  const Judgements retried{{Phase::Tls, Cause::PassedOnRetry, std::nullopt, "the try before failed"}};
  CHECK_FALSE(judge({.repeats = {.probes = 20, .retry = 2}}, retried)[0].severity);
  const auto findings = judge({.repeats = {.probes = 20, .retry = 3}}, retried);
  CHECK(findings[0].severity == Severity::Warning);
  CHECK(findings[0].detail == "the try before failed; it passed only on retry in 3 of the last 20 probes");
  CHECK(judge({.repeats = {.probes = 20, .retry = 3}}).empty());  // this probe passed at once
}

}  // namespace rdpwatch::net

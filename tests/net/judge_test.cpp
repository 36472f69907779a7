#include <algorithm>
#include <cstdlib>

#include <doctest/doctest.h>

#include "probes/net/judge_certificate.h"
#include "probes/net/judge_host.h"
#include "probes/net/verdict.h"

namespace rdpwatch::net {
namespace {

using std::chrono::days;
using std::chrono::hours;

constexpr std::chrono::sys_days kToday{std::chrono::year{2026} / 11 / 22};

/// A leaf without fault, and what can be wrong with it.
struct Leaf {
  Certificate certificate{.fingerprint_sha256 = "aa",
                          .spki_sha256 = "bb",
                          .subject = "CN=rds01.corp.example",
                          .issuer = "CN=Corp CA",
                          .not_before = kToday - days{10},
                          .not_after = kToday + days{173},
                          .key = "RSA 2048",
                          .signature = "sha256WithRSAEncryption",
                          .names = {"rds01.corp.example"}};
  LeafFacts facts{.key = LeafFacts::Key::Rsa, .key_bits = 2048};
  config::Policy policy{};
  config::Expectation expect{};
  std::optional<Certificate> before{};
  std::string host = "rds01.corp.example";
  bool address = false;
  bool covered = true;
  bool expected_name_covered = false;
  std::optional<TrustVerdict> trust{};

  Judgements judge() {
    facts.certificate = std::make_shared<const Certificate>(certificate);
    Judgements out;
    judge_leaf({facts, policy, &expect, before ? &*before : nullptr, host, address, covered,
                expected_name_covered, trust, kToday},
               out);
    return out;
  }
  /// The only judgement; anything else fails the test.
  Judgement only() {
    auto out = judge();
    REQUIRE(out.size() == 1);
    return out.front();
  }
};

}  // namespace

TEST_CASE("judge certificate: one without fault gives no finding") { CHECK(Leaf{}.judge().empty()); }

TEST_CASE("judge certificate: validity is judged by the thresholds of the policy") {
  Leaf leaf;
  leaf.certificate.not_after = kToday - hours{30};
  CHECK(leaf.only().cause == Cause::CertificateExpired);
  CHECK(leaf.only().detail.find("1d 6h ago") != std::string::npos);
  leaf.certificate.not_after = kToday + days{2};
  CHECK(leaf.only().cause == Cause::CertificateExpiring);
  CHECK(leaf.only().severity == Severity::Critical);
  leaf.certificate.not_after = kToday + days{10};
  CHECK(leaf.only().severity == Severity::Warning);
  leaf.certificate.not_after = kToday + days{14};
  CHECK(leaf.judge().empty());
  leaf.certificate.not_before = kToday + days{1};
  CHECK(leaf.only().cause == Cause::CertificateNotYetValid);
}

TEST_CASE("judge certificate: a name that is not covered, by name and by address") {
  Leaf leaf;
  leaf.covered = false;
  CHECK(leaf.only().cause == Cause::CertificateNameMismatch);
  leaf.address = true;
  leaf.host = "10.1.2.3";
  CHECK(leaf.only().detail.find("connect by a covered name") != std::string::npos);
  leaf.expected_name_covered = true;
  CHECK(leaf.judge().empty());
}

TEST_CASE("judge certificate: trust is judged with a trust store only") {
  Leaf leaf;
  leaf.certificate.self_signed = true;
  CHECK(leaf.only().cause == Cause::CertificateSelfSigned);
  CHECK_FALSE(leaf.only().severity);
  leaf.policy.trust_store = "/ca.pem";
  leaf.trust = TrustVerdict{false, "self-signed certificate"};
  CHECK(leaf.only().cause == Cause::CertificateUntrusted);
  CHECK(leaf.only().severity == Severity::Warning);
  leaf.trust = TrustVerdict{true, {}};
  CHECK(leaf.judge().empty());
  leaf.trust.reset();  // the store cannot be read: nothing is claimed
  CHECK(leaf.judge().empty());
}

TEST_CASE("judge certificate: weak keys and signatures, and a wrong usage") {
  Leaf leaf;
  leaf.facts.key_bits = 1024;
  CHECK(leaf.only().cause == Cause::WeakServerKey);
  leaf.facts.key_bits = 2048;
  leaf.facts.weak_digest = true;
  CHECK(leaf.only().cause == Cause::WeakServerKey);
  leaf.facts = {.key = LeafFacts::Key::Ec, .key_bits = 224};
  CHECK(leaf.only().cause == Cause::WeakServerKey);
  leaf.facts.key_bits = 256;
  leaf.facts.usage_restricted = true;
  CHECK(leaf.only().cause == Cause::CertificateWrongUsage);
  leaf.facts.server_usage = true;
  CHECK(leaf.judge().empty());
}

TEST_CASE("judge certificate: a change is early or at the end, and pins come before memory") {
  Leaf leaf;
  leaf.before = leaf.certificate;
  CHECK(leaf.judge().empty());
  leaf.before->fingerprint_sha256 = "cc";
  CHECK(leaf.only().cause == Cause::CertificateChangedEarly);
  leaf.before->not_after = kToday + days{20};
  CHECK(leaf.only().cause == Cause::CertificateRenewed);
  leaf.before->not_after = kToday - days{20};
  CHECK(leaf.only().cause == Cause::CertificateRenewed);
  leaf.expect.certificate_sha256 = "aa";
  CHECK(leaf.judge().empty());
  leaf.expect.certificate_sha256 = "dd";
  CHECK(leaf.only().cause == Cause::CertificateChanged);
  leaf.expect.certificate_sha256.clear();
  leaf.expect.spki_sha256 = "dd";
  CHECK(leaf.only().cause == Cause::CertificateChanged);
}

TEST_CASE("judge host: identity is judged against expectation, else only a plain contradiction") {
  NlaEvidence evidence{.credssp_version = 6,
                       .computer = "RDS01",
                       .domain = "CORP",
                       .dns_name = "rds01.corp.example",
                       .dns_domain = "corp.example",
                       .os_build = "10.0.20348"};
  config::Policy policy;
  config::Expectation expect;
  std::string host = "rds01.corp.example";
  bool covered = false;
  const auto judge = [&] {
    Judgements out;
    judge_host({evidence, policy, &expect, host, false, covered, {}}, out);
    return out;
  };
  CHECK(judge().empty());
  expect = {.computer_name = "rds01", .dns_name = "RDS01.corp.example.", .domain = "corp"};
  CHECK(judge().empty());
  expect.domain = "corp.example";
  CHECK(judge().empty());
  expect.computer_name = "RDS02";
  REQUIRE(judge().size() == 1);
  CHECK(judge().front().cause == Cause::IdentityMismatch);
  CHECK(judge().front().severity == Severity::Critical);
  expect = {};
  host = "rds07.corp.example";
  REQUIRE(judge().size() == 1);
  CHECK(judge().front().severity == Severity::Warning);
  covered = true;  // an alias that the host's certificate claims
  CHECK(judge().empty());
  covered = false;
  host = "farm.other.example";
  CHECK(judge().empty());
  host = "rds07";
  CHECK(judge().empty());
}

TEST_CASE("judge host: version, clock and build") {
  NlaEvidence evidence{.credssp_version = 4, .os_build = "10.0.17763"};
  config::Policy policy;
  config::Expectation expect;
  const std::string host = "h";
  std::string before;
  const auto judge = [&] {
    Judgements out;
    judge_host({evidence, policy, &expect, host, false, false, before}, out);
    return out;
  };
  REQUIRE(judge().size() == 1);
  CHECK(judge().front().cause == Cause::Unpatched);
  evidence.credssp_version = 5;
  CHECK(judge().empty());
  evidence.clock_skew = -std::chrono::seconds{119};
  CHECK(judge().empty());
  evidence.clock_skew = -std::chrono::seconds{120};
  CHECK(judge().front().severity == Severity::Warning);
  CHECK(judge().front().detail == "the host's clock is 2m behind ours");
  evidence.clock_skew = std::chrono::seconds{240};
  CHECK(judge().front().severity == Severity::Critical);
  evidence.clock_skew.reset();
  expect.os_build = "10.0.17763";
  CHECK(judge().empty());
  expect.os_build = "10.0.20348";
  CHECK(judge().front().cause == Cause::OsBuildUnexpected);
  expect.os_build.clear();
  before = "10.0.14393";
  CHECK(judge().front().cause == Cause::OsBuildUnexpected);
  CHECK(older_build("6.1.7601", "10.0.1"));
  CHECK_FALSE(older_build("10.0.20348", "10.0.9600"));
}

constexpr std::chrono::system_clock::time_point kTime{
    std::chrono::sys_days{std::chrono::January / 30 / 2027}};

TEST_CASE("verdict: an exception makes a finding an info until its end, whatever its severity") {
  AttemptResult attempt;
  attempt.climb.phases = {{Phase::Tls, Outcome::Ok, {}}};
  attempt.climb.findings = {{Phase::Tls, Cause::CertificateExpired, std::nullopt, "3 days ago"}};
  config::Policy policy;
  policy.severity = {{"cert_expired", config::PolicySeverity::Failure}};
  const auto until = std::chrono::sys_days{std::chrono::February / 1 / 2027};
  policy.exceptions = {{"cert_expired", {until, "ask Ann"}}, {"cert_untrusted", {until, "not seen"}}};
  const auto before = judge_attempt(attempt, policy, until - std::chrono::nanoseconds{1});
  CHECK(before.verdict == Verdict::Ok);
  REQUIRE(before.findings.size() == 1);
  CHECK(before.findings[0].severity == Severity::Info);
  CHECK(before.findings[0].detail == "3 days ago; put up with until 2027-02-01T00:00:00Z: ask Ann");
  const auto after = judge_attempt(attempt, policy, until);
  CHECK(after.verdict == Verdict::Failed);
  CHECK(after.failure->row->reason == "cert_expired");
  CHECK(after.failure->detail == "3 days ago");
}

TEST_CASE("verdict: policy moves severities, the worst finding comes first") {
  AttemptResult attempt;
  attempt.climb.phases = {{Phase::Resolve, Outcome::Skipped, {}}, {Phase::Connect, Outcome::Ok, {}}};
  attempt.climb.findings = {{Phase::Connect, Cause::ConnectSlow, std::nullopt, "slow"},
                            {Phase::Tls, Cause::CertificateSelfSigned, std::nullopt, "self"}};
  config::Policy policy;
  auto report = judge_attempt(attempt, policy, kTime);
  CHECK(report.verdict == Verdict::Degraded);
  CHECK(report.findings.front().row->reason == "tcp_slow");
  policy.severity = {{"tcp_slow", config::PolicySeverity::Info}};
  CHECK(judge_attempt(attempt, policy, kTime).verdict == Verdict::Ok);
  policy.severity["cert_self_signed"] = config::PolicySeverity::Critical;
  report = judge_attempt(attempt, policy, kTime);
  CHECK(report.findings.front().row->reason == "cert_self_signed");
  CHECK(report.decisive_row()->reason == "cert_self_signed");
  attempt.climb.failure = PhaseStop{Phase::Connect, {Cause::Timeout, std::nullopt, "no answer"}};
  policy.severity["tcp_timeout"] = config::PolicySeverity::Info;
  report = judge_attempt(attempt, policy, kTime);
  CHECK(report.verdict == Verdict::Degraded);  // by the certificate: the failure was lowered to an info
  CHECK_FALSE(report.failure);
  CHECK(report.findings.back().row->reason == "tcp_slow");
}

TEST_CASE("verdict: phases behind the one that policy fails were not reached") {
  AttemptResult attempt;
  attempt.climb.phases = {
      {Phase::Negotiate, Outcome::Ok, {}}, {Phase::Tls, Outcome::Ok, {}}, {Phase::Nla, Outcome::Ok, {}}};
  attempt.climb.findings = {{Phase::Tls, Cause::CertificateExpired, std::nullopt, "3 days ago"}};
  config::Policy policy;
  policy.severity = {{"cert_expired", config::PolicySeverity::Failure}};
  const auto report = judge_attempt(attempt, policy, kTime);
  CHECK(report.phase == Phase::Tls);
  CHECK(report.phase_reached == ordinal(Phase::Negotiate));
  CHECK(report.phases.back().outcome == Outcome::Ok);
}

TEST_CASE("verdict: a name that leads to an impossible address is to blame for what refuses there") {
  AttemptResult attempt;
  attempt.climb.phases = {{Phase::Resolve, Outcome::Ok, {}}, {Phase::Connect, Outcome::Failed, {}}};
  attempt.climb.findings = {{Phase::Resolve, Cause::InvalidAddress, std::nullopt, "leads to 127.0.0.1"}};
  attempt.climb.failure = PhaseStop{Phase::Connect, {Cause::Refused, std::nullopt, "refused by RST"}};
  attempt.suspect = true;
  config::Policy policy;
  const auto report = judge_attempt(attempt, policy, kTime);
  CHECK(report.failure->row->reason == "dns_invalid_address");
  CHECK(report.failure->detail == "leads to 127.0.0.1; there: refused by RST");
  CHECK(report.phase == Phase::Resolve);
  CHECK(report.phase_reached == 0);
  for (const auto wanted : {config::PolicySeverity::Info, config::PolicySeverity::Critical}) {
    policy.severity = {{"dns_invalid_address", wanted}};
    const auto lowered = judge_attempt(attempt, policy, kTime);
    REQUIRE(lowered.failure);
    CHECK(lowered.failure->row->reason == "tcp_refused");
    CHECK(lowered.findings.front().row->reason == "dns_invalid_address");
  }
  policy.severity.clear();
  attempt.climb.failure->observation.cause = Cause::ResourcesExhausted;
  CHECK(judge_attempt(attempt, policy, kTime).failure->row->reason == "prober_resources");  // ours stays ours
  attempt.climb.failure->observation.cause = Cause::Refused;
  attempt.suspect = false;  // it was another address that refused
  CHECK(judge_attempt(attempt, policy, kTime).failure->row->reason == "tcp_refused");
}

}  // namespace rdpwatch::net

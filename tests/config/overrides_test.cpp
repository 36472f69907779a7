#include "config/overrides.h"

#include <chrono>
#include <string>

#include <doctest/doctest.h>

#include "config/load.h"
#include "tests/support/scratch_folder.h"

using namespace rdpwatch;
using namespace rdpwatch::config;
using namespace std::chrono_literals;

namespace {

/// Some certificate: only its being one counts.
constexpr const char* kCertificate = R"(-----BEGIN CERTIFICATE-----
MIIBdDCCARugAwIBAgIUbFiZ+CQOVO0+qZcoqy8fRnKLTFswCgYIKoZIzj0EAwIw
DzENMAsGA1UEAwwEdGVzdDAgFw0yNjExMjIyMzQ0NDdaGA8yMTI2MTAyOTIzNDQ0
N1owDzENMAsGA1UEAwwEdGVzdDBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABP8u
mAIs21PmRbsPzUv70rw5wUNtoHO5TXhe19DRzDtylsKJs6+qec+wP6vGDBYN+8I8
9awH4SZVNfeCy7Lfg/ejUzBRMB0GA1UdDgQWBBQR96/boyLwz4UNJFOJYrbuobvr
YDAfBgNVHSMEGDAWgBQR96/boyLwz4UNJFOJYrbuobvrYDAPBgNVHRMBAf8EBTAD
AQH/MAoGCCqGSM49BAMCA0cAMEQCIFKwGGmpFPmCYuWNR0tpAM3sXD0gUPESE236
RdrcVD3DAiAOoG6VjzSpX4UZxi3b9kf2ZmY1mBfqS7CyEq6MpnFZGg==
-----END CERTIFICATE-----
)";

constexpr const char* kModules =
    "modules:\n"
    "  default: {interval: 60s, timeout: 10s, retries: 1}\n"
    "  fast:\n"
    "    interval: 5s\n"
    "    timeout: 2s\n"
    "    retries: 0\n"
    "    phase_timeouts: {resolve: 1s, tls: 2s}\n"
    "    resolver: {servers: [10.0.0.53]}\n"
    "    policy: {nla: required, trust_store: other.pem, clock_skew: {warning: 1m, critical: 90s}, "
    "severity: {tcp_slow: info, cert_expired: info}}\n";

std::shared_ptr<const Config> load_targets(const std::string& targets) {
  const test::ScratchFolder folder;
  folder.write("ca.pem", kCertificate);
  folder.write("other.pem", kCertificate);
  folder.write("rdpwatch.yaml", kModules + ("targets:\n" + targets));
  const auto loaded = load(folder.path("rdpwatch.yaml"));
  for (const auto& each : loaded.diagnostics) MESSAGE(each.text);
  REQUIRE(loaded.config);
  return loaded.config;
}

/// What the target `id` runs with when it is asked for with the module fast.
Module with_fast(const Config& config, const char* id = "a:3389") {
  return *module_for(*config.find(id), config.modules.at("fast"));
}

}  // namespace

TEST_CASE("overrides: a target's own keys win over the module that is asked for, all others are its") {
  const auto config = load_targets(
      "  - host: a\n"
      "    timeout: 10s\n"  // repeats its own module, and still is its own
      "    phase_timeouts: {tls: 4s}\n"
      "    policy: {min_tls: \"1.3\", clock_skew: {critical: 3m}, severity: {tcp_slow: failure}}\n");
  const auto module = with_fast(*config);
  CHECK(module.name == "fast");
  CHECK(module.timeout == 10s);
  CHECK(module.interval == 5s);
  CHECK(module.retries == 0);
  CHECK(module.phase_timeouts[ordinal(Phase::Resolve) - 1] == 1s);
  CHECK(module.phase_timeouts[ordinal(Phase::Tls) - 1] == 4s);
  CHECK(module.resolver.servers == std::vector<std::string>{"10.0.0.53"});
  CHECK(module.policy.nla == NlaPolicy::Required);
  CHECK(module.policy.min_tls == TlsVersion::Tls13);
  CHECK(module.policy.clock_skew == Thresholds{60s, 180s});
  CHECK(module.policy.severity.at("tcp_slow") == PolicySeverity::Failure);
  CHECK(module.policy.severity.at("cert_expired") == PolicySeverity::Info);
  CHECK(module.policy.trust_store.filename() == "other.pem");
}

TEST_CASE("overrides: a trust store of the target stays the file it was, gone or not") {
  const auto config = load_targets("  - {host: a, policy: {trust_store: ca.pem}}\n");  // the folder is gone
  const auto& own = *config->find("a:3389")->module;
  CHECK(own.policy.trust_store.filename() == "ca.pem");
  auto wanted = *config->modules.at("fast");
  wanted.policy.trust_store = own.policy.trust_store;
  CHECK(with_fast(*config) == wanted);
}

TEST_CASE("overrides: without any, and for the own module, nothing is made anew") {
  const auto config = load_targets("  - a\n  - {host: b, labels: {site: x}}\n  - {host: c, retries: 2}\n");
  const auto& fast = config->modules.at("fast");
  for (const char* id : {"a:3389", "b:3389"}) {
    CHECK_FALSE(config->find(id)->overrides);
    CHECK(module_for(*config->find(id), fast) == fast);
  }
  const auto& own = *config->find("c:3389");
  CHECK(own.overrides);
  CHECK(module_for(own, config->modules.at("default")) == own.module);
}

TEST_CASE("overrides: equal ones of many targets are kept once") {
  const auto config = load_targets(
      "  - {hosts: \"r[1-3]\", interval: 90s}\n  - {host: s, interval: 90s}\n  - {host: t, interval: 91s}\n");
  const auto of = [&](const char* id) { return config->find(id)->overrides.get(); };
  CHECK(of("r1:3389") == of("r3:3389"));
  CHECK(of("r1:3389") == of("s:3389"));
  CHECK(of("r1:3389") != of("t:3389"));
  CHECK(with_fast(*config, "t:3389").interval == 91s);
}

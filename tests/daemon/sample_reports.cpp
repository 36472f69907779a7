#include "tests/daemon/sample_reports.h"

#include <initializer_list>

namespace rdpwatch::test {
namespace {

using namespace std::chrono_literals;

std::vector<PhaseResult> phases(std::initializer_list<std::chrono::nanoseconds> durations) {
  std::vector<PhaseResult> out;
  for (const auto duration : durations) out.push_back({kPhases[out.size()], Outcome::Ok, duration});
  return out;
}

std::shared_ptr<const Certificate> certificate() {
  auto leaf = std::make_shared<Certificate>();
  leaf->fingerprint_sha256 = "ab12000000000000000000000000000000000000000000000000000000000034";
  leaf->spki_sha256 = "cd34000000000000000000000000000000000000000000000000000000000056";
  leaf->subject = "CN=rds01.corp.example";
  leaf->issuer = "CN=rds01.corp.example";
  leaf->serial = "1a2b";
  leaf->not_before = std::chrono::sys_days{std::chrono::year{2026} / 6 / 1};
  leaf->not_after = std::chrono::sys_days{std::chrono::year{2026} / 12 / 1};
  leaf->self_signed = true;
  leaf->key = "RSA 2048";
  leaf->signature = "sha256WithRSAEncryption";
  leaf->names = {"rds01.corp.example"};
  return leaf;
}

NlaEvidence host_names() {
  NlaEvidence nla;
  nla.credssp_version = 6;
  nla.computer = "RDS01";
  nla.domain = "CORP";
  nla.dns_name = "rds01.corp.example";
  nla.os_build = "10.0.20348";
  nla.os_release = "Windows Server 2022";
  nla.clock_skew = 130s;
  return nla;
}

ProbeReport base() {
  ProbeReport report;
  report.target = "rds01.corp.example:3389";
  report.host = "rds01.corp.example";
  report.port = 3389;
  report.module = "default";
  report.address = "10.1.2.3";
  report.time = std::chrono::sys_days{std::chrono::year{2026} / 11 / 22} + 12h + 123ms;
  report.duration = 41ms;
  report.phase = Phase::Nla;
  report.phases = phases({2100us, 900us, 3ms, 12ms, 20ms});
  report.phase_reached = 5;
  report.resolve = ResolveEvidence{.addresses = {"10.1.2.3"}};
  report.connect = ConnectEvidence{.rtt = 850us, .retransmits = 0};
  report.negotiation = NegotiationEvidence{
      .negotiation_data = true, .selected_protocol = 8, .flags = 0x1F, .nla_required = {}};
  report.tls = TlsEvidence{.version = "TLS 1.2",
                           .cipher = "ECDHE-RSA-AES256-GCM-SHA384",
                           .certificate = certificate(),
                           .hostname_match = true};
  return report;
}

}  // namespace

ProbeReport failed_report() {
  auto report = base();
  report.verdict = Verdict::Failed;
  report.phases.back().outcome = Outcome::Failed;
  report.phase_reached = 4;
  report.failure = Failure{.row = find_reason("credssp_closed"),
                           .phase = Phase::Nla,
                           .code = {},
                           .detail = "connection closed after the first TSRequest"};
  report.findings = {{.row = find_reason("cert_expiring"),
                      .phase = Phase::Tls,
                      .severity = Severity::Warning,
                      .detail = "ends 2026-12-01T00:00:00Z, in 8 d 12 h"}};
  return report;
}

ProbeReport degraded_report() {
  auto report = base();
  report.verdict = Verdict::Degraded;
  report.nla = host_names();
  report.findings = {{.row = find_reason("clock_skew"),
                      .phase = Phase::Nla,
                      .severity = Severity::Warning,
                      .detail = "the host is 130 s ahead"},
                     {.row = find_reason("cert_self_signed"),
                      .phase = Phase::Tls,
                      .severity = Severity::Info,
                      .detail = ""}};
  return report;
}

ProbeReport healthy_report() {
  auto report = base();
  report.nla = host_names();
  report.nla->clock_skew = 0s;
  report.baseline = BaselineEvidence{.round_trip = Comparison{900us, 800us, 50us},
                                     .climb = Comparison{41ms, 40ms, 2ms},
                                     .repeats = {.probes = 20, .resent = 2, .syn = 1, .data = 2, .retry = 1}};
  report.phases[1].retransmits = 1;
  return report;
}

ProbeReport unresolved_report() {
  ProbeReport report;
  report.target = "nohost.example:3389";
  report.host = "nohost.example";
  report.port = 3389;
  report.module = "default";
  report.time = std::chrono::sys_days{std::chrono::year{2026} / 11 / 22} + 12h;
  report.duration = 2030ms;
  report.attempts = 2;
  report.verdict = Verdict::Failed;
  report.phases = {{Phase::Resolve, Outcome::Failed, 15ms}};
  report.failure = Failure{
      .row = find_reason("dns_name_not_found"), .phase = Phase::Resolve, .code = 3, .detail = "NXDOMAIN"};
  report.by_address = BypassEvidence{.by = BypassBy::LastGood,
                                     .address = "10.1.2.3",
                                     .phase = Phase::Nla,
                                     .row = find_reason("credssp_closed"),
                                     .conclusion = "at the last good address 10.1.2.3 it fails in nla"};
  return report;
}

}  // namespace rdpwatch::test

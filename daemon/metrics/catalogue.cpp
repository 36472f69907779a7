#include "daemon/metrics/catalogue.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <string>
#include <vector>

namespace rdpwatch::daemon::metrics {
namespace {

using std::chrono::system_clock;

/// "0x904"; empty when nothing is known.
std::string hex_code(const std::optional<std::uint32_t>& code) {
  if (!code) return {};
  std::array<char, 8> digits{};
  const auto end = std::to_chars(digits.begin(), digits.end(), *code, 16).ptr;
  std::ranges::transform(digits.begin(), end, digits.begin(),
                         [](char c) { return 'a' <= c ? static_cast<char>(c - 32) : c; });
  return "0x" + std::string{digits.begin(), end};
}

std::string_view word(bool value) { return value ? "true" : "false"; }

/// selectedProtocol, [MS-RDPBCGR] 2.2.1.2.1. Unknown values share one word: a host cannot grow our label
/// sets.
std::string_view protocol_word(const NegotiationEvidence& negotiation) {
  switch (negotiation.selected_protocol) {
    case 0x00: return "rdp";
    case 0x01: return "tls";
    case 0x02: return "hybrid";
    case 0x04: return "rdstls";
    case 0x08: return "hybrid_ex";
    case 0x10: return "rdsaad";
    default: return "unknown";
  }
}

std::chrono::nanoseconds since_epoch(system_clock::time_point time) {
  return std::chrono::floor<std::chrono::milliseconds>(time.time_since_epoch());
}

void write_earliest_expiry(Samples& s, const TargetRecord& r) {
  if (r.last && r.last->tls && r.last->tls->certificate)
    s.integer(r.last->tls->certificate->not_after.time_since_epoch().count());
}

void write_duration(Samples& s, const TargetRecord& r) {
  if (r.last) s.seconds(r.last->duration);
}

void write_success(Samples& s, const TargetRecord& r) {
  if (r.last) s.integer(r.last->verdict == Verdict::Failed ? 0 : 1);
}

void write_tls_version(Samples& s, const TargetRecord& r) {
  if (r.last && r.last->tls && !r.last->tls->version.empty())
    s.begin().label("version", r.last->tls->version).end_integer(1);
}

void write_credssp_version(Samples& s, const TargetRecord& r) {
  if (r.last && r.last->nla) s.integer(r.last->nla->credssp_version);
}

void write_dns_answers(Samples& s, const TargetRecord& r) {
  if (r.last && r.last->resolve && !r.last->resolve->from_literal)
    s.integer(static_cast<std::int64_t>(r.last->resolve->addresses.size()));
}

void write_dns_changes(Samples& s, const TargetRecord& r) {
  s.integer(static_cast<std::int64_t>(r.dns_changes));
}

/// Where TCP tells the round trip there is no need of another series.
void write_icmp_rtt(Samples& s, const TargetRecord& r) {
  if (r.last && r.last->connect) return;
  if (r.path && 0 < r.path->seen.ping.received) s.seconds(r.path->seen.ping.mean);
}

/// The last look that came as far as the host; else what it was when the host worked.
void write_path_hops(Samples& s, const TargetRecord& r) {
  for (const auto& look : {r.path, r.path_when_well}) {
    if (!look || look->seen.trace.host_hop == 0) continue;
    s.integer(look->seen.trace.host_hop);
    return;
  }
}

void write_negotiation(Samples& s, const TargetRecord& r) {
  if (!r.last || !r.last->negotiation) return;
  // RDP_NEG_RSP.flags, [MS-RDPBCGR] 2.2.1.2.1
  constexpr unsigned kGraphics = 0x02;
  constexpr unsigned kRestrictedAdmin = 0x08;
  constexpr unsigned kRedirectedAuthentication = 0x10;
  const NegotiationEvidence& negotiation = *r.last->negotiation;
  const auto has = [&](unsigned flag) { return word((negotiation.flags & flag) != 0); };
  s.begin()
      .label("protocol", protocol_word(negotiation))
      .label("tls_cipher", r.last->tls ? std::string_view{r.last->tls->cipher} : std::string_view{})
      .label("restricted_admin", has(kRestrictedAdmin))
      .label("redirected_auth", has(kRedirectedAuthentication))
      .label("gfx", has(kGraphics))
      .end_integer(1);
}

void write_nla_required(Samples& s, const TargetRecord& r) {
  if (r.last && r.last->negotiation && r.last->negotiation->nla_required)
    s.integer(*r.last->negotiation->nla_required ? 1 : 0);
}

void write_consecutive_failures(Samples& s, const TargetRecord& r) { s.integer(r.consecutive_failures); }

void write_failure(Samples& s, const TargetRecord& r) {
  if (!r.last || !r.last->failure || r.last->failure->row == nullptr) return;
  const Failure& failure = *r.last->failure;
  s.begin()
      .label("scenario", to_string(failure.row->scenario))
      .label("phase", to_string(failure.phase))
      .label("reason", failure.row->reason)
      .label("client_code", hex_code(failure.row->client.code))
      .label("client_extended_code", hex_code(failure.row->client.extended))
      .end_integer(1);
}

void write_failures(Samples& s, const TargetRecord& r) { s.integer(static_cast<std::int64_t>(r.failures)); }

/// The worst first come in, one for each reason; they are written in the order of their labels.
void write_findings(Samples& s, const TargetRecord& r) {
  if (!r.last || r.last->findings.empty()) return;
  std::array<const Finding*, kExportedFindings> chosen{};
  auto end = chosen.begin();
  for (const Severity severity : {Severity::Critical, Severity::Warning}) {
    for (const Finding& finding : r.last->findings) {
      if (finding.row == nullptr || finding.severity != severity || end == chosen.end()) continue;
      const auto same = [&](const Finding* other) { return other->row == finding.row; };
      if (std::none_of(chosen.begin(), end, same)) *end++ = &finding;
    }
  }
  std::sort(chosen.begin(), end,
            [](const Finding* a, const Finding* b) { return a->row->reason < b->row->reason; });
  for (auto it = chosen.begin(); it != end; ++it)
    s.begin()
        .label("reason", (*it)->row->reason)
        .label("severity", to_string((*it)->severity))
        .label("scenario", to_string((*it)->row->scenario))
        .end_integer(1);
}

/// Those that were in force when the last probe was judged.
void write_exceptions(Samples& s, const TargetRecord& r) {
  if (!r.last || !r.target || !r.target->module) return;
  std::size_t written = 0;
  for (const auto& [reason, exception] : r.target->module->policy.exceptions) {
    if (written == kExportedExceptions) return;
    if (exception.until <= r.last->time) continue;
    s.begin().label("reason", reason).end_integer(1);
    ++written;
  }
}

void write_interval(Samples& s, const TargetRecord& r) {
  s.seconds(r.target && r.target->module ? r.target->module->interval : config::Module{}.interval);
}

void write_last_run(Samples& s, const TargetRecord& r) {
  s.seconds(r.last ? since_epoch(r.last->time +
                                 std::chrono::duration_cast<system_clock::duration>(r.last->duration))
                   : std::chrono::nanoseconds{});
}

void write_last_success(Samples& s, const TargetRecord& r) { s.seconds(since_epoch(r.last_success)); }

/// In the order of the label, which is not that of the ladder; a phase twice (several addresses) counts as
/// its last passage.
void write_phase_durations(Samples& s, const TargetRecord& r) {
  constexpr std::array kSorted{Phase::Auth, Phase::Connect, Phase::License, Phase::Mcs, Phase::Negotiate,
                               Phase::Nla,  Phase::Resolve, Phase::Session, Phase::Tls};
  static_assert(kSorted.size() == kPhases.size());
  if (!r.last) return;
  std::array<const PhaseResult*, kPhases.size() + 1> by_ordinal{};
  for (const PhaseResult& phase : r.last->phases)
    if (phase.outcome != Outcome::Skipped) by_ordinal[ordinal(phase.phase)] = &phase;
  for (const Phase phase : kSorted)
    if (const PhaseResult* result = by_ordinal[ordinal(phase)])
      s.begin().label("phase", to_string(phase)).end_seconds(result->duration);
}

void write_phase_reached(Samples& s, const TargetRecord& r) {
  if (r.last) s.integer(r.last->phase_reached);
}

void write_runs(Samples& s, const TargetRecord& r) { s.integer(static_cast<std::int64_t>(r.runs)); }

void write_state_changes(Samples& s, const TargetRecord& r) {
  s.integer(static_cast<std::int64_t>(r.state_changes));
}

void write_usual(Samples& s, const TargetRecord& r) {
  if (r.last && r.last->baseline && r.last->baseline->climb) s.seconds(r.last->baseline->climb->usual);
}

void write_round_trip(Samples& s, const TargetRecord& r) {
  if (r.last && r.last->connect) s.seconds(r.last->connect->rtt);
}

void write_clock_skew(Samples& s, const TargetRecord& r) {
  if (r.last && r.last->nla && r.last->nla->clock_skew) s.seconds(*r.last->nla->clock_skew);
}

void write_server(Samples& s, const TargetRecord& r) {
  if (!r.last || !r.last->nla) return;
  const NlaEvidence& nla = *r.last->nla;
  s.begin()
      .label("os_build", nla.os_build)
      .label("computer", nla.computer)
      .label("domain", nla.domain)
      .label("dns_name", nla.dns_name)
      .end_integer(1);
}

void write_hostname_match(Samples& s, const TargetRecord& r) {
  if (r.last && r.last->tls && r.last->tls->certificate) s.integer(r.last->tls->hostname_match ? 1 : 0);
}

void write_certificate(Samples& s, const TargetRecord& r) {
  if (!r.last || !r.last->tls || !r.last->tls->certificate) return;
  const Certificate& certificate = *r.last->tls->certificate;
  s.begin()
      .label("fingerprint_sha256", certificate.fingerprint_sha256)
      .label("subject", certificate.subject)
      .label("issuer", certificate.issuer)
      .label("serial", certificate.serial)
      .label("self_signed", word(certificate.self_signed))
      .end_integer(1);
}

/// The user's labels that would repeat one of ours stay apart by a prefix.
void write_target(Samples& s, const TargetRecord& r) {
  const config::Target& target = *r.target;
  s.begin()
      .label("host", target.host)
      .label("port", std::to_string(target.port))
      .label("module", target.module ? std::string_view{target.module->name} : std::string_view{});
  for (const auto& [name, value] : target.labels) {
    const bool taken = name == "host" || name == "port" || name == "module";
    s.label(taken ? "label_" + name : name, value);
  }
  s.end_integer(1);
}

void write_paused(Samples& s, const TargetRecord& r) {
  if (r.pause) s.integer(1);
}

/// Sorted by name; a test holds us to it.
constexpr auto kCatalogue = std::to_array<Family>({
    {"probe_duration_seconds", Type::Gauge, Door::Both,
     "Wall time of the last finished probe, retries included.", write_duration},
    {"probe_ssl_earliest_cert_expiry", Type::Gauge, Door::Both,
     "End of validity of the certificate of the last finished probe, as Unix time in seconds.",
     write_earliest_expiry},
    {"probe_success", Type::Gauge, Door::Both,
     "Whether all configured phases of the last finished probe passed; absent before the first.",
     write_success},
    {"probe_tls_version_info", Type::Info, Door::Both, "TLS version of the last finished probe.",
     write_tls_version},
    {"rdp_credssp_version", Type::Gauge, Door::Both,
     "CredSSP version that the host offered in the last finished probe.", write_credssp_version},
    {"rdp_dns_answers", Type::Gauge, Door::Both, "Addresses that the name had in the last finished probe.",
     write_dns_answers},
    {"rdp_dns_changes_total", Type::Counter, Door::FleetOnly,
     "Finished probes in which the addresses of the name differed from those before.", write_dns_changes},
    {"rdp_icmp_rtt_seconds", Type::Gauge, Door::Both,
     "Mean round trip of the last pings, of a host to which there is no TCP connection.", write_icmp_rtt},
    {"rdp_negotiation_info", Type::Info, Door::Both,
     "What the X.224 negotiation of the last finished probe agreed on.", write_negotiation},
    {"rdp_nla_required", Type::Gauge, Door::Both,
     "Whether the host insists on NLA, as last asked with a request that offers TLS only.",
     write_nla_required},
    {"rdp_path_hops", Type::Gauge, Door::Both,
     "Hop at which the host last answered a trace of the path, which is made once a day and after a failure "
     "to connect.",
     write_path_hops},
    {"rdp_policy_exception_info", Type::Info, Door::Both,
     "A finding that policy put up with in the last finished probe, until a date.", write_exceptions},
    {"rdp_probe_consecutive_failures", Type::Gauge, Door::FleetOnly, "Failed probes since the last success.",
     write_consecutive_failures},
    {"rdp_probe_failure_info", Type::Info, Door::Both,
     "Why the last finished probe failed; absent when it passed.", write_failure},
    {"rdp_probe_failures_total", Type::Counter, Door::FleetOnly, "Finished probes that failed.",
     write_failures},
    {"rdp_probe_finding_info", Type::Info, Door::Both,
     "Warning and critical findings of the last finished probe.", write_findings},
    {"rdp_probe_interval_seconds", Type::Gauge, Door::FleetOnly, "Configured time between two probes.",
     write_interval},
    {"rdp_probe_last_run_timestamp_seconds", Type::Gauge, Door::FleetOnly,
     "End of the last finished probe, as Unix time; 0 for none yet.", write_last_run},
    {"rdp_probe_last_success_timestamp_seconds", Type::Gauge, Door::FleetOnly,
     "End of the last probe that passed, as Unix time; 0 for never.", write_last_success},
    {"rdp_probe_phase_duration_seconds", Type::Gauge, Door::Both,
     "Time that each phase of the last finished probe took; absent for phases not entered.",
     write_phase_durations},
    {"rdp_probe_phase_reached", Type::Gauge, Door::Both,
     "Ordinal of the last phase completed in the last finished probe: 0 none, 1 resolve, 2 connect, 3 "
     "negotiate, 4 tls, 5 nla.",
     write_phase_reached},
    {"rdp_probe_runs_total", Type::Counter, Door::FleetOnly,
     "Finished probes; a probe with its retries counts once.", write_runs},
    {"rdp_probe_state_changes_total", Type::Counter, Door::FleetOnly, "Changes between passing and failing.",
     write_state_changes},
    {"rdp_probe_usual_seconds", Type::Gauge, Door::Both,
     "What the phases from connect on usually take, over vantage.baseline; absent while too little is known, "
     "and after a failed probe.",
     write_usual},
    {"rdp_server_clock_skew_seconds", Type::Gauge, Door::Both,
     "Clock of the host minus the local clock in the last finished probe.", write_clock_skew},
    {"rdp_server_info", Type::Info, Door::Both, "What the host said about itself in the last finished probe.",
     write_server},
    {"rdp_tcp_rtt_seconds", Type::Gauge, Door::Both,
     "Round trip of the connection of the last finished probe, as the kernel smoothed it.", write_round_trip},
    {"rdp_tls_certificate_hostname_match", Type::Gauge, Door::Both,
     "Whether the certificate of the last finished probe covers the configured name.", write_hostname_match},
    {"rdp_tls_certificate_info", Type::Info, Door::Both, "Certificate of the last finished probe.",
     write_certificate},
    {"rdpwatch_target_info", Type::Info, Door::FleetOnly, "A configured target with its labels.",
     write_target},
    {"rdpwatch_target_paused", Type::Gauge, Door::Both,
     "1 while the target is paused and until the first probe after that; absent otherwise.", write_paused},
});

static_assert(std::ranges::is_sorted(kCatalogue, {}, &Family::name));

}  // namespace

std::span<const Family, kFamilies> catalogue() { return kCatalogue; }

}  // namespace rdpwatch::daemon::metrics

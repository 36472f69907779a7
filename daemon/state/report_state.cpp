#include "daemon/state/report_state.h"

#include <algorithm>

#include "daemon/json_members.h"
#include "daemon/state/baseline_state.h"
#include "daemon/state/values.h"

namespace rdpwatch::daemon::state {
namespace {

constexpr Verdict kVerdicts[] = {Verdict::Ok, Verdict::Degraded, Verdict::Failed};
constexpr Outcome kOutcomes[] = {Outcome::Ok, Outcome::Failed, Outcome::Skipped};
constexpr BypassBy kBypasses[] = {BypassBy::Expected, BypassBy::LastGood, BypassBy::Name};
constexpr Severity kSeverities[] = {Severity::Info, Severity::Warning, Severity::Critical};

Phase phase_of(const Json& json) {
  const auto phase = phase_from(json.get_ref<const std::string&>());
  if (!phase) throw std::out_of_range{"an unknown phase"};
  return *phase;
}

Json to_json(const Failure& failure) {
  Json object{{"reason", failure.row->reason}, {"phase", to_string(failure.phase)}};
  put_text(object, "detail", failure.detail);
  if (failure.code) object["code"] = *failure.code;
  return object;
}

Failure failure_from(const Json& json) {
  Failure failure{&row_of(json.at("reason")), phase_of(json.at("phase")), {}, text_at(json, "detail")};
  if (json.contains("code")) failure.code = integer<std::uint32_t>(json.at("code"));
  return failure;
}

Json to_json(const Finding& finding) {
  Json object{{"reason", finding.row->reason},
              {"phase", to_string(finding.phase)},
              {"severity", to_string(finding.severity)}};
  put_text(object, "detail", finding.detail);
  return object;
}

Finding finding_from(const Json& json) {
  return {&row_of(json.at("reason")), phase_of(json.at("phase")), value_of(json.at("severity"), kSeverities),
          text_at(json, "detail")};
}

PhaseResult phase_result_from(const Json& json) {
  PhaseResult result{phase_of(json.at(0)), value_of(json.at(1), kOutcomes), duration_of(json.at(2))};
  if (3 < json.size()) result.retransmits = integer<std::uint32_t>(json.at(3));
  return result;
}

Json to_json(const ResolveEvidence& resolve) {
  Json object{{"addresses", resolve.addresses}};
  put_flag(object, "literal", resolve.from_literal);
  put_flag(object, "cached", resolve.from_cache);
  return object;
}

Json to_json(const NegotiationEvidence& negotiation) {
  Json object{{"protocol", negotiation.selected_protocol}, {"flags", negotiation.flags}};
  put_flag(object, "data", negotiation.negotiation_data);
  if (negotiation.nla_required) object["nla_required"] = *negotiation.nla_required;
  return object;
}

NegotiationEvidence negotiation_from(const Json& json) {
  NegotiationEvidence negotiation{flag_at(json, "data"),
                                  integer<std::uint32_t>(json.at("protocol")),
                                  integer<std::uint8_t>(json.at("flags")),
                                  {}};
  if (json.contains("nla_required")) negotiation.nla_required = json.at("nla_required").get<bool>();
  return negotiation;
}

Json to_json(const TlsEvidence& tls, const Certificate* kept) {
  Json object{{"version", tls.version}, {"cipher", tls.cipher}};
  put_flag(object, "match", tls.hostname_match);
  if (!tls.certificate) return object;
  const bool same = kept != nullptr && kept->fingerprint_sha256 == tls.certificate->fingerprint_sha256;
  object["certificate"] = same ? Json(true) : certificate_to_json(*tls.certificate);
  return object;
}

TlsEvidence tls_from(const Json& json, const std::shared_ptr<const Certificate>& kept) {
  TlsEvidence tls{text_at(json, "version"), text_at(json, "cipher"), {}, flag_at(json, "match")};
  if (!json.contains("certificate")) return tls;
  const Json& certificate = json.at("certificate");
  if (certificate.is_boolean()) tls.certificate = kept;
  else tls.certificate = std::make_shared<const Certificate>(certificate_from(certificate));
  return tls;
}

Json to_json(const NlaEvidence& nla) {
  Json object{{"credssp", nla.credssp_version}};
  put_identity(object, nla);
  if (nla.clock_skew) object["skew"] = nla.clock_skew->count();
  return object;
}

NlaEvidence nla_from(const Json& json) {
  NlaEvidence nla{integer<std::uint32_t>(json.at("credssp")),
                  text_at(json, "computer"),
                  text_at(json, "domain"),
                  text_at(json, "dns_name"),
                  text_at(json, "dns_domain"),
                  text_at(json, "forest"),
                  text_at(json, "os_build"),
                  text_at(json, "os_release"),
                  {}};
  constexpr std::chrono::nanoseconds kMostSkew = std::chrono::years{200};
  if (json.contains("skew"))
    nla.clock_skew =
        std::clamp(std::chrono::nanoseconds{integer<std::int64_t>(json.at("skew"))}, -kMostSkew, kMostSkew);
  return nla;
}

Json to_json(const BypassEvidence& bypass) {
  Json object{{"by", to_string(bypass.by)},
              {"address", bypass.address},
              {"phase", to_string(bypass.phase)},
              {"conclusion", bypass.conclusion}};
  if (bypass.row != nullptr) object["reason"] = bypass.row->reason;
  return object;
}

BypassEvidence bypass_from(const Json& json) {
  return {value_of(json.at("by"), kBypasses), text_at(json, "address"), phase_of(json.at("phase")),
          json.contains("reason") ? &row_of(json.at("reason")) : nullptr, text_at(json, "conclusion")};
}

Json to_json(const path::Context& context) {
  Json object{{"kind", context.target_kind}};
  put_egress(object, context.egress);
  return object;
}

path::Context context_from(const Json& json) {
  return {{.address = text_at(json, "address"),
           .interface = text_at(json, "interface"),
           .kind = text_at(json, "interface_kind"),
           .gateway = text_at(json, "gateway"),
           .route = text_at(json, "route"),
           .default_route = flag_at(json, "default_route"),
           .why_not = text_at(json, "why_not")},
          text_at(json, "kind")};
}

void read_evidence(const Json& json, const std::shared_ptr<const Certificate>& kept, ProbeReport& report) {
  if (json.contains("resolve")) {
    const Json& resolve = json.at("resolve");
    report.resolve = {resolve.at("addresses").get<std::vector<std::string>>(), flag_at(resolve, "literal"),
                      flag_at(resolve, "cached")};
  }
  if (json.contains("connect"))
    report.connect = {std::chrono::microseconds{integer<std::uint32_t>(json.at("connect").at(0))},
                      integer<std::uint32_t>(json.at("connect").at(1))};
  if (json.contains("negotiation")) report.negotiation = negotiation_from(json.at("negotiation"));
  if (json.contains("tls")) report.tls = tls_from(json.at("tls"), kept);
  if (json.contains("nla")) report.nla = nla_from(json.at("nla"));
  if (json.contains("by_address")) report.by_address = bypass_from(json.at("by_address"));
  if (json.contains("baseline")) report.baseline = comparison_from(json.at("baseline"));
  if (json.contains("context"))
    report.context = std::make_shared<const path::Context>(context_from(json.at("context")));
}

void write_evidence(Json& object, const ProbeReport& report, const Certificate* kept) {
  if (report.resolve) object["resolve"] = to_json(*report.resolve);
  if (report.connect) object["connect"] = {report.connect->rtt.count(), report.connect->retransmits};
  if (report.negotiation) object["negotiation"] = to_json(*report.negotiation);
  if (report.tls) object["tls"] = to_json(*report.tls, kept);
  if (report.nla) object["nla"] = to_json(*report.nla);
  if (report.by_address) object["by_address"] = to_json(*report.by_address);
  if (report.baseline) object["baseline"] = comparison_to_json(*report.baseline);
  if (report.context) object["context"] = to_json(*report.context);
}

}  // namespace

const Row& row_of(const Json& json) {
  const Row* const row = find_reason(json.get_ref<const std::string&>());
  if (row == nullptr) throw UnknownReason{};
  return *row;
}

Json certificate_to_json(const Certificate& certificate) {
  return {
      {"sha256", certificate.fingerprint_sha256},
      {"spki", certificate.spki_sha256},
      {"subject", certificate.subject},
      {"issuer", certificate.issuer},
      {"serial", certificate.serial},
      {"validity",
       {certificate.not_before.time_since_epoch().count(), certificate.not_after.time_since_epoch().count()}},
      {"self_signed", certificate.self_signed},
      {"key", certificate.key},
      {"signature", certificate.signature},
      {"names", certificate.names}};
}

Certificate certificate_from(const Json& json) {
  const auto second = [&](std::size_t at) {
    return std::chrono::sys_seconds{std::chrono::seconds{integer<std::int64_t>(json.at("validity").at(at))}};
  };
  // Years 0 to 9999, what X.509 can say: so differences of them do not overflow.
  constexpr auto kFirst = std::chrono::sys_days{std::chrono::year{0} / 1 / 1};
  constexpr auto kLast = std::chrono::sys_days{std::chrono::year{10'000} / 1 / 1};
  if (second(0) < kFirst || kLast < second(0) || second(1) < kFirst || kLast < second(1))
    throw std::out_of_range{"a certificate's time is out of range"};
  return {json.at("sha256").get<std::string>(),
          text_at(json, "spki"),
          text_at(json, "subject"),
          text_at(json, "issuer"),
          text_at(json, "serial"),
          second(0),
          second(1),
          flag_at(json, "self_signed"),
          text_at(json, "key"),
          text_at(json, "signature"),
          json.at("names").get<std::vector<std::string>>()};
}

Json report_to_json(const ProbeReport& report, const Certificate* kept) {
  Json object{{"host", report.host},
              {"port", report.port},
              {"module", report.module},
              {"time", microseconds_of(report.time)},
              {"duration", report.duration.count()},
              {"attempts", report.attempts},
              {"verdict", to_string(report.verdict)},
              {"phase", to_string(report.phase)},
              {"reached", report.phase_reached}};
  put_text(object, "address", report.address);
  if (report.failure) object["failure"] = to_json(*report.failure);
  for (const Finding& finding : report.findings) object["findings"].push_back(to_json(finding));
  for (const PhaseResult& phase : report.phases) {
    Json columns{to_string(phase.phase), to_string(phase.outcome), phase.duration.count()};
    if (phase.retransmits != 0) columns.push_back(phase.retransmits);
    object["phases"].push_back(std::move(columns));
  }
  write_evidence(object, report, kept);
  return object;
}

std::shared_ptr<const ProbeReport> report_from(const Json& json, const std::string& target,
                                               const std::shared_ptr<const Certificate>& kept,
                                               const Clocks& now) {
  auto report = std::make_shared<ProbeReport>();
  report->target = target;
  report->host = json.at("host").get<std::string>();
  report->port = integer<std::uint16_t>(json.at("port"));
  report->module = json.at("module").get<std::string>();
  report->address = text_at(json, "address");
  report->time = now.past(time_of(json.at("time")));
  report->duration = duration_of(json.at("duration"));
  report->attempts = integer<int>(json.at("attempts"));
  report->verdict = value_of(json.at("verdict"), kVerdicts);
  report->phase = phase_of(json.at("phase"));
  report->phase_reached = integer<std::uint8_t>(json.at("reached"));
  if (json.contains("failure")) report->failure = failure_from(json.at("failure"));
  if (json.contains("findings"))
    for (const Json& finding : json.at("findings")) report->findings.push_back(finding_from(finding));
  if (json.contains("phases"))
    for (const Json& phase : json.at("phases")) report->phases.push_back(phase_result_from(phase));
  read_evidence(json, kept, *report);
  const bool whole = report->failure.has_value() == (report->verdict == Verdict::Failed) &&
                     (report->verdict != Verdict::Degraded || !report->findings.empty()) &&
                     report->phase_reached <= kPhases.size() && report->phases.size() <= kPhases.size();
  if (!whole) throw std::out_of_range{"a report that contradicts itself"};
  return report;
}

}  // namespace rdpwatch::daemon::state

#include "daemon/report_json.h"

#include <cmath>

#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include "config/time_text.h"
#include "daemon/json_members.h"

namespace rdpwatch::daemon {
namespace {

using Json = nlohmann::ordered_json;

void put_client_code(Json& object, const ClientCode& client) {
  if (client.code) object["client_code"] = hex_code(*client.code);
  if (client.extended) object["client_extended_code"] = hex_code(*client.extended);
  if (client.basis != Basis::None) object["client_code_basis"] = to_string(client.basis);
}

Json findings_json(const std::vector<Finding>& findings) {
  auto array = Json::array();
  for (const Finding& finding : findings) {
    Json object{{"reason", finding.row->reason},
                {"phase", to_string(finding.phase)},
                {"severity", to_string(finding.severity)},
                {"scenario", to_string(finding.row->scenario)}};
    put_text(object, "detail", finding.detail);
    array.push_back(std::move(object));
  }
  return array;
}

Json phases_json(const std::vector<PhaseResult>& phases) {
  auto array = Json::array();
  for (const PhaseResult& result : phases) {
    Json object{{"phase", to_string(result.phase)},
                {"outcome", to_string(result.outcome)},
                {"seconds", rounded_seconds(result.duration)}};
    if (result.retransmits != 0) object["retransmits"] = result.retransmits;
    array.push_back(std::move(object));
  }
  return array;
}

Json by_address_json(const BypassEvidence& bypass) {
  Json object{{"address", bypass.address}, {"by", to_string(bypass.by)}, {"phase", to_string(bypass.phase)}};
  if (bypass.row != nullptr) object["reason"] = bypass.row->reason;
  object["conclusion"] = bypass.conclusion;
  return object;
}

Json comparison_json(const Comparison& comparison) {
  return {{"recent_seconds", rounded_seconds(comparison.recent)},
          {"usual_seconds", rounded_seconds(comparison.usual)},
          {"spread_seconds", rounded_seconds(comparison.spread)}};
}

Json baseline_json(const BaselineEvidence& baseline) {
  const Repeats& repeats = baseline.repeats;
  Json object{{"probes", repeats.probes},
              {"resent", repeats.resent},
              {"syn_resent", repeats.syn},
              {"data_resent", repeats.data},
              {"passed_on_retry", repeats.retry}};
  if (baseline.round_trip) object["round_trip"] = comparison_json(*baseline.round_trip);
  if (baseline.climb) object["climb"] = comparison_json(*baseline.climb);
  return object;
}

Json server_json(const NlaEvidence& nla) {
  Json object = Json::object();
  put_text(object, "computer", nla.computer);
  put_text(object, "dns_name", nla.dns_name);
  put_text(object, "os_build", nla.os_build);
  return object;
}

Json certificate_json(const Certificate& certificate) {
  return {{"sha256", certificate.fingerprint_sha256},
          {"spki_sha256", certificate.spki_sha256},
          {"subject", certificate.subject},
          {"issuer", certificate.issuer},
          {"serial", certificate.serial},
          {"not_before", config::format_instant(certificate.not_before)},
          {"not_after", config::format_instant(certificate.not_after)},
          {"self_signed", certificate.self_signed},
          {"key", certificate.key},
          {"signature", certificate.signature},
          {"names", certificate.names}};
}

Json negotiation_json(const NegotiationEvidence& negotiation) {
  Json object{{"negotiation_data", negotiation.negotiation_data},
              {"selected_protocol", negotiation.selected_protocol},
              {"flags", negotiation.flags}};
  if (negotiation.nla_required) object["nla_required"] = *negotiation.nla_required;
  return object;
}

Json nla_json(const NlaEvidence& nla) {
  Json object{{"credssp_version", nla.credssp_version}};
  put_identity(object, nla);
  if (nla.clock_skew) object["clock_skew_seconds"] = rounded_seconds(*nla.clock_skew);
  return object;
}

}  // namespace

Json to_json(const ProbeReport& report) {
  Json object{{"schema", 1}, {"target", report.target}, {"host", report.host}, {"port", report.port}};
  put_text(object, "address", report.address);
  object["module"] = report.module;
  object["time"] = utc_milliseconds(report.time);
  object["duration_seconds"] = rounded_seconds(report.duration);
  object["attempts"] = report.attempts;
  object["verdict"] = to_string(report.verdict);
  object["phase"] = to_string(report.phase);
  const Row* row = report.decisive_row();
  if (row != nullptr) {
    object["reason"] = row->reason;
    object["scenario"] = to_string(row->scenario);
    put_client_code(object, row->client);
    put_text(object, "detail", report.failure ? report.failure->detail : report.findings.front().detail);
  }
  object["findings"] = findings_json(report.findings);
  object["phases"] = phases_json(report.phases);
  if (report.nla) {
    auto server = server_json(*report.nla);
    if (!server.empty()) object["server"] = std::move(server);
  }
  if (report.by_address) object["by_address"] = by_address_json(*report.by_address);
  if (report.baseline) object["baseline"] = baseline_json(*report.baseline);
  if (report.context) {
    auto& context = object["context"];
    put_text(context, "target_address_kind", report.context->target_kind);
    put_egress(context, report.context->egress);
  }
  auto advice = Json::array();
  if (row != nullptr)
    for (const auto step : split_items(row->advice)) advice.push_back(step);
  object["advice"] = std::move(advice);
  return object;
}

Json evidence_json(const ProbeReport& report) {
  Json object = Json::object();
  if (report.resolve)
    object["resolve"] = {{"addresses", report.resolve->addresses},
                         {"from_literal", report.resolve->from_literal},
                         {"from_cache", report.resolve->from_cache}};
  if (report.connect)
    object["connect"] = {{"rtt_seconds", rounded_seconds(report.connect->rtt)},
                         {"retransmits", report.connect->retransmits}};
  if (report.negotiation) object["negotiation"] = negotiation_json(*report.negotiation);
  if (report.tls) {
    object["tls"] = {{"version", report.tls->version},
                     {"cipher", report.tls->cipher},
                     {"hostname_match", report.tls->hostname_match}};
    if (report.tls->certificate) object["certificate"] = certificate_json(*report.tls->certificate);
  }
  if (report.nla) object["nla"] = nla_json(*report.nla);
  return object;
}

std::string to_line(const Json& json) { return json.dump(-1, ' ', false, Json::error_handler_t::replace); }

double rounded_seconds(std::chrono::nanoseconds duration) {
  return std::round(static_cast<double>(duration.count()) / 1e3) / 1e6;
}

std::string hex_code(std::uint32_t code) { return fmt::format("0x{:X}", code); }

std::string utc_milliseconds(std::chrono::system_clock::time_point time) {
  const auto second = std::chrono::floor<std::chrono::seconds>(time);
  const auto within = std::chrono::floor<std::chrono::milliseconds>(time - second).count();
  std::string text = config::format_instant(second);
  text.pop_back();
  return fmt::format("{}.{:03}Z", text, within);
}

}  // namespace rdpwatch::daemon

#include "daemon/notify/alert_text.h"

#include <algorithm>
#include <map>

#include <nlohmann/json.hpp>

#include "daemon/explain.h"
#include "daemon/http/url.h"
#include "daemon/report_json.h"

namespace rdpwatch::daemon::notify {
namespace {

using Labels = std::map<std::string, std::string, std::less<>>;

/// Findings with alerts of their own.
bool has_own_alert(const Row& row) {
  return row.cause == Cause::CertificateExpired || row.cause == Cause::CertificateExpiring ||
         row.cause == Cause::ClockSkew;
}

bool is_our_fault(std::string_view reason) {
  return reason.starts_with("prober_") || reason == "net_local_route_denied";
}

bool failure_calls_for(AlertKind kind, const Row& row) {
  switch (kind) {
    case AlertKind::HostDown: return true;
    case AlertKind::ProberFault: return is_our_fault(row.reason);
    case AlertKind::Unclassified: return row.reason.ends_with("_unclassified");
    default: return false;
  }
}

bool finding_calls_for(AlertKind kind, const Finding& finding) {
  const bool critical = finding.severity == Severity::Critical;
  const bool warning = finding.severity == Severity::Warning;
  switch (kind) {
    case AlertKind::FindingCritical: return critical && !has_own_alert(*finding.row);
    case AlertKind::FindingWarning: return warning && !has_own_alert(*finding.row);
    case AlertKind::CertificateExpiring: return warning && finding.row->cause == Cause::CertificateExpiring;
    case AlertKind::CertificateExpiringSoon:
      return critical && finding.row->cause == Cause::CertificateExpiring;
    case AlertKind::CertificateExpired:
      return (critical || warning) && finding.row->cause == Cause::CertificateExpired;
    case AlertKind::ClockOff: return critical && finding.row->cause == Cause::ClockSkew;
    default: return false;
  }
}

Labels base_labels(AlertKind kind, const Origin& origin) {
  const auto& rule = config::rule_of(kind);
  Labels labels{{"alertname", std::string{rule.name}},
                {"job", "rdpwatch"},
                {"severity", std::string{to_string(rule.severity)}}};
  if (!origin.vantage.empty()) labels["vantage"] = origin.vantage;
  return labels;
}

std::string to_text(const Labels& map) {
  return nlohmann::json(map).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

std::string annotations(AlertKind kind, const Origin& origin, const std::string& description, const Row* row,
                        const std::string& page) {
  Labels texts{{"summary", std::string{config::rule_of(kind).summary}},
               {"description", description},
               {"dashboard_url", page}};
  const auto topic = kind == AlertKind::VantageUnhealthy ? "vantage" : "daemon";
  texts["runbook_url"] = origin.external_url + "/runbook/" + std::string{row ? row->reason : topic};
  return to_text(texts);
}

std::string users_see(const Row& row) {
  std::string text = "Users see ";
  if (row.client.code || row.client.extended) text += to_string(row.client);
  else text += row.client_note.empty() ? "no known code" : row.client_note;
  return text + ".";
}

std::string first_step(const Row& row) {
  const auto advice = split_items(row.advice);
  const std::string look = "rdpwatch explain " + std::string{row.reason};
  if (advice.empty() || advice.front().empty()) return "First: " + look;
  return "First: " + std::string{advice.front()} + " (" + look + ")";
}

/// What is the matter, before the reason is named.
std::string what_is_wrong(AlertKind kind, const ProbeReport& report) {
  switch (kind) {
    case AlertKind::HostDown: return " takes no RDP sessions.";
    case AlertKind::ProberFault: return " cannot be probed.";
    case AlertKind::Unclassified: return " fails.";
    case AlertKind::CertificateExpiring:
    case AlertKind::CertificateExpiringSoon:
    case AlertKind::CertificateExpired:
      if (report.tls && report.tls->certificate)
        return ": the certificate ends on " +
               utc_milliseconds(report.tls->certificate->not_after).substr(0, 10) + ".";
      return ":";
    case AlertKind::ClockOff: return ": its clock is off.";
    default: return " takes sessions, but not as it should.";
  }
}

std::string reason_sentence(const ProbeReport& report, const std::vector<const Row*>& reasons) {
  std::string text = "Reason: ";
  for (const Row* row : reasons)
    text.append(row == reasons.front() ? "" : ", ").append(std::string{row->reason});
  if (report.failure && report.failure->row == reasons.front())
    text.append(", in phase ").append(to_string(report.failure->phase));
  return text + ".";
}

}  // namespace

std::string_view site_of(const config::Target& target) {
  const auto site = std::ranges::find(target.labels, "site", [](const auto& label) { return label.first; });
  return site == target.labels.end() ? std::string_view{} : std::string_view{site->second};
}

std::vector<const Row*> reasons_for(AlertKind kind, const ProbeReport& report) {
  std::vector<const Row*> rows;
  if (report.failure && report.failure->row != nullptr && failure_calls_for(kind, *report.failure->row))
    rows.push_back(report.failure->row);
  for (const Finding& finding : report.findings)
    if (finding.row != nullptr && finding_calls_for(kind, finding) &&
        std::ranges::find(rows, finding.row) == rows.end())
      rows.push_back(finding.row);
  return rows;
}

std::string host_labels(AlertKind kind, const Origin& origin, const config::Target& target) {
  auto labels = base_labels(kind, origin);
  labels["instance"] = target.id;
  for (const auto& [name, value] : target.labels) {
    const bool taken =
        name == "host" || name == "port" || name == "module";  // as rdpwatch_target_info has it
    labels.emplace(taken ? "label_" + name : name, value);
  }
  return to_text(labels);
}

AlertText host_text(AlertKind kind, const Origin& origin, const config::Target& target,
                    const ProbeReport& report, const std::vector<const Row*>& reasons) {
  const Row& row = *reasons.front();
  const auto page = origin.external_url + "/targets/" + http::percent_encode(target.id);
  const auto site = std::string{site_of(target)};
  const auto description = target.id + (site.empty() ? "" : " (site " + site + ")") +
                           what_is_wrong(kind, report) + " " + reason_sentence(report, reasons) + " " +
                           users_see(row) + " " + first_step(row);
  return {host_labels(kind, origin, target), annotations(kind, origin, description, &row, page), page};
}

std::string group_labels(AlertKind kind, const Origin& origin, std::string_view site) {
  auto labels = base_labels(kind, origin);
  if (kind == AlertKind::SiteDown && !site.empty()) labels["site"] = site;
  return to_text(labels);
}

AlertText group_text(AlertKind kind, const Origin& origin, std::string_view site, const Outage& outage) {
  const bool fleet = kind == AlertKind::FleetDown;
  std::string text = fleet          ? "All sites: "
                     : site.empty() ? "The hosts without a site: "
                                    : "Site " + std::string{site} + ": ";
  text += std::to_string(outage.failing) + " of " + std::to_string(outage.hosts) + " hosts fail. ";
  if (outage.reason != nullptr)
    text += "Reason of " + std::to_string(outage.for_that) + ": " + std::string{outage.reason->reason} +
            ". " + users_see(*outage.reason) + " ";
  text += fleet ? "First: is it us? Check name servers, route and firewall where rdpwatch runs"
                : "First: look for what the hosts share (link, firewall, domain controller, power)";
  if (outage.reason != nullptr) text += "; then rdpwatch explain " + std::string{outage.reason->reason};
  const auto page = origin.external_url + "/";
  return {group_labels(kind, origin, site), annotations(kind, origin, text, outage.reason, page), page};
}

AlertText vantage_text(const Origin& origin, const std::string& disturbed) {
  constexpr auto kKind = AlertKind::VantageUnhealthy;
  const auto place = origin.vantage.empty() ? "The place of rdpwatch" : "The vantage " + origin.vantage;
  const auto text =
      place + " is disturbed: " + disturbed +
      ". Reason: on our side, not on the hosts. Users elsewhere may see nothing; users here may "
      "see 0x104, 0x204 or 0x904 / 0x7. First: look at these checks where rdpwatch runs";
  const auto page = origin.external_url + "/";
  return {group_labels(kKind, origin, {}), annotations(kKind, origin, text, nullptr, page), page};
}

}  // namespace rdpwatch::daemon::notify

#include "daemon/page.h"

#include <algorithm>
#include <array>
#include <vector>

#include "daemon/http/url.h"
#include "daemon/metrics/text_buffer.h"
#include "daemon/report_json.h"
#include "daemon/runbook_html.h"

namespace rdpwatch::daemon {
namespace {

using http::percent_encode;

std::string head(std::string_view title) {
  return "<!DOCTYPE html>\n<html lang=\"en\">\n<head><meta charset=\"utf-8\">"
         "<meta name=\"viewport\" content=\"width=device-width\"><title>" +
         escape_html(title) + "</title></head>\n<body>\n<h1>" + escape_html(title) + "</h1>\n";
}

constexpr std::string_view kTail = "</body>\n</html>\n";

std::string link(const std::string& address, std::string_view text) {
  return "<a href=\"" + escape_html(address) + "\">" + escape_html(text) + "</a>";
}

std::string target_link(std::string_view id) { return link("/targets/" + percent_encode(id), id); }

std::string reason_link(std::string_view reason) {
  return link("/runbook/" + percent_encode(reason), reason);
}

std::string row(std::string_view name, const std::string& html) {
  return "<tr><th align=\"left\">" + escape_html(name) + "</th><td>" + html + "</td></tr>\n";
}

std::string text_row(std::string_view name, std::string_view text) {
  return text.empty() ? std::string{} : row(name, escape_html(text));
}

std::string seconds_text(std::chrono::nanoseconds duration) {
  std::array<char, metrics::kNumberBytes> text{};
  const auto rounded = std::chrono::round<std::chrono::microseconds>(duration);
  return {text.data(), metrics::write_seconds(text.data(), rounded)};
}

/// "first; second" as a list.
std::string list_of(std::string_view text) {
  std::string html = "<ol>\n";
  while (!text.empty()) {
    const std::string_view item = text.substr(0, text.find("; "));
    text.remove_prefix(std::min(text.size(), item.size() + 2));
    html += "<li>" + escape_html(item) + "</li>\n";
  }
  return html + "</ol>\n";
}

std::string section(std::string_view title, std::string_view items) {
  if (items.empty()) return {};
  return "<h2>" + escape_html(title) + "</h2>\n" + list_of(items);
}

int rank_of(const TargetRecord& record) {
  if (!record.last) return 2;
  switch (record.last->verdict) {
    case Verdict::Failed: return 0;
    case Verdict::Degraded: return 1;
    case Verdict::Ok: return 3;
  }
  return 3;
}

std::string target_row(const TargetRecord& record) {
  std::string html =
      "<tr><td>" + target_link(record.target->id) + "</td><td>" + escape_html(state_of(record)) + "</td><td>";
  const ProbeReport* report = record.last.get();
  if (report == nullptr) return html + "</td><td></td><td></td></tr>\n";
  html += escape_html(to_string(report->phase)) + "</td><td>";
  if (const Row* decisive = report->decisive_row()) html += reason_link(decisive->reason);
  return html + "</td><td>" + utc_milliseconds(report->time) + "</td></tr>\n";
}

std::string counts_text(const Records& records) {
  std::array<std::size_t, 4> counts{};
  for (const TargetRecord& record : records) ++counts[static_cast<std::size_t>(rank_of(record))];
  return std::to_string(records.size()) + " targets: " + std::to_string(counts[0]) + " failed, " +
         std::to_string(counts[1]) + " degraded, " + std::to_string(counts[3]) + " ok, " +
         std::to_string(counts[2]) + " pending";
}

std::string pager(std::size_t page, std::size_t pages) {
  if (pages < 2) return {};
  std::string html = "<p>Page " + std::to_string(page) + " of " + std::to_string(pages);
  if (1 < page) html += " " + link("/?page=" + std::to_string(page - 1), "previous");
  if (page < pages) html += " " + link("/?page=" + std::to_string(page + 1), "next");
  return html + "</p>\n";
}

std::string phases_table(const ProbeReport& report) {
  std::string html =
      "<h2>Phases</h2>\n<table border=\"1\">\n<tr><th>phase</th><th>outcome</th><th>seconds</th></tr>\n";
  for (const PhaseResult& phase : report.phases)
    html += "<tr><td>" + escape_html(to_string(phase.phase)) + "</td><td>" +
            escape_html(to_string(phase.outcome)) + "</td><td>" +
            (phase.outcome == Outcome::Skipped ? std::string{} : seconds_text(phase.duration)) +
            "</td></tr>\n";
  return html + "</table>\n";
}

std::string findings_list(const ProbeReport& report) {
  if (report.findings.empty()) return {};
  std::string html = "<h2>Findings</h2>\n<ul>\n";
  for (const Finding& finding : report.findings)
    html += "<li>" + escape_html(to_string(finding.severity)) + ": " +
            (finding.row != nullptr ? reason_link(finding.row->reason) : std::string{}) + " " +
            escape_html(finding.detail) + "</li>\n";
  return html + "</ul>\n";
}

std::string report_rows(const ProbeReport& report) {
  std::string html = text_row("last probe", utc_milliseconds(report.time)) +
                     text_row("duration", seconds_text(report.duration) + " s") +
                     text_row("attempts", std::to_string(report.attempts)) +
                     text_row("address", report.address) + text_row("phase", to_string(report.phase));
  if (const Row* decisive = report.decisive_row()) {
    html += row("reason", reason_link(decisive->reason));
    html += text_row("scenario", to_string(decisive->scenario));
    html += text_row("meaning", decisive->meaning);
  }
  if (report.failure) html += text_row("detail", report.failure->detail);
  if (report.tls) html += text_row("TLS", report.tls->version + " " + report.tls->cipher);
  if (report.tls && report.tls->certificate) {
    html += text_row("certificate", report.tls->certificate->subject);
    html += text_row("SHA-256", report.tls->certificate->fingerprint_sha256);
  }
  if (report.nla) html += text_row("server", report.nla->computer + " " + report.nla->os_build);
  return html;
}

}  // namespace

std::string escape_html(std::string_view text) {
  std::string escaped;
  escaped.reserve(text.size());
  for (const char c : text) {
    switch (c) {
      case '&': escaped += "&amp;"; break;
      case '<': escaped += "&lt;"; break;
      case '>': escaped += "&gt;"; break;
      case '"': escaped += "&quot;"; break;
      case '\'': escaped += "&#39;"; break;
      default: escaped += c;
    }
  }
  return escaped;
}

std::string fleet_html(const Records& records, std::string_view version, std::size_t page) {
  std::vector<const TargetRecord*> order;
  order.reserve(records.size());
  for (int rank = 0; rank < 4; ++rank)
    for (const TargetRecord& record : records)
      if (rank_of(record) == rank) order.push_back(&record);
  const std::size_t pages = std::max<std::size_t>(1, (order.size() + kTargetsPerPage - 1) / kTargetsPerPage);
  page = std::clamp<std::size_t>(page, 1, pages);

  std::string html = head("rdpwatch");
  html += "<p>Version " + escape_html(version) + ". " + link("/metrics", "metrics") + ", " +
          link("/config", "configuration") + ", " + link("/sd", "service discovery") + ", " +
          link("/api/v1/targets", "targets as JSON") + ", " + link("/-/ready", "readiness") + "</p>\n<p>" +
          counts_text(records) + ".</p>\n" + pager(page, pages);
  html +=
      "<table border=\"1\">\n<tr><th>target</th><th>state</th><th>phase</th><th>reason</th>"
      "<th>last probe</th></tr>\n";
  const std::size_t end = std::min(order.size(), page * kTargetsPerPage);
  for (std::size_t i = (page - 1) * kTargetsPerPage; i < end; ++i) html += target_row(*order[i]);
  html += "</table>\n" + pager(page, pages);
  html += kTail;
  return html;
}

std::string target_html(const TargetRecord& record) {
  const config::Target& target = *record.target;
  std::string html = head(target.id) + "<p>" + link("/", "all targets") + ", " +
                     link("/api/v1/targets/" + percent_encode(target.id), "as JSON") + ", " +
                     link("/probe?debug=true&target=" + percent_encode(target.id), "probe now, with a log") +
                     "</p>\n<table>\n";
  html += text_row("state", state_of(record)) + text_row("endpoint", target.endpoint()) +
          text_row("module", target.module ? target.module->name : "");
  for (const auto& [name, value] : target.labels) html += text_row(name, value);
  html += text_row("probes", std::to_string(record.runs)) +
          text_row("of them failed", std::to_string(record.failures));
  if (!record.last) return html + "</table>\n" + std::string{kTail};
  html += report_rows(*record.last) + "</table>\n" + phases_table(*record.last) + findings_list(*record.last);
  if (const Row* decisive = record.last->decisive_row()) html += section("What to do", decisive->advice);
  html += kTail;
  return html;
}

std::string runbook_html(const RunbookSection& section) {
  return head(section.id) + "<p>" + link("/", "all targets") + "</p>\n" + runbook_body_html(section) +
         std::string{kTail};
}

}  // namespace rdpwatch::daemon

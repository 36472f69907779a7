#include "daemon/ladder.h"

#include <fmt/core.h>

#include "daemon/report_text.h"

namespace rdpwatch::daemon {
namespace {

Ink ink_of(Verdict verdict) {
  switch (verdict) {
    case Verdict::Ok: return Ink::Green;
    case Verdict::Degraded: return Ink::Yellow;
    case Verdict::Failed: return Ink::Red;
  }
  return Ink::Plain;
}

Ink ink_of(Severity severity) {
  switch (severity) {
    case Severity::Info: return Ink::Dim;
    case Severity::Warning: return Ink::Yellow;
    case Severity::Critical: return Ink::Red;
  }
  return Ink::Plain;
}

std::string_view sign(Outcome outcome, bool utf8) {
  switch (outcome) {
    case Outcome::Ok: return utf8 ? "✔" : "+";
    case Outcome::Failed: return utf8 ? "✘" : "x";
    case Outcome::Skipped: return utf8 ? "·" : ".";
  }
  return "";
}

std::string rung(const PhaseResult& result, bool last, const ProbeReport& report, const TextStyle& style) {
  const std::string_view branch = style.utf8 ? (last ? "└─ " : "├─ ") : (last ? "`- " : "|- ");
  const bool skipped = result.outcome == Outcome::Skipped;
  const auto time = skipped ? std::string{"-"} : duration_text(result.duration);
  const auto outcome = fmt::format("{} {:<7}", sign(result.outcome, style.utf8), to_string(result.outcome));
  const auto first =
      fmt::format("  {}{}  {:<9} {:>9}  ", branch, paint(outcome_ink(result.outcome), outcome, style),
                  to_string(result.phase), time);
  const auto seen = result.outcome == Outcome::Ok ? evidence_text(result.phase, report)
                    : result.outcome == Outcome::Failed && report.failure
                        ? std::string{report.failure->row->reason}
                        : std::string{};
  constexpr std::size_t kLeastRoom = 16, kOwnLine = 8;
  if (columns(first) + kLeastRoom <= style.width) return wrapped(first, seen, columns(first), style);
  return wrapped(first, "", 0, style) +
         (seen.empty() ? "" : wrapped(std::string(kOwnLine, ' '), seen, kOwnLine, style));
}

std::string heading(const ProbeReport& report, const TextStyle& style) {
  std::string verdict{to_string(report.verdict)};
  if (report.failure) verdict += fmt::format(" at {}", to_string(report.failure->phase));
  if (const Row* row = report.decisive_row()) verdict += fmt::format(": {}", row->reason);
  return wrapped(paint(Ink::Bold, report.target, style) + "  ", paint(ink_of(report.verdict), verdict, style),
                 2, style);
}

std::string course(const ProbeReport& report) {
  const auto times =
      report.attempts == 1 ? std::string{"1 attempt"} : fmt::format("{} attempts", report.attempts);
  return fmt::format("{} in {}, module {}", times, duration_text(report.duration), report.module);
}

std::string findings(const ProbeReport& report, const TextStyle& style) {
  std::string out;
  for (const Finding& finding : report.findings) {
    const auto severity = paint(ink_of(finding.severity), to_string(finding.severity), style);
    const auto text = fmt::format("{}: {} ({})", severity, finding.row->reason, to_string(finding.phase));
    out +=
        field("finding",
              joined(text, finding.detail.empty() ? finding.row->observation : finding.detail, ": "), style);
  }
  return out;
}

std::string server(const ProbeReport& report) {
  if (!report.nla) return {};
  const auto& nla = *report.nla;
  auto text = joined(nla.computer, nla.dns_name);
  text = joined(std::move(text), nla.domain.empty() ? "" : "domain " + nla.domain);
  if (!nla.os_build.empty())
    text = joined(std::move(text), nla.os_release.empty()
                                       ? "build " + nla.os_build
                                       : fmt::format("{} ({})", nla.os_release, nla.os_build));
  if (nla.clock_skew) {
    const auto seconds = std::chrono::duration<double>(*nla.clock_skew).count();
    text = joined(std::move(text), fmt::format("clock {:+.1f} s", seconds));
  }
  return text;
}

std::string certificate(const ProbeReport& report, const TextStyle& style) {
  if (!report.tls || !report.tls->certificate) return {};
  const auto& leaf = *report.tls->certificate;
  const auto issuer = leaf.self_signed ? std::string{"self-signed"} : "issued by " + leaf.issuer;
  return field("certificate",
               fmt::format("{}, {}, valid {} to {}, {}", leaf.subject, issuer, date_text(leaf.not_before),
                           date_text(leaf.not_after), leaf.key),
               style) +
         field("", "SHA-256 " + leaf.fingerprint_sha256, style);
}

}  // namespace

std::string rungs(const ProbeReport& report, const TextStyle& style) {
  std::string out;
  for (const PhaseResult& result : report.phases)
    out += rung(result, &result == &report.phases.back(), report, style);
  const Row* row = report.decisive_row();
  if (report.failure) {
    out += field("seen", report.failure->detail.empty() ? row->observation : report.failure->detail, style);
    out += field("meaning", row->meaning, style);
    out += field("scenario", to_string(row->scenario), style);
    out += field("user sees", user_sees_text(*row), style);
  }
  out += findings(report, style);
  if (row != nullptr && !report.failure) out += field("user sees", user_sees_text(*row), style);
  out += field("server", server(report), style);
  out += certificate(report, style);
  out += field("probe", course(report), style);
  return out;
}

std::string ladder(const ProbeReport& report, const TextStyle& style) {
  auto out = heading(report, style) + rungs(report, style);
  if (report.context) {
    out += field("from", egress_text(report.context->egress), style);
    out += field("to", report.address + ", " + report.context->target_kind + " address", style);
  }
  if (const Row* row = report.decisive_row()) out += numbered("what to do", split_items(row->advice), style);
  return for_output(std::move(out), style);
}

}  // namespace rdpwatch::daemon

#include <algorithm>

#include "daemon/page/target_parts.h"
#include "daemon/report_text.h"

namespace rdpwatch::daemon::page {
namespace {

using std::chrono::nanoseconds;

std::string_view class_of(Outcome outcome) {
  switch (outcome) {
    case Outcome::Ok: return "ok";
    case Outcome::Failed: return "failed";
    case Outcome::Skipped: return "pending";
  }
  return "";
}

/// Where in the climb the phase lay, drawn to scale. The numbers stand beside it.
Html bar(Outcome outcome, nanoseconds begin, nanoseconds took, nanoseconds whole) {
  Html html;
  if (outcome == Outcome::Skipped || whole == nanoseconds{0}) return html;
  constexpr std::int64_t kWidth = 1000, kLeast = 8;
  const auto scaled = [whole](nanoseconds part) {
    return static_cast<std::int64_t>(static_cast<double>(part.count()) * kWidth /
                                     static_cast<double>(whole.count()));
  };
  const std::int64_t width = std::max(scaled(took), kLeast);
  html.add("<svg class=\"bar\" viewBox=\"0 0 {} 10\" preserveAspectRatio=\"none\" aria-hidden=\"true\">",
           kWidth);
  html.add("<rect class=\"{}\" x=\"{}\" y=\"0\" width=\"{}\" height=\"10\"/></svg>", class_of(outcome),
           std::min(scaled(begin), kWidth - width), width);
  return html;
}

Html seen(const PhaseResult& phase, const ProbeReport& report) {
  Html html;
  const bool stopped = phase.outcome == Outcome::Failed && report.failure;
  if (!stopped) return html.add("{}", phase.outcome == Outcome::Ok ? evidence_text(phase.phase, report) : "");
  const Failure& failure = *report.failure;
  html.add("{}: {}", reason_link(failure.row->reason),
           failure.detail.empty() ? failure.row->observation : std::string_view{failure.detail});
  return html;
}

}  // namespace

Html ladder_section(const ProbeReport& report) {
  nanoseconds whole{0};
  for (const PhaseResult& phase : report.phases) whole += phase.duration;
  Html html;
  html.add("<section>\n<h2>Ladder</h2>\n<p>{} {} in {}, module {}, begun {}</p>\n", report.attempts,
           report.attempts == 1 ? "attempt" : "attempts", duration_text(report.duration), report.module,
           absolute_time(report.time));
  Html rows;
  nanoseconds begin{0};
  for (const PhaseResult& phase : report.phases) {
    rows.add(
        "<tr><th scope=\"row\">{}</th><td>{}</td><td class=\"number\">{}</td><td>{}</td><td>{}</td></tr>\n",
        to_string(phase.phase), outcome_badge(phase.outcome),
        phase.outcome == Outcome::Skipped ? std::string{} : duration_text(phase.duration),
        bar(phase.outcome, begin, phase.duration, whole), seen(phase, report));
    begin += phase.duration;
  }
  return html.add("{}</section>\n", table("ladder", Html{}.add("The phases of the last attempt"),
                                          headings({"Phase", "Outcome", "Time", "Course", "Seen"}), rows));
}

Html meaning_section(const ProbeReport& report) {
  Html html;
  const Row* row = report.decisive_row();
  if (row == nullptr) return html;
  const std::string sees = user_sees_text(*row);
  html.add("<section>\n<h2>What it means</h2>\n<p>{}</p>\n<dl>\n{}{}{}</dl>\n", row->meaning,
           detail("user sees", sees.empty() ? std::string_view{"not known"} : std::string_view{sees}),
           detail("scenario", to_string(row->scenario)), detail("runbook", reason_link(row->reason)));
  return html.add("<h3>What to do</h3>\n{}</section>\n", ordered_list(row->advice));
}

Html findings_section(const ProbeReport& report) {
  Html html;
  if (report.findings.empty()) return html;
  for (const Finding& finding : report.findings)
    html.add("<tr><td>{}</td><th scope=\"row\">{}</th><td>{}</td><td>{}</td></tr>\n",
             severity_badge(finding.severity), reason_link(finding.row->reason), to_string(finding.phase),
             finding.detail.empty() ? finding.row->observation : std::string_view{finding.detail});
  return table("findings", Html{}.add("Findings"), headings({"Severity", "Finding", "Phase", "Seen"}), html);
}

}  // namespace rdpwatch::daemon::page

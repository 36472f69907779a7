#include "daemon/diagnosis/diagnosis_text.h"

#include <algorithm>

#include <fmt/core.h>

#include "daemon/ladder.h"
#include "daemon/report_json.h"
#include "daemon/report_text.h"
#include "probes/path/trace_text.h"

namespace rdpwatch::daemon {
namespace {

std::string step_line(std::size_t number, const DiagnosisStep& step, const TextStyle& style) {
  const auto title = paint(Ink::Bold, fmt::format("{} {}", number, step.title), style);
  const auto outcome = paint(outcome_ink(step.outcome), to_string(step.outcome), style);
  return wrapped(fmt::format("{}  {}  ", title, outcome), step.says, 2, style);
}

/// What became of it at the end of the path.
std::string end_of_path(const path::PathTrace& trace) {
  using path::End;
  switch (trace.end) {
    case End::Accepted: return "accepts";
    case End::Refused: return "resets";
    case End::ResetOnTheWay:
    case End::ResetUnplaced: return "a reset in its name";
    case End::Silent: return "silence";
    case End::Rejected:
      return trace.by == path::By::Host ? "rejects: " + path::icmp_words(*trace.icmp) : "not reached";
    case End::Loop: return "not reached: a loop";
    case End::Local:
    case End::TooLong:
    case End::Echoed:
    case End::NoEcho:
    case End::Stopped: break;
  }
  return "not reached";
}

/// One line of the drawing. `ttl`: 0 when it is not known.
std::string drawn_hop(std::string_view branch, int ttl, std::string_view seen, const TextStyle& style) {
  const auto number = ttl == 0 ? std::string{} : std::to_string(ttl);
  const auto first = fmt::format("  {} {:>2}  ", branch, number);
  return wrapped(first, seen, columns(first), style);
}

/// The way from here to the host, a hop a line.
std::string drawn_path(const Diagnosis& diagnosis, const TextStyle& style) {
  const auto& trace = *diagnosis.trace;
  const std::string_view branch = style.utf8 ? "├─" : "|-", corner = style.utf8 ? "└─" : "`-";
  const bool sent = diagnosis.egress && !diagnosis.egress->address.empty();
  std::string out = "  " + (sent ? diagnosis.egress->address : std::string{"this machine"}) + "\n";
  for (const auto& hop : trace.hops) {
    auto seen = hop.address.empty() ? std::string{"no answer"} : joined(hop.address, duration_text(hop.rtt));
    const bool rejects =
        trace.end == path::End::Rejected && trace.by == path::By::Router && trace.at == hop.ttl;
    if (rejects) seen = joined(std::move(seen), paint(Ink::Red, "rejects", style));
    out += drawn_hop(branch, hop.ttl, seen, style);
  }
  const auto ink = trace.end == path::End::Accepted ? Ink::Green : Ink::Red;
  const auto end = joined(diagnosis.address, paint(ink, end_of_path(trace), style));
  return out + drawn_hop(corner, trace.host_hop, end, style);
}

std::string context(const Diagnosis& diagnosis, const TextStyle& style) {
  std::string out;
  if (diagnosis.egress) out += field("from", egress_text(*diagnosis.egress), style);
  if (!diagnosis.address.empty())
    out +=
        field("to", fmt::format("{}, {} address", diagnosis.address, path::to_string(diagnosis.address_kind)),
              style);
  return out;
}

std::string steps(const Diagnosis& diagnosis, const Conclusion& conclusion, const TextStyle& style) {
  const auto& lines = conclusion.steps;
  auto out = step_line(1, lines[0], style);
  if (diagnosis.report) out += rungs(*diagnosis.report, style);
  out += context(diagnosis, style);
  out += step_line(2, lines[1], style) + step_line(3, lines[2], style);
  if (diagnosis.by_address) out += rungs(*diagnosis.by_address, style);
  out += step_line(4, lines[3], style);
  if (diagnosis.trace) out += drawn_path(diagnosis, style);
  return out;
}

std::vector<std::string_view> views(const std::vector<std::string>& items) {
  return {items.begin(), items.end()};
}

std::string heading(const Diagnosis& diagnosis) {
  return fmt::format("{} at {}", diagnosis.target, utc_milliseconds(diagnosis.time));
}

}  // namespace

std::string diagnosis_text(const Diagnosis& diagnosis, const TextStyle& style) {
  const auto conclusion = conclude(diagnosis);
  auto out = wrapped("", paint(Ink::Bold, heading(diagnosis), style), 2, style);
  out += steps(diagnosis, conclusion, style);
  out += paint(Ink::Bold, "in short", style) + "\n";
  out += field("verdict", conclusion.verdict, style);
  out += field("look at", conclusion.suspect, style);
  out += field("connections", connections_text(diagnosis), style);
  out += numbered("what to do", views(conclusion.next), style);
  return for_output(std::move(out), style);
}

std::string diagnosis_markdown(const Diagnosis& diagnosis) {
  const auto conclusion = conclude(diagnosis);
  // What comes from elsewhere stands in code spans or in the fenced block, where it means nothing.
  const auto harmless = [](std::string text) {
    std::ranges::replace(text, '`', '\'');
    return text;
  };
  auto out = fmt::format("### `{}`\n\n`{}`\n\n", harmless(heading(diagnosis)), harmless(conclusion.verdict));
  if (!conclusion.suspect.empty()) out += fmt::format("Look at: `{}`\n\n", harmless(conclusion.suspect));
  for (std::size_t i = 0; i < conclusion.next.size(); ++i)
    out += fmt::format("{}. `{}`\n", i + 1, harmless(conclusion.next[i]));
  const TextStyle plain{.width = 100, .colour = false, .utf8 = true};
  return out + "\n```\n" + harmless(steps(diagnosis, conclusion, plain)) +
         "connections: " + harmless(connections_text(diagnosis)) + "\n```\n";
}

}  // namespace rdpwatch::daemon

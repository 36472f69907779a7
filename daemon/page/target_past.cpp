#include "daemon/page/target_parts.h"
#include "daemon/report_text.h"

namespace rdpwatch::daemon::page {
namespace {

Html times_cell(const PastProbe& probe) {
  Html html;
  for (std::size_t i = 0; i < probe.took.size(); ++i) {
    if (probe.outcomes[i] == Outcome::Skipped) continue;
    html.add("{}{} {}", html.empty() ? "" : ", ", to_string(kPhases[i]), duration_text(probe.took[i]));
  }
  return html;
}

Html seen_cell(const PastProbe& probe) {
  Html html;
  if (probe.row != nullptr) html.add("{}", reason_link(probe.row->reason));
  if (!probe.failure) return html;
  if (!probe.failure->detail.empty()) html.add(": {}", probe.failure->detail);
  if (!probe.failure->trace.empty())
    html.add("<details><summary>Log</summary>\n<pre>{}</pre></details>", probe.failure->trace);
  return html;
}

}  // namespace

Html past_section(const std::vector<PastProbe>& past, Clock::time_point now) {
  Html html;
  html.add("<section>\n<h2>Last probes</h2>\n");
  if (past.empty()) return html.add("<p>None is remembered.</p>\n</section>\n");
  Html rows;
  for (const PastProbe& probe : past) {
    rows.add("<tr><th scope=\"row\">{} <small>({})</small></th><td>{} <small>at {}{}</small></td>",
             absolute_time(probe.time), relative_time(probe.time, now), state_badge(to_string(probe.verdict)),
             to_string(probe.phase), 1 < probe.attempts ? ", on retry" : "");
    rows.add("<td class=\"number\">{}</td><td>{}</td><td><small>{}</small></td></tr>\n",
             duration_text(probe.duration), seen_cell(probe), times_cell(probe));
  }
  return html.add("{}</section>\n", table("past", Html{}.add("Newest first; failed ones are kept longer"),
                                          headings({"Begun", "Verdict", "Took", "Seen", "Phases"}), rows));
}

}  // namespace rdpwatch::daemon::page

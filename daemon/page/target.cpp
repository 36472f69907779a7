#include "daemon/page/target.h"

#include "daemon/http/url.h"
#include "daemon/page/fleet_query.h"
#include "daemon/page/target_parts.h"
#include "daemon/report_text.h"

namespace rdpwatch::daemon::page {
namespace {

Html labels_text(const config::Target& target) {
  Html html;
  for (const auto& [name, value] : target.labels) {
    FleetQuery query;
    if (name == "site") query.site = value;
    else query.q = name + "=" + value;
    html.add("{}<a class=\"label\" href=\"{}\">{}={}</a>", html.empty() ? "" : " ", address_of(query), name,
             value);
  }
  return html;
}

Html state_line(const TargetRecord& record, Clock::time_point now) {
  Html html;
  html.add("<p class=\"lead\">{}", state_badge(state_of(record)));
  if (record.pause && record.pause->over) {
    html.add(" the pause has ended, no probe has finished since");
  } else if (record.pause) {
    html.add(" until {}", absolute_time(record.pause->until));
    if (!record.pause->who.empty()) html.add(" ({})", record.pause->who);
    html.add(": {}", record.pause->reason);
    if (record.last) html.add("; before that {}", state_badge(to_string(record.last->verdict)));
  } else if (!record.last) {
    html.add(" no probe has finished yet");
  }
  if (record.last) {
    if (const Row* row = record.last->decisive_row()) html.add(" {}", reason_link(row->reason));
    if (record.suspect)
      html.add(", {} while our own place was disturbed (<a href=\"/#vantage\">{}</a>)",
               severity_badge(Severity::Warning), *record.suspect);
    html.add(", {} since {} ({})", to_string(record.last->verdict), absolute_time(record.verdict_since),
             relative_time(record.verdict_since, now));
  }
  return html.add("</p>\n");
}

Html counters(const TargetRecord& record) {
  Html html;
  html.add("{}, of them {} failed", record.runs, record.failures);
  if (1 < record.consecutive_failures) html.add(", the last {} in a row", record.consecutive_failures);
  return html;
}

/// When it last passed, and how long each phase took then.
Html passed_last(const TargetRecord& record, Clock::time_point now) {
  if (record.last_success == Clock::time_point{}) return Html{}.add("not since it is watched");
  Html html = relative_time(record.last_success, now);
  if (!record.last_good || record.last_good == record.last) return html;
  for (const PhaseResult& phase : record.last_good->phases)
    if (phase.outcome == Outcome::Ok)
      html.add(", {} {}", to_string(phase.phase), duration_text(phase.duration));
  if (record.last_good->nla) html.add(", build {}", record.last_good->nla->os_build);
  return html;
}

Html overview(const TargetRecord& record, Clock::time_point now) {
  const config::Target& target = *record.target;
  Html html;
  html.add("<dl>\n{}{}{}{}", detail("endpoint", target.endpoint()),
           detail("module", target.module ? target.module->name : ""), detail("labels", labels_text(target)),
           detail("probes", counters(record)));
  html.add("{}</dl>\n", detail("passed last", passed_last(record, now)));
  return html;
}

Html probed_note(const ProbedNow& probed, Clock::time_point now) {
  Html html;
  html.add("<section class=\"panel\" aria-labelledby=\"probed\">\n<h2 id=\"probed\">Probe now</h2>\n");
  if (probed.none && !probed.report)
    html.add("<p>There is no fresh result: {}. There is no earlier one either.</p>\n",
             to_sentence(*probed.none));
  else if (probed.none)
    html.add("<p>There is no fresh result: {}. What follows is the last one, from {}.</p>\n",
             to_sentence(*probed.none), relative_time(probed.report->time, now));
  else if (probed.report)
    html.add("<p>Probed just now: {} in {}. What follows is its result.</p>\n",
             state_badge(to_string(probed.report->verdict)), duration_text(probed.report->duration));
  if (!probed.trace.empty()) {
    html.add("<details><summary>Log of the probe</summary>\n<pre>");
    for (const std::string& line : probed.trace) html.add("{}\n", line);
    html.add("</pre></details>\n");
  }
  return html.add("</section>\n");
}

Html links(const config::Target& target) {
  const std::string id = http::percent_encode(target.id);
  Html html;
  html.add(
      "<section>\n<h2>Elsewhere</h2>\n<ul>\n<li><a href=\"/api/v1/targets/{}\">this target as "
      "JSON</a></li>\n",
      id);
  html.add(
      "<li>metrics: <code>rdp_probe_failure_info{{target=\"{}\"}}</code>, "
      "<code>rdp_probe_phase_duration_seconds{{target=\"{}\"}}</code></li>\n",
      target.id, target.id);
  html.add("<li>on a terminal: <code>rdpwatch probe --config FILE {}</code></li>\n</ul>\n</section>\n",
           target.id);
  return html;
}

Html report_sections(const TargetRecord& record, const ProbeReport& report, Clock::time_point now) {
  Html html;
  html.add("{}{}{}{}", ladder_section(report), meaning_section(report), findings_section(report),
           evidence_section(report));
  html.add("<div class=\"areas\">\n{}{}{}{}</div>\n", certificate_section(report, now),
           identity_section(report), baseline_section(report), path_section(record));
  return html;
}

}  // namespace

std::string target_html(const TargetView& view, std::string_view version, Clock::time_point now) {
  const TargetRecord& record = view.record;
  Html main;
  main.add("<p class=\"up\"><a href=\"/\">Fleet</a></p>\n<h1>{}</h1>\n{}{}{}{}", record.target->id,
           state_line(record, now), overview(record, now), probe_form(view), pause_form(view));
  if (view.probed) main.add("{}", probed_note(*view.probed, now));
  const auto& report = view.probed && view.probed->report ? view.probed->report : record.last;
  if (report) main.add("{}", report_sections(record, *report, now));
  main.add("{}{}", past_section(view.past, now), links(*record.target));
  return document({record.target->id, Chapter::Elsewhere, version, now}, main);
}

}  // namespace rdpwatch::daemon::page

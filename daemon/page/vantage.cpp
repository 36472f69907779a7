#include "daemon/page/vantage.h"

namespace rdpwatch::daemon::page {
namespace {

Html check_badge(vantage::State state) {
  switch (state) {
    case vantage::State::Unknown: return badge("pending", "?", to_string(state));
    case vantage::State::Sound: return badge("ok", "✔", to_string(state));
    case vantage::State::Disturbed: return badge("failed", "✘", to_string(state));
  }
  return {};
}

}  // namespace

Html vantage_warning(const vantage::Health& health) {
  Html html;
  if (health.healthy()) return html;
  return html.add(
      "<p class=\"panel\" role=\"status\">{} Our own place is disturbed (<a href=\"#vantage\">{}</a>): what "
      "is said of hosts may be our own fault, and nobody is alerted of it.</p>\n",
      severity_badge(Severity::Warning), health.disturbed());
}

Html vantage_section(const vantage::Health& health, Clock::time_point now) {
  Html rows;
  for (const auto check : vantage::kChecks) {
    const auto& entry = health.of(check);
    rows.add("<tr><th scope=\"row\">{}</th><td>{}</td><td>{}</td><td>{}</td></tr>\n", to_string(check),
             check_badge(entry.state),
             entry.since == Clock::time_point{} ? Html{} : relative_time(entry.since, now), entry.detail);
  }
  Html html;
  return html.add("<section>\n<h2>Vantage</h2>\n{}</section>\n",
                  table("vantage", Html{}.add("Whether the fault is at this place of measuring"),
                        headings({"Check", "State", "Since", "What was seen"}), rows));
}

}  // namespace rdpwatch::daemon::page

#include "daemon/page/incidents.h"

#include "daemon/page/fleet_query.h"

namespace rdpwatch::daemon::page {
namespace {

/// Leads to its failing targets where the search of the fleet can name them.
Html shared_cell(const incidents::Incident& incident) {
  using incidents::AttributeKind;
  const auto& [kind, name, value] = incident.attribute;
  FleetQuery query{.scenario = std::string{to_string(incident.cause.scenario)}, .verdict = "failed"};
  Html html;
  if (kind == AttributeKind::Label && name == "site") query.site = value;
  else if (kind == AttributeKind::Label) query.q = name + "=" + value;
  else if (kind != AttributeKind::Vantage) return html.add("{} {}", name, value);
  return html.add("<a href=\"{}\">{} {}</a>", address_of(query), name, value);
}

}  // namespace

Html incidents_section(const incidents::Incidents& open, std::size_t pending, Clock::time_point now) {
  Html html;
  html.add("<section>\n<h2>Incidents</h2>\n");
  if (open.empty()) {
    html.add("<p>None is open.");
    if (pending != 0)
      html.add(" {} {} no verdict yet.", pending, pending == 1 ? "target has" : "targets have");
    return html.add("</p>\n</section>\n");
  }
  Html rows;
  for (const auto& incident : open)
    rows.add(
        "<tr><th scope=\"row\">{}</th><td>{} of {}</td><td>{}</td><td>{}</td><td class=\"extra\">"
        "<code>{}</code></td></tr>\n",
        shared_cell(incident), incident.failing, incident.members, reason_link(incident.reason),
        relative_time(incident.since, now), incident.id);
  Html head = headings({"They share", "Fail", "Reason of most", "Since"});
  head.add("<th scope=\"col\" class=\"extra\">Incident</th>");
  return html.add("{}<p><a href=\"/api/v1/incidents\">with their targets, as JSON</a></p>\n</section>\n",
                  table("incidents", Html{}.add("One cause behind several targets each"), head, rows));
}

}  // namespace rdpwatch::daemon::page

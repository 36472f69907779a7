#include "daemon/page/target_parts.h"
#include "daemon/path_text.h"
#include "daemon/report_text.h"

namespace rdpwatch::daemon::page {
namespace {

Html hops(const path::PathTrace& trace) {
  Html rows;
  for (const auto& hop : trace.hops)
    rows.add("<tr><td class=\"number\">{}</td><th scope=\"row\">{}</th><td class=\"number\">{}</td></tr>\n",
             hop.ttl, hop.address.empty() ? std::string_view{"no answer"} : std::string_view{hop.address},
             hop.address.empty() ? std::string{} : duration_text(hop.rtt));
  if (rows.empty()) return rows;
  return table("hops", Html{}.add("Routers on the way"), headings({"Hop", "Address", "Time"}), rows);
}

std::string occasion(const PathLook& look) {
  return look.row == nullptr ? std::string{"the daily one, by ping"}
                             : fmt::format("after {}", look.row->reason);
}

}  // namespace

Html path_section(const TargetRecord& record) {
  if (!record.path)
    return not_measured("Path", "The way there is traced when a connection fails, and once a day.");
  const PathLook& look = *record.path;
  Html html;
  html.add("<section class=\"area\">\n<h2>Path</h2>\n<dl>\n{}{}{}", detail("seen", path_text(look)),
           detail("traced", Html{}.add("{}, {}", absolute_time(look.time), occasion(look))),
           detail("ping", ping_text(look.seen.ping)));
  if (record.path_when_well && record.path_when_well != record.path)
    html.add("{}", detail("before", path_change_text(look, *record.path_when_well)));
  if (const auto* const failing = look_at_failure(record))
    html.add("{}", detail("first of all", path_advice(*failing, record.target->port)));
  return html.add("</dl>\n{}</section>\n", hops(look.seen.trace));
}

}  // namespace rdpwatch::daemon::page

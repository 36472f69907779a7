#include "daemon/page/fleet.h"

#include <algorithm>
#include <array>
#include <optional>

#include "daemon/explain.h"
#include "daemon/page/fleet_select.h"
#include "daemon/page/incidents.h"
#include "daemon/page/pieces.h"
#include "daemon/page/search_panel.h"
#include "daemon/page/vantage.h"

namespace rdpwatch::daemon::page {
namespace {

constexpr std::array<std::string_view, 5> kStates{"failed", "degraded", "pending", "paused", "ok"};

std::size_t count_of(const std::map<std::string_view, std::size_t>& facet, std::string_view value) {
  const auto it = facet.find(value);
  return it == facet.end() ? 0 : it->second;
}

/// "40 targets: 24 failed, ..." as links to what they count.
Html counts(const FleetView& view, const FleetQuery& query) {
  Html html;
  html.add("<nav aria-label=\"Targets by state\"><ul class=\"counts\">\n");
  const auto entry = [&](std::string_view state, std::size_t count, const Html& text) {
    FleetQuery filtered{.sort = query.sort, .descending = query.descending, .refresh = query.refresh};
    filtered.verdict = state;
    const bool here = query.verdict == state && (query.filters() || state.empty());
    html.add("<li><a href=\"{}\"{}><strong>{}</strong> {}</a></li>\n", address_of(filtered),
             here ? Html{}.add(" aria-current=\"true\"") : Html{}, count, text);
  };
  entry("", view.total, Html{}.add("targets"));
  for (const std::string_view state : kStates)
    entry(state, count_of(view.facets.states, state), state_badge(state));
  return html.add("</ul></nav>\n");
}

/// A list to choose from, with how many targets have each value; what is chosen is there even when none has.
Html choice(std::string_view name, std::string_view label, const std::string& chosen,
            const std::map<std::string_view, std::size_t>& facet) {
  Html html;
  html.add(
      "<div><label for=\"{}\">{}</label>\n<select id=\"{}\" name=\"{}\">\n<option value=\"\">any</option>\n",
      name, label, name, name);
  const auto option = [&](std::string_view value, std::size_t count) {
    html.add("<option value=\"{}\"{}>{} ({})</option>\n", value,
             value == chosen ? Html{}.add(" selected") : Html{}, value, count);
  };
  if (!chosen.empty() && !facet.contains(chosen)) option(chosen, 0);
  for (const auto& [value, count] : facet) option(value, count);
  html.add("</select></div>\n");
  return html;
}

Html search_form(const FleetView& view, const FleetQuery& query) {
  Html html;
  html.add(
      "<form class=\"filters\" action=\"/\" method=\"get\" role=\"search\" aria-label=\"Search and "
      "filter\">\n"
      "<div class=\"wide\"><label for=\"q\">Search: host, address, reason, label=value, or codes such as "
      "0x904 0x7</label>\n<input type=\"search\" id=\"q\" name=\"q\" value=\"{}\" "
      "autocomplete=\"off\"></div>\n",
      query.q);
  html.add("{}{}{}{}{}", choice("verdict", "State", query.verdict, view.facets.states),
           choice("site", "Site", query.site, view.facets.sites),
           choice("reason", "Reason", query.reason, view.facets.reasons),
           choice("scenario", "Scenario", query.scenario, view.facets.scenarios),
           choice("phase", "Failed at", query.phase, view.facets.phases));
  if (query.sort != SortBy::Verdict || query.descending)
    html.add("<input type=\"hidden\" name=\"sort\" value=\"{}{}\">\n", query.descending ? "-" : "",
             name_of(query.sort));
  if (query.refresh != 0) html.add("<input type=\"hidden\" name=\"refresh\" value=\"{}\">\n", query.refresh);
  html.add("<div class=\"buttons\"><button type=\"submit\">Show</button>{}</div>\n</form>\n",
           query.filters() ? Html{}.add(" <a href=\"/\">Show all</a>") : Html{});
  return html;
}

struct Column {
  std::string_view title;
  std::optional<SortBy> sort;
  bool extra;  ///< left out on narrow screens
};
constexpr std::array<Column, 9> kColumns{{{"Target", SortBy::Host, false},
                                          {"State", SortBy::Verdict, false},
                                          {"Since", SortBy::Since, false},
                                          {"Phase", SortBy::Phase, true},
                                          {"Reason", SortBy::Reason, false},
                                          {"User sees", SortBy::Code, false},
                                          {"Site", SortBy::Site, true},
                                          {"Labels", std::nullopt, true},
                                          {"Last probe", SortBy::Probed, true}}};

Html heading(const Column& column, const FleetQuery& query) {
  Html html;
  const Html kind = column.extra ? Html{}.add(" class=\"extra\"") : Html{};
  if (!column.sort) return html.add("<th scope=\"col\"{}>{}</th>", kind, column.title);
  const bool sorted = query.sort == *column.sort;
  FleetQuery next = query;
  next.page = 1;
  next.descending = sorted && !query.descending;
  next.sort = *column.sort;
  Html order;
  if (sorted) order.add(" aria-sort=\"{}\"", query.descending ? "descending" : "ascending");
  const std::string_view sign = !sorted ? "" : query.descending ? " ▼" : " ▲";
  html.add("<th scope=\"col\"{}{}><a href=\"{}\">{}<span aria-hidden=\"true\">{}</span></a></th>", kind,
           order, address_of(next), column.title, sign);
  return html;
}

Html labels_cell(const config::Target& target) {
  Html html;
  for (const auto& [name, value] : target.labels) {
    if (name == "site") continue;
    FleetQuery query;
    query.q = name + "=" + value;
    html.add("{}<a class=\"label\" href=\"{}\">{}={}</a>", html.empty() ? "" : " ", address_of(query), name,
             value);
  }
  return html;
}

Html site_cell(const config::Target& target) {
  FleetQuery query;
  query.site = site_of(target);
  Html html;
  if (!query.site.empty()) html.add("<a href=\"{}\">{}</a>", address_of(query), query.site);
  return html;
}

Html state_cell(const TargetRecord& record) {
  Html html = state_badge(state_of(record));
  if (record.suspect) html.add(" <small>suspect</small>");
  if (!record.pause) return html;
  return html.add(" <small>{}{}</small>",
                  record.last ? "was " + std::string{to_string(record.last->verdict)} + "; " : "",
                  record.pause->reason);
}

Html row(const TargetRecord& record, Clock::time_point now) {
  const ProbeReport* report = record.last.get();
  const Row* reason = report != nullptr ? report->decisive_row() : nullptr;
  Html html;
  html.add("<tr class=\"{}\"><th scope=\"row\">{}</th><td>{}</td><td>{}</td><td class=\"extra\">{}</td>",
           state_of(record), target_link(record.target->id), state_cell(record),
           report != nullptr ? relative_time(record.verdict_since, now) : Html{},
           report != nullptr ? to_string(report->phase) : std::string_view{});
  html.add("<td>{}</td><td class=\"code\">{}</td>", reason != nullptr ? reason_link(reason->reason) : Html{},
           reason != nullptr ? to_string(reason->client) : std::string{});
  html.add("<td class=\"extra\">{}</td><td class=\"extra\">{}</td><td class=\"extra\">{}</td></tr>\n",
           site_cell(*record.target), labels_cell(*record.target),
           report != nullptr ? relative_time(report->time, now) : Html{}.add("not yet"));
  return html;
}

Html fleet_table(const FleetView& view, const FleetQuery& query, Clock::time_point now) {
  Html caption, head, rows;
  caption.add("{} of {} targets", view.matching, view.total);
  if (1 < view.pages) caption.add(", page {} of {}", view.page, view.pages);
  for (const Column& column : kColumns) head.add("{}", heading(column, query));
  for (const TargetRecord* record : view.rows) rows.add("{}", row(*record, now));
  if (view.rows.empty())
    rows.add("<tr><td colspan=\"{}\">{}</td></tr>\n", kColumns.size(),
             view.total == 0 ? "No target is configured." : "No target fits this search.");
  return table("targets", caption, head, rows);
}

Html pager(const FleetView& view, const FleetQuery& query) {
  Html html;
  if (view.pages < 2) return html;
  html.add("<nav class=\"pager\" aria-label=\"Pages of the table\"><ul>\n");
  const auto entry = [&](std::size_t page, std::string_view text) {
    FleetQuery other = query;
    other.page = page;
    html.add("<li><a href=\"{}\">{}</a></li>\n", address_of(other), text);
  };
  if (1 < view.page) {
    entry(1, "first");
    entry(view.page - 1, "previous");
  }
  html.add("<li>page {} of {}</li>\n", view.page, view.pages);
  if (view.page < view.pages) {
    entry(view.page + 1, "next");
    entry(view.pages, "last");
  }
  html.add("</ul></nav>\n");
  return html;
}

/// A page that changes by itself loses the place of whoever reads it: only for those who ask.
Html refresh_link(const FleetQuery& query) {
  constexpr std::size_t kSeconds = 30;
  FleetQuery other = query;
  other.refresh = query.refresh == 0 ? kSeconds : 0;
  Html html;
  html.add("<p class=\"refresh\"><a href=\"{}\">Load again</a>, ", address_of(query));
  if (query.refresh == 0)
    html.add("<a href=\"{}\">load again every {} s</a></p>\n", address_of(other), kSeconds);
  else
    html.add("loaded again every {} s, <a href=\"{}\">stop that</a></p>\n", query.refresh, address_of(other));
  return html;
}

}  // namespace

std::string fleet_html(const Records& records, const FleetQuery& query, std::string_view version,
                       Clock::time_point now, const incidents::Incidents& open,
                       const vantage::Health& health) {
  const Search search{query.q};
  const FleetView view = select(records, query, search);
  Html main;
  const auto pending = static_cast<std::size_t>(std::ranges::count_if(
      records, [](const TargetRecord& record) { return record.last == nullptr && !record.pause; }));
  const Html section = incidents_section(open, pending, now);
  const Html none;
  main.add("<h1>Fleet</h1>\n{}{}{}{}{}", vantage_warning(health), counts(view, query),
           open.empty() ? none : section, search_form(view, query), search_panel(search, view.facets));
  main.add("{}{}{}", fleet_table(view, query, now), pager(view, query), refresh_link(query));
  main.add("<div class=\"areas\">\n{}{}</div>\n", open.empty() ? section : none,
           vantage_section(health, now));
  return document({"the fleet", Chapter::Fleet, version, now}, main);
}

}  // namespace rdpwatch::daemon::page

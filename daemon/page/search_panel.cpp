#include "daemon/page/search_panel.h"

#include "daemon/page/pieces.h"
#include "daemon/report_json.h"
#include "probes/taxonomy/client_codes.h"

namespace rdpwatch::daemon::page {
namespace {

Html code_sentence(std::string_view label, std::uint32_t code, const ClientCodeName* name) {
  Html html;
  html.add("<p><strong>{} {}</strong> ({}): ", label, hex_code(code), code);
  if (name == nullptr) return html.add("no source that we know names this number</p>\n");
  return html.add("{} ({})</p>\n", name->meaning, to_string(name->source));
}

/// How many targets are in the state of `row` now, as a link to them.
Html now_cell(const Row& row, const Facets& facets) {
  const auto it = facets.reasons.find(row.reason);
  Html html;
  if (row.availability != Availability::Now) return html.add("{}", why_not_now(row));
  if (it == facets.reasons.end()) return html.add("none");
  FleetQuery query;
  query.reason = row.reason;
  return html.add("<a href=\"{}\">{} {}</a>", address_of(query), it->second,
                  it->second == 1 ? "target" : "targets");
}

Html candidate_row(const Candidate& candidate, const Facets& facets) {
  const Row& row = *candidate.row;
  Html html;
  html.add("<tr><th scope=\"row\">{}</th><td>{} <small>({})</small></td><td>{}</td>", reason_link(row.reason),
           to_string(candidate.client), to_string(candidate.client.basis), now_cell(row, facets));
  html.add("<td>{}<br><small>Told apart: {}</small></td></tr>\n", row.observation, row.told_apart_by);
  return html;
}

Html codes_panel(const Search& search, const Facets& facets) {
  const DialogCodes& codes = *search.codes();
  Html html;
  html.add(
      "<section class=\"panel\" aria-labelledby=\"codes\">\n<h2 id=\"codes\">What these codes may "
      "mean</h2>\n");
  if (codes.code)
    html.add("{}", code_sentence("Error code", *codes.code, find_disconnect_reason(*codes.code)));
  if (codes.extended)
    html.add("{}",
             code_sentence("Extended error code", *codes.extended, find_extended_reason(*codes.extended)));
  if (search.behind().empty())
    return html.add("<p>No reason is known to show these codes.</p>\n</section>\n");
  std::size_t showing = 0;
  for (const Candidate& candidate : search.behind())
    if (const auto it = facets.reasons.find(candidate.row->reason); it != facets.reasons.end())
      showing += it->second;
  html.add("<p><a href=\"#targets\">On {} {} one of them decides now</a></p>\n", showing,
           showing == 1 ? "target" : "targets");
  Html rows;
  for (const Candidate& candidate : search.behind()) rows.add("{}", candidate_row(candidate, facets));
  const bool exact = search.behind().front().match == Candidate::Match::Exact;
  const Html caption = Html{}.add("{}, the likeliest first",
                                  exact ? "Reasons that may stand behind them"
                                        : "No reason fits both; those that share one of the numbers");
  return html.add(
      "{}</section>\n",
      table("behind", caption, headings({"Reason", "User sees", "Decides now", "Observed"}), rows));
}

}  // namespace

Html search_panel(const Search& search, const Facets& facets) {
  Html html;
  if (search.codes()) return codes_panel(search, facets);
  if (const Row* row = search.reason())
    html.add(
        "<section class=\"panel\" aria-label=\"The reason\">\n<p>{}: {} Decides now: {}.</p>\n</section>\n",
        reason_link(row->reason), row->meaning, now_cell(*row, facets));
  return html;
}

}  // namespace rdpwatch::daemon::page

#include "daemon/page/reason.h"

#include <algorithm>

#include "daemon/explain.h"
#include "daemon/page/fleet_query.h"
#include "daemon/page/pieces.h"
#include "daemon/page/search.h"
#include "daemon/runbook.h"
#include "probes/sanitize.h"

namespace rdpwatch::daemon::page {
namespace {

Html shown_now(const Row& reason, const Records& records) {
  const auto count = std::ranges::count_if(
      records, [&](const TargetRecord& record) { return record.last && shows(*record.last, reason); });
  FleetQuery query;
  query.q = reason.reason;
  Html html;
  if (reason.availability != Availability::Now)
    return html.add("not seen by this release: {}", why_not_now(reason));
  if (count == 0) return html.add("no target shows it now");
  return html.add("<a href=\"{}\">{} {}</a>", address_of(query), count,
                  count == 1 ? "target shows it now" : "targets show it now");
}

/// Text in which the ids of reasons, but for `self`, are links.
Html linked(std::string_view text, std::string_view self) {
  Html html;
  for (const auto& [piece, is_reason] : pieces_of(text)) {
    if (is_reason && piece != self) html.add("{}", reason_link(piece));
    else html.add("{}", piece);
  }
  return html;
}

Html items(const RunbookPart& part, std::string_view self) {
  Html html;
  for (const auto& item : part.items) html.add("<li>{}</li>\n", linked(item, self));
  return html;
}

Html part_body(const RunbookPart& part, std::string_view self) {
  Html html;
  switch (part.layout) {
    case Layout::Paragraphs:
      for (const auto& item : part.items) html.add("<p>{}</p>\n", linked(item, self));
      return html;
    case Layout::Numbered: return html.add("<ol>\n{}</ol>\n", items(part, self));
    case Layout::Listed: return html.add("<ul>\n{}</ul>\n", items(part, self));
    case Layout::Shell:
    case Layout::PowerShell:
      html.add("<pre><code>");
      for (const auto& line : part.items) html.add("{}\n", line);
      return html.add("</code></pre>\n");
  }
  return html;
}

Html section_body(const RunbookSection& section, const Html& now) {
  Html html;
  for (const auto& line : section.lead) html.add("<p class=\"lead\">{}</p>\n", linked(line, section.id));
  if (!section.facts.empty() || !now.empty()) {
    html.add("<dl>\n");
    for (const auto& [label, text] : section.facts) html.add("{}", detail(label, text));
    html.add("{}</dl>\n", detail("now", now));
  }
  for (const auto& part : section.parts) html.add("<h2>{}</h2>\n{}", part.title, part_body(part, section.id));
  return html;
}

Html search_form() {
  return Html{}.add(
      "<form class=\"filters\" action=\"/\" method=\"get\" role=\"search\">\n"
      "<div class=\"wide\"><label for=\"q\">Search for a host, a reason, or codes such as 0x904 0x7</label>\n"
      "<input type=\"search\" id=\"q\" name=\"q\"></div>\n"
      "<div class=\"buttons\"><button type=\"submit\">Search</button></div>\n</form>\n");
}

}  // namespace

std::string section_html(const RunbookSection& section, const Records& records, std::string_view version,
                         Clock::time_point now) {
  const Row* reason = find_reason_or_family(section.id);
  Html main;
  main.add("<p class=\"up\"><a href=\"/runbook/\">Runbook</a></p>\n<h1>{}</h1>\n{}", section.id,
           section_body(section, reason != nullptr ? shown_now(*reason, records) : Html{}));
  return document({section.id, Chapter::Runbook, version, now}, main);
}

std::string runbook_html(std::string_view version, Clock::time_point now) {
  Html main;
  main.add("<h1>Runbook</h1>\n{}{}<p>About rdpwatch itself:", search_form(),
           section_body(runbook_topics().front(), {}));
  for (const RunbookSection& topic : runbook_topics().subspan(1)) main.add(" {}", reason_link(topic.id));
  main.add("</p>\n<h2>Every reason, family by family, in the order of the climb</h2>\n");
  std::string_view family;
  for (const Row& row : taxonomy()) {
    if (row.family != family) {
      if (!family.empty()) main.add("</dl>\n");
      family = row.family;
      main.add("<h3>{}</h3>\n<dl class=\"index\">\n", family);
    }
    main.add("<dt>{}</dt><dd>{}</dd>\n", reason_link(row.reason), row.observation);
  }
  main.add("</dl>\n");
  return document({"runbook", Chapter::Runbook, version, now}, main);
}

std::string error_html(int status, std::string_view sentence, std::string_view version,
                       Clock::time_point now) {
  Html main;
  main.add("<h1>{}</h1>\n<p class=\"lead\">{}</p>\n", status == 404 ? "Not found" : "This did not work",
           sentence.substr(0, sentence.find_last_not_of('\n') + 1));
  main.add(
      "<p>The <a href=\"/\">fleet</a> lists every target, the <a href=\"/runbook/\">runbook</a> every "
      "reason.</p>\n"
      "{}",
      search_form());
  return document({status == 404 ? "not found" : "error", Chapter::Elsewhere, version, now}, main);
}

std::string no_such_reason_html(std::string_view asked, std::string_view version, Clock::time_point now) {
  Html main;
  main.add("<h1>Not found</h1>\n<p class=\"lead\">There is no reason named “{}”.</p>\n", sanitize(asked));
  const auto similar = similar_reasons(asked);
  if (!similar.empty()) {
    main.add("<p>These look like it:</p>\n<ul>\n");
    for (const std::string_view reason : similar) main.add("<li>{}</li>\n", reason_link(reason));
    main.add("</ul>\n");
  }
  main.add("<p><a href=\"/runbook/\">All reasons</a></p>\n{}", search_form());
  return document({"not found", Chapter::Runbook, version, now}, main);
}

}  // namespace rdpwatch::daemon::page

#include "daemon/http/door_parts.h"
#include "daemon/http/url.h"
#include "daemon/page.h"

namespace rdpwatch::daemon::http {
namespace {

Response html_response(std::string html) {
  Response response;
  response.content_type = "text/html; charset=utf-8";
  response.headers = {{"Content-Security-Policy",
                       "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"},
                      {"Referrer-Policy", "no-referrer"}};
  response.body = std::move(html);
  return response;
}

Response first_page(const DoorParts& parts, const Request& request) {
  const auto parameters = parse_query(request.query);
  if (!parameters) return text_response(400, "the query is not well-formed");
  std::size_t page = 1;
  if (const auto it = parameters->find("page"); it != parameters->end()) {
    const auto number = parse_count(it->second);
    if (!number) return text_response(400, "page is not a number");
    page = *number;
  }
  return html_response(fleet_html(parts.store.records(), parts.version, page));
}

}  // namespace

void add_page_doors(Routes& routes, const DoorPartsPtr& parts) {
  routes.get("/", [parts](const Visit& visit) { visit.reply(first_page(*parts, visit.request)); });
  routes.get("/targets/*", [parts](const Visit& visit) {
    const TargetRecord* record = parts->store.find(visit.id);
    visit.reply(record == nullptr ? text_response(404, "no such target")
                                  : html_response(target_html(*record)));
  });
  routes.get("/runbook/",
             [](const Visit& visit) { visit.reply(html_response(runbook_html(runbook_topics().front()))); });
  routes.get("/runbook/*", [](const Visit& visit) {
    const auto section = find_runbook_section(visit.id);
    visit.reply(section ? html_response(runbook_html(*section)) : text_response(404, "no such reason"));
  });
}

}  // namespace rdpwatch::daemon::http

#include "daemon/http/door_parts.h"
#include "daemon/http/doors_json.h"
#include "daemon/http/url.h"

namespace rdpwatch::daemon::http {
namespace {

Response target_list(const DoorParts& parts, const Request& request) {
  constexpr std::size_t kDefaultLimit = 1000;
  const auto parameters = parse_query(request.query);
  if (!parameters) return text_response(400, "the query is not well-formed");
  std::size_t limit = kDefaultLimit;
  std::size_t offset = 0;
  for (const auto& [name, value] : {std::pair{"limit", &limit}, std::pair{"offset", &offset}}) {
    const auto it = parameters->find(name);
    if (it == parameters->end()) continue;
    const auto number = parse_count(it->second);
    if (!number) return text_response(400, std::string{name} + " is not a number");
    *value = *number;
  }
  return json_response(targets_json(parts.store.snapshot(), offset, limit));
}

Response json_text(std::string body) {
  Response response;
  response.content_type = "application/json";
  response.body = std::move(body);
  return response;
}

Response one_target(const DoorParts& parts, const std::string& id) {
  const TargetRecord* record = parts.store.find(id);
  if (record == nullptr) return text_response(404, "no such target");
  return json_text(target_json(*record) + "\n");
}

}  // namespace

void add_api_doors(Routes& routes, const DoorPartsPtr& parts) {
  routes.get("/api/v1/targets",
             [parts](const Visit& visit) { visit.reply(target_list(*parts, visit.request)); });
  routes.get("/api/v1/targets/*", [parts](const Visit& visit) { visit.reply(one_target(*parts, visit.id)); });
  routes.get("/api/v1/incidents", [parts](const Visit& visit) {
    visit.reply(json_text(incidents_json(parts->actions->incidents())));
  });
  routes.get("/api/v1/vantage", [parts](const Visit& visit) {
    visit.reply(json_text(vantage_json(parts->actions->vantage())));
  });
}

}  // namespace rdpwatch::daemon::http

#include <nlohmann/json.hpp>

#include "daemon/http/door_parts.h"

namespace rdpwatch::daemon::http {
namespace {

constexpr std::string_view kJson = "application/json";

std::optional<Response> refusal(const DoorParts& parts) {
  if (parts.actions->config()->web.enable_pause) return std::nullopt;
  return text_response(403, "pauses by HTTP are not enabled (web.enable_pause)");
}

Response list(const DoorParts& parts) {
  Response response;
  response.content_type = kJson;
  response.body = pauses_json(parts.actions->pauses());
  return response;
}

Response order(const DoorParts& parts, const Request& request) {
  if (auto no = refusal(parts)) return std::move(*no);
  if (!request.content_type.starts_with(kJson))
    return text_response(415, "the body must be application/json");
  auto wanted = pause_request_from(request.body);
  if (!wanted) return text_response(400, std::move(wanted.error()));
  wanted->user = request.user;
  wanted->from = request.peer;
  const auto id = parts.actions->pause(*wanted);
  if (!id) return text_response(409, id.error());
  Response response;
  response.status = 201;
  response.content_type = kJson;
  response.body = nlohmann::json{{"id", *id}}.dump() + "\n";
  return response;
}

Response end(const DoorParts& parts, const Visit& visit) {
  if (auto no = refusal(parts)) return std::move(*no);
  if (!parts.actions->end_pause(visit.id, visit.request.user, visit.request.peer))
    return text_response(404, "no such pause");
  return text_response(200, "the pause has ended");
}

}  // namespace

void add_pause_doors(Routes& routes, const DoorPartsPtr& parts) {
  routes.get("/api/v1/pauses", [parts](const Visit& visit) { visit.reply(list(*parts)); });
  routes.post("/api/v1/pauses", [parts](const Visit& visit) { visit.reply(order(*parts, visit.request)); });
  routes.post("/api/v1/pauses/*/end", [parts](const Visit& visit) { visit.reply(end(*parts, visit)); });
}

}  // namespace rdpwatch::daemon::http

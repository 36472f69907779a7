#include <nlohmann/json.hpp>

#include "daemon/http/door_parts.h"
#include "daemon/http/url.h"

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

/// Whoever keeps the pauses has written it to the audit.
Response not_ordered(std::string why) {
  auto response = text_response(409, std::move(why));
  response.audited = true;
  return response;
}

Response ordered(const std::string& id) {
  Response response;
  response.status = 201;
  response.content_type = kJson;
  response.body = nlohmann::json{{"id", id}}.dump() + "\n";
  return response;
}

void order(const DoorParts& parts, const Visit& visit) {
  const Request& request = visit.request;
  if (auto no = refusal(parts)) return visit.reply(std::move(*no));
  if (!request.content_type.starts_with(kJson))
    return visit.reply(text_response(415, "the body must be application/json"));
  auto wanted = pause_request_from(request.body);
  if (!wanted) return visit.reply(text_response(400, std::move(wanted.error())));
  wanted->user = request.user;
  wanted->from = request.peer;
  parts.actions->pause(
      *wanted, [reply = visit.reply](const auto& id) { reply(id ? ordered(*id) : not_ordered(id.error())); });
}

Response end(const DoorParts& parts, const Visit& visit) {
  if (auto no = refusal(parts)) return std::move(*no);
  if (!parts.actions->end_pause(visit.id, visit.request.user, visit.request.peer))
    return text_response(404, "no such pause");
  return text_response(200, "the pause has ended");
}

/// Leads the browser to the page of the target, which a reload then loads without sending the form again.
Response back_to(const std::string& target) {
  Response response;
  response.status = 303;
  response.headers = {{"Location", "/targets/" + percent_encode(target)}};
  return response;
}

/// By the form of the target's page: its fields are "minutes" and "reason".
void order_by_form(const DoorParts& parts, const Visit& visit) {
  if (auto no = refusal(parts)) return visit.reply(std::move(*no));
  if (parts.store.find(visit.id) == nullptr) return visit.reply(text_response(404, "no such target"));
  constexpr std::size_t kMostMinutes = 90 * 24 * 60;
  const auto field = [&visit](std::string_view name) {
    const auto it = visit.form.find(name);
    return it == visit.form.end() ? std::string{} : it->second;
  };
  const auto minutes = parse_count(field("minutes"));
  if (!minutes || kMostMinutes < *minutes)
    return visit.reply(text_response(400, "minutes is not a number, or too large"));
  PauseRequest request{.selector = {.targets = {visit.id}},
                       .duration = std::chrono::minutes{*minutes},
                       .reason = field("reason"),
                       .user = visit.request.user,
                       .from = visit.request.peer};
  const auto wanted = checked(std::move(request));
  if (!wanted) return visit.reply(text_response(400, wanted.error()));
  parts.actions->pause(*wanted, [reply = visit.reply, target = visit.id](const auto& id) {
    reply(id ? back_to(target) : not_ordered(id.error()));
  });
}

/// Ends what was ordered for this target alone: the end of another pause would wake more than its page shows.
Response end_by_form(const DoorParts& parts, const Visit& visit) {
  if (auto no = refusal(parts)) return std::move(*no);
  std::vector<std::string> ids;
  for (const Pauses::Listed& listed : parts.actions->pauses())
    if (!listed.id.empty() && listed.window->selector == config::Selector{.targets = {visit.id}})
      ids.emplace_back(listed.id);
  if (ids.empty())
    return text_response(409,
                         "this pause was not ordered for this target alone: end it where it was ordered");
  for (const std::string& id : ids) parts.actions->end_pause(id, visit.request.user, visit.request.peer);
  return back_to(visit.id);
}

}  // namespace

void add_pause_doors(Routes& routes, const DoorPartsPtr& parts) {
  routes.get("/api/v1/pauses", [parts](const Visit& visit) { visit.reply(list(*parts)); });
  routes.post("/api/v1/pauses", [parts](const Visit& visit) { order(*parts, visit); });
  routes.post("/api/v1/pauses/*/end", [parts](const Visit& visit) { visit.reply(end(*parts, visit)); });
  routes.post_form("/targets/*/pause", [parts](const Visit& visit) { order_by_form(*parts, visit); });
  routes.post_form("/targets/*/resume",
                   [parts](const Visit& visit) { visit.reply(end_by_form(*parts, visit)); });
}

}  // namespace rdpwatch::daemon::http

#include "daemon/http/doors.h"

#include <asio/co_spawn.hpp>

#include "daemon/http/door_parts.h"
#include "daemon/http/negotiate.h"
#include "daemon/page/reason.h"
#include "probes/sanitize.h"

namespace rdpwatch::daemon::http {

Response json_response(std::unique_ptr<BodySource> stream) {
  Response response;
  response.content_type = "application/json";
  response.stream = std::move(stream);
  return response;
}

void become_page(Response& response, std::string html) {
  response.content_type = "text/html; charset=utf-8";
  response.headers.emplace_back("Content-Security-Policy",
                                "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; "
                                "base-uri 'none'; frame-ancestors 'none'");
  // Nobody else learns where we are; without any, browsers would hide the origin of our forms from us as
  // well.
  response.headers.emplace_back("Referrer-Policy", "same-origin");
  response.body = std::move(html);
}

std::string in_quotes(std::string_view text) { return "\"" + sanitize(text) + "\""; }

int status_of(NoProbe why) {
  switch (why) {
    case NoProbe::Budget: return 429;
    case NoProbe::Busy:
    case NoProbe::Paused: return 409;
    case NoProbe::Limit:
    case NoProbe::Stopping: return 503;
    case NoProbe::Timeout: return 504;
    case NoProbe::Unknown: return 404;
  }
  return 500;
}

void spawn(asio::io_context& io, asio::awaitable<void> work, const Reply& reply) {
  asio::co_spawn(io, std::move(work), [reply](const std::exception_ptr& error) {
    if (error) reply(text_response(500, "this request could not be answered"));
  });
}

namespace {

Routes::Gate gate(const DoorPartsPtr& parts) {
  return [parts](const Request& request) -> std::optional<Response> {
    const auto config = parts->actions->config();
    if (!config) return text_response(503, "no configuration is active yet");
    if (auto why = foreign_origin(request, config->external_url)) return text_response(403, std::move(*why));
    return std::nullopt;
  };
}

Routes make_routes(const DoorPartsPtr& parts) {
  Routes routes{gate(parts), [parts](const Request& request) { return parts->tokens.read(request); }};
  add_page_doors(routes, parts);
  add_metrics_doors(routes, parts);
  add_probe_doors(routes, parts);
  add_api_doors(routes, parts);
  add_pause_doors(routes, parts);
  add_admin_doors(routes, parts);
  return routes;
}

/// What was asked for, with the sentence that the client got.
AuditEntry refusal_of(AuditEntry asked, const Response& response) {
  asked.result = refused(sanitize(std::string_view{response.body}.substr(0, response.body.find('\n'))));
  return asked;
}

}  // namespace

Doors::Doors(asio::io_context& io, const Store& store, const History& history,
             const metrics::SelfMetrics& self, Actions actions, std::string version)
    : actions_{std::make_shared<const Actions>(std::move(actions))}, version_{std::move(version)} {
  routes_ = std::make_shared<const Routes>(make_routes(
      std::make_shared<const DoorParts>(DoorParts{io, store, history, self, actions_, version_})));
}

Handler Doors::handler() const {
  return
      [routes = routes_, actions = actions_, version = version_](const Request& request, const Reply& reply) {
        const bool for_people = wants_html(request.accept);
        const bool changes = request.method == "POST";
        if (!for_people && !changes) return routes->answer(request, reply);
        const AuditEntry asked{AuditAction::Request, request.user, request.peer,
                               changes ? sanitize(request.method + " " + request.path) : ""};
        routes->answer(request, [reply, actions, version, asked, for_people, changes](Response response) {
          const bool sentence = 400 <= response.status && response.content_type.starts_with("text/plain");
          if (sentence && changes && !response.audited) actions->audit(refusal_of(asked, response));
          if (sentence && for_people)
            become_page(response, page::error_html(response.status, response.body, version,
                                                   std::chrono::system_clock::now()));
          reply(std::move(response));
        });
      };
}

}  // namespace rdpwatch::daemon::http

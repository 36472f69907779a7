#include "daemon/http/door_parts.h"
#include "daemon/http/negotiate.h"
#include "daemon/http/url.h"
#include "daemon/page/assets.h"
#include "daemon/page/fleet.h"
#include "daemon/page/reason.h"
#include "daemon/page/target.h"

namespace rdpwatch::daemon::http {
namespace {

using Clock = std::chrono::system_clock;

Response html_response(std::string html) {
  Response response;
  become_page(response, std::move(html));
  return response;
}

Response asset_response(const page::Asset& asset) {
  Response response;
  response.content_type = asset.content_type;
  response.headers = {{"Cache-Control", "max-age=31536000, immutable"}};
  response.body = asset.content;
  return response;
}

Response first_page(const DoorParts& parts, const Request& request) {
  const auto parameters = parse_query(request.query);
  if (!parameters) return text_response(400, "the query is not well-formed");
  const auto query = page::parse_fleet_query(*parameters);
  if (!query) return text_response(400, query.error());
  Response response =
      html_response(page::fleet_html(parts.store.records(), *query, parts.version, Clock::now(),
                                     parts.actions->incidents(), parts.actions->vantage()));
  if (query->refresh != 0) response.headers.emplace_back("Refresh", std::to_string(query->refresh));
  return response;
}

/// The token for a form of the page; empty when what it does is not enabled.
std::string token_if(bool config::Web::*enabled, const DoorParts& parts, std::string_view user) {
  const auto config = parts.actions->config();
  return config && (config->web.*enabled) ? parts.tokens.token(user) : std::string{};
}

Response target_page(const DoorParts& parts, const std::string& id, std::string_view user,
                     std::optional<page::ProbedNow> probed = {}) {
  const TargetRecord* record = parts.store.find(id);
  if (record == nullptr) return text_response(404, "there is no target " + in_quotes(id));
  const page::TargetView view{*record, parts.history.of(id),
                              token_if(&config::Web::enable_probe_now, parts, user), std::move(probed),
                              token_if(&config::Web::enable_pause, parts, user)};
  return html_response(page::target_html(view, parts.version, Clock::now()));
}

std::string outcome_of(const page::ProbedNow& probed) {
  if (probed.none == NoProbe::Timeout) return "not done: " + std::string{to_sentence(*probed.none)};
  if (probed.none) return refused(to_sentence(*probed.none));
  return "done: " + std::string{to_string(probed.report->verdict)};
}

asio::awaitable<void> probe_and_show(DoorPartsPtr parts, std::string id, std::string user, std::string peer,
                                     std::chrono::milliseconds timeout, Reply reply) {
  OnDemandResult result = co_await parts->actions->probe(id, {}, timeout, true);
  page::ProbedNow probed{std::move(result.report), result.none, std::move(result.trace)};
  const auto none = probed.none;
  parts->actions->audit({AuditAction::ProbeNow, user, std::move(peer), id, outcome_of(probed)});
  Response response = target_page(*parts, id, user, std::move(probed));
  if (none && response.status == 200) response.status = status_of(*none);
  response.audited = true;
  reply(std::move(response));
}

/// The answer is the target's page with the result: it comes within the module's time for one try.
void probe_now(const DoorPartsPtr& parts, const Visit& visit) {
  constexpr std::chrono::seconds kMargin{1};
  if (!parts->actions->config()->web.enable_probe_now)
    return visit.reply(text_response(403, "probes by this page are not enabled (web.enable_probe_now)"));
  const TargetRecord* record = parts->store.find(visit.id);
  if (record == nullptr) return visit.reply(text_response(404, "there is no target " + in_quotes(visit.id)));
  spawn(parts->io,
        probe_and_show(parts, visit.id, visit.request.user, visit.request.peer,
                       record->target->module->timeout + kMargin, visit.reply),
        visit.reply);
}

void runbook_page(const DoorParts& parts, const Visit& visit) {
  if (const auto section = find_runbook_section(visit.id))
    return visit.reply(
        html_response(page::section_html(*section, parts.store.records(), parts.version, Clock::now())));
  if (!wants_html(visit.request.accept)) return visit.reply(text_response(404, "no such reason"));
  Response response = html_response(page::no_such_reason_html(visit.id, parts.version, Clock::now()));
  response.status = 404;
  visit.reply(std::move(response));
}

}  // namespace

void add_page_doors(Routes& routes, const DoorPartsPtr& parts) {
  routes.get("/", [parts](const Visit& visit) { visit.reply(first_page(*parts, visit.request)); });
  routes.get("/targets/*",
             [parts](const Visit& visit) { visit.reply(target_page(*parts, visit.id, visit.request.user)); });
  routes.post_form("/targets/*/probe", [parts](const Visit& visit) { probe_now(parts, visit); });
  routes.get("/runbook/", [parts](const Visit& visit) {
    visit.reply(html_response(page::runbook_html(parts->version, Clock::now())));
  });
  routes.get("/runbook/*", [parts](const Visit& visit) { runbook_page(*parts, visit); });
  routes.get("/style.css", [](const Visit& visit) { visit.reply(asset_response(page::style_asset())); });
  routes.get("/icon.svg", [](const Visit& visit) { visit.reply(asset_response(page::icon_asset())); });
}

}  // namespace rdpwatch::daemon::http

#include <algorithm>
#include <charconv>

#include "config/load.h"
#include "config/overrides.h"
#include "daemon/http/door_parts.h"
#include "daemon/http/negotiate.h"
#include "daemon/http/url.h"
#include "daemon/metrics/page.h"

namespace rdpwatch::daemon::http {
namespace {

using metrics::Format;

/// Prometheus says how long it waits; the answer has to be there a little before.
std::chrono::milliseconds probe_timeout(std::string_view header, const config::Module& module) {
  constexpr double kLongest = 120;
  constexpr double kSafety = 0.5;
  constexpr std::chrono::milliseconds kShortest{100};
  double seconds = 0;
  const auto [end, error] = std::from_chars(header.data(), header.data() + header.size(), seconds);
  if (error != std::errc{} || end != header.data() + header.size() || !(0 < seconds)) return module.timeout;
  const double left = std::min(seconds, kLongest) - kSafety;
  return std::max(kShortest, std::chrono::milliseconds{static_cast<std::int64_t>(left * 1000)});
}

/// The settings that a probe of `target` runs with: the configuration reduced to it.
std::string effective_settings(const config::Config& config, const config::Target& target,
                               const std::shared_ptr<const config::Module>& module) {
  auto probed = std::make_shared<config::Target>(target);
  probed->module = module;
  config::Config reduced = config;
  reduced.targets = {std::move(probed)};
  std::erase_if(reduced.modules, [&](const auto& named) { return named.first != module->name; });
  reduced.target_urls.clear();
  reduced.watched.clear();
  return config::to_yaml(reduced);
}

struct ProbeOrder {
  std::shared_ptr<const config::Config> config{};
  std::shared_ptr<const config::Target> target{};
  std::shared_ptr<const config::Module> module{};
  std::string module_name{};  ///< as asked for; empty: the target's own
  std::chrono::milliseconds timeout{};
  Format format = Format::Text;
  bool debug = false;
};

Response no_result(NoProbe why) {
  return text_response(status_of(why), std::string{to_sentence(why)} + ", and there is no earlier result");
}

Response probe_response(const DoorParts& parts, const ProbeOrder& order, const OnDemandResult& result) {
  const TargetRecord* known = parts.store.find(order.target->id);
  const auto pause = known != nullptr ? known->pause : nullptr;
  if (!result.report && !pause) return no_result(result.none.value_or(NoProbe::Stopping));
  TargetRecord record;
  record.target = order.target;
  // The last result of a paused target would count as one more in the ratios of whoever scrapes us.
  record.last = pause && result.none ? nullptr : result.report;
  record.pause = pause;
  Response response;
  response.content_type = metrics::content_type(order.debug ? Format::Text : order.format);
  response.body =
      metrics::probe_page(order.debug ? Format::Text : order.format, record, result.none.has_value());
  if (!order.debug) return response;
  response.content_type = "text/plain; charset=utf-8";
  std::string log;
  if (result.none) log = "no fresh result: " + std::string{to_sentence(*result.none)} + "\n";
  for (const std::string& line : result.trace) log += line + "\n";
  response.body = "# Log of the probe\n" + log + "\n# Metrics\n" + response.body +
                  "\n# Effective settings\n" + effective_settings(*order.config, *order.target, order.module);
  return response;
}

asio::awaitable<void> answer_probe(DoorPartsPtr parts, ProbeOrder order, Reply reply) {
  const OnDemandResult result =
      co_await parts->actions->probe(order.target->id, order.module_name, order.timeout, order.debug);
  reply(probe_response(*parts, order, result));
}

/// A scrape does not probe a paused target, so that whoever works on it sees nothing of us; with `debug` a
/// person asks, and gets a probe.
void probe(const DoorPartsPtr& parts, const Request& request, const Reply& reply) {
  const auto parameters = parse_query(request.query);
  if (!parameters) return reply(text_response(400, "the query is not well-formed"));
  const auto parameter = [&](std::string_view name) {
    const auto it = parameters->find(name);
    return it == parameters->end() ? std::string{} : it->second;
  };
  ProbeOrder order;
  order.config = parts->actions->config();
  if (!order.config) return reply(text_response(503, "no configuration is active yet"));
  const std::string id = parameter("target");
  if (id.empty()) return reply(text_response(400, "the parameter target is missing"));
  const TargetRecord* record = parts->store.find(id);
  if (record == nullptr)
    return reply(
        text_response(400, "unknown target " + in_quotes(id) + ": only ids of the configuration are probed"));
  order.target = record->target;
  order.module = record->target->module;
  order.module_name = parameter("module");
  if (!order.module_name.empty()) {
    const auto module = order.config->modules.find(order.module_name);
    if (module == order.config->modules.end())
      return reply(text_response(400, "unknown module " + in_quotes(order.module_name)));
    order.module = config::module_for(*order.target, module->second);
  }
  order.timeout = probe_timeout(request.scrape_timeout, *order.module);
  order.format = choose_format(request.accept);
  order.debug = parameter("debug") == "true";
  const bool left_alone = record->pause && !record->pause->over && !order.debug;
  if (left_alone) return reply(probe_response(*parts, order, {.none = NoProbe::Paused}));
  spawn(parts->io, answer_probe(parts, std::move(order), reply), reply);
}

}  // namespace

void add_probe_doors(Routes& routes, const DoorPartsPtr& parts) {
  routes.get("/probe", [parts](const Visit& visit) { probe(parts, visit.request, visit.reply); });
}

}  // namespace rdpwatch::daemon::http

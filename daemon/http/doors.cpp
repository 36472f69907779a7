#include "daemon/http/doors.h"

#include <algorithm>
#include <charconv>

#include <asio/co_spawn.hpp>

#include "config/load.h"
#include "config/overrides.h"
#include "daemon/http/doors_json.h"
#include "daemon/http/negotiate.h"
#include "daemon/http/url.h"
#include "daemon/metrics/page.h"
#include "daemon/page.h"
#include "probes/sanitize.h"

namespace rdpwatch::daemon::http {
namespace {

using metrics::Format;

/// The fleet's page as a body.
class MetricsBody final : public BodySource {
 public:
  explicit MetricsBody(metrics::Page page) : page_{std::move(page)} {}
  bool next(metrics::TextBuffer& out) override { return page_.next(out); }

 private:
  metrics::Page page_;
};

/// The effective configuration as a body, some targets at a time.
class ConfigBody final : public BodySource {
 public:
  explicit ConfigBody(std::shared_ptr<const config::Config> config) : config_{std::move(config)} {}
  bool next(metrics::TextBuffer& out) override {
    constexpr std::size_t kSliceBytes = 32 * 1024;
    const std::size_t limit = out.size() + kSliceBytes;
    if (next_ == 0) out.append(config::settings_yaml(*config_));
    const auto& targets = config_->targets;
    while (next_ < targets.size() && out.size() < limit)
      out.append(config::target_yaml(*targets[next_++], *config_));
    return next_ < targets.size();
  }

 private:
  std::shared_ptr<const config::Config> config_;
  std::size_t next_ = 0;
};

Response html_response(std::string html) {
  Response response;
  response.content_type = "text/html; charset=utf-8";
  response.headers = {{"Content-Security-Policy",
                       "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"},
                      {"Referrer-Policy", "no-referrer"}};
  response.body = std::move(html);
  return response;
}

Response json_response(std::unique_ptr<BodySource> stream) {
  Response response;
  response.content_type = "application/json";
  response.stream = std::move(stream);
  return response;
}

std::optional<std::size_t> number_from(std::string_view text) {
  std::size_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

/// What is left after `prefix`, decoded; nothing when the path is another or broken.
std::optional<std::string> decoded_after(std::string_view path, std::string_view prefix) {
  if (!path.starts_with(prefix) || path.size() == prefix.size()) return std::nullopt;
  return percent_decode(path.substr(prefix.size()));
}

/// For sentences that repeat what a client sent.
std::string in_quotes(std::string_view text) { return "\"" + sanitize(text) + "\""; }

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

Response probe_response(const ProbeOrder& order, const OnDemandResult& result) {
  if (!result.report)
    return text_response(503, "the connection budget allows no probe now, and there is no earlier result");
  TargetRecord record;
  record.target = order.target;
  record.last = result.report;
  Response response;
  response.content_type = metrics::content_type(order.debug ? Format::Text : order.format);
  response.body = metrics::probe_page(order.debug ? Format::Text : order.format, record, result.cached);
  if (!order.debug) return response;
  response.content_type = "text/plain; charset=utf-8";
  std::string log;
  for (const std::string& line : result.trace) log += line + "\n";
  response.body = "# Log of the probe\n" + log + "\n# Metrics\n" + response.body +
                  "\n# Effective settings\n" + effective_settings(*order.config, *order.target, order.module);
  return response;
}

asio::awaitable<void> answer_probe(std::shared_ptr<const Actions> actions, ProbeOrder order, Reply reply) {
  const OnDemandResult result =
      co_await actions->probe(order.target->id, order.module_name, order.timeout, order.debug);
  reply(probe_response(order, result));
}

asio::awaitable<void> answer_reload(std::shared_ptr<const Actions> actions, Reply reply) {
  const ReloadResult result = co_await actions->reload();
  if (result.ok) {
    Response response;
    reply(std::move(response));
  } else {
    reply(text_response(500, config::to_text(result.diagnostics)));
  }
}

/// Spawns `work`; a bug in it becomes an answer instead of a client that waits.
void spawn(asio::io_context& io, asio::awaitable<void> work, const Reply& reply) {
  asio::co_spawn(io, std::move(work), [reply](const std::exception_ptr& error) {
    if (error) reply(text_response(500, "this request could not be answered"));
  });
}

}  // namespace

struct Doors::State {
  asio::io_context& io;
  const Store& store;
  const metrics::SelfMetrics& self;
  std::shared_ptr<const Actions> actions;
  std::string version;

  void answer(const Request& request, const Reply& reply) const;
  bool answer_fixed(const Request& request, const Reply& reply) const;
  void answer_named(const Request& request, const Reply& reply) const;

  Response metrics_page(const Request& request) const;
  Response first_page(const Request& request) const;
  Response configuration() const;
  Response target_list(const Request& request) const;
  Response ready() const;
  void reload(const Reply& reply) const;
  void probe(const Request& request, const Reply& reply) const;
};

Response Doors::State::metrics_page(const Request& request) const {
  const Format format = choose_format(request.accept);
  Response response;
  response.content_type = metrics::content_type(format);
  response.stream =
      std::make_unique<MetricsBody>(metrics::Page{format, store.records(), self.render(format, store)});
  return response;
}

Response Doors::State::first_page(const Request& request) const {
  const auto parameters = parse_query(request.query);
  if (!parameters) return text_response(400, "the query is not well-formed");
  std::size_t page = 1;
  if (const auto it = parameters->find("page"); it != parameters->end()) {
    const auto number = number_from(it->second);
    if (!number) return text_response(400, "page is not a number");
    page = *number;
  }
  return html_response(fleet_html(store.records(), version, page));
}

Response Doors::State::configuration() const {
  const auto config = actions->config();
  if (!config) return text_response(503, "no configuration is active yet");
  Response response;
  response.content_type = "application/yaml";
  response.stream = std::make_unique<ConfigBody>(config);
  return response;
}

Response Doors::State::target_list(const Request& request) const {
  constexpr std::size_t kDefaultLimit = 1000;
  const auto parameters = parse_query(request.query);
  if (!parameters) return text_response(400, "the query is not well-formed");
  std::size_t limit = kDefaultLimit;
  std::size_t offset = 0;
  for (const auto& [name, value] : {std::pair{"limit", &limit}, std::pair{"offset", &offset}}) {
    const auto it = parameters->find(name);
    if (it == parameters->end()) continue;
    const auto number = number_from(it->second);
    if (!number) return text_response(400, std::string{name} + " is not a number");
    *value = *number;
  }
  return json_response(targets_json(store.snapshot(), offset, limit));
}

Response Doors::State::ready() const {
  if (!actions->config()) return text_response(503, "no configuration is active yet");
  return text_response(200, "rdpwatch is ready");
}

void Doors::State::reload(const Reply& reply) const {
  const auto config = actions->config();
  if (!config || !config->web.enable_reload)
    return reply(text_response(403, "reload by HTTP is not enabled (web.enable_reload)"));
  spawn(io, answer_reload(actions, reply), reply);
}

void Doors::State::probe(const Request& request, const Reply& reply) const {
  const auto parameters = parse_query(request.query);
  if (!parameters) return reply(text_response(400, "the query is not well-formed"));
  const auto parameter = [&](std::string_view name) {
    const auto it = parameters->find(name);
    return it == parameters->end() ? std::string{} : it->second;
  };
  ProbeOrder order;
  order.config = actions->config();
  if (!order.config) return reply(text_response(503, "no configuration is active yet"));
  const std::string id = parameter("target");
  if (id.empty()) return reply(text_response(400, "the parameter target is missing"));
  const TargetRecord* record = store.find(id);
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
  spawn(io, answer_probe(actions, std::move(order), reply), reply);
}

/// The doors whose path is always the same; false for any other path.
bool Doors::State::answer_fixed(const Request& request, const Reply& reply) const {
  const std::string_view path = request.path;
  if (path == "/") reply(first_page(request));
  else if (path == "/metrics") reply(metrics_page(request));
  else if (path == "/probe") probe(request, reply);
  else if (path == "/sd") reply(json_response(service_discovery_json(store.snapshot())));
  else if (path == "/config") reply(configuration());
  else if (path == "/api/v1/targets") reply(target_list(request));
  else if (path == "/-/healthy") reply(text_response(200, "rdpwatch is healthy"));
  else if (path == "/-/ready") reply(ready());
  else return false;
  return true;
}

/// The doors that end in an id.
void Doors::State::answer_named(const Request& request, const Reply& reply) const {
  constexpr std::string_view kApi = "/api/v1/targets/";
  if (const auto reason = decoded_after(request.path, "/runbook/")) {
    const Row* row = find_reason(*reason);
    return reply(row != nullptr ? html_response(runbook_html(*row)) : text_response(404, "no such reason"));
  }
  auto id = decoded_after(request.path, kApi);
  const bool json = id.has_value();
  if (!id) id = decoded_after(request.path, "/targets/");
  if (!id) return reply(text_response(404, "nothing is served here"));
  const TargetRecord* record = store.find(*id);
  if (record == nullptr) return reply(text_response(404, "no such target"));
  if (!json) return reply(html_response(target_html(*record)));
  Response response;
  response.content_type = "application/json";
  response.body = target_json(*record) + "\n";
  reply(std::move(response));
}

void Doors::State::answer(const Request& request, const Reply& reply) const {
  const bool reload_door = request.path == "/-/reload";
  const bool allowed =
      reload_door ? request.method == "POST" : request.method == "GET" || request.method == "HEAD";
  if (!allowed) {
    Response response = text_response(405, "this method is not allowed here");
    response.headers.emplace_back("Allow", reload_door ? "POST" : "GET, HEAD");
    return reply(std::move(response));
  }
  if (reload_door) return reload(reply);
  if (!answer_fixed(request, reply)) answer_named(request, reply);
}

Doors::Doors(asio::io_context& io, const Store& store, const metrics::SelfMetrics& self, Actions actions,
             std::string version)
    : state_{std::make_shared<const State>(
          State{io, store, self, std::make_shared<const Actions>(std::move(actions)), std::move(version)})} {}

Handler Doors::handler() const {
  return [state = state_](const Request& request, const Reply& reply) { state->answer(request, reply); };
}

}  // namespace rdpwatch::daemon::http

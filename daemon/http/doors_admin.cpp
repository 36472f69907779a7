#include "config/load.h"
#include "config/overrides.h"
#include "daemon/http/door_parts.h"

namespace rdpwatch::daemon::http {
namespace {

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

Response configuration(const DoorParts& parts) {
  const auto config = parts.actions->config();
  if (!config) return text_response(503, "no configuration is active yet");
  Response response;
  response.content_type = "application/yaml";
  response.stream = std::make_unique<ConfigBody>(config);
  return response;
}

Response ready(const DoorParts& parts) {
  if (!parts.actions->config()) return text_response(503, "no configuration is active yet");
  return text_response(200, "rdpwatch is ready");
}

asio::awaitable<void> answer_reload(std::shared_ptr<const Actions> actions, std::string user,
                                    std::string peer, Reply reply) {
  const ReloadResult result = co_await actions->reload();
  actions->audit(audit_of(result, std::move(user), std::move(peer)));
  Response response = result.ok ? Response{} : text_response(500, config::to_text(result.diagnostics));
  response.audited = true;
  reply(std::move(response));
}

void reload(const DoorParts& parts, const Request& request, const Reply& reply) {
  if (!parts.actions->config()->web.enable_reload)
    return reply(text_response(403, "reload by HTTP is not enabled (web.enable_reload)"));
  spawn(parts.io, answer_reload(parts.actions, request.user, request.peer, reply), reply);
}

}  // namespace

void add_admin_doors(Routes& routes, const DoorPartsPtr& parts) {
  routes.get("/config", [parts](const Visit& visit) { visit.reply(configuration(*parts)); });
  routes.get("/-/healthy",
             [](const Visit& visit) { visit.reply(text_response(200, "rdpwatch is healthy")); });
  routes.get("/-/ready", [parts](const Visit& visit) { visit.reply(ready(*parts)); });
  routes.post("/-/reload", [parts](const Visit& visit) { reload(*parts, visit.request, visit.reply); });
}

}  // namespace rdpwatch::daemon::http

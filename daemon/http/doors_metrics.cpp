#include "daemon/http/door_parts.h"
#include "daemon/http/doors_json.h"
#include "daemon/http/negotiate.h"
#include "daemon/metrics/page.h"

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

Response metrics_page(const DoorParts& parts, const Request& request) {
  const Format format = choose_format(request.accept);
  Response response;
  response.content_type = metrics::content_type(format);
  response.stream = std::make_unique<MetricsBody>(
      metrics::Page{format, parts.store.records(), parts.self.render(format, parts.store)});
  return response;
}

}  // namespace

void add_metrics_doors(Routes& routes, const DoorPartsPtr& parts) {
  routes.get("/metrics", [parts](const Visit& visit) { visit.reply(metrics_page(*parts, visit.request)); });
  routes.get("/sd", [parts](const Visit& visit) {
    visit.reply(json_response(service_discovery_json(parts->store.snapshot())));
  });
}

}  // namespace rdpwatch::daemon::http

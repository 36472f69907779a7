#pragma once

#include <memory>
#include <string>
#include <string_view>

#include <asio/awaitable.hpp>
#include <asio/io_context.hpp>

#include "daemon/history.h"
#include "daemon/http/actions.h"
#include "daemon/http/message.h"
#include "daemon/http/routes.h"
#include "daemon/http/same_site.h"
#include "daemon/metrics/self_metrics.h"
#include "daemon/store.h"

/// What the groups of doors share: one file a group, each adds its own to the table.
namespace rdpwatch::daemon::http {

struct DoorParts {
  asio::io_context& io;
  const Store& store;
  const History& history;
  const metrics::SelfMetrics& self;
  std::shared_ptr<const Actions> actions;
  std::string version;
  FormTokens tokens{};
};
using DoorPartsPtr = std::shared_ptr<const DoorParts>;

void add_page_doors(Routes& routes, const DoorPartsPtr& parts);     ///< for people
void add_metrics_doors(Routes& routes, const DoorPartsPtr& parts);  ///< for Prometheus, the probes apart
void add_probe_doors(Routes& routes, const DoorPartsPtr& parts);
void add_api_doors(Routes& routes, const DoorPartsPtr& parts);
void add_pause_doors(Routes& routes, const DoorPartsPtr& parts);  ///< /api/v1/pauses
void add_admin_doors(Routes& routes, const DoorPartsPtr& parts);  ///< /-/ and the configuration

/// Makes `response` an HTML page that loads nothing but our style and icon, runs no script, sends its forms
/// nowhere else, and stands in nobody's frame.
void become_page(Response& response, std::string html);

Response json_response(std::unique_ptr<BodySource> stream);

/// For sentences that repeat what a client sent.
std::string in_quotes(std::string_view text);

/// The status of an answer that should have been a fresh result.
int status_of(NoProbe why);

/// Spawns `work`; a bug in it becomes an answer instead of a client that waits.
void spawn(asio::io_context& io, asio::awaitable<void> work, const Reply& reply);

}  // namespace rdpwatch::daemon::http

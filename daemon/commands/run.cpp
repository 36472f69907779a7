#include "daemon/commands/run.h"

#include <csignal>
#include <cstdlib>
#include <stop_token>

#include <unistd.h>

#include "daemon/app.h"
#include "daemon/exchange.h"
#include "daemon/fetch.h"
#include "daemon/http/doors.h"
#include "daemon/http/guard.h"
#include "daemon/http/server.h"
#include "daemon/journal.h"
#include "daemon/version.h"

namespace rdpwatch::daemon {
namespace {

class HttpDoors final : public Doors {
 public:
  explicit HttpDoors(DoorContext context)
      : doors_{context.io,      context.store,   context.history,
               context.metrics, context.actions, std::string{version()}},
        guard_{context.io, doors_.handler(), std::move(context.actions.audit)},
        server_{context.io, guard_.handler()} {}

  void secure(const config::WebFile& web) override {
    guard_.admit(web.users);
    server_.secure({web.tls_context, web.headers});
  }

  std::expected<void, std::string> start(const std::vector<std::string>& addresses) override {
    return server_.start(addresses);
  }
  void stop() override { server_.stop(); }
  std::vector<std::string> addresses() const override { return server_.addresses(); }

 private:
  http::Doors doors_;
  http::Guard guard_;
  http::HttpServer server_;
};

AppParts parts(const std::stop_token& stop) {
  AppParts parts;
  parts.make_engine = make_prober_engine;
  parts.make_doors = [](DoorContext context) { return std::make_unique<HttpDoors>(std::move(context)); };
  const auto fetcher = std::make_shared<CachedFetcher>(FetchOptions{}, stop);
  parts.fetch = [fetcher](const std::string& url) { return (*fetcher)(url); };
  parts.fetch_errors = [fetcher] { return fetcher->errors(); };
  parts.keep_urls = [fetcher](const std::vector<std::string>& urls) { fetcher->keep_only(urls); };
  parts.make_exchange = make_exchange;
  parts.make_senses = vantage::make_senses;
  parts.build = {std::string{version()}, std::string{revision()}, std::string{compiler()}, openssl()};
  if (const char* const folders = std::getenv("STATE_DIRECTORY")) {
    const std::string_view list{folders};
    parts.state_directory = list.substr(0, list.find(':'));
  }
  parts.service_manager = std::make_shared<const ServiceManager>(ServiceManager::from_environment());
  return parts;
}

}  // namespace

int run(const RunOptions& options) {
  std::signal(SIGPIPE, SIG_IGN);  // a reader of ours that goes away is seen by write() instead
  constexpr std::chrono::seconds kLastLines{1};
  auto log_options = options.log;
  log_options.journal = journal_behind(STDERR_FILENO);
  Log log{log_options};
  std::stop_source fetches;
  App app{options, parts(fetches.get_token()), log};
  const int code = app.run();
  fetches.request_stop();
  const bool said = log.flush(kLastLines);
  if (app.abandoned() || !said) std::_Exit(code);
  return code;
}

}  // namespace rdpwatch::daemon

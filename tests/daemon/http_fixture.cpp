#include "tests/daemon/http_fixture.h"

#include <stdexcept>

namespace rdpwatch::test {
namespace {

using daemon::OnDemandResult;
using daemon::ReloadResult;

asio::awaitable<ReloadResult> fake_reload(const ServedFleet* fleet) { co_return fleet->reload_result; }

asio::awaitable<OnDemandResult> fake_probe(ServedFleet* fleet, std::string target, std::string module,
                                           std::chrono::milliseconds timeout) {
  fleet->probed_target = std::move(target);
  fleet->probed_module = std::move(module);
  fleet->probe_timeout = timeout;
  co_return fleet->probe_result;
}

}  // namespace

daemon::Actions ServedFleet::actions() {
  return {.config = [this] { return config; },
          .reload = [this] { return fake_reload(this); },
          .probe = [this](std::string target, std::string module, std::chrono::milliseconds timeout,
                          bool) { return fake_probe(this, std::move(target), std::move(module), timeout); },
          .pause =
              [this](const daemon::PauseRequest& request, const daemon::PauseOrdered& done) {
                pauses_asked.push_back(request);
                audited.push_back({daemon::AuditAction::Pause, request.user, request.from,
                                   daemon::to_text(request.selector),
                                   pause_refused.empty() ? "done" : daemon::refused(pause_refused)});
                if (pause_refused.empty()) done("7");
                else done(std::unexpected{pause_refused});
              },
          .end_pause =
              [this](const std::string& id, const std::string& who, const std::string& from) {
                pause_ended = who + "@" + from;
                return id == "7";
              },
          .pauses = [this] { return pauses.list({}); },
          .incidents = [this]() -> const daemon::incidents::Incidents& { return open_incidents; },
          .vantage = [this]() -> const daemon::vantage::Health& { return health; },
          .audit = [this](const daemon::AuditEntry& entry) { audited.push_back(entry); }};
}

ServedFleet::ServedFleet(std::size_t targets, daemon::http::Limits limits) : config{fake_config(targets)} {
  store.replace(*config);
  history.replace(*config);
  probe_all(store, *config, 7);
  doors_ = std::make_unique<daemon::http::Doors>(io, store, history, self, actions(), "0.1.0");
  guard_ = std::make_unique<daemon::http::Guard>(io, doors_->handler(), actions().audit);
  server_ = std::make_unique<daemon::http::HttpServer>(io, guard_->handler(), limits);
  const auto started = server_->start({"127.0.0.1:0"});
  if (!started) throw std::runtime_error{started.error()};
  const std::string address = server_->addresses().at(0);
  port_ = static_cast<std::uint16_t>(std::stoi(address.substr(address.rfind(':') + 1)));
  thread_ = std::thread{[this] { io.run(); }};
}

ServedFleet::~ServedFleet() {
  on_loop([this] { server_->stop(); });
  work_.reset();
  thread_.join();  // all connections have ended by themselves
}

}  // namespace rdpwatch::test

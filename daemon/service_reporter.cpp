#include "daemon/service_reporter.h"

#include <utility>

namespace rdpwatch::daemon {

ServiceReporter::ServiceReporter(asio::io_context& io, std::shared_ptr<const ServiceManager> manager)
    : manager_{manager ? std::move(manager) : std::make_shared<const ServiceManager>()},
      life_{io},
      beat_timer_{io},
      status_timer_{io} {}

void ServiceReporter::started(Parts parts) {
  parts_ = std::move(parts);
  life_.start(parts_.life);
  if (!manager_->listens()) return;
  manager_->ready();
  keep_status();
  if (manager_->watchdog().count() != 0) beat();
}

void ServiceReporter::reloading() { manager_->reloading(); }

void ServiceReporter::reloaded() {
  manager_->ready();
  tell_status();
}

void ServiceReporter::stopping() {
  stopping_ = true;
  manager_->stopping();
  tell_status();
}

void ServiceReporter::end() {
  beat_timer_.cancel();
  status_timer_.cancel();
}

void ServiceReporter::arm_beat() {
  beat_timer_.expires_after(manager_->watchdog() / 3);
  beat_timer_.async_wait([this](asio::error_code error) {
    if (!error) beat();
  });
}

void ServiceReporter::beat() {
  arm_beat();
  if (stopping_) return manager_->alive();
  life_.ask([this] {
    if (!stopping_) manager_->alive();
  });
}

void ServiceReporter::tell_status() {
  if (!manager_->listens() || !parts_.status) return;
  auto status = parts_.status();
  if (status == status_) return;
  manager_->status(status);
  status_ = std::move(status);
}

void ServiceReporter::keep_status() {
  tell_status();
  status_timer_.expires_after(kStatusInterval);
  status_timer_.async_wait([this](asio::error_code error) {
    if (!error) keep_status();
  });
}

}  // namespace rdpwatch::daemon

#include "daemon/service_reporter.h"

#include <algorithm>
#include <utility>

#include <asio/post.hpp>

namespace rdpwatch::daemon {

ServiceReporter::ServiceReporter(asio::io_context& io, std::shared_ptr<const ServiceManager> manager)
    : io_{io},
      manager_{manager ? std::move(manager) : std::make_shared<const ServiceManager>()},
      beat_timer_{io},
      status_timer_{io} {}

void ServiceReporter::started(Parts parts) {
  parts_ = std::move(parts);
  liveness_ = Liveness{parts_.threads.size()};
  told_still_.assign(parts_.threads.size(), false);
  unanswered_.assign(parts_.threads.size(), false);
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
  if (std::ranges::count(unanswered_, true) == 0) return ask();
  for (std::size_t thread = 0; thread < unanswered_.size(); ++thread)
    if (unanswered_[thread]) tell_still(thread, true);
}

void ServiceReporter::ask() {
  unanswered_.assign(parts_.threads.size(), true);
  all_moved_ = true;
  for (std::size_t thread = 0; thread < parts_.threads.size(); ++thread)
    parts_.threads[thread](
        [this, thread](Pulse pulse) { asio::post(io_, [this, thread, pulse] { answered(thread, pulse); }); });
}

void ServiceReporter::answered(std::size_t thread, const Pulse& pulse) {
  if (stopping_) return;
  const bool moved = liveness_.moved(thread, pulse, parts_.longest_probe(), std::chrono::steady_clock::now());
  tell_still(thread, !moved);
  unanswered_[thread] = false;
  all_moved_ = all_moved_ && moved;
  if (all_moved_ && std::ranges::count(unanswered_, true) == 0) manager_->alive();
}

void ServiceReporter::tell_still(std::size_t thread, bool still) {
  if (still && !told_still_[thread] && parts_.not_moving) parts_.not_moving(thread);
  told_still_[thread] = still;
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

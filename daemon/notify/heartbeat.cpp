#include "daemon/notify/heartbeat.h"

#include <algorithm>
#include <utility>

namespace rdpwatch::daemon::notify {

Heartbeat::Heartbeat(asio::io_context& io, Log& log, std::function<Exchange()> make_exchange)
    : log_{log}, make_exchange_{std::move(make_exchange)}, life_{io}, timer_{io} {}

void Heartbeat::started(LifeCheck::Parts life) {
  life_.start(std::move(life));
  started_ = true;
  restart();
}

void Heartbeat::configure(const std::string& url, std::chrono::seconds interval) {
  const bool unchanged = url == (beacon_ ? beacon_->url() : "") && interval == interval_;
  if (unchanged || !make_exchange_) return;
  interval_ = interval;
  retire();
  if (!url.empty())
    beacon_ = std::make_unique<Beacon>(url, make_exchange_(), [&log = log_](const std::string& error) {
      // The URL is often a secret: it is not named.
      if (error.empty()) log.info("the heartbeat gets through again");
      else log.warning("the heartbeat does not get through", {{"error", error}});
    });
  if (started_) restart();
}

void Heartbeat::stop() {
  timer_.cancel();
  retire();
}

bool Heartbeat::wait_until(std::chrono::steady_clock::time_point limit) {
  stop();
  return std::ranges::all_of(retired_, [&](const auto& beacon) { return beacon->wait_until(limit); });
}

void Heartbeat::end() {
  stop();
  retired_.clear();
}

/// The loop does not wait for a request to end.
void Heartbeat::retire() {
  std::erase_if(retired_, [](const auto& beacon) { return beacon->done(); });
  if (!beacon_) return;
  beacon_->abandon();
  retired_.push_back(std::move(beacon_));
}

void Heartbeat::restart() {
  timer_.cancel();
  if (beacon_) beat();
}

void Heartbeat::beat() {
  timer_.expires_after(interval_);
  timer_.async_wait([this](asio::error_code error) {
    if (!error && beacon_) beat();
  });
  life_.ask([this] {
    if (beacon_) beacon_->call();
  });
}

}  // namespace rdpwatch::daemon::notify

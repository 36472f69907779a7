#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <vector>

#include <asio/io_context.hpp>
#include <asio/steady_timer.hpp>

#include "config/config.h"
#include "daemon/log.h"
#include "daemon/metrics/notification_metrics.h"
#include "daemon/notify/alerts.h"
#include "daemon/notify/push.h"
#include "daemon/state/section.h"
#include "daemon/store.h"
#include "daemon/vantage/health.h"

namespace rdpwatch::daemon::notify {

/// Pushes alerts to the configured Alertmanagers, all of them alike. Lives on the main loop: it keeps the
/// book and hands what changed to one Pusher each; with none configured it does nothing. What fires is handed
/// over again with each repetition, so that whoever lost something gets it then.
class Notifier {
 public:
  static constexpr std::chrono::milliseconds kTick{1'000};
  static constexpr std::chrono::milliseconds kLastDelivery{3'000};
  static constexpr std::chrono::milliseconds kAbandoned{1'500};

  /// `make_exchange` may be empty: nothing is ever sent then. `save_soon` is called when the end of an alert
  /// is handed over: a daemon that is killed after that must not tell that it fires. `vantage` outlives it.
  Notifier(asio::io_context& io, const Store& store, metrics::NotificationMetrics& metrics, Log& log,
           std::function<Exchange()> make_exchange, std::function<void()> save_soon,
           const vantage::Health& vantage);

  /// After the store has taken the configuration.
  void configure(const config::Config& config);
  /// After the store has taken a report of this target.
  void observe(const TargetRecord& record);
  /// Hands over what is due, and no more: that the daemon stops says nothing about hosts, so no alert ends.
  void stop();
  /// Waits until kLastDelivery after the stop for what is due, then until kAbandoned after that for the
  /// threads. False: one of them hangs, and end() would, too.
  bool wait();
  /// Waits for all threads. Nothing is logged after that.
  void end();

  /// Alerts with their times, as they are kept over restarts.
  state::Section section();

 private:
  struct Peer {
    std::unique_ptr<Pusher> pusher{};
    Pusher::Numbers counted{};
  };

  bool enabled() const { return !peers_.empty(); }
  void keep_peers(const config::Config& config);
  Peer make_peer(const config::Alertmanager& alertmanager);
  void arm();
  void tick();
  void advance();
  void hand_over(const std::vector<Alert>& alerts);
  void count();

  asio::steady_timer timer_;
  const Store& store_;
  metrics::NotificationMetrics& metrics_;
  Log& log_;
  std::function<Exchange()> make_exchange_;
  std::function<void()> save_soon_;
  config::Alerts times_{};
  const vantage::Health& vantage_;
  AlertBook book_{};
  std::vector<Peer> peers_{};
  std::vector<Peer> retired_{};  ///< until their threads have ended
  std::chrono::steady_clock::time_point repeated_{};
  std::chrono::steady_clock::time_point last_delivery_{};  ///< a stop waits until then
  bool stopping_ = false;
};

}  // namespace rdpwatch::daemon::notify

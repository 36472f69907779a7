#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <asio/awaitable.hpp>
#include <asio/io_context.hpp>
#include <asio/steady_timer.hpp>

#include "config/config.h"
#include "daemon/budget.h"
#include "daemon/history.h"
#include "daemon/log.h"
#include "daemon/metrics/vantage_metrics.h"
#include "daemon/store.h"
#include "daemon/vantage/health.h"
#include "daemon/vantage/interception.h"
#include "daemon/vantage/senses.h"
#include "daemon/vantage/survey.h"

namespace rdpwatch::daemon {

/// Looks at our own place every few seconds: before it says that hosts fail, the daemon asks whether it is
/// itself that fails. Tells the log, the metrics, and whoever wants to know. Lives on the main loop.
class VantageKeeper {
 public:
  struct Parts {
    asio::io_context& io;
    Store& store;
    const History& history;
    Budget& budget;
    metrics::VantageMetrics& metrics;
    Log& log;
    vantage::MakeSenses make_senses;  ///< may be empty: only what probes saw is looked at
    std::function<vantage::TimePoint()> now;
    std::chrono::milliseconds interval{10'000};
    std::function<void(std::string what)> crashed;  ///< a bug: an exception came out of a look
  };

  explicit VantageKeeper(Parts parts) : parts_{std::move(parts)}, timer_{parts_.io} {}

  void configure(const config::Config& config);
  void start();
  void stop();
  /// Before store and history take it.
  void observe(const ProbeReport& report);

  const vantage::Health& health() const { return health_; }
  /// What verdicts of now are marked with; nullptr while the place is sound.
  const std::shared_ptr<const std::string>& suspect() const { return suspect_; }

 private:
  asio::awaitable<void> keep_looking();
  asio::awaitable<void> look();
  asio::awaitable<void> ask_names();
  asio::awaitable<void> ask_controls();
  void judge_reports();
  vantage::Passing passing() const;
  void ask_routes();
  void take(vantage::Check check, vantage::Look look);
  void tell(vantage::Check check, vantage::State before);
  void mark();

  Parts parts_;
  asio::steady_timer timer_;
  vantage::Senses senses_{};
  vantage::Health health_{};
  vantage::ClockJudge clock_{};
  vantage::Interception interception_{};
  std::vector<std::string> controls_{};
  std::vector<std::string> addresses_{};  ///< of targets, as they were known last
  std::shared_ptr<const std::string> suspect_{};
  std::chrono::steady_clock::time_point controls_due_{};
  std::size_t turn_ = 0;  ///< where the last names began
  bool stopped_ = false;
};

}  // namespace rdpwatch::daemon

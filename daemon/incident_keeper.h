#pragma once

#include <chrono>
#include <functional>
#include <vector>

#include <asio/io_context.hpp>
#include <asio/steady_timer.hpp>
#include <asio/thread_pool.hpp>

#include "config/config.h"
#include "daemon/history.h"
#include "daemon/incidents/book.h"
#include "daemon/log.h"
#include "daemon/metrics/incident_metrics.h"
#include "daemon/state/section.h"
#include "daemon/store.h"

namespace rdpwatch::daemon {

/// Looks for incidents every few seconds, and tells the log and the metrics. Lives on the main loop, which it
/// holds up for about a millisecond at once; what belongs together is found on a thread of its own.
class IncidentKeeper {
 public:
  struct Parts {
    asio::io_context& io;
    const Store& store;
    const History& history;
    metrics::IncidentMetrics& metrics;
    Log& log;
    std::function<incidents::TimePoint()> now;
    std::chrono::milliseconds interval{5'000};
  };

  explicit IncidentKeeper(Parts parts) : parts_{std::move(parts)}, timer_{parts_.io} {}

  void configure(const config::Config& config);
  /// Looks at once, all of it: what a restart has kept is as it was before the doors answer. Then regularly.
  void start();
  void stop();

  const incidents::Incidents& open() const { return book_.open(); }
  state::Section section();

 private:
  incidents::Verdicts::Known known() const;
  void look();
  void judge(const std::vector<incidents::Group>& groups);
  void tell(const incidents::Book::Change& change);

  Parts parts_;
  asio::steady_timer timer_;
  incidents::Verdicts verdicts_{};
  incidents::Book book_{};
  bool stopped_ = false;
  asio::thread_pool background_{
      1};  ///< reads verdicts_, which do not change meanwhile: the last to come, the first to go
};

}  // namespace rdpwatch::daemon

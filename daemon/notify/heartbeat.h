#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include <asio/io_context.hpp>
#include <asio/steady_timer.hpp>

#include "daemon/life_check.h"
#include "daemon/log.h"
#include "daemon/notify/beacon.h"

namespace rdpwatch::daemon::notify {

/// Calls a URL regularly for as long as every probe thread moves: whoever listens there raises the alarm when
/// the calls stay away. Lives on the main loop; the call itself happens elsewhere.
class Heartbeat {
 public:
  /// `make_exchange` may be empty: nothing is ever called then.
  Heartbeat(asio::io_context& io, Log& log, std::function<Exchange()> make_exchange);

  /// Probe threads run. The first call follows as soon as they have shown it.
  void started(LifeCheck::Parts life);
  /// Empty `url`: no heartbeat.
  void configure(const std::string& url, std::chrono::seconds interval);
  void stop();
  /// Waits for all threads, until then. False: one of them hangs, and end() would, too.
  bool wait_until(std::chrono::steady_clock::time_point limit);
  /// Waits for all threads. Nothing is logged after that.
  void end();

 private:
  void retire();
  void restart();
  void beat();

  Log& log_;
  std::function<Exchange()> make_exchange_;
  LifeCheck life_;
  asio::steady_timer timer_;
  std::chrono::seconds interval_{60};
  std::unique_ptr<Beacon> beacon_{};
  std::vector<std::unique_ptr<Beacon>> retired_{};  ///< until their threads have ended
  bool started_ = false;
};

}  // namespace rdpwatch::daemon::notify

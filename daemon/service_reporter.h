#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <asio/io_context.hpp>
#include <asio/steady_timer.hpp>

#include "daemon/liveness.h"
#include "daemon/service_manager.h"

namespace rdpwatch::daemon {

/// Tells the service manager how the daemon is, from the main loop.
///
/// A sign of life is due three times in the time of the watchdog. It is sent only when every probe thread has
/// answered and its schedule moved: a daemon that serves pages but has stopped probing is restarted as well.
/// While stopping, the main loop alone counts.
class ServiceReporter {
 public:
  struct Parts {
    using Answer = std::function<void(Pulse)>;
    /// One for each probe thread: asks it; the answer may come on any thread.
    std::vector<std::function<void(Answer)>> threads{};
    std::function<std::chrono::milliseconds()> longest_probe{};
    std::function<std::string()> status{};                 ///< one line, with counts
    std::function<void(std::size_t thread)> not_moving{};  ///< told once until it moves again; for the log
  };
  static constexpr std::chrono::seconds kStatusInterval{10};

  ServiceReporter(asio::io_context& io, std::shared_ptr<const ServiceManager> manager);

  void started(Parts parts);
  void reloading();
  void reloaded();
  void stopping();
  /// Nothing is sent any more.
  void end();

 private:
  void arm_beat();
  void beat();
  void ask();
  void answered(std::size_t thread, const Pulse& pulse);
  void tell_still(std::size_t thread, bool still);
  void tell_status();
  void keep_status();

  asio::io_context& io_;
  std::shared_ptr<const ServiceManager> manager_;  ///< never nullptr
  Parts parts_{};
  Liveness liveness_{0};
  asio::steady_timer beat_timer_;
  asio::steady_timer status_timer_;
  std::string status_{};            ///< as it was told last
  std::vector<bool> told_still_{};  ///< by thread: not_moving was called
  std::vector<bool> unanswered_{};  ///< by thread: of the round of questions that is under way
  bool all_moved_ = true;           ///< of the answers of that round
  bool stopping_ = false;
};

}  // namespace rdpwatch::daemon

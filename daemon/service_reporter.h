#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include <asio/io_context.hpp>
#include <asio/steady_timer.hpp>

#include "daemon/life_check.h"
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
    LifeCheck::Parts life{};
    std::function<std::string()> status{};  ///< one line, with counts
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
  void tell_status();
  void keep_status();

  std::shared_ptr<const ServiceManager> manager_;  ///< never nullptr
  Parts parts_{};
  LifeCheck life_;
  asio::steady_timer beat_timer_;
  asio::steady_timer status_timer_;
  std::string status_{};  ///< as it was told last
  bool stopping_ = false;
};

}  // namespace rdpwatch::daemon

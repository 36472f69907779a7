#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <stop_token>
#include <string>
#include <thread>

#include "daemon/exchange.h"

namespace rdpwatch::daemon::notify {

/// Fetches a URL when it is told to, on a thread of its own. A call that comes while the one before is under
/// way is left out.
class Beacon {
 public:
  /// `changed` comes from the beacon's thread when there is FaultNews; with no error, it works again.
  Beacon(std::string url, Exchange exchange, std::function<void(const std::string& error)> changed);
  /// Ends within a second.
  ~Beacon();
  Beacon(const Beacon&) = delete;
  Beacon& operator=(const Beacon&) = delete;

  void call();
  /// Ends what is under way and the thread, without waiting for it; done() says when the destructor will not
  /// wait either.
  void abandon() { thread_.request_stop(); }
  bool done() const { return wait_until({}); }
  /// Waits for the thread to be done(), until then.
  bool wait_until(std::chrono::steady_clock::time_point limit) const;
  const std::string& url() const { return url_; }

 private:
  void run(const std::stop_token& stop);

  const std::string url_;
  Exchange exchange_;
  std::function<void(const std::string&)> changed_;
  mutable std::mutex mutex_{};
  mutable std::condition_variable_any called_{};
  bool wanted_ = false;
  bool done_ = false;
  std::jthread thread_{};
};

}  // namespace rdpwatch::daemon::notify

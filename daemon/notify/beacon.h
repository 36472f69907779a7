#pragma once

#include <atomic>
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
  /// `changed` comes from the beacon's thread when fetches begin to fail, and, with no error, when they work
  /// again.
  Beacon(std::string url, Exchange exchange, std::function<void(const std::string& error)> changed);
  /// Ends within a second.
  ~Beacon();
  Beacon(const Beacon&) = delete;
  Beacon& operator=(const Beacon&) = delete;

  void call();
  /// Ends what is under way and the thread, without waiting for it; done() says when the destructor will not
  /// wait either.
  void abandon() { thread_.request_stop(); }
  bool done() const { return done_; }
  const std::string& url() const { return url_; }

 private:
  void run(const std::stop_token& stop);

  const std::string url_;
  Exchange exchange_;
  std::function<void(const std::string&)> changed_;
  std::mutex mutex_{};
  std::condition_variable_any called_{};
  bool wanted_ = false;
  std::atomic<bool> done_{false};
  std::jthread thread_{};
};

}  // namespace rdpwatch::daemon::notify

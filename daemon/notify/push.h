#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <expected>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "config/config.h"
#include "daemon/exchange.h"
#include "daemon/notify/fault_news.h"
#include "daemon/notify/queue.h"

namespace rdpwatch::daemon::notify {

/// What an Alertmanager's answer means for the alerts of the request.
enum class Delivery : std::uint8_t {
  Taken,
  PartlyTaken,  ///< 400 with a text: the valid ones are stored, the others will never be
  Refused,      ///< 400 with an error code, 413, 422: none is stored, because of one or of their number
  Failed,       ///< nobody, or nobody who could say: to be tried again
};
/// A 400 counts only when Alertmanager itself gave it, which the form of the answer shows: whatever else
/// stands at that address, or before it, has stored nothing.
Delivery delivery_of(const HttpAnswer& answer);

/// Tells one Alertmanager what its queue has, on a thread of its own: one that is slow or away holds up
/// neither the daemon nor the others.
class Pusher {
 public:
  struct Events {
    /// On the pusher's thread, when there is FaultNews. `error` empty: it works again.
    std::function<void(const std::string& alertmanager, const std::string& error)> changed{};
  };
  struct Numbers {
    std::uint64_t sent = 0;    ///< alerts in requests that were answered with success
    std::uint64_t errors = 0;  ///< requests that were not
    std::uint64_t dropped = 0;
    std::size_t waiting = 0;
  };

  Pusher(config::Alertmanager alertmanager, const Queue::Options& options, Exchange exchange, Events events);
  /// Ends what is under way, within a second, and waits for the thread.
  ~Pusher();
  Pusher(const Pusher&) = delete;
  Pusher& operator=(const Pusher&) = delete;

  void put(std::vector<Alert> alerts);
  /// Nothing more comes: what is due is sent, and that is all.
  void finish();

  /// Ends what is under way and the thread, without waiting for it; done() says when the destructor will not
  /// wait either.
  void abandon();
  bool done() const { return wait_until({}); }
  /// Waits for the thread to be done(), until then.
  bool wait_until(Queue::Time limit) const;

  /// Of all that was put the newest state was taken.
  bool delivered_all() const;
  const config::Alertmanager& alertmanager() const { return alertmanager_; }
  Numbers numbers() const;

 private:
  using Lock = std::unique_lock<std::mutex>;

  void run();
  void take_inbox();
  void wait(Lock& lock);
  std::expected<HttpAnswer, std::string> send(const std::vector<Alert>& batch, std::size_t requests);
  void settle(std::size_t alerts, const std::expected<HttpAnswer, std::string>& answer);
  void tell(const std::expected<HttpAnswer, std::string>& answer);

  const config::Alertmanager alertmanager_;
  const std::chrono::seconds resend_;
  Queue::Clock::duration request_time_{};  ///< of the last one that was answered
  Exchange exchange_;
  Events events_;
  FaultNews news_{};

  mutable std::mutex mutex_{};
  mutable std::condition_variable changed_{};
  std::vector<Alert> inbox_{};
  Queue queue_;
  Numbers numbers_{};
  bool finishing_ = false;
  bool done_ = false;        ///< the thread has nothing more to do
  std::stop_source stop_{};  ///< ends the request that is under way
  std::thread thread_{};
};

}  // namespace rdpwatch::daemon::notify
